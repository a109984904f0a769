//! How many things may be in hand at once: what waits for a free hand says so, and nobody is asked
//! about more than could be taken.

use super::people::YES;
use super::world::{DAY, HOUR, MINUTE, World};

/// Says yes to two questions of one organisation, of which only one may be in hand.
async fn two_yeses() -> World {
    let mut w = World::with("mode = \"ask\"", "[policy]\nper_organisation = 2\n").await;
    w.bounty("acme/widgets", "Crash on empty input", 750);
    w.bounty("acme/gadgets", "Wrong sum", 600);
    w.start().await;
    let (first, second) = (w.phone("$750"), w.phone("$600"));
    w.stop().await;
    // The owner has thought better of it since the cards went out.
    w.configure("mode = \"ask\"", "");
    w.start().await;
    w.tap(&first, YES).await;
    w.phone("Claimed acme/widgets");
    w.advance(MINUTE).await;
    w.tap(&second, YES).await;
    w
}

#[tokio::test]
async fn a_yes_that_waits_for_a_hand_says_so_once() {
    let w = two_yeses().await;
    insta::assert_snapshot!(w.phone("Your yes waits").text, @r"
    ⏳ Your yes waits: acme/gadgets#700
    1 of 1 in hand at acme. I claim it when there is room; your yes is good until 2026-11-23 12:01:00 UTC.
    open the issue
    ");
    assert_eq!(w.stands("acme/gadgets", 700).await, "permitted yes_waits");
    let status = w.status().await;
    let said = "your yes waits for a free hand: acme/gadgets#700";
    assert!(status.contains(said), "{status}");
    w.pass(2 * HOUR, 15 * MINUTE).await;
    w.quiet();
    assert_eq!(w.ours(), 1);
    // The hand becomes free while the yes is good.
    w.sim.github.assign("acme/widgets", 700, "somebody");
    w.pass(7 * HOUR, 30 * MINUTE).await;
    w.phone("lost");
    w.phone("Claimed acme/gadgets");
    assert!(!w.status().await.contains("your yes waits"));
    w.read_all();
}

#[tokio::test]
async fn a_yes_that_waited_in_vain_ends_with_a_word() {
    let w = two_yeses().await;
    w.phone("Your yes waits");
    w.pass(DAY + HOUR, HOUR).await;
    w.phone("Not claimed: acme/gadgets#700");
    w.read_all();
    assert_eq!(w.ours(), 1);
}

#[tokio::test]
async fn a_full_hand_does_not_keep_from_reporting() {
    let mut w = World::new().await;
    w.bounty("acme/widgets", "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    w.tap(&card, YES).await;
    w.phone("Claimed");
    w.repo("acme/gadgets");
    let issue = sim::github::NewIssue::new("acme/gadgets", "Wrong sum").label("bounty");
    w.sim.github.post_issue(issue);
    w.advance(30 * MINUTE).await;
    assert_eq!(
        w.stands("acme/gadgets", 700).await,
        "reported amount_unknown"
    );
}
