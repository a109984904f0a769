#!/usr/bin/env bash
# Builds the Debian package.
#
#   scripts/deb.sh [DIRECTORY]     where the .deb goes [target/deb]
#
#   BOUNTYD_PROFILE    the cargo profile [release]
#   SOURCE_DATE_EPOCH  the date of everything in it [that of the last commit]
#
# With dpkg-deb itself, and not cargo-deb: every Debian and Ubuntu has it, it needs no two hundred crates to be
# built first, and the scripts in packaging/deb say all that is done on the owner's machine. dpkg-shlibdeps
# (dpkg-dev) finds out which libraries the program needs. Manual pages and completions are made here and now, from the
# definition that parses the command line.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

for program in dpkg-deb dpkg-shlibdeps dpkg; do
  if ! command -v "$program" >/dev/null; then
    echo "deb.sh: $program is missing: apt-get install dpkg-dev" >&2
    exit 69
  fi
done

out=${1:-target/deb}
profile=${BOUNTYD_PROFILE:-release}
version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
architecture=$(dpkg --print-architecture)
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root

# Without the date: crates with C in them, and all that are made of these, would be built anew for it.
unset SOURCE_DATE_EPOCH
cargo build --locked --profile "$profile" --bin bountyd --bin bountyd-jail
cargo run --locked --quiet --profile "$profile" --example manual -- "$work/manual"
built=${CARGO_TARGET_DIR:-target}/$([ "$profile" = dev ] && echo debug || echo "$profile")
export SOURCE_DATE_EPOCH=$epoch

# Whatever the umask of whoever builds it.
umask 022
mkdir -p "$root/DEBIAN"

put() { # MODE FROM TO
  install -D -m "$1" "$2" "$root/$3"
}

put 0755 "$built/bountyd" usr/bin/bountyd
put 0755 "$built/bountyd-jail" usr/bin/bountyd-jail
for unit in systemd/*.service systemd/*.socket; do
  put 0644 "$unit" "usr/lib/systemd/system/$(basename "$unit")"
done
put 0644 systemd/sysusers.d/bountyd.conf usr/lib/sysusers.d/bountyd.conf
put 0644 config/bountyd.toml etc/bountyd/bountyd.toml
doc=usr/share/doc/bountyd
put 0644 packaging/deb/copyright "$doc/copyright"
put 0644 LICENSE-MIT "$doc/LICENSE-MIT"
put 0644 README.md "$doc/README.md"
for page in docs/*.md; do
  put 0644 "$page" "$doc/docs/$(basename "$page")"
done
for drop_in in systemd/bountyd.service.d/*.conf; do
  put 0644 "$drop_in" "$doc/examples/bountyd.service.d/$(basename "$drop_in")"
done

for page in "$work"/manual/man/*.1; do
  gzip -9n "$page"
  put 0644 "$page.gz" "usr/share/man/man1/$(basename "$page").gz"
done
put 0644 "$work/manual/completions/bountyd.bash" usr/share/bash-completion/completions/bountyd
put 0644 "$work/manual/completions/_bountyd" usr/share/zsh/vendor-completions/_bountyd
put 0644 "$work/manual/completions/bountyd.fish" usr/share/fish/vendor_completions.d/bountyd.fish

# dpkg-shlibdeps wants the description of a source package; there is none.
mkdir "$work/debian"
touch "$work/debian/control"
needs=$(cd "$work" && dpkg-shlibdeps -O "$root/usr/bin/bountyd" "$root/usr/bin/bountyd-jail" | sed -n 's/^shlibs:Depends=//p')

for script in postinst prerm postrm; do
  install -m 0755 "packaging/deb/$script" "$root/DEBIAN/$script"
done
echo /etc/bountyd/bountyd.toml >"$root/DEBIAN/conffiles"
size=$(du -sk --exclude=DEBIAN "$root" | cut -f1)
cat >"$root/DEBIAN/control" <<CONTROL
Package: bountyd
Version: $version
Architecture: $architecture
Maintainer: bountyd <maintainers@bountyd.invalid>
Installed-Size: $size
Depends: $needs, ca-certificates, passwd, procps
Recommends: systemd, bubblewrap (>= 0.8), git
Section: net
Priority: optional
Homepage: https://github.com/bountyd/bountyd
Description: hunts bounty issues on GitHub for its owner
 Wakes on a schedule, searches GitHub for issues with a bounty, judges them, asks
 its owner on Telegram where his rules say so, and claims, on his account and
 without ever holding his token.
CONTROL
(cd "$root" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0 md5sum) \
  >"$root/DEBIAN/md5sums"
find "$root" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +

mkdir -p "$out"
package=$out/bountyd_${version}_$architecture.deb
dpkg-deb --root-owner-group -Zxz --build "$root" "$package" >/dev/null
echo "$package"
