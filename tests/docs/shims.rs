//! Stand-ins for programs that a test cannot run: what builds, what becomes somebody else, and what asks systemd.

/// `cargo build --release`, and nothing else: the program was built already.
pub(crate) const CARGO: &str = r#"
[ "$*" = "build --release" ] || { echo "cargo $*: not on this machine" >&2; exit 64; }
mkdir -p target/release
for name in bountyd bountyd-jail; do
  [ ! -x "${BOUNTYD%/*}/$name" ] || cp "${BOUNTYD%/*}/$name" "target/release/$name"
done
"#;

/// As root, as everything here is; and there `bountyd` is the installed one.
pub(crate) const SUDO: &str = r#"
export PATH="${PATH#"$WORK/person:"}"
exec "$@"
"#;

/// Without sudo a person is nobody special.
pub(crate) const BOUNTYD: &str = r#"
exec setpriv --reuid=4321 --regid=4321 --clear-groups env HOME=/tmp /usr/bin/bountyd "$@"
"#;

/// An editor in which somebody fills the file in.
pub(crate) const SUDOEDIT: &str = r#"
grep -q 'YOUR-TENANT' "$1" || { echo "$1 is not the shipped file" >&2; exit 1; }
sed -i -f "$WORK/filled.sed" "$1"
! grep -n '^[^#]*YOUR-' "$1"
"#;

/// As far as the quick start needs systemd: what the unit says of credentials, directories and the command.
pub(crate) const SYSTEMCTL: &str = r#"
unit=/etc/systemd/system/bountyd.service
case "$*" in
  daemon-reload) ;;
  "enable --now bountyd")
    grep -q '^DynamicUser=yes' "$unit"
    mkdir -p /run/credentials/bountyd /run/bountyd /var/lib/bountyd
    sed -n 's/^LoadCredential=//p' "$unit" | while IFS=: read -r name file; do
      [ ! -e "/etc/credstore/$file" ] || install -m 0400 "/etc/credstore/$file" "/run/credentials/bountyd/$name"
    done
    command=$(sed -n 's/^ExecStart=//p' "$unit")
    CREDENTIALS_DIRECTORY=/run/credentials/bountyd STATE_DIRECTORY=/var/lib/bountyd RUNTIME_DIRECTORY=/run/bountyd \
      setsid $command >"$WORK/daemon.log" 2>&1 </dev/null &
    echo $! >"$WORK/daemon.pid"
    for _ in $(seq 300); do
      [ -S /run/bountyd/control.sock ] && exit 0
      kill -0 "$(cat "$WORK/daemon.pid")" 2>/dev/null || break
      sleep 0.1
    done
    cat "$WORK/daemon.log" >&2
    exit 1
    ;;
  *)
    echo "systemctl $*: not on this machine" >&2
    exit 64
    ;;
esac
"#;
