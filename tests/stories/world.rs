//! A simulated world with the program running in it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bountyd::app::App;
use bountyd::clock::{Clock, FedClock, Feeder, OsEntropy, UnixMillis};
use bountyd::config::{Config, Environment};
use bountyd::rules::Rules;
use bountyd::{daemon, driver};
use sim::auth0::{ClientAuth, Credential, TokenPlan};
use sim::{Cast, Sim, SimOptions};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A Sunday, noon, UTC.
pub(crate) const NOON: UnixMillis = UnixMillis(1_795_348_800_000);

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);

/// How long, in real time, a story waits for something that must happen.
const PATIENCE: Duration = Duration::from_secs(30);

/// The queries of stories that say nothing else.
const QUERIES: &str = "[scan]\nqueries = ['label:\"💎 Bounty\"', 'label:bounty']\n";

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
    /// Milliseconds by which this machine's clock is ahead of everybody else's.
    pub(crate) ahead: Arc<AtomicI64>,
    pub(crate) key: Credential,
    clock: FedClock,
    pub(crate) dir: tempfile::TempDir,
    base: String,
    config: String,
    running: Option<Running>,
    pub(crate) expected: super::check::Expected,
    pub(crate) repos: RefCell<BTreeSet<String>>,
}

struct Running {
    app: Arc<App>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<bountyd::ledger::Result<()>>,
}

impl World {
    /// In `ask` mode.
    pub(crate) async fn new() -> Self {
        Self::with("mode = \"ask\"", "").await
    }

    /// With these lines at the top of the configuration, and these tables.
    pub(crate) async fn with(top: &str, tables: &str) -> Self {
        Self::starting_at(NOON, TokenPlan::oauth_app(), top, tables).await
    }

    pub(crate) async fn starting_at(
        start: UnixMillis,
        plan: TokenPlan,
        top: &str,
        tables: &str,
    ) -> Self {
        let (clock, hand) = FedClock::new(start);
        let hand = Arc::new(hand);
        let shown = Arc::clone(&hand);
        let ahead = Arc::new(AtomicI64::new(0));
        let wrong_by = Arc::clone(&ahead);
        let theirs = move || shown.reading().wall.0 - wrong_by.load(Ordering::Relaxed);
        let options = SimOptions::on(Arc::new(theirs));
        let sim = Sim::start(options).await.expect("the simulators start");
        let key = Credential::from_pem(&KEY.2).expect("a public key");
        let auth = ClientAuth::PrivateKeyJwt(vec![key.clone()]);
        let cast = sim.cast(auth, vec![key.clone()], plan);
        let dir = tempfile::tempdir().expect("a directory");
        let token = dir.path().join("bot-token");
        std::fs::write(&token, sim.telegram.token()).expect("the bot token is written");
        private(&token);
        let base = sim.config(&cast, &KEY.1, &token, &dir.path().join("state"), None);
        let mut world = Self {
            sim,
            cast,
            hand,
            ahead,
            key,
            clock,
            dir,
            base,
            config: String::new(),
            running: None,
            expected: super::check::Expected::default(),
            repos: RefCell::default(),
        };
        world.configure(top, tables);
        world
    }

    /// Writes another configuration; it counts from the next start or reload.
    pub(crate) fn configure(&mut self, top: &str, tables: &str) {
        let mut head = top.to_owned();
        for (key, line) in [
            ("timezone", "timezone = \"UTC\""),
            ("jitter", "jitter = \"0s\""),
        ] {
            if !top.contains(key) {
                head = format!("{head}\n{line}");
            }
        }
        let queries = if tables.contains("[scan]") {
            ""
        } else {
            QUERIES
        };
        let base = self.base.replace("mode = \"ask\"", &head);
        self.config = format!("{base}\n{queries}{tables}\n");
    }

    /// Changes a line of the configuration as it was last written.
    pub(crate) fn rewrite(&mut self, from: &str, to: &str) {
        assert!(self.config.contains(from), "no `{from}`: {}", self.config);
        self.config = self.config.replace(from, to);
    }

    fn configuration(&self) -> Config {
        let path = self.dir.path().join("bountyd.toml");
        let now = self.clock.now();
        let loaded = Config::parse(&self.config, &path, &Environment::default(), now);
        let loaded = loaded.unwrap_or_else(|e| panic!("{}", e.render(false)));
        loaded.config
    }

