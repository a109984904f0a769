//! A configuration, a ledger with something in it, and the binary that reads both.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bountyd::bounty::claim::ClaimPlan;
use bountyd::bounty::facts::{self, Association, IssueFacts, IssueState, RepoFacts};
use bountyd::bounty::permit::{ApprovalHash, Authority, PermitRecord};
use bountyd::bounty::stage::Stage;
use bountyd::clock::{Clock as _, OsEntropy, SystemClock, UnixMillis};
use bountyd::config::{Config, Environment};
use bountyd::ledger::Ledger;
use bountyd::ledger::approvals::{Claim, NewApproval};
use bountyd::ledger::bounties::Step;
use bountyd::messages::card::Card;
use bountyd::money::Usd;
use unicode_width::UnicodeWidthStr as _;

/// Listed in `approvals.approvers`.
pub(crate) const APPROVER: u32 = 65_533;
/// Listed nowhere.
pub(crate) const STRANGER: u32 = 65_534;

/// What a hostile title would do to a careless terminal.
pub(crate) const TITLE: &str = "\x1b[2J\x1b]0;owned\x07\u{9b}31mCrash\u{202e} on\rempty input";

pub(crate) static KEY: LazyLock<(tempfile::TempDir, PathBuf, String)> = LazyLock::new(|| {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("key.pem");
    let public = vault::generate_key(&path, 2048).expect("a key");
    (dir, path, public.pem)
});

pub(crate) struct Desk {
    pub(crate) dir: tempfile::TempDir,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let open = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(dir.path(), open.clone()).expect("opened");
        for name in ["state", "run"] {
            std::fs::create_dir(dir.path().join(name)).expect("a directory");
        }
        let desk = Self { dir };
        let text = format!(
            "timezone = \"UTC\"\nstate_directory = \"{state}\"\nruntime_directory = \"{run}\"\n\
             [auth0]\ndomain = \"acme.eu.auth0.com\"\nclient_id = \"client\"\n\
             user_id = \"github|1\"\nkeys = [\"{key}\"]\n\
             [approvals]\napprovers = [{APPROVER}]\n",
            state = desk.path("state").display(),
            run = desk.path("run").display(),
            key = KEY.1.display(),
        );
        std::fs::write(desk.path("bountyd.toml"), text).expect("written");
        desk
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn config(&self) -> Config {
        let path = self.path("bountyd.toml");
        let loaded = Config::load(&path, &Environment::default(), SystemClock.now());
        loaded
            .unwrap_or_else(|e| panic!("{}", e.render(false)))
            .config
    }

    pub(crate) async fn ledger(&self) -> Ledger {
        let path = self.config().ledger_path();
        let opened = Ledger::open(&path, Arc::new(SystemClock), Arc::new(OsEntropy)).await;
        opened.expect("a ledger")
    }

    /// A ledger with acme/widgets#7 asked about and acme/widgets#8 just found; gives the question.
    pub(crate) async fn filled() -> (Self, String) {
        let desk = Self::new();
        let ledger = desk.ledger().await;
        let id = ask_about(&ledger, 7).await;
        let mut tx = ledger.begin().await.expect("a transaction");
        tx.sight(&facts(8)).await.expect("stored");
        tx.commit().await.expect("committed");
        ledger.close().await;
        (desk, id)
    }

    fn command(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .arg("--config")
            .arg(self.path("bountyd.toml"))
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("COLUMNS", "80")
            .env("HOME", self.dir.path())
            .current_dir("/");
        command
    }

    pub(crate) fn bountyd(&self, arguments: &[&str]) -> Said {
        let mut command = self.command(Path::new(env!("CARGO_BIN_EXE_bountyd")), arguments);
        Said::of(&command.output().expect("bountyd runs"))
    }

    /// As somebody else, from a copy of the binary that he may read.
    pub(crate) fn bountyd_as(&self, uid: u32, arguments: &[&str]) -> Said {
        let mut command = self.command(&self.reachable_binary(), arguments);
        Said::of(&command.uid(uid).gid(uid).output().expect("bountyd runs"))
    }

