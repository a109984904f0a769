//! The services, a configuration that names no chat yet, and the commands beside them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use sim::auth0::{ClientAuth, Credential, TokenPlan};
use sim::{Cast, Sim, SimOptions};

use crate::terminal::Terminal;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_bountyd");

pub(crate) struct World {
    pub(crate) sim: Sim,
    pub(crate) cast: Cast,
    pub(crate) dir: tempfile::TempDir,
}

impl World {
    /// With a chat in the configuration, whose token file is not there yet.
    pub(crate) async fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let key = dir.path().join("key.pem");
        let public = vault::generate_key(&key, 2048).expect("a key");
        let credential = Credential::from_pem(&public.pem).expect("a public key");
        let sim = Sim::start(SimOptions::default()).await.expect("simulators");
        let auth = ClientAuth::PrivateKeyJwt(vec![credential.clone()]);
        let cast = sim.cast(auth, vec![credential], TokenPlan::oauth_app());
        let token = dir.path().join("telegram-token");
        let config = sim.config(&cast, &key, &token, &dir.path().join("state"), None);
        let w = Self { sim, cast, dir };
        w.write("bountyd.toml", &config);
        w
    }

    /// Without a chat: what an owner has after `init`.
    pub(crate) async fn without_chat() -> Self {
        let w = Self::new().await;
        let config = w.read("bountyd.toml");
        let (before, _) = config.split_once("[telegram]").expect("a chat");
        w.write(
            "bountyd.toml",
            &format!("{before}#[telegram]\n# who may answer\n#owner_id = 123456789\n"),
        );
        w
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("written");
    }

    /// Stores the bot's token as an owner would have by hand.
    pub(crate) fn store_token(&self) {
        self.write("telegram-token", &self.sim.telegram.token());
        private(&self.path("telegram-token"));
    }

    pub(crate) fn line(&self, arguments: &str) -> String {
        let config = self.path("bountyd.toml");
        format!("{BINARY} --config {} {arguments}", config.display())
    }

    pub(crate) fn on_a_terminal(&self, arguments: &str) -> Terminal {
        Terminal::run(&self.line(arguments), self.dir.path())
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command
            .env_clear()
            .env("HOME", self.dir.path())
            .arg("--config")
            .arg(self.path("bountyd.toml"))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs to the end, off the runtime's threads: the services live on them.
    pub(crate) async fn bountyd(&self, arguments: &[&str]) -> Said {
        let mut command = self.command(arguments);
        tokio::task::spawn_blocking(move || Said::of(&command.output().expect("it runs")))
            .await
            .expect("no panic")
    }

    /// A daemon that listens, ended with the value.
    pub(crate) async fn daemon(&self) -> Daemon {
        let mut command = self.command(&["run"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let daemon = Daemon(command.spawn().expect("it starts"));
        loop {
            let said = self.bountyd(&["status", "--json"]).await;
            let status: serde_json::Value = serde_json::from_str(&said.out).unwrap_or_default();
            if status["vault"].is_object() {
                return daemon;
            }
            assert!(said.code != Some(78), "{said:?}");
        }
    }
}

/// The running program whose arguments contain `word`.
pub(crate) fn pid_with(word: &str) -> Option<(i32, String)> {
    std::fs::read_dir("/proc")
        .expect("procfs")
        .find_map(|entry| {
            let name = entry.ok()?.file_name();
            let pid: i32 = name.to_str()?.parse().ok()?;
            let line = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            (line.starts_with(BINARY) && line.contains(word)).then_some((pid, line))
        })
}

/// Between two looks at another process.
pub(crate) async fn glance() {
    tokio::time::sleep(std::time::Duration::from_millis(10)).await;
}

/// A daemon, killed at the end.
pub(crate) struct Daemon(pub(crate) Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

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

pub(crate) fn private(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("a mode");
}

pub(crate) fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("there").permissions().mode() & 0o7777
}

/// The files below `directory` in which `needle` stands.
pub(crate) fn files_with(directory: &Path, needle: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files_with(&path, needle));
        } else if let Ok(bytes) = fs::read(&path)
            && bytes
                .windows(needle.len())
                .any(|part| part == needle.as_bytes())
        {
            found.push(path);
        }
    }
    found
}
