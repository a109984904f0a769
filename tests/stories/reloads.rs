//! The configuration changes while something is under way: from then on the new one counts, and no
//! verdict of the old one is left standing.

use sim::faults::{What, When};

use super::following::{SLUG, claimed, edits};
use super::people::{YES, approval_id};
use super::world::{DAY, HOUR, MINUTE, SECOND, World};

/// The next look at one issue is held back.
fn hold_a_look(w: &World) {
    let look = When::on("POST", "/graphql").body_contains("issue(number: $number)");
    w.sim.github.faults().once(look, What::Hold);
}

#[tokio::test]
async fn watch_stops_a_claim_that_is_being_checked() {
    let mut w = World::new().await;
    w.bounty(SLUG, "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    hold_a_look(&w);
    let taps = w.cast.owner.taps_on(card.id, YES);
    taps.expect("there is a button");
    w.held().await;
    w.configure("mode = \"watch\"", "");
    w.reload().await;
    w.sim.github.faults().release();
    w.settle().await;
    assert_eq!(w.writes(), 0);
    w.pass(HOUR + MINUTE, 30 * MINUTE).await;
    w.phone("Not claimed");
    assert_eq!((w.writes(), w.ours()), (0, 0));
    w.read_all();
}

#[tokio::test]
async fn a_deny_stops_a_claim_that_waits_to_be_counted() {
    let mut w = World::new().await;
    w.bounty(SLUG, "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    hold_a_look(&w);
    let taps = w.cast.owner.taps_on(card.id, YES);
    taps.expect("there is a button");
    w.held().await;
    w.configure("mode = \"ask\"", "[policy]\ndeny = [\"acme\"]\n");
    // The reload has the ledger, and the claim comes to wait for it.
    let tx = w.app().ledger.begin().await.expect("a transaction");
    w.sim.github.faults().release();
    super::world::pause(std::time::Duration::from_millis(500)).await;
    w.app().set_rules(std::sync::Arc::new(w.rules()));
    tx.commit().await.expect("committed");
    w.settle().await;
    w.pass(10 * MINUTE, MINUTE).await;
    w.phone("Not claimed");
    assert_eq!((w.writes(), w.ours()), (0, 0));
    assert_eq!(w.stands(SLUG, 700).await, "skipped denied");
    w.read_all();
}

#[tokio::test]
async fn watch_stops_a_withdrawal_that_is_being_checked() {
    let mut w = claimed().await;
    w.pass(2 * DAY - MINUTE, 6 * HOUR).await;
    // The first look finds it overdue, the second is the withdrawal's own.
    let look = When::on("POST", "/graphql").body_contains("issue(number: $number)");
    w.sim.github.faults().once(look.after(1), What::Hold);
    w.hand.advance(2 * MINUTE);
    w.held().await;
    w.configure("mode = \"watch\"", "");
    w.reload().await;
    w.sim.github.faults().release();
    w.settle().await;
    assert_eq!((w.writes(), edits(&w)), (1, 0));
    w.pass(3 * HOUR, HOUR).await;
    assert_eq!((w.writes(), edits(&w)), (1, 0));
    // It is made up for when the mode changes.
    w.configure("mode = \"ask\"", "");
    w.reload().await;
    w.pass(2 * HOUR, HOUR).await;
    w.phone("taken back");
    assert_eq!((w.writes(), edits(&w)), (2, 1));
    w.read_all();
}

#[tokio::test]
async fn who_may_answer_changes_with_the_next_start_and_not_before() {
    let mut w = World::new().await;
    w.bounty(SLUG, "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    let stranger = w.sim.telegram.stranger(666);
    let owner = format!("owner_id = {}", w.cast.owner.id());
    w.rewrite(&owner, "owner_id = 666");
    w.reload().await;
    stranger.says(&format!("/approve {}", approval_id(&card)));
    w.settle().await;
    assert_eq!((w.ours(), w.writes()), (0, 0), "as the warning says");
    w.tap(&card, YES).await;
    w.phone("Claimed");
    let read = w.now_reads(&card);
    assert!(read.starts_with("✅"), "{read}");
}

#[tokio::test]
async fn what_is_being_judged_is_judged_by_the_new_rules() {
    let mut w = World::with("mode = \"watch\"", "").await;
    w.repo(SLUG);
    w.start().await;
    let rules = When::on("POST", "/graphql").body_contains("nodes(ids");
    w.sim.github.faults().once(rules, What::Hold);
    w.hand.advance(SECOND);
    w.bounty(SLUG, "Crash on empty input", 750);
    w.scan_now().await;
    w.held().await;
    w.configure("mode = \"ask\"", "");
    w.reload().await;
    w.sim.github.faults().release();
    w.settle().await;
    w.phone("$750");
}

#[tokio::test]
async fn what_an_old_scan_has_passed_is_seen_again_by_the_new_rules() {
    let mut w = World::new().await;
    w.bounty(SLUG, "Crash on empty input", 9);
    w.start().await;
    assert_eq!(w.stands(SLUG, 700).await, "skipped below_minimum");
    // What changed since moves the searches on, past the first.
    w.pass(5 * HOUR, HOUR).await;
    w.bounty("third/parts", "Missing page", 5);
    w.pass(5 * HOUR, HOUR).await;
    w.bounty("other/things", "Wrong sum", 8);
    let search = When::on("POST", "/graphql").body_contains("search(");
    w.sim.github.faults().once(search, What::Hold);
    w.hand.advance(30 * MINUTE);
    w.held().await;
    w.configure("mode = \"ask\"", "[policy]\nminimum_usd = 1\nin_hand = 9\n");
    w.reload().await;
    w.sim.github.faults().release();
    w.settle().await;
    w.advance(30 * MINUTE).await;
    w.phone("acme/widgets#700");
    w.phone("other/things#700");
    w.read_all();
}
