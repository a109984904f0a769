//! Under a service manager: readiness, status, watchdog, reload, stop.

mod alone;
mod reload;
mod stop;

use std::time::Duration;

use sim::faults::{What, When};

use crate::notify::Manager;
use crate::owner::Answer;
use crate::world::{Goal, World};

/// Starts the daemon as systemd would, with this watchdog.
pub(crate) async fn start(world: &mut World, watchdog: Duration) -> Manager {
    let manager = Manager::new(world.dir.path());
    let mut command = world.command();
    command
        .env("NOTIFY_SOCKET", &manager.path)
        .env("WATCHDOG_USEC", watchdog.as_micros().to_string());
    world.start_as(command).await;
    manager
}

const MINUTES: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ready_comes_once_the_ledger_and_the_key_are_good() {
    let mut w = World::new(1, "info").await;
    let mut manager = start(&mut w, MINUTES).await;
    manager.hears(0, |line| line == "READY=1").await;
    let first = &manager.told[0];
    assert!(first.has("READY=1"), "{first:?} came before readiness");
    let rules = "SELECT COUNT(*) FROM setting WHERE name = 'rules'";
    assert_eq!(
        w.eye.number(rules).await,
        1,
        "the ledger is open and current"
    );
    w.drive(Goal::Settled, None).await;
    let status = manager
        .hears(0, |line| line.starts_with("STATUS=ok, "))
        .await;
    assert!(status.has("STATUS=ok, mode ask, 0 waiting"), "{status:?}");
    w.stop().await;
    let ready = |told: &&crate::notify::Told| told.has("READY=1");
    assert_eq!(manager.listen().iter().filter(ready).count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_ready_while_somebody_else_holds_the_ledger() {
    use sqlx::{ConnectOptions, Executor};
    let mut w = World::new(1, "info").await;
    w.start(None).await;
    w.drive(Goal::Settled, None).await;
    w.stop().await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(w.ledger_path());
    let mut browser = options.connect().await.expect("a database browser");
    browser.execute("BEGIN IMMEDIATE").await.expect("a lock");
    let mut manager = start(&mut w, MINUTES).await;
    let mut daemon = w.daemon.take().expect("it was started");
    let status = daemon.end().await;
    assert_eq!(status.code(), Some(75), "{}", daemon.said());
    let said = daemon.said();
    assert!(said.contains("another program holds the ledger"), "{said}");
    assert!(!manager.heard("READY=1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_watchdog_is_fed_at_half_its_time_and_only_while_things_move() {
    let mut w = World::new(1, "info").await;
    w.repo("acme/widgets");
    let limit = Duration::from_secs(1);
    let mut manager = start(&mut w, limit).await;
    w.drive(Goal::Settled, None).await;
    let from = manager.listen().len();
    for _ in 0..5 {
        let seen = manager.listen().len();
        manager.hears(seen, |line| line == "WATCHDOG=1").await;
    }
    let pauses = manager.pauses(from);
    assert!(pauses.len() >= 4, "{pauses:?}");
    let average = pauses.iter().sum::<Duration>() / u32::try_from(pauses.len()).expect("few");
    assert!(
        (limit * 4 / 10..limit * 6 / 10).contains(&average),
        "half of {limit:?} is meant: {pauses:?}"
    );
    assert!(pauses.iter().all(|p| *p < limit), "{pauses:?}");

    // GitHub does not answer, and the daemon's clock runs on: a step that takes for ever.
    let slow = What::Delay(6_000);
    let github = w.sim.github.faults();
    github.once(When::on("POST", "/graphql"), slow);
    w.bounty("acme/widgets", Answer::Silence);
    let before = w.sim.github.rim().count();
    w.hand.advance(Duration::from_secs(60));
    while w.sim.github.rim().count() == before {
        tokio::time::sleep(crate::child::GLANCE).await;
    }
    w.hand.advance(Duration::from_secs(6 * 60));
    let stuck = |w: &mut World| w.daemon().said().contains("has not moved");
    while !stuck(&mut w) {
        tokio::time::sleep(crate::child::GLANCE).await;
    }
    let from = manager.listen().len();
    w.drive(Goal::Settled, None).await;
    // It came back by itself, and is fed again.
    let told = manager.hears(from, |line| line == "WATCHDOG=1").await;
    let silence = told.at - manager.told[..from].last().expect("it was ready").at;
    assert!(silence > limit, "{silence:?}: a hung step was fed");
    w.stop().await;
}
