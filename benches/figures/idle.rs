//! What stays resident after a scan and a quiet minute.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bountyd::clock::{Reading, UnixMillis};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{UnixListener, UnixStream};

use crate::daemon::{self, Running};
use crate::harness::{Aim, Figure, Samples, pause};
use crate::process;
use crate::world::World;

const ROUNDS: usize = 3;
const ISSUES: u64 = 1_000;
/// A Sunday, one minute past noon, UTC: the next scan is 29 minutes away.
const BEGIN: i64 = 1_795_348_860_000;

/// The clock of the simulators and, over a socket, of the daemon.
struct Clock {
    shown: Arc<AtomicI64>,
    daemon: UnixStream,
}

impl Clock {
    async fn advance(&mut self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).expect("a short time");
        self.shown.fetch_add(millis, Ordering::SeqCst);
        self.show().await;
    }

    async fn show(&mut self) {
        let now = self.shown.load(Ordering::SeqCst);
        let reading = Reading {
            wall: UnixMillis(now),
            monotonic: u64::try_from(now - BEGIN).expect("forwards"),
        };
        let mut line = serde_json::to_string(&reading).expect("a reading");
        line.push('\n');
        let sent = self.daemon.write_all(line.as_bytes()).await;
        sent.expect("the daemon listens");
    }
}

pub(crate) async fn measure() -> Vec<Figure> {
    let mut ours = Samples::bytes("resident after scan and quiet minute");
    let mut own = Samples::bytes("of it heap and stacks, the rest is code");
    let mut peak = Samples::bytes("the most until then");
    let mut plain = Samples::bytes("without the unit's allocator settings");
    let mut empty = Samples::bytes("an empty tokio and SQLite program");
    for _ in 0..ROUNDS {
        let tuned = idle(&tuning()).await;
        ours.push(tuned.now);
        own.push(tuned.anonymous);
        peak.push(tuned.peak);
        plain.push(idle(&[]).await.now);
        empty.push(nothing(&tuning()).await.now);
    }
    vec![
        Figure::pair("idle memory", ours, empty)
            .aim(Aim::Value(20e6))
            .note(own)
            .note(peak)
            .note(plain),
    ]
}

/// The memory settings of the shipped unit.
fn tuning() -> Vec<(String, String)> {
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd/bountyd.service");
    let text = std::fs::read_to_string(unit).expect("the unit");
    let settings: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("Environment=")?.split_once('='))
        .filter(|(name, _)| name.starts_with("MALLOC_") || *name == "GLIBC_TUNABLES")
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    assert!(!settings.is_empty(), "the unit tunes the allocator");
    settings
}

async fn idle(environment: &[(String, String)]) -> process::Memory {
    let shown = Arc::new(AtomicI64::new(BEGIN));
    let read = Arc::clone(&shown);
    let now: sim::Now = Arc::new(move || read.load(Ordering::SeqCst));
    let world = World::with_issues(now, ISSUES).await;
    let config = world.file("idle", "watch", "");
    let socket = world.sockets.path().join("clock");
    let listener = UnixListener::bind(&socket).expect("a socket");
    let mut command = daemon::bountyd(&config);
    command.arg("--clock-socket").arg(&socket);
    let running = start(command, environment, &world);
    let daemon = tokio::select! {
        accepted = listener.accept() => accepted.expect("a connection").0,
        () = pause(30_000) => panic!("bountyd does not ask for the time"),
    };
    let mut clock = Clock { shown, daemon };
    clock.show().await;
    let log = world.dir.path().join("idle.log");
    daemon::wait(&log, || world.sim.github.requests().len() > 10).await;
    running.calm().await;
    for _ in 0..60 {
        clock.advance(Duration::from_secs(1)).await;
        pause(10).await;
    }
    running.calm().await;
    let memory = process::memory(running.pid()).expect("it runs");
    running.stop().await;
    memory
}

async fn nothing(environment: &[(String, String)]) -> process::Memory {
    let world = World::new(sim::wall_clock()).await;
    daemon::once(&world, "nothing", "").await;
    let ledger = world.state("nothing").join("ledger.db");
    let mut command = daemon::empty(&ledger);
    command.envs(environment.iter().cloned());
    let (running, _) = Running::until_ready(command, world.sockets.path());
    running.calm().await;
    let memory = process::memory(running.pid()).expect("it runs");
    running.stop().await;
    memory
}

fn start(mut command: Command, environment: &[(String, String)], world: &World) -> Running {
    command.envs(environment.iter().cloned());
    Running::start(command, &world.dir.path().join("idle.log"))
}
