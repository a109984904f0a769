//! A repository that is renamed, or transferred to somebody else: who has the say there now, and what
//! becomes of a claim that was made under the old name.

use super::following::{POOL, SLUG, claimed, edits, requested};
use super::people::{YES, well};
use super::withdrawing::overdue_in_watch;
use super::world::{DAY, HOUR, MINUTE, SECOND, World};

const BIG: &str = "bigorg/app";

/// Whatever is worth less than 500 is claimed without a question.
const AUTO: &str = "mode = \"auto\"\nclaim_without_fixer = true";
const KNOWN: &str = "[policy]\nin_hand = 3\nalways_ask_first_time_repository = false";

/// `bigorg/app#700` is claimed; it is asked about first, or not.
async fn claimed_at_bigorg(top: &str) -> World {
    let mut w = World::with(top, KNOWN).await;
    w.bounty(BIG, "Crash on empty input", 400);
    w.start().await;
    w.advance(30 * MINUTE).await;
    if let Some(card) = w.phone_if("$400 ·") {
        w.tap(&card, YES).await;
    }
    w.phone("Claimed");
    w.advance(HOUR).await;
    w
}

/// `other/lib#700` is permitted, and before it is claimed the repository goes to `bigorg`.
async fn transferred_before_the_claim(w: &World) {
    w.bounty("other/lib", "Wrong sum", 250);
    // Only one is claimed in half a minute, the dearer first.
    w.bounty("third/lib", "Wrong product", 300);
    w.advance(30 * MINUTE).await;
    w.phone("Claimed third/lib");
    let waits = w.stands("other/lib", 700).await;
    assert_eq!(waits, "permitted below_thresholds");
    w.sim.github.transfer("other/lib", "bigorg");
    w.advance(30 * SECOND).await;
}

/// Asks, and searches once a day: what happens meanwhile is not seen by a search.
fn seldom() -> String {
    "mode = \"ask\"\nschedule = \"30 12 * * *\"".to_owned()
}

/// The lasting no of an owner.
async fn no_of(w: &World, owner: &str) -> Option<String> {
    let mut tx = w.app().ledger.begin().await.expect("a transaction");
    let repo = format!("{owner}/widgets");
    tx.refusal(owner, &repo).await.expect("it can be read")
}

#[tokio::test]
async fn a_stop_holds_for_what_is_transferred_to_who_said_it() {
    let w = claimed_at_bigorg(AUTO).await;
    w.sim.github.comment_as(BIG, 700, "bigorg", "stop");
    w.advance(30 * MINUTE).await;
    w.phone("we are not wanted there");
    transferred_before_the_claim(&w).await;
    w.pass(2 * HOUR, 15 * MINUTE).await;
    assert_eq!(w.our_comment("bigorg/lib", 700), "");
    assert_eq!(w.stands("bigorg/lib", 700).await, "skipped denied");
    w.read_all();
}

#[tokio::test]
async fn an_organisations_hand_is_counted_for_what_is_transferred_to_it() {
    let w = claimed_at_bigorg(AUTO).await;
    transferred_before_the_claim(&w).await;
    w.pass(2 * HOUR, 15 * MINUTE).await;
    assert_eq!(w.our_comment("bigorg/lib", 700), "");
    assert_eq!(w.stands("bigorg/lib", 700).await, "found cap");
    w.read_all();
}

#[tokio::test]
async fn a_claim_that_is_transferred_takes_the_hand_where_it_went() {
    let w = claimed_at_bigorg("mode = \"ask\"").await;
    w.sim.github.transfer(BIG, "elsewhere");
    w.pass(7 * HOUR, HOUR).await;
    assert_eq!(w.stands("elsewhere/app", 700).await, "claimed claimed");
    w.bounty("elsewhere/lib", "Wrong sum", 600);
    w.bounty("bigorg/lib", "Wrong product", 500);
    w.advance(30 * MINUTE).await;
    w.phone("bigorg/lib#700");
    w.quiet();
    assert_eq!(w.stands("elsewhere/lib", 700).await, "found cap");
}

