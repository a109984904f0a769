//! An answer is about what was asked: whatever changes after it voids it.

use super::people::{YES, offer};
use super::world::{HOUR, MINUTE, SECOND, World};

const SLUG: &str = "acme/widgets";

#[tokio::test]
async fn a_changed_issue_supersedes_the_question_and_is_asked_about_twice_more() {
    let mut w = World::new().await;
    let number = w.bounty(SLUG, "Crash on empty input", 750);
    let bot = w.sim.github.comment_list(SLUG, number)[0].id;
    w.start().await;
    let first = w.phone("Crash on empty input");

    w.advance(10 * MINUTE).await;
    w.sim
        .github
        .edit_issue(SLUG, number, Some("Crash on any input"), None);
    w.advance(30 * MINUTE).await;
    let second = w.phone("Crash on any input");
    let again = "↻ Asked again: title changed\n";
    assert!(second.text.contains(again), "{}", second.text);
    assert!(!first.text.contains("Asked again"), "{}", first.text);
    assert!(
        w.now_reads(&first).starts_with(
            "↻ Superseded · 2026-11-22 12:40:00 UTC · the issue changed; nothing was done"
        ),
        "{}",
        w.now_reads(&first)
    );
    assert!(w.cast.owner.taps_on(first.id, YES).is_err());

    w.advance(10 * MINUTE).await;
    w.sim
        .github
        .edit_issue(SLUG, number, None, Some("All of it, please."));
    w.advance(30 * MINUTE).await;
    let third = w.phone("Crash on any input");
    let again = "↻ Asked again: text changed\n";
    assert!(third.text.contains(again), "{}", third.text);
    assert!(w.now_reads(&second).starts_with("↻ Superseded"));

    w.advance(10 * MINUTE).await;
    w.sim.github.edit_comment(bot, &offer(number, 900));
    w.advance(30 * MINUTE).await;
    assert!(w.now_reads(&third).starts_with("↻ Superseded"));
    w.quiet();
    assert_eq!(w.stands(SLUG, number).await, "skipped asked_often_enough");
    assert_eq!(w.writes(), 0);
}

#[tokio::test]
async fn an_assignee_ends_the_question() {
    let mut w = World::new().await;
    let number = w.bounty(SLUG, "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    w.advance(MINUTE).await;
    w.sim.github.assign(SLUG, number, "somebody");
    w.advance(30 * MINUTE).await;
    assert!(
        w.now_reads(&card).starts_with("↻ Superseded"),
        "{}",
        w.now_reads(&card)
    );
    w.quiet();
    assert_eq!(w.stands(SLUG, number).await, "skipped claimed");
}

/// The owner says yes while the program is paused; then `change` happens; then it goes on.
async fn between_tap_and_claim(change: impl FnOnce(&World, u64)) -> (World, u64) {
    let mut w = World::new().await;
    let number = w.bounty(SLUG, "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    w.says("/pause").await;
    w.tap(&card, YES).await;
    w.advance(MINUTE).await;
    change(&w, number);
    w.says("/resume").await;
    assert_eq!((w.ours(), w.writes()), (0, 0), "not what was approved");
    (w, number)
}

#[tokio::test]
async fn what_changed_between_tap_and_claim_is_not_claimed_but_asked_again() {
    let (w, number) = between_tap_and_claim(|w, number| {
        w.sim
            .github
            .edit_issue(SLUG, number, Some("Rewrite everything"), None);
    })
    .await;
    insta::assert_snapshot!(w.phone("Not claimed").text, @r"
    ✋ Not claimed: acme/widgets#700
    the issue has changed since it was permitted; the bounty is appraised again
    open the issue
    ");
    let again = w.phone("Rewrite everything");
    w.tap(&again, YES).await;
    w.phone("Claimed");
    assert!(w.our_comment(SLUG, number).contains("Rewrite everything"));
    assert_eq!(w.ours(), 1);
}

#[tokio::test]
async fn a_lower_amount_between_tap_and_claim_is_asked_again() {
    let (w, _) = between_tap_and_claim(|w, number| {
        let bot = w.sim.github.comment_list(SLUG, number)[0].id;
        w.sim.github.edit_comment(bot, &offer(number, 75));
    })
    .await;
    w.phone("Not claimed");
    let again = w.phone("$75 ·");
    assert!(!again.labels().is_empty());
}

#[tokio::test]
async fn closed_or_assigned_between_tap_and_claim_is_let_go() {
    let (w, number) = between_tap_and_claim(|w, number| w.sim.github.close(SLUG, number)).await;
    insta::assert_snapshot!(w.phone("Not claimed").text, @r"
    ✋ Not claimed: acme/widgets#700
    cancelled
    open the issue
    ");
    w.quiet();
    assert!(w.stands(SLUG, number).await.starts_with("skipped "));
    let (w, number) =
        between_tap_and_claim(|w, number| w.sim.github.assign(SLUG, number, "somebody")).await;
    w.phone("Not claimed");
    w.quiet();
    assert_eq!(w.stands(SLUG, number).await, "skipped claimed");
    let (w, number) =
        between_tap_and_claim(|w, number| w.sim.github.delete_issue(SLUG, number)).await;
    insta::assert_snapshot!(w.phone("acme/widgets#700").text, @r"
    ✋ Not claimed: acme/widgets#700
    GitHub has no acme/widgets#700, or does not show it to this account
    open the issue
    ");
    w.quiet();
    assert_eq!(w.stands(SLUG, number).await, "skipped gone");
}

#[tokio::test]
async fn a_repository_that_moved_between_tap_and_claim_voids_the_yes() {
    let (w, number) = between_tap_and_claim(|w, _| w.sim.github.rename_repo(SLUG, "gadgets")).await;
    w.phone("Not claimed");
    let again = w.phone("acme/gadgets#700");
    w.tap(&again, YES).await;
    w.phone("Claimed");
    assert_eq!(w.ours(), 1);
    assert!(w.our_comment("acme/gadgets", number).contains("/attempt"));

    let (w, _) = between_tap_and_claim(|w, _| {
        w.org("elsewhere");
        w.sim.github.transfer(SLUG, "elsewhere");
    })
    .await;
    w.phone("Not claimed");
    w.phone("elsewhere/widgets#700");
    w.advance(HOUR + 30 * MINUTE).await;
    assert_eq!((w.ours(), w.writes()), (0, 0));
}

#[tokio::test]
async fn a_permit_without_asking_is_void_too_when_the_issue_changes() {
    let mut w = World::with(
        "mode = \"auto\"\nclaim_without_fixer = true",
        "[policy]\nalways_ask_first_time_repository = false",
    )
    .await;
    w.bounty(SLUG, "Crash on empty input", 400);
    let number = w.bounty("other/things", "Wrong sum", 300);
    w.start().await;
    w.phone("Claimed acme/widgets");
    // The second waits for its half minute.
    assert_eq!(
        w.stands("other/things", number).await,
        "permitted below_thresholds"
    );
    let bot = w.sim.github.comment_list("other/things", number)[0].id;
    w.sim.github.edit_comment(bot, &offer(number, 900));
    w.pass(2 * MINUTE, 10 * SECOND).await;
    let card = w.phone("$900");
    assert!(!card.labels().is_empty(), "it is asked about now");
    assert_eq!(w.ours(), 1);
}
