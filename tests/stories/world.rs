//! A simulated world with the program running in it.

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bountyd::app::App;
use bountyd::clock::{Clock, FedClock, Feeder, OsEntropy, UnixMillis};
use bountyd::config::{Config, Environment};
use bountyd::{daemon, driver};
use sim::auth0::{ClientAuth, Credential, TokenPlan};
use sim::github::{NewIssue, NewRepo};
use sim::telegram::Message;
use sim::{Cast, Sim, SimOptions};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A Sunday, noon, UTC.
pub(crate) const NOON: UnixMillis = UnixMillis(1_795_348_800_000);

/// How long, in real time, a story waits for something that must happen.
const PATIENCE: Duration = Duration::from_secs(20);

static KEY: LazyLock<(tempfile::TempDir, PathBuf, String)> = LazyLock::new(|| {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("key.pem");
    let public = vault::generate_key(&path, 2048).expect("a key");
    (dir, path, public.pem)
});

pub(crate) struct World {
    pub(crate) sim: Sim,
    pub(crate) cast: Cast,
    pub(crate) hand: Arc<Feeder>,
    clock: FedClock,
    dir: tempfile::TempDir,
    config: String,
    running: Option<Running>,
}

struct Running {
    app: Arc<App>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<bountyd::ledger::Result<()>>,
}

impl World {
    /// In `ask` mode, with a policy that lets a first claim through.
    pub(crate) async fn new() -> Self {
        Self::with("ask", "").await
    }

    /// In this mode, with these further lines of configuration.
    pub(crate) async fn with(mode: &str, more: &str) -> Self {
        let (clock, hand) = FedClock::new(NOON);
        let hand = Arc::new(hand);
        let shown = Arc::clone(&hand);
        let options = SimOptions::on(Arc::new(move || shown.reading().wall.0));
        let sim = Sim::start(options).await.expect("the simulators start");
        let credential = Credential::from_pem(&KEY.2).expect("a public key");
        let auth = ClientAuth::PrivateKeyJwt(vec![credential.clone()]);
        let cast = sim.cast(auth, vec![credential], TokenPlan::oauth_app());
        let dir = tempfile::tempdir().expect("a directory");
        let token = dir.path().join("bot-token");
        std::fs::write(&token, sim.telegram.token()).expect("the bot token is written");
        private(&token);
        let config = sim
            .config(&cast, &KEY.1, &token, &dir.path().join("state"), None)
            .replace(
                "mode = \"ask\"",
                &format!("mode = \"{mode}\"\ntimezone = \"UTC\"\njitter = \"0s\""),
            );
        let config = format!("{config}\n{more}\n");
        Self {
            sim,
            cast,
            hand,
            clock,
            dir,
            config,
            running: None,
        }
    }

    /// Starts the program, as its process would.
    pub(crate) async fn start(&mut self) -> &mut Self {
        let path = self.dir.path().join("bountyd.toml");
        let environment = Environment::default();
        let loaded = Config::parse(&self.config, &path, &environment, self.clock.now());
        let config = loaded
            .unwrap_or_else(|e| panic!("{}", e.render(false)))
            .config;
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let opened = daemon::open(config, &environment, clock, Arc::new(OsEntropy)).await;
        let daemon = opened.expect("it starts");
        let (stop, stopped) = oneshot::channel();
        let app = Arc::clone(&daemon.app);
        let task = tokio::spawn(async move {
            let done = driver::run(Arc::clone(&daemon.app), async {
                let _ = stopped.await;
            })
            .await;
            daemon.app.ledger.close().await;
            done
        });
        self.running = Some(Running { app, stop, task });
        self
    }

    /// Stops the program in good order.
    pub(crate) async fn stop(&mut self) {
        let Running { stop, task, app } = self.running.take().expect("it runs");
        drop(app);
        let _ = stop.send(());
        task.await.expect("no panic").expect("a clean end");
    }

    pub(crate) fn app(&self) -> &Arc<App> {
        &self.running.as_ref().expect("it runs").app
    }

    /// A repository that welcomes help, alive and old enough.
    pub(crate) fn repo(&self, slug: &str) -> &Self {
        let day = 24 * 3600 * 1000;
        let owner = slug.split('/').next().expect("an owner");
        if self.sim.github.user_id(owner).is_none() {
            self.sim
                .github
                .add_user(sim::github::NewAccount::org(owner).created_at(NOON.0 - 2000 * day));
        }
        self.sim.github.add_repo(
            NewRepo::new(slug)
                .created_at(NOON.0 - 900 * day)
                .stars(800)
                .language("Rust")
                .merged_pulls(40, Some(NOON.0 - 2 * day)),
        );
        self
    }

    /// An issue with a bounty that Algora's bot vouches for.
    pub(crate) fn bounty(&self, slug: &str, title: &str, dollars: u64) -> u64 {
        let hour = 3600 * 1000;
        let number = self.sim.github.post_issue(
            NewIssue::new(slug, title)
                .body("It stops with an error when the input is empty. It should print the usage.")
                .author(slug.split('/').next().expect("an owner"))
                .label("💎 Bounty")
                .created_at(NOON.0 - 5 * hour),
        );
        let text = format!(
            "## 💎 ${dollars} bounty [• Acme](https://algora.io/acme)\n\n### Steps to solve:\n\
             1. **Start working**: Comment `/attempt #{number}` with your implementation plan\n\
             2. **Submit work**: Create a pull request including `/claim #{number}` in the PR body\n\
             3. **Receive payment**: 100% of the bounty is received 2-5 days post-reward.\n"
        );
        self.sim
            .github
            .comment_as(slug, number, "algora-pbc[bot]", &text);
        number
    }

    /// Lets this much time pass, then waits until nothing is left to do.
    pub(crate) async fn advance(&self, by: Duration) -> &Self {
        self.settle().await;
        self.hand.advance(by);
        self.settle().await;
        self
    }

    /// Waits until the program waits for the clock or for somebody.
    #[expect(
        clippy::disallowed_methods,
        reason = "other tasks need real time to come to rest"
    )]
    pub(crate) async fn settle(&self) {
        let app = self.app();
        let mut calm = 0;
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while calm < 4 {
            let now = self.hand.reading().wall;
            let idle = app.live(|l| l.scanning.is_none() && l.idle_until.is_some_and(|t| t > now));
            calm = if idle && app.is_calm() { calm + 1 } else { 0 };
            assert!(
                tokio::time::Instant::now() < deadline,
                "the program does not come to rest: {:?}",
                app.live(|l| l.clone())
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The next message on the owner's phone that contains `part`.
    pub(crate) async fn phone(&self, part: &str) -> Message {
        match self.cast.owner.wait_for_text(PATIENCE, part).await {
            Ok(message) => message,
            Err(why) => panic!(
                "{why}; the program: {:?}",
                self.running.as_ref().map(|r| r.app.live(|l| l.clone()))
            ),
        }
    }

    /// What stands under an issue.
    pub(crate) fn comments(&self, slug: &str, number: u64) -> String {
        without_ids(&self.sim.github.comments(slug, number))
    }

    /// Our own comments, everywhere.
    pub(crate) fn ours(&self) -> usize {
        self.sim.github.comments_by(&self.cast.login).len()
    }
}

/// Effect ids differ from run to run.
pub(crate) fn without_ids(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("<!-- bountyd:") {
        let (before, after) = rest.split_at(at + "<!-- bountyd:".len());
        out.push_str(before);
        out.push_str("ID");
        rest = after.trim_start_matches(|c: char| c.is_ascii_hexdigit());
    }
    out + rest
}

fn private(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("mode");
}
