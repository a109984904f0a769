//! A world in which everything is well, and the hands to spoil it.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{LazyLock, Mutex};

use serde_json::Value;
use sim::auth0::{ClientAuth, Credential, TokenPlan};
use sim::{Cast, Sim, SimOptions};
use tokio::task::JoinHandle;
use vault::tenant::EXAMINE_SCOPES;

/// One key for all worlds: making one takes a while.
pub(crate) static KEY: LazyLock<(tempfile::TempDir, PathBuf, String)> =
    LazyLock::new(|| make("key.pem"));

/// Another one, which no tenant knows.
pub(crate) static OTHER: LazyLock<(tempfile::TempDir, PathBuf, String)> =
    LazyLock::new(|| make("other.pem"));

fn make(name: &str) -> (tempfile::TempDir, PathBuf, String) {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join(name);
    let public = vault::generate_key(&path, 2048).expect("a key");
    (dir, path, public.pem)
}

/// What the client authenticates with where it is no key.
pub(crate) const SECRET: &str = "canary-client-secret-0123456789";

pub(crate) struct World {
    pub(crate) sim: Sim,
    pub(crate) cast: Cast,
    pub(crate) dir: tempfile::TempDir,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(TokenPlan::oauth_app(), None).await
    }

    /// With tokens of this kind; with a secret, the client authenticates with that.
    pub(crate) async fn with(plan: TokenPlan, secret: Option<&str>) -> Self {
        let sim = Sim::start(SimOptions::default()).await.expect("simulators");
        let key = Credential::from_pem(&KEY.2).expect("a public key");
        let auth = match secret {
            Some(secret) => ClientAuth::Secret(secret.to_owned()),
            None => ClientAuth::PrivateKeyJwt(vec![key.clone()]),
        };
        let cast = sim.cast(auth, vec![key], plan);
        let dir = tempfile::tempdir().expect("a directory");
        let world = Self {
            sim,
            cast,
            dir,
            tasks: Mutex::default(),
        };
        for name in ["state", "secret"] {
            let path = world.path(name);
            std::fs::create_dir(&path).expect("a directory");
            world.chmod(name, 0o700);
        }
        std::fs::copy(&KEY.1, world.path("secret/key.pem")).expect("copied");
        world.write_private("secret/bot-token", &world.sim.telegram.token());
        let secret = secret.map(|secret| {
            world.write_private("secret/client-secret", secret);
            world.path("secret/client-secret")
        });
        let config = world.sim.config(
            &world.cast,
            &world.path("secret/key.pem"),
            &world.path("secret/bot-token"),
            &world.path("state"),
            secret.as_deref(),
        );
        let config = config.replace("mode = \"ask\"", "mode = \"ask\"\ntimezone = \"UTC\"");
        std::fs::write(world.config(), config).expect("written");
        world
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.path("bountyd.toml")
    }

    pub(crate) fn write_private(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("written");
        self.chmod(name, 0o600);
    }

    pub(crate) fn chmod(&self, name: &str, mode: u32) {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(self.path(name), mode).expect("its mode");
    }

    pub(crate) fn mode(&self, name: &str) -> u32 {
        let meta = self.path(name).metadata().expect("it is there");
        meta.permissions().mode() & 0o7777
    }

    /// Changes the configuration.
    #[track_caller]
    pub(crate) fn edit(&self, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.config()).expect("read");
        assert!(text.contains(from), "no `{from}` in {text}");
        std::fs::write(self.config(), text.replace(from, to)).expect("written");
    }

    /// Adds to the configuration.
    pub(crate) fn add(&self, text: &str) {
        let before = std::fs::read_to_string(self.config()).expect("read");
        std::fs::write(self.config(), format!("{before}\n{text}\n")).expect("written");
    }

    /// Keeps a task that spoils something until the world ends.
    pub(crate) fn keep(&self, task: JoinHandle<()>) {
        self.tasks.lock().expect("a lock").push(task);
    }

    pub(crate) fn command(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .arg("--config")
            .arg(self.config())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("COLUMNS", "80")
            .env("HOME", self.dir.path())
            .stdin(std::process::Stdio::null())
            .current_dir("/");
        command
    }

    pub(crate) fn bountyd(&self, arguments: &[&str]) -> Said {
        let program = Path::new(env!("CARGO_BIN_EXE_bountyd"));
        // Nobody sits at a terminal, whoever runs the tests.
        let mut words = vec!["--wait", program.to_str().expect("a path")];
        words.extend(arguments);
        let mut command = self.command(Path::new("setsid"), &words);
        Said::of(&command.output().expect("bountyd runs"))
    }

    /// As somebody else, from a copy of the binary that he may read.
    pub(crate) fn bountyd_as(&self, uid: u32, arguments: &[&str]) -> Said {
        let copy = self.path("bountyd");
        if !copy.exists() {
            let copied = Command::new("cp")
                .arg(env!("CARGO_BIN_EXE_bountyd"))
                .arg(&copy)
                .status();
            assert!(copied.expect("cp runs").success());
            self.chmod("bountyd", 0o755);
            self.chmod("", 0o755);
        }
        let mut command = self.command(&copy, arguments);
        Said::of(&command.uid(uid).gid(uid).output().expect("bountyd runs"))
    }

    /// What the doctor says, as a program reads it.
    #[track_caller]
    pub(crate) fn doctor(&self) -> Value {
        self.bountyd(&["doctor", "--json"]).json()
    }

    /// The same, with a management token of the operator's that may look at everything.
    pub(crate) fn with_the_tenant(&self) -> Said {
        self.with_scopes(EXAMINE_SCOPES)
    }

    pub(crate) fn with_scopes(&self, scopes: &[&str]) -> Said {
        let token = self.sim.auth0.management_token(scopes);
        self.write_private("secret/management-token", &token);
        let file = self.path("secret/management-token").display().to_string();
        self.bountyd(&["doctor", "--json", "--tenant", "--token-file", &file])
    }

    /// A statement in the ledger, as nobody should make it.
    pub(crate) async fn sql(&self, statement: &'static str) {
        use sqlx::ConnectOptions as _;
        let options =
            sqlx::sqlite::SqliteConnectOptions::new().filename(self.path("state/ledger.db"));
        let mut connection = options.connect().await.expect("a ledger");
        let done = sqlx::raw_sql(statement).execute(&mut connection).await;
        done.expect("done");
        sqlx::Connection::close(connection).await.expect("closed");
    }

    /// What was asked of anybody that could change something there, but the exchange.
    pub(crate) fn writes(&self) -> Vec<String> {
        let reads = ["getMe", "getUpdates", "getWebhookInfo", "getChat"];
        let tenant = self.sim.auth0.rim().requests();
        let tenant = tenant
            .iter()
            .filter(|r| r.method != "GET" && r.path != "/oauth/token");
        let github = self.sim.github.requests();
        let github = github
            .iter()
            // One row misspells GraphQL's address.
            .filter(|r| r.method != "GET" && !r.path.starts_with("/graph"));
        let telegram = self.sim.telegram.rim().requests();
        let telegram = telegram
            .iter()
            .filter(|r| !reads.iter().any(|read| r.path.ends_with(read)));
        tenant
            .chain(github)
            .chain(telegram)
            .map(|r| format!("{} {}", r.method, r.path))
            .collect()
    }

    /// Everything that must not stand in any output.
    pub(crate) fn canaries(&self) -> Vec<String> {
        let key = std::fs::read_to_string(&KEY.1).expect("the key");
        let body: Vec<&str> = key.lines().filter(|line| !line.contains("--")).collect();
        let mut canaries = self.sim.registry.ever_minted();
        canaries.extend(std::fs::read_to_string(
            self.path("secret/management-token"),
        ));
        canaries.extend(body.iter().map(|line| (*line).to_owned()));
        let token = self.sim.telegram.token();
        let (_, secret) = token.split_once(':').expect("a bot token");
        canaries.push(secret.to_owned());
        canaries.push(SECRET.to_owned());
        canaries.push("s3cr3t-path".to_owned());
        canaries
    }

    #[track_caller]
    pub(crate) fn says_no_secret(&self, said: &Said) {
        for canary in self.canaries() {
            assert!(!said.out.contains(&canary), "{canary} in {}", said.out);
            assert!(!said.err.contains(&canary), "{canary} in {}", said.err);
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Ok(tasks) = self.tasks.lock() {
            tasks.iter().for_each(JoinHandle::abort);
        }
    }
}

/// What the command said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    fn of(output: &Output) -> Self {
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
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {self:#?}"))
    }
}

/// The finding of one check.
#[track_caller]
pub(crate) fn finding<'a>(answer: &'a Value, check: &str) -> &'a Value {
    let checks = answer["checks"].as_array().expect("checks");
    let found = checks.iter().find(|finding| finding["check"] == check);
    found.unwrap_or_else(|| panic!("no {check} in {answer:#}"))
}
