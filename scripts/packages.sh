#!/bin/sh
# The Debian and Ubuntu packages that building, testing and the demo need.
#
#   scripts/packages.sh             list them, and say which are missing
#   scripts/packages.sh --install   install the missing ones (as root)
set -eu

packages="
bubblewrap
ca-certificates
curl
dpkg-dev
gcc
git
golang-go
libc6-dev
make
mmdebstrap
node-typescript
nodejs
python3
systemd
tzdata
"
# bubblewrap: the sandbox in which a coding agent and a repository's own tests run.
# gcc, libc6-dev: the C parts of aws-lc (cryptography) and SQLite are built from source, and the
#   programs with which the tests attack the sandbox.
# golang-go, make, node-typescript, nodejs, python3: the tests mend bugs in Go, C, TypeScript and Python
#   with the real toolchains; Python also plays agents.
# dpkg-dev, mmdebstrap: the Debian package is built and tried on clean roots (scripts/deb.sh, deb-test.sh, first-hour.sh).
# systemd: systemd-analyze judges the unit file in the tests; nothing needs it to be running.
# curl: the agent of a test asks its model with it.
# ca-certificates, tzdata, git: to fetch the crates, to know the local time zone, to clone.
# Rust itself comes from rustup (https://rustup.rs), in the version of rust-toolchain.toml.

case "${1:-}" in
  "" | --install) ;;
  *)
    echo "usage: $0 [--install]" >&2
    exit 64
    ;;
esac

missing=""
for package in $packages; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  if [ "$state" = installed ]; then
    [ "${1:-}" = --install ] || echo "$package"
  else
    [ "${1:-}" = --install ] || echo "$package (missing)"
    missing="$missing $package"
  fi
done

if [ "${1:-}" = --install ]; then
  if [ -z "$missing" ]; then
    echo "nothing is missing"
    exit 0
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update
  # shellcheck disable=SC2086 # a list of words
  apt-get install -y --no-install-recommends $missing
fi
