//! A write whose answer was lost, and which is not there when it is looked for: it is made again
//! only where it can be shown that it never stood there.

use std::time::Duration;

use sim::faults::{What, When};

use super::following::{POOL, SLUG, requested};
use super::people::YES;
use super::world::{DAY, HOUR, MINUTE, SECOND, World};

/// The owner says yes, and what happens to the claim is `what`.
async fn claiming(what: What) -> World {
    // The issue is older than the second in which it is claimed.
    claiming_after(MINUTE, what).await
}

/// The same so long after the issue's last change.
async fn claiming_after(pause: Duration, what: What) -> World {
    let mut w = World::new().await;
    w.bounty(SLUG, "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    let post = When::on("POST", "/repos/");
    w.sim.github.faults().once(post, what);
    w.advance(pause).await;
    w.tap(&card, YES).await;
    assert_eq!(w.writes(), 1);
    w
}

fn delete_what_we_said(w: &World) {
    let said = w.sim.github.comments_by(&w.cast.login);
    w.sim
        .github
        .delete_comment(said.last().expect("it stands").id);
}

#[tokio::test]
async fn a_claim_that_was_deleted_before_it_was_found_is_not_written_again() {
    let w = claiming(What::AcceptThenDropAnswer).await;
    delete_what_we_said(&w);
    w.pass(10 * MINUTE, 30 * SECOND).await;
    insta::assert_snapshot!(w.phone("Not claimed").text, @r"
    ✋ Not claimed: acme/widgets#700
    GitHub's answer was lost, and the issue has changed since: the comment may have stood there and been deleted. It is not written again
    open the issue
    ");
    assert_eq!((w.writes(), w.ours()), (1, 0), "nobody is insisted to");
    assert_eq!(w.stands(SLUG, 700).await, "lost unproven");
    w.pass(DAY, HOUR).await;
    assert_eq!(w.writes(), 1);
    w.read_all();
}

#[tokio::test]
async fn a_claim_that_may_have_stood_there_was_one_of_the_days() {
    let mut w = World::with("mode = \"ask\"", "[policy]\nclaims_per_day = 1\n").await;
    w.bounty(SLUG, "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    let post = When::on("POST", "/repos/");
    w.sim.github.faults().once(post, What::AcceptThenDropAnswer);
    w.advance(MINUTE).await;
    w.tap(&card, YES).await;
    delete_what_we_said(&w);
    w.pass(10 * MINUTE, 30 * SECOND).await;
    w.phone("Not claimed");
    w.bounty("other/things", "Wrong sum", 600);
    w.advance(30 * MINUTE).await;
    assert_eq!(w.stands("other/things", 700).await, "found cap");
    w.pass(DAY, HOUR).await;
    w.phone("$600");
    w.read_all();
}

#[tokio::test]
async fn a_claim_that_never_arrived_is_written_again() {
    let w = claiming(What::Reset).await;
    w.pass(10 * MINUTE, 30 * SECOND).await;
    w.phone("Claimed");
    assert_eq!((w.writes(), w.ours()), (2, 1));
}

#[tokio::test]
async fn a_claim_in_the_second_of_another_change_cannot_be_told_from_it() {
    let w = claiming_after(Duration::ZERO, What::AcceptThenDropAnswer).await;
    delete_what_we_said(&w);
    w.pass(10 * MINUTE, 30 * SECOND).await;
    w.phone("Not claimed");
    assert_eq!((w.writes(), w.ours()), (1, 0));
    assert_eq!(w.stands(SLUG, 700).await, "lost unproven");
}

#[tokio::test]
async fn what_cannot_be_proven_is_not_written_again() {
    let w = claiming(What::Reset).await;
    w.advance(SECOND).await;
    w.sim
        .github
        .comment_as(SLUG, 700, "passer-by", "I can reproduce this.");
    w.pass(10 * MINUTE, 30 * SECOND).await;
    w.phone("Not claimed");
    assert_eq!((w.writes(), w.ours()), (1, 0));
    assert_eq!(w.stands(SLUG, 700).await, "lost unproven");
}

#[tokio::test]
async fn a_stop_that_was_deleted_before_it_was_found_is_not_said_again() {
    let w = requested().await;
    let post = When::on("POST", "/repos/");
    w.sim.github.faults().once(post, What::AcceptThenDropAnswer);
    w.pass(2 * DAY, 6 * HOUR).await;
    assert_eq!((w.writes(), w.ours()), (2, 2));
    delete_what_we_said(&w);
    w.pass(10 * MINUTE, 30 * SECOND).await;
    w.phone("whether the claim was taken back cannot be told");
    assert_eq!((w.writes(), w.ours()), (2, 1));
    assert_eq!(w.stands(POOL, 700).await, "withdrawn overdue");
    w.pass(DAY, HOUR).await;
    assert_eq!(w.writes(), 2);
    w.read_all();
}
