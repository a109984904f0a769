//! What is broken, hostile or missing: each ends with a reason and an exit code, and nothing is left.

use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use serde_json::Value;
use sim::github::NewIssue;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Child;

use crate::world::{FILES, FIX, SLUG, Said, TEST, World};

/// Nothing here takes that long.
const PATIENCE: Duration = Duration::from_secs(120);

async fn fix(world: &World) -> Said {
    let number = world.sums();
    world.bountyd(&["fix", &format!("{SLUG}#{number}")]).await
}

/// The newest job, as `bountyd jobs` has it.
async fn job(world: &World) -> Value {
    let said = world.bountyd(&["jobs", "--json"]).await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    let jobs: Value = serde_json::from_str(&said.out).expect("JSON");
    jobs[0].clone()
}

/// It ended without a patch, and the ledger has why.
async fn ended(world: &World, said: &Said, part: &str) {
    assert_eq!(said.code, Some(1), "{said:#?}");
    let job = job(world).await;
    assert_eq!(job["state"], "dropped", "{job:#}");
    let why = job["reason"].as_str().expect("a reason");
    assert!(why.contains(part), "{why}\n{said:#?}");
    assert_eq!(world.writes(), Vec::<String>::new());
    assert_eq!(world.sim.github.repo(SLUG).pulls().len(), 0);
}

