//! A simulated world with the shipped program in it, and the driver that moves time.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use bountyd::clock::UnixMillis;
use rustix::process::Signal;
use sim::auth0::{ClientAuth, Credential, TokenPlan};
use sim::github::{NewAccount, NewIssue, NewRepo};
use sim::rim::Violation;
use sim::{Cast, Sim, SimOptions};

use crate::child::{Daemon, GLANCE, PATIENCE, bountyd};
use crate::dice::Dice;
use crate::eye::{Eye, Look};
use crate::hand::Hand;
use crate::owner::{Answer, Issue, Owner};

/// A Sunday, noon, UTC.
pub(crate) const NOON: UnixMillis = UnixMillis(1_795_348_800_000);

const DAY: i64 = 24 * 3600 * 1000;

/// The key of all worlds: making one takes a while.
pub(crate) static KEY: LazyLock<(tempfile::TempDir, PathBuf, String)> = LazyLock::new(|| {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("key.pem");
    let public = vault::generate_key(&path, 2048).expect("a key");
    (dir, path, public.pem)
});

/// What a story is about to wait for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Goal {
    /// Every bounty is where the owner's answer puts it, and nothing is due.
    Settled,
    /// The same, and the clock shows this at least.
    Until(UnixMillis),
    /// The clock shows this at least, however things stand.
    Clock(UnixMillis),
    /// This query's number is above zero.
    Number(&'static str),
    /// The daemon is dead.
    Dead,
}

/// When `kill -9` comes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kill {
    /// After so many requests to the simulators.
    Requests(usize),
    /// After so many milliseconds of real time.
    Millis(u64),
}

/// How a drive ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Went {
    Reached,
    Died,
}

pub(crate) struct World {
    pub(crate) sim: Sim,
    pub(crate) cast: Cast,
    pub(crate) hand: Hand,
    pub(crate) eye: Eye,
    pub(crate) owner: Owner,
    pub(crate) dice: Dice,
    /// Holds everything that the daemon reads and writes.
    pub(crate) dir: tempfile::TempDir,
    pub(crate) daemon: Option<Daemon>,
    starts: u32,
}

/// Rules under which every bounty of a story gets its question at once.
const GENEROUS: &str = r#"
[policy]
in_hand = 100
per_organisation = 100
claims_per_day = 100
write_spacing = "1s"

[approvals]
cards_per_day = 1000

[scan]
queries = ['label:"💎 Bounty"']
"#;

impl World {
    /// A world with the usual cast and rules that hold nothing back. `filter` is the log's.
    pub(crate) async fn new(seed: u64, filter: &str) -> Self {
        Self::with(seed, filter, None).await
    }

