//! A world with the daemon in it, a clock that waiting costs nothing on, and an owner with a phone.
//!
//! The daemon's clock is moved over a socket; the patch process works on the real one. Time stands while
//! a patch is being made, and while anything is due.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bountyd::clock::UnixMillis;
use rustix::process::Signal;
use sim::SimOptions;
use sim::github::{NewAccount, NewIssue, NewRepo, PullView};
use sim::rim::Violation;

use crate::child::{Daemon, GLANCE};
use crate::dice::Dice;
use crate::eye::{Eye, Look};
use crate::hand::Hand;
use crate::world::{FILES, World, open, scripted};

/// A Sunday, noon, UTC.
pub(crate) const NOON: UnixMillis = UnixMillis(1_795_348_800_000);

pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);

/// How long, in real time, something may take that must happen.
const PATIENCE: Duration = Duration::from_secs(75);

/// Steps of time, at most: longer ones would cut off what is on its way.
const STRIDE: i64 = 600_000;

/// What the owner does with a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Says {
    Yes,
    No,
    Nothing,
}

/// What is waited for.
#[derive(Clone, Copy)]
pub(crate) enum Goal<'a> {
    /// Nothing is due, now and after so much time.
    Rest(Duration),
    /// This query's number is above zero.
    Number(&'a str),
    /// It can be seen from outside.
    Seen(&'a dyn Fn(&World) -> bool),
    /// The daemon is dead.
    Dead,
}

/// When `kill -9` comes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kill {
    /// So many milliseconds after a patch process was started.
    Working(u64),
    /// After so many requests to GitHub and Telegram.
    Requests(usize),
}

/// How a drive ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Went {
    Reached,
    Died,
}

pub(crate) struct Town {
    pub(crate) world: World,
    pub(crate) hand: Hand,
    pub(crate) eye: Eye,
    /// To the question about a claim.
    pub(crate) to_claim: Says,
    /// To the question about a patch.
    pub(crate) to_patch: Says,
    /// Cards about patches that were answered, by the message.
    pub(crate) patches: BTreeSet<i64>,
    answered: BTreeSet<i64>,
    dice: Dice,
    daemon: Option<Daemon>,
    /// It has opened its ledger.
    up: bool,
    starts: u32,
}

const HABITS: &str = r#"
[policy]
in_hand = 100
per_organisation = 100
claims_per_day = 100
write_spacing = "1s"
ask_unknown_amounts = true

[scan]
queries = ['label:"💎 Bounty"', 'label:"💵 Funded on Issuehunt"', 'label:"Price: 300 USD"']

[logging]
format = "text"
filter = "info"
"#;

