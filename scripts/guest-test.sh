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
inside() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C chroot "$root" "$@"; }
inside dpkg -i /package.deb
# Here, where it takes no minute.
inside bountyd keys new /etc/credstore/bountyd.assertion-key 2>&1 |
  sed -n '/BEGIN PUBLIC/,/END PUBLIC/p' >"$root/root/public.pem"
mv "$root/package.deb" "$root/root/"
rm "$root/dev/null"
install -m 0755 "$sim" "$root/usr/local/bin/sim"
echo night >"$root/etc/hostname"
# The terminal is for what is tried.
ln -s /dev/null "$root/etc/systemd/system/serial-getty@ttyS0.service"

cat >"$root/etc/systemd/system/guest-test.service" <<'UNIT'
[Unit]
After=multi-user.target
[Service]
Type=simple
ExecStart=/bin/bash /usr/local/bin/guest-test
StandardOutput=tty
StandardError=inherit
TTYPath=/dev/ttyS0
UNIT
mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
ln -s ../guest-test.service "$root/etc/systemd/system/multi-user.target.wants/guest-test.service"

cat >"$root/usr/local/bin/guest-test" <<'GUEST'
set -euo pipefail
well=no
ends() {
  if [ "$well" = no ]; then
    echo "GUEST: FAILED after: $at"
    journalctl --no-pager -u bountyd | tail -n 40
    cat sim.log
  fi
  systemctl poweroff
}
trap ends EXIT
export LC_ALL=C.UTF-8 SYSTEMD_COLORS=0 NO_COLOR=1 HOME=/root
cd /root
step() {
  at=$*
  printf '\nGUEST: %s\n' "$*"
}
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
sim --auth0-port 4601 --github-port 4602 --telegram-port 4603 --git-port 4604 --public-key public.pem --credentials /root/sim --print-config \
  >sim.toml 2>sim.log &
waits 300 grep -q '^token_file' sim.toml
sed -e '/^state_directory/d; /^runtime_directory/d' \
  -e 's,^keys = .*,keys = ["/etc/credstore/bountyd.assertion-key"],' \
  -e 's,^token_file = .*,token_file = "/etc/credstore/bountyd.telegram-token",' sim.toml >/etc/bountyd/bountyd.toml
mv sim/telegram-token /etc/credstore/bountyd.telegram-token

step "start"
systemctl enable --now bountyd
systemctl is-active bountyd
systemctl status --no-pager --lines 6 bountyd
echo "Type=$(shows Type) NotifyAccess=$(shows NotifyAccess) WatchdogUSec=$(shows WatchdogUSec) DynamicUser=$(shows DynamicUser)"
[ "$(shows WatchdogUSec)" = 2min ]
# One of systemd's dynamic users.
uid=$(ps -o uid= -p "$(shows MainPID)" | tr -d ' ')
echo "runs as the user $uid"
[ "$uid" -ge 61184 ] && [ "$uid" -le 65519 ]
systemd-analyze security --no-pager bountyd.service | tail -n 1

step "doctor"
bountyd doctor

step "scan, reload"
bountyd scan 2>&1 | cat
systemctl reload bountyd
bountyd status

step "the package once more, while it runs"
before=$(shows MainPID)
dpkg -i package.deb
waits 60 systemctl is-active --quiet bountyd
[ "$(shows MainPID)" != "$before" ]

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
waits 120 restarted
[ "$(shows MainPID)" != "$hung" ]
journalctl --no-pager -u bountyd | grep -i watchdog | head -n 3

step "stop"
systemctl stop bountyd
[ "$(shows Result)" = success ]
[ ! -e /run/bountyd/control.sock ]
bountyd journal verify
if journalctl --no-pager -u bountyd | grep -i -e panicked -e 'SYSCALL' ; then false; fi

step "purge, while it runs"
rm -r /run/systemd/system/bountyd.service.d
systemctl daemon-reload
systemctl start bountyd
dpkg -P bountyd
if systemctl is-active bountyd; then false; fi
for left in /usr/bin/bountyd /etc/bountyd /var/lib/bountyd /var/lib/private/bountyd /run/bountyd; do
  [ ! -e "$left" ]
done
ls -A /etc/credstore 2>/dev/null || true

well=yes
step "all well"
GUEST

mke2fs -q -t ext4 -d "$root" "$work/disk.ext4" 3G
timeout 900 qemu-system-x86_64 -machine "accel=${BOUNTYD_GUEST_ACCEL:-tcg}" -cpu max -smp 2 -m 1024 -nic none -nographic -no-reboot \
  -kernel "$root"/boot/vmlinuz-* -initrd "$root"/boot/initrd.img-* \
  -append "root=/dev/vda rw console=ttyS0 no_timer_check panic=-1 quiet systemd.show_status=false" \
  -drive "file=$work/disk.ext4,format=raw,if=virtio" </dev/null | tee "$work/console"
grep -q 'GUEST: all well' "$work/console"
