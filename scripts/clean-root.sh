#!/usr/bin/env bash
# Makes a clean Debian: what the package depends on, and no more.
#
#   scripts/clean-root.sh ROOT.tar [PACKAGE…]    PACKAGE: what else is in it
#
#   BOUNTYD_SUITE    which Debian [bookworm]
#
# Leaves with 69 and says why where Debian's mirror does not answer.
set -euo pipefail

tar=$1
shift
if ! command -v mmdebstrap >/dev/null; then
  echo "mmdebstrap is missing (apt-get install mmdebstrap)" >&2
  exit 1
fi
suite=${BOUNTYD_SUITE:-bookworm}
mirror=http://deb.debian.org/debian
include=ca-certificates,procps
for package in "$@"; do
  include+=,$package
done
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! mmdebstrap --quiet --variant=minbase --include="$include" "$suite" "$tar" "$mirror" >"$log" 2>&1; then
  rm -f "$tar"
  echo "no clean root could be made: $(tail -n 1 "$log")" >&2
  # Its fault, or the way to it; or else ours.
  curl --silent --fail --head --max-time 30 --output /dev/null "$mirror/dists/$suite/InRelease" || exit 69
  exit 1
fi
