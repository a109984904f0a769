//! Simulators, a key, and configurations that point at them.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use bountyd::clock::{Clock as _, SystemClock};
use bountyd::config::{Config, Environment};
use sim::auth0::{ClientAuth, Credential, TokenPlan};
use sim::tokens::TokenKind;
use sim::{Cast, Now, Sim, SimOptions};
use tempfile::TempDir;
use vault::SecretSource;

/// The size that `bountyd keys new` makes by default.
pub(crate) const KEY_BITS: usize = 3072;

/// A key for all figures and all runs, as making one takes seconds: its file, and its public half.
static KEY: LazyLock<(PathBuf, String)> = LazyLock::new(|| {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bench-key-{KEY_BITS}.pem"));
    let source = SecretSource {
        credential: "no-such-credential".to_owned(),
        file: Some(path.clone()),
    };
    let public = vault::public_key(&source).or_else(|_| {
        // Missing, or left behind half made.
        let _ = std::fs::remove_file(&path);
        vault::generate_key(&path, KEY_BITS)
    });
    (path, public.expect("a key").pem)
});

/// The file that holds the worker's private key.
pub(crate) fn key() -> &'static Path {
    &KEY.0
}

/// Cargo's target directory, which lies on a real disk.
pub(crate) fn target() -> &'static Path {
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    tmp.parent().unwrap_or(tmp)
}

/// A fresh directory there. Not below `/tmp`: that may be memory, where nothing costs anything.
pub(crate) fn directory() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory")
}

/// The three services with the usual cast, and a place for files.
pub(crate) struct World {
    pub(crate) sim: Sim,
    pub(crate) cast: Cast,
    pub(crate) dir: TempDir,
    /// For sockets, whose names must be short.
    pub(crate) sockets: TempDir,
}

impl World {
    /// On this clock.
    pub(crate) async fn new(now: Now) -> Self {
        let sim = Sim::start(SimOptions::on(now)).await.expect("simulators");
        let credential = Credential::from_pem(&KEY.1).expect("a public key");
        let auth = ClientAuth::PrivateKeyJwt(vec![credential.clone()]);
        let cast = sim.cast(auth, vec![credential], TokenPlan::oauth_app());
        let dir = directory();
        let token = dir.path().join("bot-token");
        std::fs::write(&token, sim.telegram.token()).expect("the bot token is written");
        let private = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&token, private).expect("mode");
        let sockets = tempfile::tempdir().expect("a directory");
        Self {
            sim,
            cast,
            dir,
            sockets,
        }
    }

    /// With about this many issues that the query [`ONE_QUERY`] finds.
    pub(crate) async fn with_issues(now: Now, issues: u64) -> Self {
        let world = Self::new(now).await;
        // Eight of ten made-up issues are open and carry the label.
        world.sim.github.generate(issues * 5 / 4, 7);
        world
    }

    /// Where the state of a program called `name` lies.
    pub(crate) fn state(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Configuration for a program called `name`, with these further lines.
    pub(crate) fn text(&self, name: &str, mode: &str, more: &str) -> String {
        let token = self.dir.path().join("bot-token");
        let text = self
            .sim
            .config(&self.cast, key(), &token, &self.state(name), None);
        let top = format!("mode = \"{mode}\"\ntimezone = \"UTC\"\njitter = \"0s\"");
        format!("{}\n{more}\n", text.replace("mode = \"ask\"", &top))
    }

    /// The same, in a file.
    pub(crate) fn file(&self, name: &str, mode: &str, more: &str) -> PathBuf {
        let path = self.dir.path().join(format!("{name}.toml"));
        std::fs::write(&path, self.text(name, mode, more)).expect("a configuration is written");
        path
    }

    /// The same, read.
    pub(crate) fn config(&self, name: &str, mode: &str, more: &str) -> Config {
        let text = self.text(name, mode, more);
        let path = self.dir.path().join(format!("{name}.toml"));
        let read = Config::parse(&text, &path, &Environment::default(), SystemClock.now());
        read.unwrap_or_else(|e| panic!("{}", e.render(false)))
            .config
    }

    /// A token of the owner's for the simulated GitHub, for a program that exchanges none.
    pub(crate) fn token(&self) -> String {
        let scopes = ["public_repo".to_owned()];
        let registry = &self.sim.registry;
        registry.mint(self.cast.github_id, &scopes, TokenKind::OAuthApp, None)
    }

    /// Requests that GitHub got since this was asked last.
    pub(crate) fn github_requests(&self) -> usize {
        let requests = self.sim.github.requests();
        self.sim.github.rim().forget_requests();
        requests.len()
    }
}

/// A scan that reads one query only.
pub(crate) const ONE_QUERY: &str = "[scan]\nqueries = ['label:\"💎 Bounty\"']";