    /// The rules of the configuration as it was last written.
    pub(crate) fn rules(&self) -> Rules {
        Rules::of(self.configuration())
    }

    /// Puts the configuration as it was last written in force, as `systemctl reload` does.
    pub(crate) async fn reload(&self) {
        let environment = Environment::default();
        let done = daemon::put_in_force(self.app(), self.configuration(), &environment).await;
        done.expect("the ledger can be written");
    }

    /// Starts the program, as its process would, and waits until it has nothing left to do.
    pub(crate) async fn start(&mut self) -> &mut Self {
        let config = self.configuration();
        let environment = Environment::default();
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let opened = daemon::open(config, &environment, clock, Arc::new(OsEntropy)).await;
        let daemon = opened.expect("it starts");
        let (stop, stopped) = oneshot::channel();
        let app = Arc::clone(&daemon.app);
        let task = tokio::spawn(async move {
            let daemon = daemon;
            let done = driver::run(Arc::clone(&daemon.app), async {
                let _ = stopped.await;
            })
            .await;
            daemon.app.ledger.close().await;
            done
        });
        self.running = Some(Running { app, stop, task });
        self.settle().await;
        self
    }

    /// Stops the program in good order.
    pub(crate) async fn stop(&mut self) {
        let ended = self.ask_to_stop().await;
        ended.expect("no panic").expect("a clean end");
    }

    /// Sends the signal to stop; gives the program's end to wait for.
    pub(crate) fn ask_to_stop(&mut self) -> JoinHandle<bountyd::ledger::Result<()>> {
        let Running { stop, task, .. } = self.running.take().expect("it runs");
        let _ = stop.send(());
        task
    }

    pub(crate) fn app(&self) -> &Arc<App> {
        &self.running.as_ref().expect("it runs").app
    }

    pub(crate) fn ledger_path(&self) -> PathBuf {
        self.dir.path().join("state/ledger.db")
    }

    /// What the clock shows.
    pub(crate) fn now(&self) -> UnixMillis {
        self.hand.reading().wall
    }

    /// Lets this much time pass at once, then waits until nothing is left to do.
    pub(crate) async fn advance(&self, by: Duration) -> &Self {
        self.settle().await;
        self.hand.advance(by);
        self.settle().await;
        self
    }

    /// Lets time pass in steps of `step`.
    pub(crate) async fn pass(&self, by: Duration, step: Duration) -> &Self {
        let mut left = by;
        while !left.is_zero() {
            let step = step.min(left);
            self.advance(step).await;
            left -= step;
        }
        self
    }

    /// Waits until the program waits for the clock or for somebody.
    pub(crate) async fn settle(&self) {
        let mut calm = 0;
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while calm < 4 {
            calm = if self.is_resting() { calm + 1 } else { 0 };
            assert!(
                tokio::time::Instant::now() < deadline,
                "the program does not come to rest: {:?}",
                self.app().live(|l| l.clone())
            );
            pause(Duration::from_millis(5)).await;
        }
    }

    fn is_resting(&self) -> bool {
        let app = self.app();
        let now = self.now();
        let live = app.live(|l| l.clone());
        let waits = |until: Option<UnixMillis>| until.is_some_and(|t| t > now);
        waits(live.idle_until)
            && waits(live.scan_idle_until)
            && live.scanning.is_none()
            && app.is_calm()
            && (live.telegram_trouble.is_some() || self.chat_is_read(now))
    }

    /// The bot has taken what was said, and its open poll began recently enough to stay open.
    fn chat_is_read(&self, now: UnixMillis) -> bool {
        let now = self.ahead.load(Ordering::Relaxed).saturating_neg() + now.0;
        let polls = self.sim.telegram.rim().requests();
        let newest = polls
            .iter()
            .rev()
            .find(|r| r.path.eq_ignore_ascii_case("/bot*/getUpdates"));
        let open = newest.is_some_and(|r| r.status.is_none() && now < r.at.saturating_add(50_000));
        open && self.sim.telegram.unconfirmed() == 0
    }
}

/// Real time, for what happens outside the injected clock: sockets and disks.
#[expect(
    clippy::disallowed_methods,
    reason = "the simulators and the disk live in real time"
)]
pub(crate) async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}

fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("mode");
}
