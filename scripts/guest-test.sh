#!/usr/bin/env bash
# The service on a machine that has booted: a Debian guest under QEMU, in which systemd starts bountyd from the package,
# against simulators in the guest. By hand, and not by CI: it wants QEMU, and minutes where there is no KVM.
#
#   scripts/guest-test.sh PACKAGE SIM [GUEST.tar]    SIM: the simulators' program; GUEST.tar: a root with a kernel [made now]
#
# Needs root, and apt-get install qemu-system-x86 e2fsprogs mmdebstrap. The guest has no network.
set -euo pipefail

package=$(realpath "$1")
sim=$(realpath "$2")
tar=${3:+$(realpath "$3")}
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")

work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
if [ -z "$tar" ]; then
  tar=$work/guest.tar
  "$here/clean-root.sh" "$tar" dbus initramfs-tools kmod linux-image-cloud-amd64 systemd systemd-sysv udev
fi

root=$work/root
mkdir "$root"
tar -x -f "$tar" -C "$root" --exclude='./dev/*'
: >"$root/dev/null"
cp "$package" "$root/package.deb"
env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C chroot "$root" dpkg -i /package.deb
rm "$root/package.deb" "$root/dev/null"
install -m 0755 "$sim" "$root/usr/local/bin/sim"
echo night >"$root/etc/hostname"

cat >"$root/etc/systemd/system/guest-test.service" <<'UNIT'
[Unit]
After=multi-user.target
[Service]
Type=simple
ExecStart=/bin/bash /usr/local/bin/guest-test
StandardOutput=tty
StandardError=inherit
TTYPath=/dev/ttyS0
[Install]
WantedBy=graphical.target multi-user.target
UNIT
mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
ln -s ../guest-test.service "$root/etc/systemd/system/multi-user.target.wants/guest-test.service"

cat >"$root/usr/local/bin/guest-test" <<'GUEST'
set -euo pipefail
trap 'echo "GUEST: FAILED in line $LINENO"; journalctl --no-pager -u bountyd | tail -n 40; systemctl poweroff' ERR
export LC_ALL=C.UTF-8 SYSTEMD_COLORS=0 HOME=/root
cd /root
step() { printf '\nGUEST: %s\n' "$*"; }
shows() { systemctl show bountyd -p "$1" --value; }
waits() { # SECONDS COMMAND…
  local left=$1
  shift
  until "$@"; do
    left=$((left - 1))
    [ "$left" -gt 0 ]
    sleep 1
  done
}

step "$(systemctl --version | head -n 1), kernel $(uname -r)"
sim --auth0-port 4601 --github-port 4602 --telegram-port 4603 --git-port 4604 --credentials /root/sim --print-config \
  >sim.toml 2>sim.log &
waits 60 grep -q '^token_file' sim.toml
sed -e '/^state_directory/d; /^runtime_directory/d' \
  -e 's,^keys = .*,keys = ["/etc/credstore/bountyd.assertion-key"],' \
  -e 's,^token_file = .*,token_file = "/etc/credstore/bountyd.telegram-token",' sim.toml >/etc/bountyd/bountyd.toml
mv sim/worker-key.pem /etc/credstore/bountyd.assertion-key
mv sim/telegram-token /etc/credstore/bountyd.telegram-token

step "start"
systemctl enable --now bountyd
systemctl is-active bountyd
systemctl status --no-pager --lines 6 bountyd
echo "Type=$(shows Type) NotifyAccess=$(shows NotifyAccess) WatchdogUSec=$(shows WatchdogUSec) DynamicUser=$(shows DynamicUser)"
[ "$(shows WatchdogUSec)" = 2min ]
[ "$(ps -o user= -p "$(shows MainPID)")" = bountyd ]
systemd-analyze security --no-pager bountyd.service | tail -n 1

step "doctor"
bountyd doctor

step "scan, reload"
bountyd scan
systemctl reload bountyd
bountyd status

step "a daemon that hangs"
mkdir -p /run/systemd/system/bountyd.service.d
printf '[Service]\nWatchdogSec=10s\nRestartSec=1s\n' >/run/systemd/system/bountyd.service.d/soon.conf
systemctl daemon-reload
systemctl restart bountyd
sleep 15
[ "$(shows NRestarts)" = 0 ]
echo "fed for 15 s, not restarted"
hung=$(shows MainPID)
kill -STOP "$hung"
restarted() { [ "$(shows NRestarts)" = 1 ] && systemctl is-active --quiet bountyd; }
waits 60 restarted
[ "$(shows MainPID)" != "$hung" ]
journalctl --no-pager -u bountyd | grep -i watchdog | head -n 3

step "stop"
systemctl stop bountyd
[ "$(shows Result)" = success ]
[ ! -e /run/bountyd/control.sock ]
bountyd journal verify
if journalctl --no-pager -u bountyd | grep -i -e panicked -e 'SYSCALL' ; then false; fi

step "all well"
systemctl poweroff
GUEST

mke2fs -q -t ext4 -d "$root" "$work/disk.ext4" 3G
timeout 900 qemu-system-x86_64 -machine "accel=${BOUNTYD_GUEST_ACCEL:-tcg}" -cpu max -smp 2 -m 1024 -nic none -nographic -no-reboot \
  -kernel "$root"/boot/vmlinuz-* -initrd "$root"/boot/initrd.img-* \
  -append "root=/dev/vda rw console=ttyS0 quiet systemd.show_status=false" \
  -drive "file=$work/disk.ext4,format=raw,if=virtio" </dev/null | tee "$work/console"
grep -q 'GUEST: all well' "$work/console"
