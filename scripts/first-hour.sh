#!/usr/bin/env bash
# The owner's first hour on a clean Debian, against the simulators: installs the package and does what
# docs/first-hour.md says, at a terminal; then compares what was shown with what stands there (tests/docs/hour.rs).
#
#   scripts/first-hour.sh PACKAGE [ROOT.tar]    ROOT.tar: a clean root with systemd in it [made now]
#
#   BOUNTYD_WRITE_DOCS=1    write the page anew instead
#   BOUNTYD_PROFILE         the cargo profile of the test [ci]
#
# Needs root. What cannot be tried is said, and with CI=true it is a failure, unless it is Debian's mirror that does
# not answer.
set -euo pipefail

package=$(realpath "$1")
tar=${2:+$(realpath "$2")}
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ "$(id -u)" != 0 ]; then
  echo "NOT RUN: the first hour, because this is not root" >&2
  [ "${CI:-}" != true ]
  exit
fi
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT

if [ -z "$tar" ]; then
  tar=$work/root.tar
  scripts/clean-root.sh "$tar" systemd || {
    code=$?
    [ "$code" = 69 ] || exit "$code"
    echo "NOT RUN: the first hour, because Debian's mirror does not answer" >&2
    exit 0
  }
fi
mkdir "$work/root"
tar -x -f "$tar" -C "$work/root" --exclude='./dev/*'
cp "$package" "$work/root/tmp/"
FIRST_HOUR=$work/root cargo test --quiet --profile "${BOUNTYD_PROFILE:-ci}" -p bountyd --test docs -- --ignored first_hour
