//! What happens while an answer of GitHub is on its way: newer facts, and the owner's tap.

use std::time::Duration;

use bountyd::ledger::Actor;
use bountyd::stages::scan;
use sim::faults::{What, When};

use super::following::claimed;
use super::people::YES;
use super::world::{MINUTE, SECOND, World, pause};

const SLUG: &str = "acme/widgets";

impl World {
    /// Waits until GitHub holds a request back.
    pub(crate) async fn held(&self) {
        for _ in 0..2_000 {
            if self.sim.github.faults().held() + self.sim.telegram.faults().held() > 0 {
                return;
            }
            pause(Duration::from_millis(5)).await;
        }
        panic!("no request came to be held");
    }

    pub(crate) async fn scan_now(&self) {
        let report = scan::run(self.app(), Actor::Schedule).await;
        assert!(report.expect("the ledger can be written").seen > 0);
    }
}

#[tokio::test]
async fn newer_facts_are_judged_and_not_the_ones_that_were_being_judged() {
    let mut w = World::new().await;
    w.repo(SLUG);
    w.start().await;
    let faults = w.sim.github.faults();
    let rules = When::on("POST", "/graphql").body_contains("CONTRIBUTING");
    faults.once(rules, What::Hold);
    w.hand.advance(SECOND);
    let number = w.bounty(SLUG, "Crash on empty input", 750);
    w.scan_now().await;
    w.held().await;
    // Its contribution rules are being read; meanwhile it becomes something else.
    w.hand.advance(SECOND);
    w.sim
        .github
        .edit_issue(SLUG, number, Some("Rewrite everything"), None);
    w.scan_now().await;
    faults.release();
    w.settle().await;
    let card = w.phone("Rewrite everything");
    w.quiet();
    w.tap(&card, YES).await;
    w.phone("Claimed");
    assert_eq!(w.ours(), 1);
}

#[tokio::test]
async fn a_tap_during_a_second_look_counts_at_once() {
    let mut w = World::new().await;
    let number = w.bounty(SLUG, "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    let faults = w.sim.github.faults();
    let look = When::on("POST", "/graphql").body_contains("issue(number: $number)");
    faults.once(look, What::Hold);
    w.hand.advance(SECOND);
    w.sim
        .github
        .comment_as(SLUG, number, "passer-by", "I can reproduce this.");
    w.scan_now().await;
    w.held().await;
    let taps = w.cast.owner.taps_on(card.id, YES);
    taps.expect("there is a button");
    for _ in 0..2_000 {
        if w.stands(SLUG, number).await == "permitted approved" {
            break;
        }
        pause(Duration::from_millis(5)).await;
    }
    assert_eq!(w.stands(SLUG, number).await, "permitted approved");
    faults.release();
    w.settle().await;
    w.phone("Claimed acme/widgets");
    assert!(
        w.now_reads(&card).starts_with("✅"),
        "{}",
        w.now_reads(&card)
    );
    assert!(!w.status().await.contains("nothing goes out"));
    w.pass(5 * MINUTE, MINUTE).await;
    assert_eq!(w.ours(), 1);
    w.quiet();
}

/// Holds back the second half of a look at an issue: what was read of it before is old by then.
fn hold_a_look(w: &World) {
    let rules = When::on("POST", "/graphql").body_contains("nodes(ids");
    w.sim.github.faults().once(rules, What::Hold);
}

#[tokio::test]
async fn what_changes_during_a_second_look_is_looked_at_again() {
    let mut w = World::new().await;
    let number = w.bounty(SLUG, "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    hold_a_look(&w);
    w.hand.advance(SECOND);
    w.sim
        .github
        .comment_as(SLUG, number, "passer-by", "I can reproduce this.");
    w.scan_now().await;
    w.held().await;
    w.hand.advance(SECOND);
    w.sim
        .github
        .edit_issue(SLUG, number, Some("Rewrite everything"), None);
    w.scan_now().await;
    w.sim.github.faults().release();
    w.settle().await;
    w.phone("Rewrite everything");
    let old = w.now_reads(&card);
    assert!(old.contains("the issue changed"), "{old}");
}

#[tokio::test]
async fn what_changes_while_a_claim_is_looked_at_is_looked_at_again() {
    let w = claimed().await;
    w.advance(MINUTE).await;
    hold_a_look(&w);
    w.hand.advance(SECOND);
    w.sim
        .github
        .comment_as(SLUG, 700, "passer-by", "I can reproduce this.");
    w.scan_now().await;
    w.held().await;
    w.hand.advance(SECOND);
    w.sim.github.assign(SLUG, 700, "somebody");
    w.scan_now().await;
    w.sim.github.faults().release();
    w.settle().await;
    w.phone("lost: assigned to another");
}

#[tokio::test]
async fn a_stop_lets_a_write_finish_however_long_it_may_take() {
    let mut w = World::new().await;
    w.bounty(SLUG, "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    w.sim
        .github
        .faults()
        .once(When::on("POST", "/repos/"), What::Hold);
    w.cast
        .owner
        .taps_on(card.id, YES)
        .expect("there is a button");
    w.held().await;
    let ended = w.ask_to_stop();
    for _ in 0..10 {
        pause(Duration::from_millis(20)).await;
        w.hand.advance(vault::LONGEST_REQUEST / 10);
    }
    pause(Duration::from_millis(50)).await;
    assert!(!ended.is_finished(), "it waits for the answer");
    w.sim.github.faults().release();
    ended.await.expect("no panic").expect("a clean end");
    // The world's end finds no effect open, and our comment on record.
    assert_eq!(w.ours(), 1);
    w.read_all();
}
