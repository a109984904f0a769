//! A configuration that reaches nobody, a ledger, and the binary that opens it.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use bountyd::clock::UnixMillis;

use super::hand::Hand;

/// A Sunday, noon, UTC.
pub(crate) const NOON: UnixMillis = UnixMillis(1_795_348_800_000);

static KEY: LazyLock<(tempfile::TempDir, PathBuf)> = LazyLock::new(|| {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("key.pem");
    vault::generate_key(&path, 2048).expect("a key");
    (dir, path)
});

/// The key that every place has.
pub(crate) fn key() -> String {
    std::fs::read_to_string(&KEY.1).expect("the key")
}

pub(crate) struct Place {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) hand: Hand,
}

impl Place {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        for name in ["state", "run"] {
            std::fs::create_dir(dir.path().join(name)).expect("a directory");
        }
        let hand = Hand::new(&dir.path().join("clock.sock"), NOON);
        let place = Self { dir, hand };
        // Nobody listens at port 9.
        let text = format!(
            "mode = \"ask\"\ntimezone = \"UTC\"\nallow_insecure_loopback = true\n\
             state_directory = \"{state}\"\nruntime_directory = \"{run}\"\n\
             [auth0]\ndomain = \"acme.eu.auth0.com\"\nbase_url = \"http://127.0.0.1:9/\"\n\
             client_id = \"client\"\nuser_id = \"github|1\"\nkeys = [\"{key}\"]\n\
             [github]\napi_url = \"http://127.0.0.1:9/\"\ngraphql_url = \"http://127.0.0.1:9/graphql\"\n\
             [logging]\nformat = \"text\"\n",
            state = place.path("state").display(),
            run = place.path("run").display(),
            key = KEY.1.display(),
        );
        std::fs::write(place.path("bountyd.toml"), text).expect("written");
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn ledger(&self) -> PathBuf {
        self.path("state/ledger.db")
    }

    /// The names in the state directory that begin so.
    pub(crate) fn files(&self, start: &str) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.path("state")).expect("a directory");
        let mut found: Vec<_> = entries
            .map(|entry| entry.expect("an entry"))
            .filter(|entry| entry.file_name().to_string_lossy().starts_with(start))
            .map(|entry| entry.path())
            .collect();
        found.sort();
        found
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bountyd"));
        command
            .args(arguments)
            .arg("--config")
            .arg(self.path("bountyd.toml"))
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .stdin(Stdio::null())
            .current_dir("/");
        command
    }

    pub(crate) fn bountyd(&self, arguments: &[&str]) -> Said {
        Said::of(&self.command(arguments).output().expect("bountyd runs"))
    }

    /// `bountyd run` on the clock of this place, armed to die at `point`.
    pub(crate) fn run_until(&self, point: &str) -> Command {
        let clock = self.hand.path().display().to_string();
        self.command(&["run", "--crash-at", point, "--clock-socket", &clock])
    }

    /// On a terminal of its own, where `answer` makes of what is shown what is typed.
    pub(crate) fn on_a_terminal(
        &self,
        arguments: &[&str],
        answer: impl Fn(&str) -> String,
    ) -> (Option<i32>, String) {
        let line = format!(
            "{} {} --config {}",
            env!("CARGO_BIN_EXE_bountyd"),
            arguments.join(" "),
            self.path("bountyd.toml").display()
        );
        on_a_terminal(&line, answer)
    }
}

/// Runs `line` on a terminal of its own.
pub(crate) fn on_a_terminal(line: &str, answer: impl Fn(&str) -> String) -> (Option<i32>, String) {
    let mut child = Command::new("script")
        .args(["--quiet", "--return", "--command", line, "/dev/null"])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("TERM", "xterm")
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("script runs");
    let mut stdin = child.stdin.take().expect("stdin");
    let mut stdout = child.stdout.take().expect("stdout");
    let mut shown = Vec::new();
    let mut byte = [0];
    while stdout.read(&mut byte).expect("read") == 1 {
        shown.push(byte[0]);
        if shown.ends_with(b"and Enter: ") {
            let typed = answer(&String::from_utf8_lossy(&shown));
            stdin.write_all(typed.as_bytes()).expect("typed");
        }
    }
    let status = child.wait().expect("it ends");
    (status.code(), String::from_utf8_lossy(&shown).into_owned())
}

/// What a person types who reads the code.
pub(crate) fn the_code(shown: &str) -> String {
    let code = shown.rsplit_once("type ").map(|(_, rest)| &rest[..4]);
    format!("{}\n", code.expect("a code"))
}

/// What a command said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    #[track_caller]
    pub(crate) fn left_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {self:#?}"))
    }
}

pub(crate) fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    let found = std::fs::metadata(path).expect("it is there");
    found.permissions().mode() & 0o777
}
