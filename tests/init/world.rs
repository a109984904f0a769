//! A tenant that nobody has set up, and an empty directory to set it up from.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use serde_json::Value;
use sim::auth0::{Client, ClientAuth};
use sim::{Sim, SimOptions};
use vault::tenant::{OPTIONAL_SCOPES, SET_UP_SCOPES};

/// What stands for the owner's secret at GitHub, and must stand nowhere else.
pub(crate) const GITHUB_SECRET: &str = "canary-github-7f3a91c2d4";
pub(crate) const OWNER: &str = "auth0|owner";

/// A key for all of them.
static KEY: LazyLock<String> = LazyLock::new(|| {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("key.pem");
    vault::generate_key(&file, 2048).expect("a key");
    std::fs::read_to_string(file).expect("its text")
});

pub(crate) struct World {
    pub(crate) sim: Sim,
    pub(crate) dir: tempfile::TempDir,
    pub(crate) token: String,
}

/// A file's name and contents.
pub(crate) type File = (PathBuf, Vec<u8>);

/// What a command did.
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl World {
    pub(crate) async fn new() -> Self {
        let all: Vec<&str> = SET_UP_SCOPES
            .iter()
            .chain(OPTIONAL_SCOPES)
            .copied()
            .collect();
        Self::with_scopes(&all).await
    }

    /// As [`World::new`], on a machine that has no key yet.
    pub(crate) async fn bare() -> Self {
        let world = Self::new().await;
        std::fs::remove_file(world.path("key.pem")).expect("the key");
        world
    }

    /// The operator's token may do this and no more. A key is there: to make one takes seconds.
    pub(crate) async fn with_scopes(scopes: &[&str]) -> Self {
        let sim = Sim::start(SimOptions::default()).await.expect("simulators");
        let github = sim.github.add_user("night-owner");
        sim.auth0.add_user(OWNER, "owner@example.org", github);
        sim.auth0.as_new();
        let token = sim.auth0.management_token(scopes);
        let dir = tempfile::tempdir().expect("a directory");
        let world = Self { sim, dir, token };
        world.secret("token", &world.token);
        world.secret("github-secret", GITHUB_SECRET);
        world.secret("key.pem", &KEY);
        world
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn secret(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::write(&path, text).expect("a secret");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("mode");
    }

    /// `bountyd --config … ARGUMENTS`, with nothing of the test's own environment.
    pub(crate) fn bountyd(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bountyd"));
        command
            .env_clear()
            .env("XDG_STATE_HOME", self.path("state"))
            .arg("--config")
            .arg(self.path("bountyd.toml"));
        command
    }

    /// What every run is given.
    pub(crate) fn given(&self) -> Vec<String> {
        let base = format!("{}/", self.sim.auth0.url());
        let mut given = [
            "--domain",
            "simulated.example",
            "--base-url",
            &base,
            "--user-id",
            OWNER,
            "--github-client-id",
            "Ov23liCanary",
            "--address",
            "127.0.0.1",
            "--token-file",
            &self.path("token").to_string_lossy(),
            "--github-secret-file",
            &self.path("github-secret").to_string_lossy(),
        ]
        .map(ToOwned::to_owned)
        .to_vec();
        let key = self.path("key.pem");
        if key.exists() {
            given.extend(["--key".to_owned(), key.to_string_lossy().into_owned()]);
        }
        given
    }

    pub(crate) fn init(&self, more: &[&str]) -> Said {
        let mut command = self.bountyd();
        command.arg("init").args(self.given()).args(more);
        Said::of(&command.output().expect("it runs"))
    }

    /// `init --yes`, which is expected to come to its end.
    #[track_caller]
    pub(crate) fn set_up(&self, more: &[&str]) -> Said {
        let said = self.init(&[&["--yes"], more].concat());
        assert_eq!(said.code, Some(0), "{}\n{}", said.out, said.err);
        said
    }

    /// The plan as it stands.
    pub(crate) fn plan(&self) -> Value {
        let said = self.init(&["--plan", "--json"]);
        assert_eq!(said.code, Some(0), "{}", said.err);
        serde_json::from_str(&said.out).expect("JSON")
    }

    /// The setting of the written configuration.
    pub(crate) fn configured(&self, section: &str, key: &str) -> Option<toml::Value> {
        let text = std::fs::read_to_string(self.path("bountyd.toml")).ok()?;
        let table: toml::Table = toml::from_str(&text).expect("TOML");
        table.get(section)?.get(key).cloned()
    }

    pub(crate) fn worker_id(&self) -> String {
        let id = self.configured("auth0", "client_id").expect("a client id");
        id.as_str().expect("a text").to_owned()
    }

    pub(crate) fn worker(&self) -> Client {
        self.sim
            .auth0
            .client(&self.worker_id())
            .expect("the worker")
    }

    /// Everything a second look must find unchanged: of the tenant, and of this machine.
    pub(crate) fn state(&self) -> (Vec<String>, usize, Vec<File>) {
        let ids = self.sim.auth0.client_ids();
        let writes = self.writes();
        (ids, writes, files(self.dir.path()))
    }

    /// Changes that the Management API has made.
    pub(crate) fn writes(&self) -> usize {
        let log = self.sim.auth0.log();
        log.iter().filter(|entry| entry.kind == "sapi").count()
    }
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
    pub(crate) fn refused(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        for word in words {
            assert!(self.err.contains(word), "{word}\n{}", self.err);
        }
    }
}

/// Every file below, with its contents.
pub(crate) fn files(below: &Path) -> Vec<File> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(below).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let bytes = std::fs::read(&path).expect("a file");
            found.push((path, bytes));
        }
    }
    found.sort();
    found
}

/// Whether the application proves itself by a key.
pub(crate) fn by_key(client: &Client) -> bool {
    matches!(client.auth, ClientAuth::PrivateKeyJwt(_))
}