    /// Without a controlling terminal, and with `typed` on stdin.
    pub(crate) fn bountyd_without_terminal(&self, arguments: &[&str], typed: &str) -> Said {
        let mut words = vec!["--wait", env!("CARGO_BIN_EXE_bountyd")];
        words.extend(arguments);
        let mut child = self
            .command(Path::new("setsid"), &words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("setsid runs");
        // A command that has left already does not read, and need not.
        let _ = child
            .stdin
            .take()
            .expect("stdin")
            .write_all(typed.as_bytes());
        Said::of(&child.wait_with_output().expect("it ends"))
    }

    /// On a terminal of its own, where `answer` makes of what is shown what is typed.
    pub(crate) fn bountyd_on_a_terminal(
        &self,
        uid: u32,
        arguments: &[&str],
        answer: impl Fn(&str) -> String,
    ) -> (Option<i32>, String) {
        let binary = self.reachable_binary();
        let config = self.path("bountyd.toml");
        let line = format!(
            "{} {} --config {}",
            binary.display(),
            arguments.join(" "),
            config.display()
        );
        let mut child = Command::new("script")
            .args(["--quiet", "--return", "--command", &line, "/dev/null"])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("TERM", "xterm")
            .env("HOME", self.dir.path())
            .uid(uid)
            .gid(uid)
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

    fn reachable_binary(&self) -> PathBuf {
        let path = self.path("bountyd");
        if !path.exists() {
            // By another process: a descriptor open for writing here could be inherited by a child
            // that a test beside this one starts, and the file would be busy when it is run.
            let copied = Command::new("cp")
                .arg(env!("CARGO_BIN_EXE_bountyd"))
                .arg(&path)
                .status();
            assert!(copied.expect("cp runs").success(), "copied");
            let mode = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(&path, mode).expect("made executable");
        }
        path
    }

    /// The first `n` lines of a command that goes on until its reader leaves; `between` is called
    /// after the first.
    pub(crate) fn first_lines(
        &self,
        arguments: &[&str],
        n: usize,
        mut between: impl FnMut(),
    ) -> Vec<String> {
        let mut child = self
            .command(Path::new(env!("CARGO_BIN_EXE_bountyd")), arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("bountyd runs");
        let mut lines = BufReader::new(child.stdout.take().expect("stdout")).lines();
        let mut read = Vec::new();
        for i in 0..n {
            read.push(lines.next().expect("a line").expect("text"));
            if i == 0 {
                between();
            }
        }
        child.kill().expect("it was running");
        child.wait().expect("it ends");
        read
    }
}

/// Whether other users can be tried at all.
pub(crate) fn is_root() -> bool {
    rustix::process::getuid().is_root()
}

/// What a command said.
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
    pub(crate) fn fits_a_terminal_and_obeys_nobody(self) -> Self {
        for line in self.out.lines() {
            assert!(line.width() <= 80, "{} columns: {line}", line.width());
        }
        self.obeys_nobody()
    }

    #[track_caller]
    pub(crate) fn obeys_nobody(self) -> Self {
        for text in [&self.out, &self.err] {
            let acting = text
                .chars()
                .find(|c| (c.is_control() && *c != '\n') || matches!(c, '\u{202a}'..='\u{202e}'));
            assert_eq!(acting, None, "{text:?}");
        }
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {self:#?}"))
    }
}

/// A bounty of acme/widgets with a question that was delivered and stands for an hour.
pub(crate) async fn ask_about(ledger: &Ledger, number: u64) -> String {
    let mut tx = ledger.begin().await.expect("a transaction");
    tx.sight(&facts(number)).await.expect("stored");
    tx.commit().await.expect("committed");
    let (mut tx, mut leased) = ledger
        .begin_leasing("w", &[Stage::Found], Duration::from_secs(60), 1)
        .await
        .expect("leased");
    let (_, lease) = leased.pop().expect("due");
    let new = NewApproval {
        proposal: &proposal(number),
        card: &serde_json::to_string(&card(number)).expect("json"),
        usd: Some(Usd::dollars(750)),
        tier: "telegram",
        send_at: tx.now(),
    };
    let id = tx.ask(&lease, &new).await.expect("asked");
    let until = tx.now().plus(Duration::from_secs(3600));
    tx.delivered::<Claim>(&id, 1, until)
        .await
        .expect("delivered");
    let step = Step {
        stage: Stage::Asking,
        reason: Some("above_threshold"),
        wake_at: None,
    };
    tx.advance(&lease, &step).await.expect("moved");
    tx.commit().await.expect("committed");
    id
}

fn facts(number: u64) -> IssueFacts {
    IssueFacts {
        repo: RepoFacts {
            id: Some(77),
            owner: "acme".to_owned(),
            name: "widgets".to_owned(),
            ..RepoFacts::default()
        },
        number,
        node_id: None,
        title: TITLE.to_owned(),
        body: None,
        state: Some(IssueState::Open),
        locked: Some(false),
        author: facts::Actor::default(),
        association: Association::Owner,
        created_at: Some(UnixMillis(1_795_348_800_000)),
        updated_at: Some(UnixMillis(1_795_348_800_000)),
        served_at: None,
        labels: None,
        assignees: None,
        comments: Vec::new(),
        comments_complete: true,
        pull_requests: Vec::new(),
        timeline_complete: true,
    }
}

fn card(number: u64) -> Card {
    Card {
        repo: "acme/widgets".to_owned(),
        number,
        title: TITLE.to_owned(),
        amount: "$750".to_owned(),
        evidence: "verified".to_owned(),
        disagreement: None,
        again: None,
        why: vec!["$750 is above $500".to_owned()],
        opened_at: None,
        competition: "nobody else".to_owned(),
        risks: Vec::new(),
        hidden: vec!["approve this\x1b[1A".to_owned()],
        comment: "/attempt #7\n\nI would like to work on it.".to_owned(),
    }
}

fn proposal(number: u64) -> PermitRecord {
    PermitRecord {
        repository_id: Some(77),
        repository: "acme/widgets".to_owned(),
        number,
        action: ClaimPlan::CommentFirst { command: None },
        hash: ApprovalHash::parse(&"ab".repeat(32)).expect("a hash"),
        ceiling: Some(Usd::dollars(750)),
        given_at: UnixMillis(0),
        expires_at: UnixMillis(0),
        authority: Authority::Thresholds,
    }
}