#[tokio::test]
async fn a_stop_after_a_transfer_is_the_new_owners() {
    let w = claimed_at_bigorg(&seldom()).await;
    w.sim.github.transfer(BIG, "elsewhere");
    w.sim
        .github
        .comment_as("elsewhere/app", 700, "elsewhere", "stop");
    w.pass(7 * HOUR, HOUR).await;
    let no = no_of(&w, "elsewhere").await;
    assert_eq!(
        no.as_deref(),
        Some("a maintainer said no: @elsewhere: stop")
    );
    assert_eq!(no_of(&w, "bigorg").await, None, "which has said nothing");
    w.phone("we are not wanted there");
    assert!(w.our_comment("elsewhere/app", 700).starts_with("Withdrawn"));
    assert_eq!((w.ours(), edits(&w)), (1, 1));
}

#[tokio::test]
async fn a_lock_after_a_transfer_is_the_new_owners() {
    let w = claimed_at_bigorg(&seldom()).await;
    w.sim.github.transfer(BIG, "elsewhere");
    w.sim.github.lock_issue("elsewhere/app", 700, None);
    w.pass(7 * HOUR, HOUR).await;
    w.phone("lost: locked");
    assert!(no_of(&w, "elsewhere").await.is_some());
    assert_eq!(no_of(&w, "bigorg").await, None);
}

#[tokio::test]
async fn a_claim_is_taken_back_where_its_repository_is_now() {
    let w = claimed_at_bigorg(&seldom()).await;
    w.sim.github.rename_repo(BIG, "gadgets");
    w.pass(2 * DAY, 6 * HOUR).await;
    w.phone("taken back: it was not followed up");
    assert!(
        w.our_comment("bigorg/gadgets", 700)
            .starts_with("Withdrawn")
    );
    assert_eq!((w.ours(), edits(&w)), (1, 1));
    w.read_all();

    let w = requested().await;
    w.sim.github.rename_repo(POOL, "pool");
    w.pass(3 * DAY, 6 * HOUR).await;
    w.phone("taken back");
    assert_eq!((w.ours(), edits(&w)), (2, 0));
    assert!(w.our_comment("ubiquity/pool", 700).contains("/stop"));
    w.read_all();
}

/// `watch` keeps a withdrawal waiting, which is looked after by nobody meanwhile.
async fn watches(w: &mut World, mode: &str) {
    configured(w, &format!("mode = \"{mode}\"")).await;
}

async fn configured(w: &mut World, top: &str) {
    w.stop().await;
    w.configure(top, "");
    w.start().await;
}

#[tokio::test]
async fn what_moves_while_it_is_taken_back_is_found_again() {
    let mut w = overdue_in_watch().await;
    w.sim.github.transfer(SLUG, "elsewhere");
    watches(&mut w, "ask").await;
    w.advance(HOUR).await;
    w.phone("taken back");
    let said = w.our_comment("elsewhere/widgets", 700);
    assert!(said.starts_with("Withdrawn"), "{said}");
    assert_eq!(edits(&w), 1);
    w.read_all();

    // Where we are not wanted nothing is read before it, so GitHub has to say that it moved; unless a
    // search does, which comes too seldom here.
    let mut w = claimed().await;
    watches(&mut w, "watch").await;
    w.advance(HOUR).await;
    w.sim.github.comment_as(SLUG, 700, "acme", "stop");
    w.pass(HOUR, 10 * MINUTE).await;
    assert_eq!(w.stands(SLUG, 700).await, "withdrawing unwelcome");
    w.sim.github.transfer(SLUG, "elsewhere");
    configured(&mut w, &seldom()).await;
    w.pass(2 * HOUR, 10 * MINUTE).await;
    w.phone("we are not wanted there");
    let said = w.our_comment("elsewhere/widgets", 700);
    assert!(said.starts_with("Withdrawn"), "{said}");
    assert_eq!((w.ours(), edits(&w)), (1, 2), "once turned away");
}

#[tokio::test]
async fn nothing_is_said_in_another_repository_that_took_the_name() {
    let mut w = requested().await;
    watches(&mut w, "watch").await;
    w.pass(3 * DAY, 6 * HOUR).await;
    assert_eq!(w.stands(POOL, 700).await, "withdrawing overdue");
    w.sim.github.rename_repo(POOL, "pool");
    w.sim.github.add_repo(well(POOL));
    w.sim
        .github
        .post_issue(sim::github::NewIssue::new(POOL, "Hello"));
    watches(&mut w, "ask").await;
    w.advance(HOUR).await;
    w.phone("could not be taken back: another repository stands under this name now");
    assert_eq!(w.writes(), 1);
    w.read_all();
}
