//! The owner connects another account while a claim of the first one stands.

use bountyd::health;
use sim::auth0::TokenPlan;
use sim::faults::{What, When};

use super::following::{POOL, SLUG, claimed, edits, requested};
use super::people::YES;
use super::withdrawing::{pull, submitted};
use super::world::{DAY, HOUR, MINUTE, World};

/// The account of this name, made if need be, is the one that is connected from the next exchange on.
pub(crate) fn connects(w: &World, login: &str) {
    let known = w.sim.github.user_id(login);
    let id = known.unwrap_or_else(|| w.sim.github.add_user(login));
    let user = &w.cast.user_id;
    w.sim.auth0.disconnect(user, "github");
    w.sim.auth0.change_user(user, |u| u.github_user_id = id);
    let plan = TokenPlan::oauth_app();
    let connected = w.sim.auth0.connect_account(user, "github", &["repo"], plan);
    assert!(connected.is_some());
}

/// The same at once, and the program has seen whose it is.
pub(crate) async fn connected(w: &mut World, login: &str) {
    w.stop().await;
    connects(w, login);
    w.start().await;
    health::identify(w.app()).await.expect("it can be stored");
    let me = w.app().me().await.expect("it can be read");
    assert_eq!(me.expect("known").login, login);
}

#[tokio::test]
async fn a_pull_request_of_the_account_that_claimed_is_still_ours() {
    let (mut w, pull) = submitted().await;
    connected(&mut w, "day-owner").await;
    w.pass(2 * DAY, 6 * HOUR).await;
    assert_eq!(w.stands(SLUG, 700).await, "submitted pull_request");
    w.sim.github.merge_pr(SLUG, pull);
    w.pass(7 * HOUR, HOUR).await;
    w.phone("a pull request of yours was merged");
    let award = "🎉🎈 @night-owner has been awarded **$750** by **Acme**! 🎈🎊";
    w.sim.github.comment_as(SLUG, 700, "algora-pbc[bot]", award);
    w.pass(7 * HOUR, HOUR).await;
    w.phone("it was paid");
    assert_eq!(w.writes(), 1);
    w.read_all();
}

#[tokio::test]
async fn a_claim_is_taken_back_only_by_the_account_that_made_it() {
    let mut w = claimed().await;
    w.advance(HOUR).await;
    w.stop().await;
    connects(&w, "day-owner");
    w.start().await;
    w.pass(3 * DAY, 6 * HOUR).await;
    insta::assert_snapshot!(w.phone("Not taken back").text, @r"
    🔑 Not taken back: acme/widgets#700
    The claim was made as @night-owner, and @day-owner is connected: I do not write there for one account as another. Take it back by hand, or connect @night-owner again: bountyd connect github
    open the issue
    ");
    let told = w.read_all();
    assert!(told.iter().all(|t| t.contains("Digest")), "{told:#?}");
    assert_eq!(w.stands(SLUG, 700).await, "withdrawing overdue");
    assert_eq!((w.writes(), edits(&w)), (1, 0), "nobody writes for another");
    connected(&mut w, "night-owner").await;
    w.pass(7 * HOUR, HOUR).await;
    w.phone("taken back: it was not followed up");
    assert!(w.our_comment(SLUG, 700).starts_with("Withdrawn"));
    assert_eq!((w.writes(), edits(&w)), (2, 1));
    w.read_all();
}

#[tokio::test]
async fn a_claim_that_was_made_as_another_account_than_it_says_is_told() {
    let mut w = World::new().await;
    w.bounty(SLUG, "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    // The token is replaced between the question who we are and the comment.
    let other =
        r#"{"id":4242,"html_url":"https://github.com/","user":{"id":99,"login":"day-owner"}}"#;
    let post = When::on("POST", "/repos/");
    w.sim.github.faults().once(post, What::status(201, other));
    w.tap(&card, YES).await;
    insta::assert_snapshot!(w.phone("another account").text, @r"
    acme/widgets#700: the comment was written as @day-owner and says that it is @night-owner's: another account was connected just then
    open the issue
    ");
    w.phone("Claimed");
    let id = w.row(SLUG, 700).await.id;
    let effects = w.app().ledger.effects(id).await.expect("read");
    let author = effects[0].author.clone().expect("known");
    assert_eq!((author.login.as_str(), author.id), ("day-owner", 99));
}

#[tokio::test]
async fn work_that_turns_up_before_it_is_taken_back_counts_for_the_account_that_claimed() {
    let mut w = claimed().await;
    connected(&mut w, "day-owner").await;
    w.pass(3 * DAY, 6 * HOUR).await;
    w.phone("Not taken back");
    pull(&w, SLUG);
    w.pass(7 * HOUR, HOUR).await;
    assert_eq!(w.stands(SLUG, 700).await, "submitted pull_request");
    assert_eq!(w.writes(), 1);
    w.read_all();
}

#[tokio::test]
async fn a_claim_of_an_account_that_does_not_come_back_frees_its_hand_in_the_end() {
    let mut w = claimed().await;
    connected(&mut w, "day-owner").await;
    w.pass(9 * DAY - HOUR, 6 * HOUR).await;
    w.phone("Not taken back");
    assert_eq!(w.stands(SLUG, 700).await, "withdrawing overdue");
    w.pass(DAY, 6 * HOUR).await;
    insta::assert_snapshot!(w.phone("could not be taken back").text, @r"
    acme/widgets#700: the claim could not be taken back: another account is connected than the one that made it
    open the issue
    ");
    assert_eq!(w.stands(SLUG, 700).await, "withdrawn overdue");
    assert_eq!(w.writes(), 1);
    w.read_all();
}

#[tokio::test]
async fn a_stop_that_is_said_to_an_earlier_account_is_heard() {
    let mut w = requested().await;
    w.advance(HOUR).await;
    connected(&mut w, "day-owner").await;
    let words = "@night-owner please withdraw your claim.";
    w.sim.github.comment_as(POOL, 700, "ubiquity", words);
    w.advance(30 * MINUTE).await;
    w.phone("Not taken back");
    assert_eq!(w.stands(POOL, 700).await, "withdrawing unwelcome");
    w.pass(DAY, 6 * HOUR).await;
    assert_eq!(w.writes(), 1);
    let mut tx = w.app().ledger.begin().await.expect("a transaction");
    let no = tx.refusal("ubiquity", POOL).await.expect("it can be read");
    assert!(no.is_some());
    drop(tx);
    w.read_all();
}
