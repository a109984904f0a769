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
use crate::eye::Eye;
use crate::hand::Hand;
use crate::world::{FILES, World, open, scripted};

/// A Sunday, noon, UTC.
pub(crate) const NOON: UnixMillis = UnixMillis(1_795_348_800_000);

pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);

/// What the owner does with a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Says {
    Yes,
    No,
    Nothing,
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
    pub(crate) answered: BTreeSet<i64>,
    pub(crate) dice: Dice,
    pub(crate) daemon: Option<Daemon>,
    /// It has opened its ledger.
    pub(crate) up: bool,
    pub(crate) starts: u32,
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
        self.project(slug, &FILES, change);
        let tests = format!("[fix.tests.\"{slug}\"]\ncommand = [\"sh\", \"tests/run.sh\"]\n");
        let text = std::fs::read_to_string(self.world.at("bountyd.toml")).expect("it is there");
        if !text.contains(&format!("[fix.tests.\"{slug}\"]")) {
            std::fs::write(self.world.at("bountyd.toml"), text + &tests).expect("it is written");
        }
    }

    /// One with files of its own, which says itself how it is tested.
    pub(crate) fn project(
        &self,
        slug: &str,
        files: &[(&str, &str)],
        change: impl FnOnce(NewRepo) -> NewRepo,
    ) {
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
        github.repo(slug).commit(files);
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

    pub(crate) fn daemon(&mut self) -> &mut Daemon {
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

    pub(crate) fn traffic(&self) -> usize {
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
