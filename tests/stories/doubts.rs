//! What must hold when several things come together badly.

use std::sync::atomic::Ordering;

use sim::faults::{What, When};

use super::accounts::connects;
use super::people::YES;
use super::world::{HOUR, MINUTE, SECOND, World};

#[tokio::test]
async fn more_yeses_than_hands_fill_the_hands() {
    let mut w = World::with("mode = \"ask\"", "[policy]\nin_hand = 3\n").await;
    w.bounty("acme/widgets", "Crash on empty input", 750);
    w.bounty("other/things", "Wrong sum", 300);
    w.bounty("third/parts", "Missing page", 200);
    w.start().await;
    let cards = ["$750", "$300", "$200"].map(|part| w.phone(part));
    // No more are asked about than may be in hand; the owner has thought better of it since.
    w.stop().await;
    w.configure("mode = \"ask\"", "");
    w.start().await;
    w.says("/pause").await;
    for card in &cards {
        w.tap(card, YES).await;
    }
    w.says("/resume").await;
    w.pass(20 * MINUTE, MINUTE).await;
    w.phone("Claimed acme/widgets");
    w.phone("Claimed other/things");
    w.phone("Your yes waits: third/parts#700");
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

#[tokio::test]
async fn another_account_speaks_under_its_own_name_and_finds_what_it_said() {
    let mut w = World::new().await;
    let number = w.bounty("acme/widgets", "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    w.stop().await;
    connects(&w, "day-owner");
    w.start().await;
    let faults = w.sim.github.faults();
    faults.once(When::on("POST", "/repos/"), What::AcceptThenDropAnswer);
    w.tap(&card, YES).await;
    w.pass(5 * MINUTE, 30 * SECOND).await;
    w.phone("Claimed acme/widgets");
    let said = w.sim.github.comments_by("day-owner");
    assert_eq!((said.len(), w.ours()), (1, 0));
    let list = w.sim.github.comment_list("acme/widgets", number);
    let text = &list.last().expect("a comment").body;
    assert!(text.contains("acting for @day-owner"), "{text}");
}

#[tokio::test]
async fn a_yes_does_not_pass_to_another_repository_of_the_same_name() {
    let mut w = World::new().await;
    w.bounty("acme/widgets", "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    w.sim.github.rename_repo("acme/widgets", "widgets-old");
    w.repo("acme/widgets");
    w.bounty("acme/widgets", "Crash on empty input", 750);
    w.tap(&card, YES).await;
    w.phone("Not claimed");
    assert_eq!(w.ours(), 0);
    // The new one has a question of its own, and only one.
    w.advance(HOUR).await;
    let card = w.phone("$750");
    w.quiet();
    w.tap(&card, YES).await;
    w.pass(5 * MINUTE, MINUTE).await;
    w.phone("Claimed acme/widgets");
    w.quiet();
    assert_eq!(w.ours(), 1);
}
