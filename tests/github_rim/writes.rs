//! The one outward act, and what is known when it fails.

use bountyd::clock::{Clock, SystemClock, UnixMillis};
use bountyd::github::{CommentPosted, Refusal, Trouble, WriteTrouble};
use sim::auth0::TokenPlan;
use sim::faults::{What, When};
use sim::github::SecondaryLimit;

use crate::world::World;

fn kind(outcome: Result<CommentPosted, WriteTrouble>) -> Refusal {
    match outcome {
        Err(WriteTrouble::Refused { kind, .. }) => kind,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_comment_is_posted_edited_and_found_again() {
    let world = World::new().await;
    let (number, target) = world.issue();
    let (github, sim) = (&world.github, &world.sim.github);
    let text = "I would like to work on this.";
    let posted = github.post_comment(&target, text).await.expect("posted");
    assert_eq!(posted.author.map(|who| who.id), Some(world.cast.github_id));
    assert!(posted.url.is_some());
    assert_eq!(sim.requests().len(), 1, "nothing before the write");
    let edited = github.edit_comment(&target, posted.id, "Withdrawn.").await;
    assert_eq!(edited.expect("edited").id, posted.id);
    for n in 0..120 {
        sim.comment_as("acme/app", number, "talker", &format!("noise {n}"));
    }
    let late = github.post_comment(&target, "Still here.").await;
    let late = late.expect("posted");
    let me = world.cast.github_id;
    let mine = github
        .my_comments_since("acme", "app", number, &[me], UnixMillis(0))
        .await
        .expect("mine");
    let shown: Vec<_> = mine.iter().map(|c| (c.id, c.body.as_str())).collect();
    assert_eq!(shown, [(posted.id, "Withdrawn."), (late.id, "Still here.")]);
    world.was_careful();
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let world = World::new().await;
    let (number, target) = world.issue();
    let (github, sim) = (&world.github, &world.sim.github);
    sim.lock_issue("acme/app", number, None);
    assert_eq!(
        kind(github.post_comment(&target, "x").await),
        Refusal::Locked
    );
    sim.unlock_issue("acme/app", number);
    sim.block("acme", &world.cast.login);
    assert_eq!(
        kind(github.post_comment(&target, "x").await),
        Refusal::Blocked
    );
    sim.delete_issue("acme/app", number);
    assert_eq!(kind(github.post_comment(&target, "x").await), Refusal::Gone);
}

#[tokio::test]
async fn a_repository_that_moved_is_not_written_to() {
    let world = World::new().await;
    let (number, target) = world.issue();
    world.sim.github.rename_repo("acme/app", "engine");
    match kind(world.github.post_comment(&target, "hello").await) {
        Refusal::Moved { location } => assert!(location.is_some()),
        other => panic!("{other:?}"),
    }
    assert_eq!(world.sim.github.comments("acme/engine", number), "");
    assert_eq!(world.sim.github.requests().len(), 1);
}

#[tokio::test]
async fn a_github_app_that_is_not_installed_says_so() {
    let world = World::with(TokenPlan::github_app()).await;
    let (_, target) = world.issue();
    let outcome = world.github.post_comment(&target, "x").await;
    assert_eq!(kind(outcome), Refusal::AppCannotAct);
}

#[tokio::test]
async fn an_answer_lost_after_the_post_is_unknown() {
    let world = World::new().await;
    let (number, target) = world.issue();
    for what in [
        What::AcceptThenDropAnswer,
        What::Truncate,
        What::Html502,
        What::Reset,
    ] {
        let faults = world.sim.github.faults();
        faults.once(When::on("POST", "/repos/"), what);
        let outcome = world.github.post_comment(&target, "x").await;
        assert!(
            matches!(outcome, Err(WriteTrouble::Unknown(_))),
            "{outcome:?}"
        );
    }
    // Two of the four were executed, and none was sent twice.
    assert_eq!(world.sim.github.comment_list("acme/app", number).len(), 2);
    assert_eq!(world.sim.github.requests().len(), 4);
    world.was_careful();
}

#[tokio::test]
async fn a_refused_connection_was_not_sent() {
    let world = World::new().await;
    let (_, target) = world.issue();
    world.github.whoami().await.expect("a token is held");
    let World { sim, github, .. } = world;
    drop(sim);
    let outcome = github.post_comment(&target, "x").await;
    let not_sent = matches!(outcome, Err(WriteTrouble::NotSent(Trouble::Retry { .. })));
    assert!(not_sent, "{outcome:?}");
}

#[tokio::test]
async fn a_disconnected_account_stops_a_write_before_it_is_sent() {
    let world = World::new().await;
    let (_, target) = world.issue();
    world.sim.auth0.disconnect(&world.cast.user_id, "github");
    let outcome = world.github.post_comment(&target, "x").await;
    let reconnect = matches!(outcome, Err(WriteTrouble::NotSent(Trouble::Reconnect(_))));
    assert!(reconnect, "{outcome:?}");
    assert_eq!(world.sim.github.requests(), []);
}

#[tokio::test]
async fn a_secondary_limit_holds_everything_back() {
    let world = World::new().await;
    let (_, target) = world.issue();
    world.sim.github.secondary_limit_with(SecondaryLimit {
        times: 1,
        status: 403,
        retry_after: None,
        writes_only: true,
    });
    let before = SystemClock.now();
    match world.github.post_comment(&target, "x").await {
        Err(WriteTrouble::WaitUntil { at, .. }) => assert!(at.0 - before.0 >= 60_000),
        other => panic!("{other:?}"),
    }
    let read = world.github.whoami().await;
    assert!(matches!(read, Err(Trouble::WaitUntil { .. })), "{read:?}");
    let write = world.github.post_comment(&target, "x").await;
    assert!(
        matches!(write, Err(WriteTrouble::WaitUntil { .. })),
        "{write:?}"
    );
    assert_eq!(
        world.sim.github.requests().len(),
        1,
        "nothing more was sent"
    );
    assert!(world.github.budget().held_until.is_some());
    world.was_careful();
}
