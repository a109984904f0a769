//! What must hold when several things come together badly.

use std::sync::atomic::Ordering;

use sim::faults::{What, When};

use super::people::YES;
use super::world::{MINUTE, SECOND, World};

#[tokio::test]
async fn more_yeses_than_hands_fill_the_hands() {
    let mut w = World::new().await;
    w.bounty("acme/widgets", "Crash on empty input", 750);
    w.bounty("other/things", "Wrong sum", 300);
    w.bounty("third/parts", "Missing page", 200);
    w.start().await;
    let cards = ["$750", "$300", "$200"].map(|part| w.phone(part));
    w.says("/pause").await;
    for card in &cards {
        w.tap(card, YES).await;
    }
    w.says("/resume").await;
    w.pass(20 * MINUTE, MINUTE).await;
    w.phone("Claimed acme/widgets");
    w.phone("Claimed other/things");
    assert_eq!(w.ours(), 2, "two hands, dearest first; the third waits");
}

#[tokio::test]
async fn a_fast_clock_does_not_hide_our_own_comment() {
    let mut w = World::new().await;
    w.ahead.store(20 * 60 * 1000, Ordering::Relaxed);
    w.bounty("acme/widgets", "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    let faults = w.sim.github.faults();
    faults.once(When::on("POST", "/repos/"), What::AcceptThenDropAnswer);
    w.tap(&card, YES).await;
    w.pass(5 * MINUTE, 30 * SECOND).await;
    w.phone("Claimed acme/widgets");
    assert_eq!(w.ours(), 1);
}
