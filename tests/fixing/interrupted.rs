//! A fix that is interrupted, asked for twice, or heard by nobody.

#![expect(
    clippy::disallowed_methods,
    reason = "the harness waits for another process, in real time"
)]

use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use serde_json::Value;
use sim::github::NewIssue;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr};

use crate::ending::{PATIENCE, running};
use crate::town::{Says, Town};
use crate::world::{FIX, SLUG, TEST, World};

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
        agent_works(&mut lines).await;
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

/// Reads what a fix says until its agent is at work.
async fn agent_works(lines: &mut Lines<BufReader<ChildStderr>>) {
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
        begun.world.agent(&format!("{FIX}{TEST}echo mended it"));
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

#[tokio::test(flavor = "multi_thread")]
async fn a_fix_whose_asker_leaves_is_the_daemons_to_end() {
    let mut town = Town::new(&format!("sleep 2\n{FIX}{TEST}echo mended it")).await;
    // What was asked for by hand goes by that word, and nobody is asked again.
    town.to_patch = Says::Nothing;
    town.repo(SLUG);
    let issue = NewIssue::new(SLUG, "The sum is wrong").author("acme");
    let number = town.world.sim.github.post_issue(issue);
    town.start(None).await;
    town.rest().await;
    let mut command = town
        .world
        .command(town.world.uid, &["fix", &format!("{SLUG}#{number}")]);
    command.stderr(std::process::Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    agent_works(&mut lines).await;
    child.kill().await.expect("it is gone");
    town.until_job_is("open").await;
    town.rest().await;
    town.the_pull(SLUG);
    assert_eq!(
        town.told("A yes opens a pull request"),
        Vec::<String>::new()
    );
    town.stop().await;
}
