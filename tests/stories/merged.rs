//! A pull request of ours was merged, or somebody else's: who is paid, for how long the payment is
//! waited for, and that nothing is said about it in public.

use sim::github::NewPull;

use super::following::{POOL, SLUG, claimed, edits, requested};
use super::people::YES;
use super::withdrawing::{overdue_in_watch, pull, submitted};
use super::world::{DAY, HOUR, MINUTE, World};

/// Whoever it is opens a pull request that names the issue; GitHub does not expect it to close it.
fn mentions(w: &World, slug: &str, author: &str) -> u64 {
    let pull = NewPull::new(slug, author, "Print the usage").mentions(slug, 700);
    w.sim.github.open_pr(pull)
}

fn awards(w: &World, slug: &str, login: &str) {
    let text = format!("🎉🎈 @{login} has been awarded **$750** by **Acme**! 🎈🎊");
    w.sim.github.comment_as(slug, 700, "algora-pbc[bot]", &text);
}

#[tokio::test]
async fn the_payment_is_waited_for_after_the_merge() {
    let (w, pull) = submitted().await;
    w.sim.github.merge_pr(SLUG, pull);
    w.pass(5 * DAY, 6 * HOUR).await;
    assert_eq!(w.stands(SLUG, 700).await, "submitted merged");
    insta::assert_snapshot!(w.phone("acme/widgets#700: ").text, @r"
    acme/widgets#700: a pull request of yours was merged; the payment is waited for
    open the issue
    ");
    let told = w.read_all();
    assert!(told.iter().all(|t| t.contains("Digest")), "{told:#?}");
    awards(&w, SLUG, &w.cast.login);
    w.pass(12 * HOUR, 3 * HOUR).await;
    w.phone("it was paid");
    assert_eq!(w.stands(SLUG, 700).await, "paid paid");
    assert_eq!(w.writes(), 1);
    w.read_all();
}

#[tokio::test]
async fn a_payment_that_never_comes_frees_the_hand_in_the_end() {
    for reopened in [false, true] {
        let (w, pull) = submitted().await;
        w.sim.github.merge_pr(SLUG, pull);
        if reopened {
            w.sim.github.reopen(SLUG, 700);
        }
        w.pass(29 * DAY, DAY).await;
        assert_eq!(w.stands(SLUG, 700).await, "submitted merged");
        w.pass(2 * DAY, DAY).await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(w.phone("no payment").text, @r"
            acme/widgets#700: no payment was seen within 30 days of the merge; it is no longer followed
            open the issue
            ");
        }
        assert_eq!(w.stands(SLUG, 700).await, "lost unpaid");
        assert_eq!((w.writes(), edits(&w)), (1, 0), "nothing is said about it");
        w.read_all();
    }
}

#[tokio::test]
async fn a_merge_that_closes_nothing_is_not_taken_for_a_no() {
    let w = claimed().await;
    w.advance(HOUR).await;
    let pull = mentions(&w, SLUG, &w.cast.login);
    w.pass(7 * HOUR, HOUR).await;
    w.phone("the claim stands");
    w.sim.github.merge_pr(SLUG, pull);
    w.pass(3 * DAY, 6 * HOUR).await;
    w.phone("the payment is waited for");
    assert_eq!(w.stands(SLUG, 700).await, "submitted merged");
    assert_eq!((w.writes(), edits(&w)), (1, 0));
    // A second one is open for what was left: the payment may take its time.
    let second = mentions(&w, SLUG, &w.cast.login);
    w.pass(40 * DAY, 2 * DAY).await;
    assert_eq!(w.stands(SLUG, 700).await, "submitted pull_request");
    w.sim.github.merge_pr(SLUG, second);
    w.pass(29 * DAY, DAY).await;
    assert_eq!(w.stands(SLUG, 700).await, "submitted merged");
    awards(&w, SLUG, &w.cast.login);
    w.pass(12 * HOUR, 3 * HOUR).await;
    w.phone("it was paid");
    w.read_all();
}

#[tokio::test]
async fn opened_and_merged_between_two_looks_is_seen_all_the_same() {
    for closes in [true, false] {
        let w = claimed().await;
        w.advance(HOUR).await;
        let pull = if closes {
            pull(&w, SLUG)
        } else {
            mentions(&w, SLUG, &w.cast.login)
        };
        w.sim.github.merge_pr(SLUG, pull);
        w.pass(4 * DAY, 6 * HOUR).await;
        w.phone("the payment is waited for");
        assert_eq!(w.stands(SLUG, 700).await, "submitted merged");
        assert_eq!((w.writes(), edits(&w)), (1, 0), "nothing was taken back");
        w.read_all();
    }
}

#[tokio::test]
async fn merged_and_paid_between_two_looks_is_ours() {
    for w in [claimed().await, requested().await] {
        let slug = if w.repos.borrow().contains(SLUG) {
            SLUG
        } else {
            POOL
        };
        w.advance(HOUR).await;
        let pull = pull(&w, slug);
        w.sim.github.merge_pr(slug, pull);
        awards(&w, slug, &w.cast.login);
        w.pass(8 * HOUR, HOUR).await;
        w.phone("it was paid");
        assert_eq!(w.stands(slug, 700).await, "paid paid");
        w.read_all();
    }
}

#[tokio::test]
async fn paid_before_the_merge_is_ours_where_the_platform_says_so() {
    let (w, _) = submitted().await;
    awards(&w, SLUG, &w.cast.login);
    w.pass(12 * HOUR, 3 * HOUR).await;
    w.phone("it was paid");
    w.read_all();
}

#[tokio::test]
async fn what_was_paid_to_a_rival_was_not_paid_to_us() {
    let (w, _) = submitted().await;
    let rival = NewPull::new(SLUG, "rival", "Print it").closes(SLUG, 700);
    let rival = w.sim.github.open_pr(rival);
    w.sim.github.merge_pr(SLUG, rival);
    awards(&w, SLUG, "rival");
    w.pass(12 * HOUR, 3 * HOUR).await;
    w.phone("lost: paid to another");
    assert_eq!(w.stands(SLUG, 700).await, "lost paid to another");
    w.read_all();

    // And where the payment is still to come, it is not ours that is waited for.
    let (w, _) = submitted().await;
    let rival = NewPull::new(SLUG, "rival", "Print it").closes(SLUG, 700);
    let rival = w.sim.github.open_pr(rival);
    w.sim.github.merge_pr(SLUG, rival);
    w.pass(12 * HOUR, 3 * HOUR).await;
    w.phone("lost: closed");
    w.read_all();
}

#[tokio::test]
async fn a_maintainer_who_takes_the_review_takes_nothing_from_us() {
    let (w, pull) = submitted().await;
    w.sim.github.assign(SLUG, 700, "maintainer");
    w.pass(DAY, 6 * HOUR).await;
    assert_eq!(w.stands(SLUG, 700).await, "submitted pull_request");
    w.sim.github.merge_pr(SLUG, pull);
    w.pass(DAY, 6 * HOUR).await;
    w.phone("the payment is waited for");
    w.read_all();
}

#[tokio::test]
async fn a_merge_that_turns_up_before_the_withdrawal_keeps_the_claim() {
    let mut w = overdue_in_watch().await;
    let pull = mentions(&w, SLUG, &w.cast.login);
    w.sim.github.merge_pr(SLUG, pull);
    w.stop().await;
    w.configure("mode = \"ask\"", "");
    w.start().await;
    w.pass(DAY, 3 * HOUR).await;
    w.phone("the payment is waited for");
    assert_eq!(w.stands(SLUG, 700).await, "submitted merged");
    assert_eq!((w.writes(), edits(&w)), (1, 0), "nothing was taken back");
    w.read_all();
}

#[tokio::test]
async fn what_was_merged_before_the_claim_is_not_its_work() {
    let mut w = World::new().await;
    w.bounty(SLUG, "Crash on empty input", 750);
    let earlier = mentions(&w, SLUG, &w.cast.login);
    w.sim.github.merge_pr(SLUG, earlier);
    w.hand.advance(HOUR);
    w.start().await;
    let card = w.phone("$750");
    w.tap(&card, YES).await;
    w.phone("Claimed");
    w.pass(2 * DAY + MINUTE, 6 * HOUR).await;
    w.phone("taken back");
    assert_eq!(w.stands(SLUG, 700).await, "withdrawn overdue");
    w.read_all();
}

#[tokio::test]
async fn a_merge_in_a_project_of_our_own_is_not_the_work() {
    let w = claimed().await;
    let own = format!("{}/tools", w.cast.login);
    w.repo(&own);
    let pull = mentions(&w, &own, &w.cast.login);
    w.pass(7 * HOUR, HOUR).await;
    w.sim.github.merge_pr(&own, pull);
    w.pass(13 * HOUR, HOUR).await;
    assert_eq!(w.stands(SLUG, 700).await, "claimed claimed");
    let told = w.read_all();
    assert!(
        told.iter().all(|t| !t.contains("pull request")),
        "{told:#?}"
    );
}

#[tokio::test]
async fn a_rivals_award_after_our_merge_is_his() {
    let (w, pull) = submitted().await;
    w.sim.github.merge_pr(SLUG, pull);
    w.pass(7 * HOUR, HOUR).await;
    w.phone("the payment is waited for");
    awards(&w, SLUG, "rival");
    w.pass(7 * HOUR, HOUR).await;
    w.phone("lost: paid to another");
    assert_eq!(w.stands(SLUG, 700).await, "lost paid to another");
    w.read_all();
}

#[tokio::test]
async fn what_is_only_marked_as_paid_is_not_said_to_be_anybodys() {
    let (w, _) = submitted().await;
    w.sim.github.label_as(SLUG, 700, "acme", "💰 Rewarded");
    w.pass(7 * HOUR, HOUR).await;
    w.phone("to whom is not said");
    assert_eq!(w.stands(SLUG, 700).await, "lost marked as paid");
    w.read_all();
}
