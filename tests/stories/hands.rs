//! How many things may be in hand at once: what waits for a free hand says so, and nobody is asked
//! about more than could be taken.

use sim::faults::{What, When};
use sim::github::SecondaryLimit;

use super::people::{NO, YES};
use super::world::{DAY, HOUR, MINUTE, SECOND, World};

const CLAIMS_AT_ONCE: &str = "[policy]\nalways_ask_first_time_repository = false\n";

/// How much the unread cards are about, all of them now read.
fn cards(w: &World) -> Vec<String> {
    let unread = w.cast.owner.drain_unread();
    let cards = unread.iter().filter(|m| !m.buttons.is_empty());
    let amount = |text: &str| text.split(' ').next().unwrap_or_default().to_owned();
    cards.map(|m| amount(&m.text)).collect()
}

#[tokio::test]
async fn nobody_is_asked_about_more_than_there_are_hands_for() {
    let mut w = World::new().await;
    for (n, org) in ["acme", "acme", "zio", "other", "third"].iter().enumerate() {
        let slug = format!("{org}/n{n}");
        w.bounty(&slug, "Wrong sum", 900 - 100 * n as u64);
    }
    w.start().await;
    let (first, second) = (w.phone("$900"), w.phone("$700"));
    w.quiet();
    // A no frees a hand: the dearest that waits comes at once, and it is of the same organisation.
    w.tap(&first, NO).await;
    let third = w.phone("$800");
    w.quiet();
    // A yes takes the hand that the question took.
    w.tap(&second, YES).await;
    w.phone("Claimed zio/n2");
    w.quiet();
    // Nobody answers: its hour runs from delivery, and then the next one comes.
    w.pass(50 * MINUTE, 10 * MINUTE).await;
    assert!(!w.now_reads(&third).starts_with('⌛'));
    w.quiet();
    w.pass(20 * MINUTE, 10 * MINUTE).await;
    assert!(w.now_reads(&third).starts_with('⌛'));
    let fourth = w.phone("$600");
    w.tap(&fourth, YES).await;
    w.phone("Claimed other/n3");
    w.quiet();
    // A claim that ends frees a hand too; the card is about what stands there now.
    w.sim
        .github
        .edit_issue("third/n4", 700, Some("Wrong product"), None);
    w.sim.github.assign("zio/n2", 700, "somebody");
    w.pass(7 * HOUR, 30 * MINUTE).await;
    w.phone("lost");
    let last = w.phone("$500");
    assert!(last.text.contains("Wrong product"), "{}", last.text);
    w.quiet();
}

#[tokio::test]
async fn what_waits_for_a_hand_waits_for_the_morning_too() {
    let night = "[approvals]\nquiet_hours = \"12:30-14:00\"\n";
    let mut w = World::with("mode = \"ask\"", night).await;
    for n in 0..4_u64 {
        w.bounty(&format!("org{n}/things"), "Wrong sum", 900 - 100 * n);
    }
    w.start().await;
    assert_eq!(cards(&w), ["$900", "$800"]);
    w.pass(110 * MINUTE, 10 * MINUTE).await;
    assert_eq!(cards(&w), [""; 0], "both have expired in the night");
    w.pass(20 * MINUTE, 5 * MINUTE).await;
    assert_eq!(cards(&w), ["$700", "$600"]);
}

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

/// What was begun and surely did not happen waits like a yes that was never begun.
#[tokio::test]
async fn a_refused_try_waits_for_its_turn_again() {
    let caps = |n: u32| format!("[policy]\nclaims_per_day = {n}\n");
    let mut w = World::with("mode = \"ask\"", &caps(2)).await;
    w.bounty("acme/widgets", "Crash on empty input", 750);
    w.bounty("other/gadgets", "Wrong sum", 600);
    w.start().await;
    let (first, second) = (w.phone("$750"), w.phone("$600"));
    w.stop().await;
    w.configure("mode = \"ask\"", &caps(1));
    w.start().await;
    w.sim.github.secondary_limit_with(SecondaryLimit {
        times: 1,
        status: 429,
        retry_after: Some(120),
        writes_only: true,
    });
    w.tap(&second, YES).await;
    assert_eq!((w.ours(), w.writes()), (0, 1));
    w.tap(&first, YES).await;
    w.pass(4 * MINUTE, MINUTE / 2).await;
    w.phone("Claimed acme/widgets");
    w.phone("Your yes waits");
    assert_eq!(w.stands("other/gadgets", 700).await, "permitted yes_waits");
    w.quiet();
    assert_eq!(w.ours(), 1);
}

#[tokio::test]
async fn a_question_that_nobody_was_shown_uses_up_no_asking() {
    let mut w = World::with("mode = \"ask\"", "[approvals]\nexpiry = \"2d\"\n").await;
    w.bounty("acme/n0", "Wrong sum", 900);
    w.bounty("zio/n1", "Wrong sum", 800);
    w.bounty("third/n2", "Wrong sum", 700);
    w.start().await;
    let first = w.phone("$900");
    w.phone("$800");
    // It waits for a hand, and is another question each time.
    for n in 1..5 {
        let title = format!("Wrong sum, take {n}");
        w.sim.github.edit_issue("third/n2", 700, Some(&title), None);
        w.pass(HOUR, 30 * MINUTE).await;
    }
    w.quiet();
    w.tap(&first, NO).await;
    let card = w.phone("$700");
    assert!(card.text.contains("take 4"), "{}", card.text);
    assert!(!card.text.contains("Asked again"), "{}", card.text);
}

#[tokio::test]
async fn full_hands_are_said_once_and_not_every_hour() {
    let mut w = World::with(
        "mode = \"auto\"\nclaim_without_fixer = true",
        CLAIMS_AT_ONCE,
    )
    .await;
    for (n, org) in ["acme", "zio", "third"].iter().enumerate() {
        w.bounty(&format!("{org}/n{n}"), "Wrong sum", 300 - 50 * n as u64);
    }
    w.start().await;
    w.pass(9 * HOUR, 30 * MINUTE).await;
    assert_eq!(w.ours(), 2);
    let ledger = &w.app().ledger;
    let third = ledger.bounty_by_name("third/n2", 700).await;
    let third = third.expect("read").expect("there");
    let told = ledger
        .journal_newest(Some(third.id), 100)
        .await
        .expect("read");
    let judged = told.iter().filter(|entry| entry.kind == "bounty.judged");
    assert_eq!(judged.count(), 1, "{told:?}");
    w.read_all();
}

/// The distance counts from the end of a write: one that took long is no reason for the next to follow
/// at its heels.
#[tokio::test]
async fn a_write_that_took_long_keeps_its_distance() {
    let mut w = World::new().await;
    w.bounty("acme/widgets", "Crash on empty input", 750);
    w.bounty("other/gadgets", "Wrong sum", 600);
    w.start().await;
    let (first, second) = (w.phone("$750"), w.phone("$600"));
    let post = When::on("POST", "/repos/");
    w.sim.github.faults().once(post, What::Hold);
    let taps = w.cast.owner.taps_on(first.id, YES);
    taps.expect("there is a button");
    w.held().await;
    w.hand.advance(25 * SECOND);
    w.sim.github.faults().release();
    w.settle().await;
    w.phone("Claimed acme/widgets");
    w.tap(&second, YES).await;
    w.advance(10 * SECOND).await;
    assert_eq!(w.writes(), 1, "ten seconds after the end of the first");
    w.advance(21 * SECOND).await;
    w.phone("Claimed other/gadgets");
}
