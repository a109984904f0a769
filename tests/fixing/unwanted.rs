//! Nobody wants it, or no longer: no pull request, and what was said is taken back as ever.

use std::time::Duration;

use sim::github::CheckState;

use crate::drive::Goal;
use crate::town::{DAY, HOUR, Says, Town};
use crate::world::{FIX, SLUG, TEST};

fn mends() -> String {
    format!("{FIX}{TEST}echo mended it")
}

/// A claim that stands, with a patch about which the owner is asked and says nothing yet.
async fn asked() -> (Town, u64) {
    let mut town = Town::new(&mends()).await;
    town.repo(SLUG);
    town.to_patch = Says::Nothing;
    let number = town.algora(SLUG);
    town.start(None).await;
    town.until("SELECT COUNT(*) FROM question WHERE message_id IS NOT NULL")
        .await;
    (town, number)
}

/// The same where the claim would be the pull request.
async fn asked_without_a_claim() -> (Town, u64) {
    let mut town = Town::new(&mends()).await;
    town.repo(SLUG);
    town.to_patch = Says::Nothing;
    let number = town.issuehunt(SLUG);
    town.start(None).await;
    town.until("SELECT COUNT(*) FROM question WHERE message_id IS NOT NULL")
        .await;
    (town, number)
}

/// No pull request, no fork, no branch.
#[track_caller]
fn nothing_went_out(town: &Town) {
    assert_eq!(town.pulls(SLUG), []);
    assert!(!town.world.sim.github.has_repo("night-owner/sums"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_patch_that_the_owner_denies_goes_nowhere_and_the_claim_is_taken_back_in_time() {
    let (mut town, number) = asked().await;
    town.to_patch = Says::No;
    town.until_job_is("dropped").await;
    town.pass(3 * DAY).await;
    nothing_went_out(&town);
    assert_eq!(town.jobs().await, ["dropped denied"]);
    assert_eq!(
        town.stages().await,
        [format!("{SLUG}#{number} withdrawn overdue")]
    );
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_patch_that_is_denied_frees_the_hand_where_it_would_have_been_the_claim() {
    let (mut town, number) = asked_without_a_claim().await;
    town.to_patch = Says::No;
    town.until_job_is("dropped").await;
    town.rest().await;
    nothing_went_out(&town);
    assert_eq!(
        town.stages().await,
        [format!("{SLUG}#{number} lost patch_denied")]
    );
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_is_a_no() {
    let (mut town, number) = asked_without_a_claim().await;
    town.pass(2 * DAY).await;
    nothing_went_out(&town);
    assert_eq!(town.jobs().await, ["dropped nobody answered"]);
    assert_eq!(
        town.stages().await,
        [format!("{SLUG}#{number} lost patch_unanswered")]
    );
    // A tap that comes too late opens nothing.
    town.to_patch = Says::Yes;
    town.pass(HOUR).await;
    nothing_went_out(&town);
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_issue_that_is_closed_meanwhile_gets_no_pull_request() {
    let (mut town, number) = asked().await;
    town.world.sim.github.close(SLUG, number);
    town.to_patch = Says::Yes;
    town.until_job_is("dropped").await;
    town.pass(DAY).await;
    nothing_went_out(&town);
    assert_eq!(
        town.jobs().await,
        ["dropped the issue was closed meanwhile"]
    );
    assert_eq!(town.told("the issue was closed meanwhile").len(), 1);
    assert_eq!(
        town.stages().await,
        [format!("{SLUG}#{number} lost closed")]
    );
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_issue_that_is_assigned_to_another_meanwhile_gets_no_pull_request() {
    let (mut town, number) = asked_without_a_claim().await;
    town.world.sim.github.add_user("rival");
    town.world.sim.github.assign(SLUG, number, "rival");
    town.to_patch = Says::Yes;
    town.until_job_is("dropped").await;
    town.pass(DAY).await;
    nothing_went_out(&town);
    assert_eq!(
        town.jobs().await,
        ["dropped it was assigned to another meanwhile"]
    );
    let stages = town.stages().await;
    assert_eq!(stages, [format!("{SLUG}#{number} lost not_submitted")]);
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_under_the_issue_ends_it_and_takes_the_claim_back() {
    let (mut town, number) = asked().await;
    town.world
        .sim
        .github
        .comment_as(SLUG, number, "acme", "@night-owner stop");
    town.to_patch = Says::Yes;
    town.until_job_is("dropped").await;
    town.pass(DAY).await;
    nothing_went_out(&town);
    let jobs = town.jobs().await;
    assert!(
        jobs[0].starts_with("dropped it is not wanted there"),
        "{jobs:?}"
    );
    assert_eq!(
        town.stages().await,
        [format!("{SLUG}#{number} withdrawn unwelcome")]
    );
    let refusals = town.eye.column("SELECT subject FROM refusal").await;
    assert_eq!(refusals, ["acme"]);
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_under_the_pull_request_closes_it_once_and_the_organisation_is_left_alone() {
    let mut town = Town::new(&mends()).await;
    town.repo(SLUG);
    let number = town.algora(SLUG);
    town.start(None).await;
    town.until_job_is("open").await;
    let pull = town.the_pull(SLUG).number;
    town.world.sim.github.comment_as(SLUG, pull, "acme", "stop");
    town.until_job_is("closed").await;
    let next = town.algora(SLUG);
    town.pass(DAY).await;
    let now = town.the_pull(SLUG);
    assert!(!now.open && !now.merged, "{now:#?}");
    let closed = |w: &str| w == "close done";
    let writes = town.writes().await;
    assert_eq!(writes.iter().filter(|w| closed(w)).count(), 1, "{writes:?}");
    assert_eq!(
        town.told("closed by us, because a maintainer said no")
            .len(),
        1
    );
    assert_eq!(town.branches(SLUG), Vec::<String>::new());
    let refusals = town.eye.column("SELECT subject FROM refusal").await;
    assert_eq!(refusals, ["acme"]);
    let stages = town.stages().await;
    assert!(
        stages[0].starts_with(&format!("{SLUG}#{number} withdrawn")),
        "{stages:?}"
    );
    assert!(
        stages[1].starts_with(&format!("{SLUG}#{next} skipped")),
        "{stages:?}"
    );
    // Not a word beside the claim, which was edited.
    let ours = town.world.sim.github.comments_by("night-owner");
    assert_eq!(ours.len(), 1, "{ours:#?}");
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_to_a_pull_request_is_told_once() {
    let mut town = Town::new(&mends()).await;
    town.repo(SLUG);
    town.algora(SLUG);
    town.start(None).await;
    town.until_job_is("open").await;
    let pull = town.the_pull(SLUG).number;
    let repo = || town.world.sim.github.repo(SLUG);
    repo().waits_for_approval(pull, "ci");
    repo().reviews_as(
        pull,
        "acme",
        sim::github::Verdict::RequestChanges,
        "A test, please.",
    );
    town.pass(HOUR).await;
    let repo = || town.world.sim.github.repo(SLUG);
    repo().workflow(pull, "ci", CheckState::Failure);
    repo().closes(pull, "");
    town.until_job_is("closed").await;
    town.pass(DAY).await;
    assert_eq!(town.told("wait until a maintainer lets them run").len(), 1);
    assert_eq!(town.told("@acme wants changes").len(), 1);
    assert_eq!(town.told("closed without being merged, by @acme").len(), 1);
    assert_eq!(town.branches(SLUG), Vec::<String>::new());
    let stages = town.stages().await;
    assert!(stages[0].contains(" withdrawn "), "{stages:?}");
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn paused_in_the_middle_nothing_goes_out_and_it_goes_on_afterwards() {
    let (mut town, _) = asked().await;
    let said = town.world.during(&["pause"]).await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    town.to_patch = Says::Yes;
    town.until_job_is("submitting").await;
    let later = town.hand.now().plus(Duration::from_secs(1800));
    let hand = town.hand.clone();
    let late = move |_: &crate::world::World| hand.now() >= later;
    town.drive(Goal::Seen(&late), None).await;
    nothing_went_out(&town);
    let said = town.world.during(&["resume"]).await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    town.until_job_is("open").await;
    town.the_pull(SLUG);
    town.stop().await;
}