    /// The same; with a `secret`, the client authenticates with it instead of with its key.
    pub(crate) async fn with(seed: u64, filter: &str, secret: Option<&str>) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let hand = Hand::new(&dir.path().join("clock.sock"), NOON);
        let shown = hand.clone();
        let mut options = SimOptions::on(std::sync::Arc::new(move || shown.now().0));
        options.seed = seed;
        let sim = Sim::start(options).await.expect("the simulators start");
        let credential = Credential::from_pem(&KEY.2).expect("a public key");
        let auth = match secret {
            Some(secret) => ClientAuth::Secret(secret.to_owned()),
            None => ClientAuth::PrivateKeyJwt(vec![credential.clone()]),
        };
        let cast = sim.cast(auth, vec![credential], TokenPlan::oauth_app());
        for part in ["out", "secret"] {
            std::fs::create_dir(dir.path().join(part)).expect("a directory");
        }
        let token = dir.path().join("secret/bot-token");
        write_private(&token, &sim.telegram.token());
        let secret = secret.map(|secret| {
            let path = dir.path().join("secret/client-secret");
            write_private(&path, secret);
            path
        });
        let state = dir.path().join("state");
        let config = sim.config(&cast, &KEY.1, &token, &state, secret.as_deref());
        let habits =
            "mode = \"ask\"\ntimezone = \"UTC\"\njitter = \"0s\"\nschedule = \"* * * * *\"";
        let config = config.replace("mode = \"ask\"", habits);
        let config =
            format!("{config}\n{GENEROUS}\n[logging]\nformat = \"text\"\nfilter = \"{filter}\"\n");
        std::fs::write(dir.path().join("bountyd.toml"), config).expect("the configuration");
        Self {
            owner: Owner::new(cast.owner.clone()),
            eye: Eye::new(&state.join("ledger.db")),
            dice: Dice::new(seed),
            sim,
            cast,
            hand,
            dir,
            daemon: None,
            starts: 0,
        }
    }

    pub(crate) fn config_path(&self) -> PathBuf {
        self.dir.path().join("bountyd.toml")
    }

    pub(crate) fn ledger_path(&self) -> PathBuf {
        self.dir.path().join("state/ledger.db")
    }

    /// Changes the configuration file.
    pub(crate) fn reconfigure(&self, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.config_path()).expect("the configuration");
        assert!(text.contains(from), "no `{from}` in the configuration");
        std::fs::write(self.config_path(), text.replace(from, to)).expect("the configuration");
    }

    /// `bountyd run`, not started yet.
    pub(crate) fn command(&self) -> std::process::Command {
        let mut command = bountyd();
        command
            .arg("run")
            .arg("--config")
            .arg(self.config_path())
            .arg("--clock-socket")
            .arg(self.hand.path());
        command
    }

    /// Where the next process may write what it says.
    pub(crate) fn stem(&mut self) -> PathBuf {
        self.starts += 1;
        self.dir.path().join(format!("out/{:03}", self.starts))
    }

    /// Starts the daemon, armed to die at a point.
    pub(crate) async fn start(&mut self, crash_at: Option<&str>) {
        let mut command = self.command();
        if let Some(point) = crash_at {
            command.arg("--crash-at").arg(point);
        }
        self.start_as(command).await;
    }

    pub(crate) async fn start_as(&mut self, command: std::process::Command) {
        assert!(self.daemon.is_none(), "one at a time");
        self.eye.close().await;
        let stem = self.stem();
        self.daemon = Some(Daemon::start(command, &stem));
    }

    pub(crate) fn daemon(&mut self) -> &mut Daemon {
        self.daemon.as_mut().expect("it runs")
    }

    /// `kill -9`, and the proof that nothing of it is left.
    pub(crate) fn kill(&mut self) {
        let children = self.daemon().children();
        assert_eq!(children, "", "it starts no other program");
        self.daemon.take().expect("it runs").kill();
    }

    /// SIGTERM, and a clean end.
    pub(crate) async fn stop(&mut self) {
        let mut daemon = self.daemon.take().expect("it runs");
        daemon.signal(Signal::TERM);
        let status = daemon.end().await;
        assert!(status.success(), "{status}: {}", daemon.said());
    }

    /// A repository that welcomes help, alive and old enough.
    pub(crate) fn repo(&self, slug: &str) {
        let owner = slug.split('/').next().expect("an owner");
        let github = &self.sim.github;
        if github.user_id(owner).is_none() {
            github.add_user(NewAccount::org(owner).created_at(NOON.0 - 2000 * DAY));
        }
        github.add_repo(
            NewRepo::new(slug)
                .created_at(NOON.0 - 900 * DAY)
                .stars(800)
                .language("Rust")
                .merged_pulls(40, Some(NOON.0 - 2 * DAY)),
        );
    }

    /// An issue with a bounty that Algora's bot vouches for, and the owner's mind about it. The bot comes
    /// a second later, as a scan may read the issue before: only then is it dated anew.
    pub(crate) fn bounty(&mut self, slug: &str, answer: Answer) -> Issue {
        let n = self.owner.mind.len() + 1;
        let github = &self.sim.github;
        let owner = slug.split('/').next().expect("an owner");
        let number = github.post_issue(
            NewIssue::new(slug, &format!("Crash on empty input, case {n}"))
                .body("It stops with an error when the input is empty. It should print the usage.")
                .author(owner)
                .label("💎 Bounty")
                .created_at(self.hand.now().0 - 1_000),
        );
        let text = format!(
            "## 💎 $750 bounty [• Acme](https://algora.io/acme)\n\n### Steps to solve:\n\
             1. **Start working**: Comment `/attempt #{number}` with your implementation plan\n\
             2. **Submit work**: Create a pull request including `/claim #{number}` in the PR body\n\
             3. **Receive payment**: 100% of the bounty is received 2-5 days post-reward.\n"
        );
        github.comment_as(slug, number, "algora-pbc[bot]", &text);
        let issue = (slug.to_owned(), number);
        self.owner.mind.insert(issue.clone(), answer);
        issue
    }

    /// Requests to all three services so far.
    pub(crate) fn traffic(&self) -> usize {
        self.sim.auth0.rim().count()
            + self.sim.github.rim().count()
            + self.sim.telegram.rim().count()
    }

    /// Moves time until the goal is reached or the daemon has died. Time stands while something
    /// moves; when all that is due was done it goes to what is due next, and when nothing moves
    /// although something is due it goes on a little.
    pub(crate) async fn drive(&mut self, goal: Goal, kill: Option<Kill>) -> Went {
        let start = Instant::now();
        let traffic = self.traffic();
        let mut last: Option<(Option<Look>, usize, usize)> = None;
        let mut still = 0_u32;
        let mut nudge = 1;
        loop {
            if self.daemon().ended().is_some() {
                let mut daemon = self.daemon.take().expect("it runs");
                assert!(daemon.was_killed(), "it ended by itself: {}", daemon.said());
                return Went::Died;
            }
            let now_due = match kill {
                Some(Kill::Requests(n)) => self.traffic() - traffic >= n,
                Some(Kill::Millis(ms)) => start.elapsed() >= Duration::from_millis(ms),
                None => false,
            };
            if now_due {
                self.kill();
                return Went::Died;
            }
            self.owner.looks(&mut self.dice);
            let now = self.hand.now();
            let look = self.eye.look(now).await;
            if self.reached(goal, look.as_ref()).await {
                return Went::Reached;
            }
            let unconfirmed = self.sim.telegram.unconfirmed();
            let rest = self.rests(look.as_ref());
            let scene = Some((look.clone(), self.traffic(), unconfirmed));
            if scene == last {
                still += 1;
            } else {
                (last, still, nudge) = (scene, 0, 1);
            }
            let look = look.unwrap_or_default();
            if rest && still >= 3 {
                let soon = [look.next, look.scan].into_iter().flatten().min();
                let step = soon.map_or(60_000, |at| at - now.0).clamp(1_000, 60_000);
                self.hand
                    .advance(Duration::from_millis(step.unsigned_abs()));
                still = 0;
            } else if still >= 30 {
                self.hand.advance(Duration::from_secs(nudge));
                nudge = (nudge * 2).min(30);
                still = 0;
            }
            assert!(
                start.elapsed() < PATIENCE,
                "{goal:?} is not reached: {look:?}, {unconfirmed} updates open; bounties {:?}; it said: {}",
                self.stages().await,
                tail(&self.daemon().said())
            );
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Nothing is due, for the daemon or for the chat.
    fn rests(&self, look: Option<&Look>) -> bool {
        let now = self.hand.now().0;
        look.is_some_and(|l| l.due == 0 && l.scan.is_some_and(|at| at > now))
            && self.sim.telegram.unconfirmed() == 0
    }

    async fn reached(&mut self, goal: Goal, look: Option<&Look>) -> bool {
        match goal {
            Goal::Dead => false,
            Goal::Clock(at) => self.hand.now() >= at,
            Goal::Number(sql) => self.eye.number(sql).await > 0,
            Goal::Until(at) if self.hand.now() < at => false,
            Goal::Until(_) | Goal::Settled => {
                self.rests(look)
                    && look.is_some_and(|l| l.open_effects == 0)
                    && self.is_settled().await
            }
        }
    }

    /// What a strict service noticed.
    pub(crate) fn offended(&self) -> Vec<Violation> {
        // Two refusals harm nobody: a kill between an edit and its record has the same edit made
        // again; and a tap that could not be taken for long is answered when its time is over.
        let harmless = ["message is not modified", "query is too old"];
        let harmless = |v: &Violation| harmless.iter().any(|part| v.reason.contains(part));
        [
            self.sim.auth0.rim().violations(),
            self.sim.github.violations(),
            self.sim.telegram.rim().violations(),
        ]
        .into_iter()
        .flatten()
        .filter(|v| !harmless(v))
        .collect()
    }

    /// Where each bounty is.
    pub(crate) async fn stages(&mut self) -> Vec<String> {
        self.eye
            .column("SELECT repo || '#' || number || ' ' || stage FROM bounty ORDER BY id")
            .await
    }

    async fn is_settled(&mut self) -> bool {
        let stages = self.stages().await;
        self.owner.mind.iter().all(|((repo, number), answer)| {
            let ends: &[&str] = match answer {
                Answer::Yes => &["claimed", "withdrawn"],
                Answer::No => &["denied"],
                Answer::Silence => &["asking", "expired"],
            };
            let at = |end: &&str| stages.contains(&format!("{repo}#{number} {end}"));
            ends.iter().any(at)
        })
    }
}

impl Drop for World {
    /// A daemon that offends a service fails the story, whatever else it was about.
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let offended = self.offended();
        assert!(offended.is_empty(), "{offended:#?}");
    }
}

/// The end of a log: enough to see what went on.
pub(crate) fn tail(text: &str) -> &str {
    let from = text.floor_char_boundary(text.len().saturating_sub(6_000));
    &text[from..]
}

/// A file that only its owner reads.
pub(crate) fn write_private(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, text).expect("a file");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("its mode");
}