/// Processes whose command line has `mark`; boxes' processes are seen from outside.
fn running(mark: &str) -> Vec<String> {
    let entries = std::fs::read_dir("/proc").expect("/proc").flatten();
    let lines = entries.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    lines
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
        .filter(|line| line.contains(mark))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_floods_its_output_is_ended() {
    let world = World::new("yes flooded").await;
    let said = fix(&world).await;
    ended(&world, &said, "was killed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_hangs_is_ended_with_its_turn() {
    let world = World::new("echo begun; sleep 31536000").await;
    world.reconfigure("limits =", "turn = \"1m\"\nlimits =");
    let said = fix(&world).await;
    ended(&world, &said, "took too long").await;
    assert_eq!(running("sleep 31536000"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_forks_without_end_harms_nobody() {
    let world = World::new("f() { f | f & }; f; sleep 3; exit 9").await;
    let said = fix(&world).await;
    ended(&world, &said, "the agent").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_fills_its_disks_meets_their_end_and_goes_on() {
    let full = "for dir in /tmp /dev/shm \"$HOME\"; do\n\
                if dd if=/dev/zero of=$dir/big bs=1M count=100 2>/dev/null; then echo $dir; exit 1; fi\n\
                rm $dir/big\ndone\n";
    let world = World::new(&format!("{full}{FIX}{TEST}echo mended it")).await;
    let said = fix(&world).await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert_eq!(world.sim.github.repo(SLUG).pulls().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_agent_leaves_running_is_ended() {
    let daemons = "for n in 1 2 3; do\n\
                   setsid sh -c 'trap \"\" TERM HUP INT; sleep 31536001; sleep 31536001' </dev/null >/dev/null 2>&1 &\n\
                   done\n";
    let world = World::new(&format!("{FIX}{TEST}{daemons}echo mended it")).await;
    let said = fix(&world).await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert_eq!(running("sleep 31536001"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_outside_of_the_tree_can_be_written() {
    let world = World::new("true").await;
    let victim = world.at("victim");
    std::fs::write(&victim, "whole").expect("written");
    let outside = victim.display();
    let script = format!(
        "for path in /usr/x /etc/x /run/x /x /work/../x /opt/x {outside}; do\n\
         if (echo broken > $path) 2>/dev/null; then echo \"error: wrote $path\" >&2; exit 1; fi\ndone\n\
         {FIX}{TEST}echo mended it"
    );
    let argv = serde_json::json!(["/bin/sh", "-c", script]);
    let profile = format!(
        "[agents.script]\nname = \"Script\"\nprovider = \"none\"\n[agents.script.exec]\nargv = {argv}\nparser = \"text\"\n"
    );
    std::fs::write(world.at("agents.toml"), profile).expect("written");
    let said = fix(&world).await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert_eq!(std::fs::read_to_string(&victim).expect("there"), "whole");
}

#[tokio::test(flavor = "multi_thread")]
async fn hooks_are_blocked_or_read_by_nobody() {
    let mark = tempfile::tempdir().expect("a directory");
    let ran = mark.path().join("ran");
    let hook = format!("printf '#!/bin/sh\\ntouch {}\\n'", ran.display());
    // The agent's own `.git` is no part of the tree, and no git of ours ever stands in it.
    let world = World::new(&format!(
        "{FIX}{TEST}mkdir -p .git/hooks\nfor name in pre-commit post-checkout; do {hook} > .git/hooks/$name; chmod +x .git/hooks/$name; done\n\
         printf '[core]\\nfsmonitor = touch {}\\n' > .git/config\necho mended it",
        ran.display()
    ))
    .await;
    let said = fix(&world).await;
    if said.code == Some(0) {
        let pull = &world.sim.github.repo(SLUG).pulls()[0];
        let (owner, _) = pull.head.split_once(':').expect("a branch");
        let fork = world.sim.github.repo(&format!("{owner}/sums"));
        let files = fork.files(&pull.head_oid);
        assert!(!files.iter().any(|path| path.contains(".git")), "{files:?}");
    } else {
        ended(&world, &said, ".git").await;
    }
    assert!(!ran.exists());

    for name in [".githooks/pre-commit", ".husky/pre-commit"] {
        let dir = name.split('/').next().expect("a directory");
        let world = World::new(&format!(
            "{FIX}{TEST}mkdir {dir}\n{hook} > {name}\necho mended it"
        ))
        .await;
        let said = fix(&world).await;
        ended(&world, &said, "X2").await;
        assert!(!ran.exists());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn links_in_a_circle_and_links_out_of_the_tree_are_followed_by_nobody() {
    let world = World::new(&format!(
        "{FIX}{TEST}cat leaves src/leaves && exit 1\necho mended it"
    ))
    .await;
    world.repository(SLUG, &FILES);
    let repo = world.sim.github.repo(SLUG);
    repo.link("circle", "circle");
    repo.link("src/around", "../src");
    repo.link("one", "two");
    repo.link("two", "one");
    repo.link("leaves", "/etc/passwd");
    repo.link("src/leaves", "../../../../../etc/shadow");
    let issue = NewIssue::new(SLUG, "The sum is wrong")
        .body("2 and 3 give -1.")
        .author("acme");
    let number = world.sim.github.post_issue(issue);
    let said = world.bountyd(&["fix", &format!("{SLUG}#{number}")]).await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    // The links are still what they were.
    let pull = &world.sim.github.repo(SLUG).pulls()[0];
    let (owner, _) = pull.head.split_once(':').expect("a branch");
    let fork = world.sim.github.repo(&format!("{owner}/sums"));
    assert_eq!(
        fork.file(&pull.head_oid, "leaves").as_deref(),
        Some(&b"/etc/passwd"[..])
    );
    assert_eq!(
        fork.file(&pull.head_oid, "circle").as_deref(),
        Some(&b"circle"[..])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_names_in_a_repository_are_no_way_out() {
    for (name, goes) in [
        ("src/new\nline", true),
        ("src/-rf", true),
        ("src/\u{202e}sh.dda", true),
        ("src/..", false),
        ("../outside", false),
        (".git/hooks/pre-commit", false),
        ("src/.GIT/config", false),
    ] {
        let world = World::new(&format!("{FIX}{TEST}echo mended it")).await;
        world.repository(SLUG, &FILES);
        world.sim.github.repo(SLUG).commit(&[(name, "odd\n")]);
        let issue = NewIssue::new(SLUG, "The sum is wrong")
            .body("2 and 3 give -1.")
            .author("acme");
        let number = world.sim.github.post_issue(issue);
        let said = world.bountyd(&["fix", &format!("{SLUG}#{number}")]).await;
        if goes {
            assert_eq!(said.code, Some(0), "{name:?}: {said:#?}");
            assert_eq!(world.sim.github.repo(SLUG).pulls().len(), 1, "{name:?}");
        } else {
            ended(&world, &said, "").await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_too_large_is_not_read_and_too_many_files_are_blocked() {
    let large = "dd if=/dev/zero of=src/zero bs=1M count=100 2>/dev/null";
    let many = "mkdir many; cd many; seq 2000 | xargs touch";
    for (script, part) in [(large, "src/zero"), (many, "S7")] {
        let world = World::new(&format!("{FIX}{TEST}{script}\necho mended it")).await;
        let said = fix(&world).await;
        ended(&world, &said, part).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tests_that_hang_are_no_tests() {
    let world = World::new(&format!("{FIX}{TEST}")).await;
    world.reconfigure("limits =", "test_time = \"10s\"\nlimits =");
    world.repository(SLUG, &[("tests/run.sh", "sleep 31536002\n")]);
    let number = world
        .sim
        .github
        .post_issue(NewIssue::new(SLUG, "It hangs").author("acme"));
    let said = world.bountyd(&["fix", &format!("{SLUG}#{number}")]).await;
    ended(&world, &said, "took too long").await;
    assert_eq!(running("sleep 31536002"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_here_is_named_and_is_exit_code_78() {
    let whole = World::new("true").await;
    let config = std::fs::read_to_string(whole.at("bountyd.toml")).expect("the configuration");
    let number = whole.sums();
    let issue = format!("{SLUG}#{number}");
    let (before, after) = config.split_once("[fix]").expect("[fix]");
    let (_, egress) = after.split_once("[egress").expect("[egress]");
    let cases = [
        (
            config.replace("agent = \"script\"", "agent = \"nobody\""),
            "fix.agent",
        ),
        (format!("{before}[egress{egress}"), "[fix]"),
        (
            config.replace("limits =", "bubblewrap = \"/nowhere/bwrap\"\nlimits ="),
            "/nowhere/bwrap",
        ),
        (config.replace("\"rlimit-only\"", "\"cgroup\""), "cgroup"),
        (
            config.replace("\"agents.toml\"", "\"nowhere.toml\""),
            "nowhere.toml",
        ),
        (
            config.replace("agent = \"script\"", "agent = \"gemini\""),
            "[egress.providers.google]",
        ),
    ];
    for (text, part) in cases {
        assert_ne!(text, config);
        std::fs::write(whole.at("bountyd.toml"), text).expect("written");
        let said = whole.bountyd(&["fix", &issue, "--dry-run"]).await;
        assert_eq!(said.code, Some(78), "{part}: {said:#?}");
        assert!(said.err.contains(part), "{part}: {said:#?}");
    }
    std::fs::write(whole.at("bountyd.toml"), &config).expect("written");
    assert_eq!(whole.writes(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn root_makes_no_patches() {
    if !rustix::process::geteuid().is_root() {
        // Only root can try; the unit test of the patch process has the same refusal.
        return;
    }
    let world = World::new("true").await;
    let number = world.sums();
    for name in [
        "",
        "state",
        "key.pem",
        "bot-token",
        "model-key",
        "bountyd.toml",
    ] {
        std::os::unix::fs::chown(world.at(name), Some(0), Some(0)).expect("taken");
    }
    let issue = format!("{SLUG}#{number}");
    let mut command = world.command(0, &["fix", &issue, "--dry-run"]);
    let said = World::said(command.output().await.expect("it runs"));
    assert_eq!(said.code, Some(78), "{said:#?}");
    assert!(said.err.contains("root"), "{said:#?}");
}

/// A fix that has come to its agent, which then waits.
struct Begun {
    world: World,
    issue: String,
    child: Child,
}

impl Begun {
    async fn new(sleep: &str) -> Self {
        let world = World::new(sleep).await;
        let number = world.sums();
        let issue = format!("{SLUG}#{number}");
        let mut command = world.command(world.uid, &["fix", &issue]);
        command.stdout(std::process::Stdio::piped());
        command.stderr(std::process::Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let works = async {
            while let Some(line) = lines.next_line().await.expect("lines") {
                if line.contains("round 1: the agent works") {
                    return;
                }
            }
            panic!("it ended before the agent worked");
        };
        tokio::time::timeout(PATIENCE, works)
            .await
            .expect("in time");
        // Nobody reads the rest: the pipe is closed now.
        Self {
            world,
            issue,
            child,
        }
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().expect("it runs").cast_signed()).expect("a pid");
        rustix::process::kill_process(pid, signal).expect("sent");
    }

    /// Waits until no process of it is there.
    async fn quiet(&self) {
        let begun = Instant::now();
        while !self.world.processes().is_empty() {
            assert!(begun.elapsed() < PATIENCE, "{:#?}", self.world.processes());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.world.nothing_is_left();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_fix_waits_for_the_first() {
    let mut begun = Begun::new("sleep 31536004").await;
    let mut command = begun.world.command(begun.world.uid, &["fix", &begun.issue]);
    let said = World::said(command.output().await.expect("it runs"));
    assert_eq!(said.code, Some(75), "{said:#?}");
    begun.signal(Signal::TERM);
    begun.child.wait().await.expect("it ends");
    begun.quiet().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_a_fix_and_leaves_nothing() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP, Signal::KILL] {
        let mut begun = Begun::new("sleep 31536003").await;
        begun.signal(signal);
        let status = tokio::time::timeout(PATIENCE, begun.child.wait()).await;
        let status = status.expect("in time").expect("it ends");
        assert!(!status.success(), "{signal:?}: {status:?}");
        begun.quiet().await;
        assert_eq!(
            running("sleep 31536003"),
            Vec::<String>::new(),
            "{signal:?}"
        );
        // The next run finds the place empty, and has a reason for the job that nobody works on.
        let number = begun
            .world
            .sim
            .github
            .post_issue(NewIssue::new(SLUG, "Again").author("acme"));
        std::fs::write(begun.world.at("agents.toml"), quick()).expect("written");
        let said = begun
            .world
            .bountyd(&["fix", &format!("{SLUG}#{number}")])
            .await;
        assert_eq!(said.code, Some(0), "{signal:?}: {said:#?}");
        let said = begun.world.bountyd(&["jobs", "--json"]).await;
        let jobs: Value = serde_json::from_str(&said.out).expect("JSON");
        let states: Vec<_> = jobs
            .as_array()
            .expect("jobs")
            .iter()
            .map(|job| &job["state"])
            .collect();
        assert_eq!(states.len(), 2, "{jobs:#}");
        assert!(
            !states.iter().any(|state| *state == "making"),
            "{signal:?}: {jobs:#}"
        );
        assert!(jobs[1]["reason"].is_string(), "{signal:?}: {jobs:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_is_gone_ends_nothing() {
    let world = World::new(&format!("{FIX}{TEST}echo mended it")).await;
    let number = world.sums();
    let issue = format!("{SLUG}#{number}");
    let mut command = world.command(world.uid, &["fix", &issue]);
    command.stdout(std::process::Stdio::piped());
    command.stderr(std::process::Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    drop((child.stdout.take(), child.stderr.take()));
    let status = tokio::time::timeout(PATIENCE, child.wait()).await;
    let status = status.expect("in time").expect("it ends");
    assert_eq!(status.code(), Some(0), "{status:?}");
    world.nothing_is_left();
    assert_eq!(world.sim.github.repo(SLUG).pulls().len(), 1);
}

/// The profile of an agent that mends the bug at once.
fn quick() -> String {
    let argv = serde_json::json!(["/bin/sh", "-c", format!("{FIX}{TEST}echo mended it")]);
    format!(
        "[agents.script]\nname = \"Script\"\nprovider = \"none\"\n[agents.script.exec]\nargv = {argv}\nparser = \"text\"\n"
    )
}
