//! A no that comes when the claim has ended already, while it is being taken back, or when the work is
//! done: it holds all the same, and nobody who says it gets another comment.

use sim::faults::{What, When};

use super::following::{POOL, SLUG, claimed, edits, requested};
use super::manners::remembered;
use super::people::YES;
use super::withdrawing::{overdue_in_watch, submitted};
use super::world::{DAY, HOUR, MINUTE, World};

/// Claimed, and then given to somebody else, a day ago.
async fn lost() -> World {
    let w = claimed().await;
    w.advance(HOUR).await;
    w.sim.github.assign(SLUG, 700, "somebody");
    w.advance(30 * MINUTE).await;
    w.phone("lost: assigned to another");
    w.pass(DAY, 6 * HOUR).await;
    w.read_all();
    w
}

async fn no_of(w: &World, owner: &str) -> Option<String> {
    let mut tx = w.app().ledger.begin().await.expect("a transaction");
    let repo = format!("{owner}/widgets");
    tx.refusal(owner, &repo).await.expect("it can be read")
}

async fn asks_again(w: &mut World) {
    w.stop().await;
    w.configure("mode = \"ask\"", "");
    w.start().await;
    w.pass(HOUR + MINUTE, 10 * MINUTE).await;
}

#[tokio::test]
async fn a_stop_that_is_said_when_the_claim_was_lost_holds_for_good() {
    let mut w = lost().await;
    // A passer-by does not speak for the repository, and a thank you is no stop.
    w.sim.github.comment_as(SLUG, 700, "passer-by", "stop");
    w.sim.github.comment_as(SLUG, 700, "acme", "Thank you!");
    w.advance(30 * MINUTE).await;
    assert_eq!(no_of(&w, "acme").await, None);
    // The look at it meets an outage.
    let look = When::on("POST", "/graphql").body_contains("issue(number: $number)");
    w.sim.github.faults().once(look, What::Html502);
    w.sim
        .github
        .comment_as(SLUG, 700, "acme", "@night-owner stop, please.");
    w.advance(30 * MINUTE).await;
    w.advance(2 * MINUTE).await;
    insta::assert_snapshot!(w.phone("acme/widgets#700").text, @r"
    acme/widgets#700: after the claim had ended a maintainer said no. Its organisation is left alone from now on
    open the issue
    ");
    assert_eq!(w.stands(SLUG, 700).await, "lost assigned to another");
    assert_eq!((w.writes(), w.ours()), (1, 1), "nothing is answered");
    // What else is said there is no news.
    w.sim.github.comment_as(SLUG, 700, "acme", "I said stop.");
    w.advance(30 * MINUTE).await;
    w.quiet();
    remembered(&mut w).await;
    assert_eq!(w.writes(), 1);
}

#[tokio::test]
async fn a_stop_that_is_said_when_the_claim_was_given_back_holds_for_good() {
    let mut w = claimed().await;
    w.pass(2 * DAY + MINUTE, 6 * HOUR).await;
    w.phone("taken back");
    w.pass(DAY, 6 * HOUR).await;
    w.sim.github.comment_as(SLUG, 700, "acme", "stop");
    w.advance(30 * MINUTE).await;
    w.phone("a maintainer said no");
    assert_eq!(w.stands(SLUG, 700).await, "withdrawn overdue");
    remembered(&mut w).await;
    assert_eq!((w.writes(), edits(&w)), (2, 1));
}

#[tokio::test]
async fn what_has_ended_and_is_gone_is_let_be() {
    let w = lost().await;
    let look = When::on("POST", "/graphql").body_contains("issue(number: $number)");
    w.sim.github.faults().once(look, What::Hold);
    w.sim.github.comment_as(SLUG, 700, "acme", "Hm.");
    w.hand.advance(30 * MINUTE);
    w.held().await;
    w.sim.github.delete_issue(SLUG, 700);
    w.sim.github.faults().release();
    w.settle().await;
    w.pass(DAY, 6 * HOUR).await;
    assert_eq!(w.stands(SLUG, 700).await, "lost assigned to another");
    assert_eq!(w.row(SLUG, 700).await.wake_at, None);
    w.read_all();
}

#[tokio::test]
async fn a_stop_that_is_said_while_the_claim_waits_to_be_taken_back_is_heard() {
    let mut w = overdue_in_watch().await;
    w.sim.github.comment_as(SLUG, 700, "acme", "stop");
    asks_again(&mut w).await;
    w.phone("we are not wanted there");
    let said = w.our_comment(SLUG, 700);
    assert!(said.starts_with("Withdrawn, with apologies"), "{said}");
    assert_eq!(w.stands(SLUG, 700).await, "withdrawn unwelcome");
    assert_eq!((w.writes(), w.ours(), edits(&w)), (2, 1, 1));
    remembered(&mut w).await;
}

/// Asked to be assigned in a pool that has a word for giving back; it is to be said, and may not yet.
async fn stop_is_due() -> World {
    let mut w = requested().await;
    w.stop().await;
    w.rewrite("mode = \"ask\"", "mode = \"watch\"");
    w.start().await;
    w.pass(3 * DAY, 6 * HOUR).await;
    assert_eq!(w.stands(POOL, 700).await, "withdrawing overdue");
    w.read_all();
    w
}

#[tokio::test]
async fn the_word_for_giving_back_is_not_said_where_nobody_wants_to_hear_it() {
    type Happens = fn(&World);
    let happens: [(&str, Happens); 3] = [
        ("unwelcome", |w| {
            w.sim.github.comment_as(POOL, 700, "ubiquity", "stop");
        }),
        ("overdue", |w| w.sim.github.close(POOL, 700)),
        ("overdue", |w| w.sim.github.assign(POOL, 700, "somebody")),
    ];
    for (reason, happens) in happens {
        let mut w = stop_is_due().await;
        happens(&w);
        asks_again(&mut w).await;
        w.phone("taken back");
        let stands = w.stands(POOL, 700).await;
        assert_eq!(stands, format!("withdrawn {reason}"));
        assert_eq!((w.ours(), edits(&w)), (1, 1), "our own words, nothing more");
        assert_eq!(no_of(&w, "ubiquity").await.is_some(), reason == "unwelcome");
        w.read_all();
    }
}

#[tokio::test]
async fn a_stop_after_a_pull_request_is_told_and_obeyed_elsewhere() {
    let (mut w, _) = submitted().await;
    w.sim.github.comment_as(SLUG, 700, "acme", "stop");
    w.advance(30 * MINUTE).await;
    insta::assert_snapshot!(w.phone("left alone").text, @r"
    acme/widgets#700: a maintainer said no. The claim stands, because a pull request of yours is there; its organisation is left alone from now on
    open the issue
    ");
    assert_eq!(w.stands(SLUG, 700).await, "submitted pull_request");
    w.pass(DAY, 6 * HOUR).await;
    let again = w.read_all();
    let again = again.iter().filter(|text| text.contains("left alone"));
    assert_eq!(again.count(), 0, "told once");
    assert_eq!((w.writes(), edits(&w)), (1, 0));
    remembered(&mut w).await;
}

#[tokio::test]
async fn a_lock_or_a_block_that_the_withdrawal_meets_is_remembered() {
    for locked in [true, false] {
        let mut w = overdue_in_watch().await;
        if locked {
            w.sim.github.lock_issue(SLUG, 700, Some("too heated"));
        } else {
            let blocked = What::status(403, r#"{"message":"User is blocked"}"#);
            let edit = When::on("PATCH", "/repos/");
            w.sim.github.faults().once(edit, blocked);
        }
        asks_again(&mut w).await;
        let told = w.phone("could not be taken back").text;
        assert!(told.contains("left alone from now on"), "{told}");
        assert_eq!(edits(&w), 1);
        assert_eq!(w.stands(SLUG, 700).await, "withdrawn overdue");
        remembered(&mut w).await;
        assert_eq!((w.ours(), edits(&w)), (1, 1));
    }
}

#[tokio::test]
async fn a_limit_that_passes_is_waited_for_while_the_yes_is_good() {
    use sim::github::InteractionLimit;
    let mut w = World::new().await;
    w.bounty(SLUG, "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    let limit = Some(InteractionLimit::CollaboratorsOnly);
    w.sim.github.limit_interactions(SLUG, limit);
    w.tap(&card, YES).await;
    insta::assert_snapshot!(w.phone("Not claimed yet").text, @r"
    ⏳ Not claimed yet: acme/widgets#700
    The repository limits who may comment at the moment. I look again at 2026-11-23 12:00:00 UTC.
    open the issue
    ");
    let stands = w.stands(SLUG, 700).await;
    assert_eq!(stands, "permitted interaction_limit");
    w.pass(DAY - HOUR, 6 * HOUR).await;
    assert_eq!((w.writes(), w.ours()), (1, 0), "no knocking meanwhile");
    w.read_all();
    w.sim.github.limit_interactions(SLUG, None);
    w.pass(HOUR + 10 * MINUTE, 10 * MINUTE).await;
    let told = w.phone("acme/widgets#700").text;
    assert!(told.contains("Not claimed: "), "{told}");
    let card = w.phone("$750");
    w.tap(&card, YES).await;
    w.phone("Claimed");
    assert_eq!((w.writes(), w.ours()), (2, 1));
    w.read_all();
}

#[tokio::test]
async fn what_moves_between_the_last_look_and_the_comment_is_asked_about_anew() {
    let mut w = World::new().await;
    w.bounty(SLUG, "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    let moved = r#"{"message":"Moved Permanently"}"#;
    let post = When::on("POST", "/repos/");
    w.sim.github.faults().once(post, What::status(307, moved));
    // The second look is the one after GitHub has said that it moved.
    let look = When::on("POST", "/graphql").body_contains("issue(number: $number)");
    w.sim.github.faults().once(look.after(1), What::Hold);
    let taps = w.cast.owner.taps_on(card.id, YES);
    taps.expect("there is a button");
    w.held().await;
    w.sim.github.transfer(SLUG, "elsewhere");
    w.sim.github.faults().release();
    w.settle().await;
    let told = w.phone("Not claimed").text;
    assert!(told.contains("moved"), "{told}");
    let card = w.phone("elsewhere/widgets#700");
    assert_eq!(w.ours(), 0);
    w.tap(&card, YES).await;
    w.advance(MINUTE).await;
    w.phone("Claimed elsewhere/widgets#700");
    assert_eq!((w.writes(), w.ours()), (2, 1));
}
