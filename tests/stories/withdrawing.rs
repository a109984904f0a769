//! A withdrawal that is not made: by the mode, by a pull request that turned up; and what comes
//! after a pull request.

use sim::faults::{What, When};
use sim::github::NewPull;

use super::following::{POOL, SLUG, claimed, edits, requested};
use super::world::{DAY, HOUR, MINUTE, World};

/// The owner opens a pull request that would close the issue; gives its number.
pub(crate) fn pull(w: &World, slug: &str) -> u64 {
    let login = w.cast.login.clone();
    let pull = NewPull::new(slug, &login, "Print the usage").closes(slug, 700);
    w.sim.github.open_pr(pull)
}

/// Claimed, with a linked pull request that was seen.
pub(crate) async fn submitted() -> (World, u64) {
    let w = claimed().await;
    w.advance(HOUR).await;
    let pull = pull(&w, SLUG);
    w.pass(7 * HOUR, HOUR).await;
    w.phone("the claim stands");
    assert_eq!(w.stands(SLUG, 700).await, "submitted pull_request");
    (w, pull)
}

/// A claim that is overdue while nothing may be written.
pub(crate) async fn overdue_in_watch() -> World {
    let mut w = claimed().await;
    w.stop().await;
    w.configure("mode = \"watch\"", "");
    w.start().await;
    w.pass(3 * DAY, 6 * HOUR).await;
    assert_eq!(w.stands(SLUG, 700).await, "withdrawing overdue");
    assert_eq!((w.writes(), edits(&w)), (1, 0), "watch writes nothing");
    w.read_all();
    w
}

#[tokio::test]
async fn in_watch_a_claim_is_not_taken_back_before_the_mode_changes() {
    let mut w = overdue_in_watch().await;
    w.stop().await;
    w.configure("mode = \"ask\"", "");
    w.start().await;
    w.advance(HOUR).await;
    w.phone("taken back");
    assert_eq!((w.writes(), edits(&w)), (2, 1));
    w.read_all();
}

#[tokio::test]
async fn a_pull_request_that_turns_up_before_the_withdrawal_keeps_the_claim() {
    let mut w = overdue_in_watch().await;
    pull(&w, SLUG);
    w.stop().await;
    w.configure("mode = \"ask\"", "");
    w.start().await;
    w.pass(2 * HOUR, 30 * MINUTE).await;
    assert_eq!(w.stands(SLUG, 700).await, "submitted pull_request");
    w.pass(3 * DAY, 6 * HOUR).await;
    assert_eq!((w.writes(), edits(&w)), (1, 0), "nothing was taken back");
    w.read_all();
}

#[tokio::test]
async fn a_pull_request_that_turns_up_between_two_tries_of_the_withdrawal_keeps_the_claim() {
    let w = claimed().await;
    let busy = What::status_with(
        429,
        &[("retry-after", "600")],
        r#"{"message":"You have exceeded a secondary rate limit."}"#,
    );
    let edit = When::on("PATCH", "/repos/");
    w.sim.github.faults().once(edit, busy);
    w.pass(2 * DAY, 6 * HOUR).await;
    w.advance(MINUTE).await;
    assert_eq!(w.stands(SLUG, 700).await, "withdrawing overdue");
    assert_eq!(edits(&w), 1, "refused once");
    pull(&w, SLUG);
    w.pass(HOUR, 10 * MINUTE).await;
    assert_eq!(w.stands(SLUG, 700).await, "submitted pull_request");
    assert_eq!(edits(&w), 1);
    assert!(w.our_comment(SLUG, 700).starts_with("/attempt"));
    w.read_all();
}

#[tokio::test]
async fn a_withdrawal_that_may_stand_is_finished_whatever_turns_up() {
    let w = claimed().await;
    let edit = When::on("PATCH", "/repos/");
    w.sim.github.faults().once(edit, What::AcceptThenDropAnswer);
    w.pass(2 * DAY, 6 * HOUR).await;
    w.advance(MINUTE - MINUTE / 2).await;
    assert!(w.our_comment(SLUG, 700).starts_with("Withdrawn"));
    pull(&w, SLUG);
    w.pass(10 * MINUTE, MINUTE).await;
    assert_eq!(w.stands(SLUG, 700).await, "withdrawn overdue");
    w.read_all();
}

#[tokio::test]
async fn a_pull_request_instead_of_an_answer_keeps_the_claim() {
    let w = requested().await;
    w.advance(HOUR).await;
    pull(&w, POOL);
    w.pass(7 * HOUR, HOUR).await;
    w.phone("the claim stands");
    assert_eq!(w.stands(POOL, 700).await, "submitted pull_request");
    w.pass(3 * DAY, 6 * HOUR).await;
    assert_eq!(w.writes(), 1, "nothing was taken back");
    w.read_all();
}

#[tokio::test]
async fn a_pull_request_that_was_turned_down_gives_the_claim_back() {
    let (w, pull) = submitted().await;
    w.sim.github.close(SLUG, pull);
    w.pass(12 * HOUR, 3 * HOUR).await;
    insta::assert_snapshot!(w.phone("taken back").text, @r"
    acme/widgets#700: the claim was taken back: the pull request was turned down
    open the issue
    ");
    insta::assert_snapshot!(w.our_comment(SLUG, 700), @r"
    Withdrawn: the pull request was not taken. This is free for others again. This comment was written by bountyd, an automated agent acting for @night-owner, who answers for it.

    <!-- bountyd:ID -->
    ");
    assert_eq!((w.writes(), edits(&w)), (2, 1));
    w.read_all();
}

#[tokio::test]
async fn turned_down_and_the_issue_closed_with_it_is_lost() {
    let (w, pull) = submitted().await;
    w.sim.github.close(SLUG, pull);
    w.sim.github.close(SLUG, 700);
    w.pass(12 * HOUR, 3 * HOUR).await;
    w.phone("lost: closed");
    assert_eq!(w.writes(), 1, "nothing is said under a closed issue");
    w.read_all();
}
