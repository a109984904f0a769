//! A machine for one test: this one, with `/etc`, `/root`, `/usr`, `/var` and `/run` of its own in a mount namespace, and a
//! person at its keyboard and its browser.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, ChildStdin, Command, Stdio};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::fence::Fence;
use crate::shims;

/// What stands behind a block's own output: this, and its exit code.
const END: &str = "@@ the block has ended with ";

/// Overlays, so that nothing of this machine is changed, and a checkout to stand in.
const PREPARE: &str = r#"
set -eu
mount -t tmpfs tmpfs "$WORK/layers"
for top in etc root usr var; do
  mkdir -p "$WORK/layers/$top/upper" "$WORK/layers/$top/work"
  mount -t overlay overlay -o "lowerdir=/$top,upperdir=$WORK/layers/$top/upper,workdir=$WORK/layers/$top/work" "/$top"
done
mount -t tmpfs -o mode=755 tmpfs /run
rm -rf /etc/bountyd /etc/credstore /var/lib/bountyd /usr/bin/bountyd /etc/systemd/system/bountyd.service
mkdir -p "$WORK/checkout" /etc/systemd/system
for name in config systemd docs README.md; do ln -s "$SOURCE/$name" "$WORK/checkout/$name"; done
cd "$WORK/checkout"
export PATH="$WORK/person:$WORK/shims:$PATH" HOME="$WORK" CI=
"#;

pub(crate) struct Machine {
    shell: Child,
    keyboard: ChildStdin,
    screen: UnboundedReceiver<String>,
    work: tempfile::TempDir,
    blocks: usize,
}

/// What a block showed, and how it ended.
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) code: i32,
}

impl Said {
    /// The public key that was shown, if one was.
    pub(crate) fn public_key(&self) -> Option<&str> {
        let begin = self.text.find("-----BEGIN PUBLIC KEY-----")?;
        let end = "-----END PUBLIC KEY-----";
        let at = self.text.find(end)? + end.len();
        self.text.get(begin..at)
    }
}

/// What a machine of its own takes, tried on a directory.
const TRY: &str = r#"
set -eu
mount -t tmpfs tmpfs "$WORK"
mkdir "$WORK/upper" "$WORK/work" "$WORK/both"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$WORK/upper,workdir=$WORK/work" "$WORK/both"
"#;

impl Machine {
    /// Why the kernel makes no machine of its own here: a container without the right to mount, say.
    pub(crate) fn refused() -> Option<String> {
        let work = tempfile::tempdir().expect("a directory");
        let tried = Command::new("unshare")
            .args(["--mount", "--propagation", "private", "sh", "-c", TRY])
            .env("WORK", work.path())
            .output();
        match tried {
            Ok(tried) if tried.status.success() => None,
            Ok(tried) => Some(String::from_utf8_lossy(&tried.stderr).trim().to_owned()),
            Err(why) => Some(format!("unshare: {why}")),
        }
    }

    pub(crate) fn new() -> Self {
        let work = tempfile::tempdir().expect("a directory");
        let open = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(work.path(), open.clone()).expect("opened");
        for name in ["layers", "shims", "person"] {
            std::fs::create_dir(work.path().join(name)).expect("a directory");
        }
        let programs = [
            ("shims/cargo", shims::CARGO),
            ("shims/sudo", shims::SUDO),
            ("shims/sudoedit", shims::SUDOEDIT),
            ("shims/systemctl", shims::SYSTEMCTL),
            ("person/bountyd", shims::BOUNTYD),
        ];
        for (name, script) in programs {
            let path = work.path().join(name);
            std::fs::write(&path, format!("#!/bin/bash\nset -eu\n{script}")).expect("written");
            std::fs::set_permissions(&path, open.clone()).expect("made executable");
        }
        let mut shell = Command::new("unshare")
            .args([
                "--mount",
                "--propagation",
                "private",
                "--kill-child",
                "--fork",
                "--pid",
                "--mount-proc",
            ])
            .args(["bash", "-c", "exec bash -s 2>&1"])
            .env_clear()
            .env(
                "PATH",
                "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            )
            .env("LANG", "C.UTF-8")
            .env("WORK", work.path())
            .env("SOURCE", env!("CARGO_MANIFEST_DIR"))
            .env("BOUNTYD", env!("CARGO_BIN_EXE_bountyd"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("unshare runs");
        let keyboard = shell.stdin.take().expect("a pipe");
        let output = shell.stdout.take().expect("a pipe");
        let (shown, screen) = unbounded_channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if shown.send(line).is_err() {
                    return;
                }
            }
        });
        let mut machine = Self {
            shell,
            keyboard,
            screen,
            work,
            blocks: 0,
        };
        machine
            .keyboard
            .write_all(PREPARE.as_bytes())
            .expect("typed");
        machine
    }

    /// A file beside the checkout.
    pub(crate) fn put(&self, name: &str, text: &str) {
        std::fs::write(self.work.path().join(name), text).expect("written");
    }

    /// Does what a block says, as somebody who pastes it whole: the first command that fails ends it. Addresses
    /// that are shown are opened, as a person opens them.
    pub(crate) async fn follow(&mut self, block: &Fence, typed: &str) -> Said {
        self.blocks += 1;
        let (script, input) = (
            format!("block-{}.sh", self.blocks),
            format!("input-{}", self.blocks),
        );
        self.put(&script, &(block.lines.join("\n") + "\n"));
        self.put(&input, typed);
        let line = format!(
            "bash -e -o pipefail \"$WORK/{script}\" <\"$WORK/{input}\" 2>&1 && ended=0 || ended=$?\n\
             rm -f \"$WORK/{input}\"\nprintf '\\n%s%s\\n' '{END}' \"$ended\"\n"
        );
        self.keyboard.write_all(line.as_bytes()).expect("typed");
        let mut text = String::new();
        while let Some(line) = self.screen.recv().await {
            if let Some(code) = line.strip_prefix(END) {
                let code = code.trim().parse().expect("an exit code");
                return Said { text, code };
            }
            let address = line.trim();
            if address.starts_with("http://127.0.0.1") && !address.contains(' ') {
                let page = reqwest::get(address).await.expect("the page opens");
                assert!(page.status().is_success(), "{address}: {}", page.status());
            }
            text.push_str(&line);
            text.push('\n');
        }
        panic!("{}: the machine has gone:\n{text}", block.place);
    }
}

impl Drop for Machine {
    /// The namespace's first process goes, and with it everything that runs in it.
    fn drop(&mut self) {
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}
