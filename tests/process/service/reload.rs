//! SIGHUP: a configuration that holds is put in force, any other leaves the old one.

use rustix::process::Signal;

use super::start;
use crate::child::GLANCE;
use crate::owner::Answer;
use crate::world::{Goal, World};

/// The status line comes with each feeding of the watchdog.
const SECOND: std::time::Duration = std::time::Duration::from_secs(1);

async fn says(w: &mut World, part: &str, times: usize) {
    let start = std::time::Instant::now();
    while w.daemon().said().matches(part).count() < times {
        let said = w.daemon().said();
        assert!(
            start.elapsed() < crate::child::PATIENCE,
            "no `{part}`: {said}"
        );
        tokio::time::sleep(GLANCE).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_configuration_keeps_the_old_rules_and_a_good_one_is_applied() {
    let mut w = World::new(1, "info").await;
    w.repo("acme/widgets");
    let mut manager = start(&mut w, SECOND).await;
    w.drive(Goal::Settled, None).await;
    let good = std::fs::read(w.config_path()).expect("the configuration");
    let refused = "the configuration was not reloaded";
    let broken: [&[u8]; 5] = [
        b"mode = \"attack\"\n",
        b"mode = [[[\n",
        b"\xff\xfe\x00binary",
        b"",
        b"mode = \"watch\"\nno_such_key = 1\n",
    ];
    for (n, text) in broken.iter().enumerate() {
        std::fs::write(w.config_path(), text).expect("a broken configuration");
        w.daemon().signal(Signal::HUP);
        says(&mut w, refused, n + 1).await;
    }
    std::fs::remove_file(w.config_path()).expect("the configuration");
    w.daemon().signal(Signal::HUP);
    says(&mut w, refused, broken.len() + 1).await;
    let reloads = "SELECT COUNT(*) FROM journal WHERE kind = 'config.reloaded'";
    assert_eq!(w.eye.number(reloads).await, 0);

    // The old rules still ask.
    w.bounty("acme/widgets", Answer::No);
    w.drive(Goal::Settled, None).await;

    std::fs::write(w.config_path(), good).expect("the configuration");
    w.reconfigure("mode = \"ask\"", "mode = \"watch\"");
    w.daemon().signal(Signal::HUP);
    w.drive(Goal::Number(reloads), None).await;
    let issue = w.bounty("acme/widgets", Answer::Yes);
    let reported = "SELECT COUNT(*) FROM bounty WHERE stage = 'reported'";
    w.drive(Goal::Number(reported), None).await;
    assert_eq!(w.sim.github.comments_by(&w.cast.login), []);
    assert_eq!(w.owner.taps, 1, "only the first was asked about");
    w.owner.mind.remove(&issue);
    let from = manager.listen().len();
    manager
        .hears(from, |line| line.contains("mode watch"))
        .await;
    w.stop().await;
}