impl Town {
    /// With an agent that runs `script` in the tree.
    pub(crate) async fn new(script: &str) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let hand = Hand::new(&dir.path().join("clock.sock"), NOON);
        open(hand.path(), 0o666);
        let shown = hand.clone();
        let options = SimOptions::on(Arc::new(move || shown.now().0));
        let world = World::build(dir, options, &scripted(script)).await;
        std::fs::create_dir(world.at("out")).expect("a directory");
        let habits =
            "mode = \"ask\"\ntimezone = \"UTC\"\njitter = \"0s\"\nschedule = \"0 */6 * * *\"";
        world.reconfigure("mode = \"ask\"", habits);
        world.reconfigure("[approvals]\n", "[approvals]\ncards_per_day = 1000\n");
        let text = std::fs::read_to_string(world.at("bountyd.toml")).expect("the configuration");
        std::fs::write(world.at("bountyd.toml"), text + HABITS).expect("the configuration");
        Self {
            hand,
            eye: Eye::new(&world.at("state/ledger.db")),
            world,
            to_claim: Says::Yes,
            to_patch: Says::Yes,
            patches: BTreeSet::new(),
            answered: BTreeSet::new(),
            dice: Dice::new(7),
            daemon: None,
            up: false,
            starts: 0,
        }
    }

    /// A repository that welcomes help, with the usual bug in it.
    pub(crate) fn repo(&self, slug: &str) {
        self.repo_like(slug, |repo| repo);
    }

    /// The same, changed.
    pub(crate) fn repo_like(&self, slug: &str, change: impl FnOnce(NewRepo) -> NewRepo) {
        let owner = slug.split('/').next().expect("an owner");
        let days = |n: i64| NOON.0 - n * 24 * 3600 * 1000;
        let github = &self.world.sim.github;
        if github.user_id(owner).is_none() {
            github.add_user(NewAccount::org(owner).created_at(days(2000)));
        }
        let repo = NewRepo::new(slug)
            .created_at(days(900))
            .stars(800)
            .language("Rust")
            .merged_pulls(40, Some(days(2)));
        github.add_repo(change(repo));
        github.repo(slug).commit(&FILES);
        let tests = format!("[fix.tests.\"{slug}\"]\ncommand = [\"sh\", \"tests/run.sh\"]\n");
        let text = std::fs::read_to_string(self.world.at("bountyd.toml")).expect("it is there");
        if !text.contains(&format!("[fix.tests.\"{slug}\"]")) {
            std::fs::write(self.world.at("bountyd.toml"), text + &tests).expect("it is written");
        }
    }

    fn issue(&self, slug: &str, body: &str, label: &str) -> u64 {
        let owner = slug.split('/').next().expect("an owner");
        let issue = NewIssue::new(slug, "The sum is wrong")
            .body(body)
            .author(owner)
            .label(label)
            .created_at(self.hand.now().0 - 1_000);
        self.world.sim.github.post_issue(issue)
    }

    /// A bounty that Algora's bot vouches for: claimed by a comment.
    pub(crate) fn algora(&self, slug: &str) -> u64 {
        let number = self.issue(slug, "2 and 3 give -1, and should give 5.", "💎 Bounty");
        let text = format!(
            "## 💎 $750 bounty [• Acme](https://algora.io/acme)\n\n### Steps to solve:\n\
             1. **Start working**: Comment `/attempt #{number}` with your implementation plan\n\
             2. **Submit work**: Create a pull request including `/claim #{number}` in the PR body\n\
             3. **Receive payment**: 100% of the bounty is received 2-5 days post-reward.\n"
        );
        let github = &self.world.sim.github;
        github.comment_as(slug, number, "algora-pbc[bot]", &text);
        number
    }

    /// A bounty whose claim is the pull request.
    pub(crate) fn issuehunt(&self, slug: &str) -> u64 {
        let body = "2 and 3 give -1, and should give 5.\n\n<!-- Issuehunt Badges -->\n\
            [<img src=\"https://img.shields.io/badge/IssueHunt-%24300%20Funded-%2300A156.svg\"/>](u)\n\
            <b>IssueHunt Summary</b>\n### Backers (Total: $300.00)\n";
        self.issue(slug, body, "💵 Funded on Issuehunt")
    }

    /// A bounty of a pool in which a bot assigns.
    pub(crate) fn pool(&self, slug: &str) -> u64 {
        let number = self.issue(
            slug,
            "2 and 3 give -1, and should give 5.",
            "Price: 300 USD",
        );
        let owner = slug.split('/').next().expect("an owner");
        self.world
            .sim
            .github
            .label_as(slug, number, owner, "Time: <1 Day");
        number
    }

    /// Starts the daemon, armed to die at a point.
    pub(crate) async fn start(&mut self, crash_at: Option<&str>) {
        assert!(self.daemon.is_none(), "one at a time");
        self.eye.close().await;
        let clock = self.hand.path().display().to_string();
        let mut arguments = vec!["run", "--clock-socket", &clock];
        if let Some(point) = crash_at {
            arguments.extend(["--crash-at", point]);
        }
        self.starts += 1;
        self.up = false;
        let stem = self.world.at(&format!("out/{:03}", self.starts));
        let command = self.world.command(self.world.uid, &arguments).into_std();
        self.daemon = Some(Daemon::start(command, &stem));
    }

    fn daemon(&mut self) -> &mut Daemon {
        self.daemon.as_mut().expect("it runs")
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.daemon.take().expect("it runs").kill();
    }

    /// SIGTERM, a clean end, and nothing of any job left; nobody was offended.
    pub(crate) async fn stop(&mut self) {
        let mut daemon = self.daemon.take().expect("it runs");
        daemon.signal(Signal::TERM);
        let status = daemon.end().await;
        assert!(status.success(), "{status}: {}", daemon.said());
        self.eye.close().await;
        self.is_cleared().await;
        assert_eq!(self.offended(), []);
    }

    /// Within a few seconds nothing of a job is left, whoever was killed.
    pub(crate) async fn is_cleared(&self) {
        let start = Instant::now();
        let mut left = self.world.left();
        while !left.is_empty() && start.elapsed() < Duration::from_secs(20) {
            tokio::time::sleep(GLANCE).await;
            left = self.world.left();
        }
        assert_eq!(left, Vec::<String>::new(), "left of a job; {}", self.said());
    }

    /// Everything that all daemons said.
    pub(crate) fn said(&self) -> String {
        let mut files: Vec<PathBuf> = std::fs::read_dir(self.world.at("out"))
            .expect("a directory")
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|e| e == "err"))
            .collect();
        files.sort();
        let read = |path: &PathBuf| std::fs::read_to_string(path).unwrap_or_default();
        files.iter().map(read).collect()
    }

    fn traffic(&self) -> usize {
        self.world.sim.github.rim().count() + self.world.sim.telegram.rim().count()
    }

    /// What a strict service noticed.
    fn offended(&self) -> Vec<Violation> {
        let sim = &self.world.sim;
        // A kill between an edit and its record has the same edit made again.
        let harmless = |v: &Violation| {
            v.reason.contains("message is not modified") || v.reason.contains("query is too old")
        };
        [
            sim.auth0.rim().violations(),
            sim.github.violations(),
            sim.telegram.rim().violations(),
        ]
        .into_iter()
        .flatten()
        .filter(|v| !harmless(v))
        .collect()
    }

    /// Answers every question that is new; now and then with two taps.
    fn owner_looks(&mut self) {
        let person = &self.world.cast.owner;
        for message in person.messages() {
            if message.buttons.is_empty() || self.answered.contains(&message.id) {
                continue;
            }
            let patch = message.text.contains("A yes opens a pull request");
            let label = match if patch { self.to_patch } else { self.to_claim } {
                Says::Yes => "✅ Approve",
                Says::No => "❌ Deny",
                Says::Nothing => continue,
            };
            for _ in 0..if self.dice.once_in(3) { 2 } else { 1 } {
                // The bot may have edited the message between the look and the tap.
                let _ = person.taps_on(message.id, label);
            }
            self.answered.insert(message.id);
            if patch {
                self.patches.insert(message.id);
            }
        }
    }

    /// Moves time until the goal is reached or the daemon has died.
    pub(crate) async fn drive(&mut self, goal: Goal<'_>, kill: Option<Kill>) -> Went {
        let start = Instant::now();
        let traffic = self.traffic();
        let until = match goal {
            Goal::Rest(time) => self.hand.now().plus(time),
            _ => UnixMillis(i64::MAX),
        };
        let mut last: Option<(Option<Look>, usize, usize)> = None;
        let (mut still, mut nudge) = (0_u32, 1);
        let mut working: Option<Instant> = None;
        loop {
            if self.daemon().ended().is_some() {
                let mut daemon = self.daemon.take().expect("it runs");
                assert!(daemon.was_killed(), "it ended by itself: {}", daemon.said());
                return Went::Died;
            }
            let works = !self.daemon().children().is_empty();
            if works {
                working.get_or_insert_with(Instant::now);
            }
            let due = match kill {
                Some(Kill::Working(ms)) => {
                    working.is_some_and(|since| since.elapsed() >= Duration::from_millis(ms))
                }
                Some(Kill::Requests(n)) => self.traffic() - traffic >= n,
                None => false,
            };
            if due {
                self.kill();
                return Went::Died;
            }
            self.owner_looks();
            let now = self.hand.now();
            // Not before it has made the files of its ledger: they would be this process's.
            self.up = self.up || self.daemon().said().contains(" started ");
            let look = if self.up {
                self.eye.look(now).await
            } else {
                None
            };
            let unconfirmed = self.world.sim.telegram.unconfirmed();
            let rests = !works
                && unconfirmed == 0
                && look
                    .as_ref()
                    .is_some_and(|l| l.due == 0 && l.scan.is_some_and(|at| at > now.0));
            let reached = match goal {
                Goal::Dead => false,
                Goal::Rest(_) => {
                    rests && now >= until && look.as_ref().is_some_and(|l| l.open_effects == 0)
                }
                Goal::Number(sql) => self.up && self.eye.number(sql).await > 0,
                Goal::Seen(seen) => seen(&self.world),
            };
            let scene = Some((look.clone(), self.traffic(), unconfirmed));
            if scene == last {
                still += 1;
            } else {
                (last, still, nudge) = (scene, 0, 1);
            }
            if reached && (still >= 3 || !matches!(goal, Goal::Rest(_))) {
                return Went::Reached;
            }
            let look = look.unwrap_or_default();
            if works {
                still = 0;
            } else if rests && still >= 3 {
                let soon = [look.next, look.scan].into_iter().flatten().min();
                let step = soon.map_or(60_000, |at| at - now.0).clamp(1_000, STRIDE);
                self.hand
                    .advance(Duration::from_millis(step.unsigned_abs()));
                still = 0;
            } else if still >= 30 {
                self.hand.advance(Duration::from_secs(nudge));
                nudge = (nudge * 4).min(300);
                still = 0;
            }
            if start.elapsed() > PATIENCE {
                let jobs = self.jobs().await;
                let stages = self.stages().await;
                let said = self.said();
                let end = said.char_indices().rev().nth(5_000).map_or(0, |(at, _)| at);
                panic!(
                    "not reached; {look:?}, {unconfirmed} updates open; {stages:?} {jobs:?}; {}",
                    &said[end..]
                );
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Until nothing is due, and some time after that.
    pub(crate) async fn rest(&mut self) {
        assert_eq!(
            self.drive(Goal::Rest(Duration::from_secs(1)), None).await,
            Went::Reached
        );
    }

    /// Lets so much time pass.
    pub(crate) async fn pass(&mut self, time: Duration) {
        assert_eq!(self.drive(Goal::Rest(time), None).await, Went::Reached);
    }

    /// Until a query gives a number above zero.
    pub(crate) async fn until(&mut self, sql: &str) {
        assert_eq!(self.drive(Goal::Number(sql), None).await, Went::Reached);
    }

    /// Until the agent of the newest start is at work.
    pub(crate) async fn agent_works(&mut self) {
        let log = self.daemon().stderr.clone();
        let works = move |_: &World| {
            std::fs::read_to_string(&log).is_ok_and(|said| said.contains("the agent works"))
        };
        assert_eq!(self.drive(Goal::Seen(&works), None).await, Went::Reached);
    }

    /// Until a job is in this state.
    pub(crate) async fn until_job_is(&mut self, state: &str) {
        let sql = format!("SELECT COUNT(*) FROM job WHERE state = '{state}'");
        self.until(&sql).await;
    }

    /// `owner/name#number stage reason` of each bounty.
    pub(crate) async fn stages(&mut self) -> Vec<String> {
        let sql = "SELECT repo || '#' || number || ' ' || stage || ' ' || COALESCE(reason, '-')
                   FROM bounty ORDER BY id";
        self.eye.column(sql).await
    }

    /// `state reason` of each job.
    pub(crate) async fn jobs(&mut self) -> Vec<String> {
        let sql = "SELECT state || ' ' || COALESCE(reason, '-') FROM job ORDER BY begun_at, id";
        self.eye.column(sql).await
    }

    /// Writes of jobs, as `kind state`.
    pub(crate) async fn writes(&mut self) -> Vec<String> {
        let sql = "SELECT kind || ' ' || state FROM job_effect ORDER BY begun_at, rowid";
        self.eye.column(sql).await
    }

    pub(crate) fn pulls(&self, slug: &str) -> Vec<PullView> {
        self.world.sim.github.repo(slug).pulls()
    }

    /// The one pull request.
    #[track_caller]
    pub(crate) fn the_pull(&self, slug: &str) -> PullView {
        let mut pulls = self.pulls(slug);
        assert_eq!(pulls.len(), 1, "{pulls:#?}");
        pulls.remove(0)
    }

    /// Branches of ours in the fork.
    pub(crate) fn branches(&self, slug: &str) -> Vec<String> {
        let name = slug.split('/').nth(1).expect("a name");
        let fork = format!("{}/{name}", self.world.cast.login);
        let github = &self.world.sim.github;
        if !github.has_repo(&fork) {
            return Vec::new();
        }
        let branches = github.repo(&fork).branches().into_keys();
        branches
            .filter(|name| name.starts_with("bountyd/"))
            .collect()
    }

    /// Messages to the owner with these words.
    pub(crate) fn told(&self, words: &str) -> Vec<String> {
        let messages = self.world.cast.owner.messages().into_iter();
        messages
            .filter(|m| m.by_bot() && m.text.contains(words))
            .map(|m| m.text)
            .collect()
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.said());
        }
    }
}
