#!/usr/bin/env bash
# Installs the package on a clean Debian, uses it, upgrades it over itself, removes and purges it, and lists what is
# left: nothing. Twice: where there is systemd, whose own tools make the users and judge the units, and where there
# is none.
#
#   scripts/deb-test.sh PACKAGE [ROOT.tar…]    ROOT.tar: roots of scripts/clean-root.sh [two made now]
#
# Needs root, and mmdebstrap unless roots are given. What cannot be tried here is said, and with CI=true it is a
# failure, unless it is Debian's mirror that does not answer.
set -euo pipefail

here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
package=$(realpath "$1")
shift

cannot() {
  echo "NOT TRIED: the package on a clean Debian, because $1" >&2
  [ "${CI:-}" = true ] && exit 1
  exit 0
}

[ "$(id -u)" = 0 ] || cannot "this is not root"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

roots=("$@")
if [ ${#roots[@]} = 0 ]; then
  command -v mmdebstrap >/dev/null || cannot "mmdebstrap is missing (apt-get install mmdebstrap)"
  # What the package depends on, and then systemd as well.
  for more in "" systemd; do
    tar=$work/root${more:+-$more}.tar
    "$here/clean-root.sh" "$tar" $more || {
      code=$?
      [ "$code" = 69 ] || exit "$code"
      CI='' cannot "Debian's mirror does not answer"
    }
    roots+=("$tar")
  done
fi

step() { printf -- '-- %s\n' "$*"; }

inside() {
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"
}

# Every name with its mode and owner, and every account and group. dpkg's own books, caches and logs are not ours,
# nor are the copies that the tools for accounts make of what was there before.
listed() {
  (cd "$root" && find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./tmp -o -path ./var/lib/dpkg \
    -o -path ./var/cache -o -path ./var/log -o -path ./run/systemd -o -path ./package.deb \) -prune -o -printf '%p %M %u %g\n') |
    grep -v -E '^\./etc/(passwd|group|shadow|gshadow|subuid|subgid)- |^\./etc/\.pwd\.lock ' | LC_ALL=C sort
  cat "$root"/etc/{passwd,group,shadow,gshadow} | LC_ALL=C sort
}

kept() { (cd "$root" && sha256sum --quiet -c "$work/kept"); }

failed() {
  echo "$*" >&2
  exit 1
}

try() {
  rm -rf "$root"
  mkdir "$root"
  tar -x -f "$1" -C "$root" --exclude='./dev/*'
  : >"$root/dev/null"
  cp "$package" "$root/package.deb"
  listed >"$work/before"

  step "install"
  inside dpkg -i /package.deb
  inside bountyd --version
  inside getent passwd bountyd-fixer bountyd-egress >/dev/null
  inside getent group bountyd-fix >/dev/null
  # The inside of a sandbox is believed only where nobody but root can have changed it.
  [ "$(stat -c '%a %U' "$root/usr/bin/bountyd-jail")" = "755 root" ]
  [ -s "$root/usr/share/man/man1/bountyd-estop.1.gz" ]
  inside bash -n /usr/share/bash-completion/completions/bountyd
  [ "$(stat -c %a "$root/etc/credstore")" = 700 ]
  # What is shipped says what is to be filled in.
  code=0
  inside bountyd check >"$work/said" 2>&1 || code=$?
  [ "$code" = 78 ] && grep -q "is not filled in" "$work/said" || failed "check left with $code: $(cat "$work/said")"
  if inside sh -c 'command -v systemd-analyze' >/dev/null; then
    step "units"
    inside systemd-analyze verify --man=no bountyd.service bountyd-fixer.socket bountyd-egress.socket
  fi

  step "a ledger, a key and a changed configuration"
  install -d -m 0700 "$root/var/lib/bountyd"
  inside bountyd keys new /etc/credstore/bountyd.assertion-key >/dev/null 2>&1
  echo '# mine' >>"$root/etc/bountyd/bountyd.toml"
  echo 'to be kept' >"$root/var/lib/bountyd/ledger.db"
  (cd "$root" && sha256sum etc/bountyd/bountyd.toml var/lib/bountyd/ledger.db etc/credstore/bountyd.*) >"$work/kept"

  step "upgrade over itself, twice"
  inside dpkg -i /package.deb >/dev/null
  inside dpkg -i /package.deb >/dev/null
  kept

  step "remove"
  inside dpkg -r bountyd
  kept
  [ ! -e "$root/usr/bin/bountyd" ] || failed "the program is still there"

  step "install again, and purge"
  inside dpkg -i /package.deb >/dev/null
  kept
  inside dpkg -P bountyd
  listed >"$work/after"
  diff "$work/before" "$work/after" || failed "purge left something behind, or took something that was not ours"
  echo "left after purge: nothing"
}

root=$work/root
for tar in "${roots[@]}"; do
  step "$(basename "$tar" .tar)"
  try "$(realpath "$tar")"
done
