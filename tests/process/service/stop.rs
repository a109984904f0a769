//! SIGTERM: the step at hand ends, systemd knows, nothing is left half done.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use sim::faults::{What, When};

use super::{MINUTES, start};
use crate::child::GLANCE;
use crate::owner::Answer;
use crate::world::{Goal, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_under_way_is_ended_and_recorded() {
    let mut w = World::new(1, "info").await;
    w.repo("acme/widgets");
    w.bounty("acme/widgets", Answer::Yes);
    let comment = When::on("POST", "/repos/").path_contains("/comments");
    w.sim.github.faults().once(comment, What::Delay(1_500));
    let mut manager = start(&mut w, MINUTES).await;
    let begun = "SELECT COUNT(*) FROM effect WHERE state = 'begun'";
    w.drive(Goal::Number(begun), None).await;
    // The last to close the ledger folds its log in, and that is to be the daemon.
    w.eye.close().await;
    let asked = Instant::now();
    w.daemon().signal(Signal::TERM);
    manager.hears(0, |line| line == "STOPPING=1").await;
    assert!(
        asked.elapsed() < Duration::from_secs(1),
        "systemd hears of the stop when it begins, not when it is over"
    );
    let mut daemon = w.daemon.take().expect("it was started");
    let status = daemon.end().await;
    assert!(status.success(), "{status}: {}", daemon.said());
    assert!(
        asked.elapsed() < Duration::from_secs(20),
        "{:?}",
        asked.elapsed()
    );
    // The write-ahead log is folded in: the file alone is the ledger.
    assert!(!w.ledger_path().with_extension("db-wal").exists());
    let done = "SELECT COUNT(*) FROM effect WHERE state = 'done'";
    assert_eq!(w.eye.number(done).await, 1, "{}", daemon.said());
    assert_eq!(w.sim.github.comments_by(&w.cast.login).len(), 1);
    let last = "SELECT kind FROM journal ORDER BY seq DESC LIMIT 1";
    assert_eq!(w.eye.column(last).await, ["daemon.stopped"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_at_any_moment_of_the_start_ends_it_in_good_order() {
    for delay in [0, 3, 10, 30, 60, 100, 150] {
        let mut w = World::new(1, "info").await;
        let mut manager = start(&mut w, MINUTES).await;
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_millis(delay) {
            tokio::time::sleep(GLANCE).await;
        }
        w.daemon().signal(Signal::TERM);
        let mut daemon = w.daemon.take().expect("it was started");
        let status = daemon.end().await;
        if manager.heard("READY=1") {
            assert_eq!(
                status.code(),
                Some(0),
                "after {delay} ms: {}",
                daemon.said()
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signals_right_after_readiness_are_heard() {
    for _ in 0..5 {
        let mut w = World::new(1, "info").await;
        let mut manager = start(&mut w, MINUTES).await;
        manager.hears(0, |line| line == "READY=1").await;
        w.daemon().signal(Signal::HUP);
        w.daemon().signal(Signal::TERM);
        let mut daemon = w.daemon.take().expect("it was started");
        let status = daemon.end().await;
        assert_eq!(status.code(), Some(0), "{status}: {}", daemon.said());
        assert!(manager.heard("STOPPING=1"));
    }
}
