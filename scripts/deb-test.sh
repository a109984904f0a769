#!/usr/bin/env bash
# Installs the package on a clean Debian, uses it, upgrades it over itself, removes and purges it, and lists what is
# left: nothing.
#
#   scripts/deb-test.sh PACKAGE [ROOT.tar]    ROOT.tar: a clean root that mmdebstrap made [made now]
#
# Needs root, and mmdebstrap unless there is a ROOT.tar. What cannot be tried here is said, and with CI=true it is a
# failure.
set -euo pipefail

package=$(realpath "$1")
tar=${2:-}

cannot() {
  echo "NOT TRIED: the package on a clean Debian, because $1" >&2
  [ "${CI:-}" = true ] && exit 1
  exit 0
}

[ "$(id -u)" = 0 ] || cannot "this is not root"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -z "$tar" ]; then
  command -v mmdebstrap >/dev/null || cannot "mmdebstrap is missing (apt-get install mmdebstrap)"
  tar=$work/root.tar
  mmdebstrap --quiet --variant=minbase --include=ca-certificates "${BOUNTYD_SUITE:-bookworm}" "$tar" ||
    cannot "no clean root could be made: is there a mirror?"
fi
root=$work/root
mkdir "$root"
tar -x -f "$tar" -C "$root" --exclude='./dev/*'
mkdir -p "$root/dev"
: >"$root/dev/null"
cp "$package" "$root/package.deb"

step() { printf -- '-- %s\n' "$*"; }
inside() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"; }
# Every name, and what an account or a group is; dpkg's own books and caches are not ours.
listed() {
  (cd "$root" && find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./tmp -o -path ./var/lib/dpkg \
    -o -path ./var/cache -o -path ./var/log \) -prune -o -printf '%p %M %u %g\n' | grep -v '^\./package.deb ' | LC_ALL=C sort)
  # With a "-" beside them are the copies that the tools for accounts make of what was there before.
  cat "$root/etc/passwd" "$root/etc/group" "$root/etc/shadow" "$root/etc/gshadow" | LC_ALL=C sort
}

step "before"
listed >"$work/before"

step "install"
inside dpkg -i /package.deb
inside bountyd --version
inside getent passwd bountyd-fixer bountyd-egress >/dev/null
inside getent group bountyd-fix >/dev/null
[ -s "$root/usr/share/man/man1/bountyd-estop.1.gz" ]
inside bash -n /usr/share/bash-completion/completions/bountyd
[ "$(stat -c %a "$root/etc/credstore")" = 700 ]
# What is shipped says what is to be filled in, and leaves with 78.
code=0
inside bountyd check || code=$?
[ "$code" = 78 ] || { echo "check left with $code" >&2; exit 1; }
if command -v systemd-analyze >/dev/null; then
  step "units"
  # ExecStart is looked for in the root, and what is not part of it is not complained about.
  systemd-analyze verify --root="$root" /usr/lib/systemd/system/bountyd.service 2>&1 |
    (! grep -E 'bountyd[^:]*\.(service|socket):') || exit 1
fi

step "a ledger, a key and a changed configuration"
install -d -m 0700 "$root/var/lib/bountyd"
inside bountyd keys new /etc/credstore/bountyd.assertion-key >/dev/null
sed -i 's/YOUR-TENANT/acme/; s/YOUR-[A-Z-]*/filled-in/' "$root/etc/bountyd/bountyd.toml"
echo '# mine' >>"$root/etc/bountyd/bountyd.toml"
echo 'not a ledger, but to be kept' >"$root/var/lib/bountyd/ledger.db"
(cd "$root" && sha256sum etc/bountyd/bountyd.toml var/lib/bountyd/ledger.db etc/credstore/bountyd.*) >"$work/kept"
kept() { (cd "$root" && sha256sum --quiet -c "$work/kept"); }

step "upgrade over itself, twice"
inside dpkg -i /package.deb
inside dpkg -i /package.deb
kept

step "remove"
inside dpkg -r bountyd
kept
[ ! -e "$root/usr/bin/bountyd" ]

step "install again, and purge"
inside dpkg -i /package.deb
kept
inside dpkg -P bountyd
listed >"$work/after"
if ! diff "$work/before" "$work/after"; then
  echo "purge left something behind, or took something that was not ours" >&2
  exit 1
fi
echo "left after purge: nothing"
