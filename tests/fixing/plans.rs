//! The other two plans: the pull request is the claim; and nothing before one is assigned.

use crate::town::{DAY, HOUR, Town};
use crate::world::{FIX, SLUG, TEST};

const POOL: &str = "ubiquity/devpool";

fn mends() -> String {
    format!("{FIX}{TEST}echo mended it")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_pull_request_is_the_claim_nothing_is_said_before_it() {
    let mut town = Town::new(&mends()).await;
    town.repo(SLUG);
    let number = town.issuehunt(SLUG);
    town.start(None).await;
    town.until_job_is("open").await;
    town.rest().await;
    let pull = town.the_pull(SLUG);
    assert_eq!(pull.closes, [number]);
    assert!(!pull.body.contains("/claim"), "{pull:#?}");
    let ours = town.world.sim.github.comments_by(&town.world.cast.login);
    assert!(ours.is_empty(), "{ours:#?}");
    assert_eq!(
        town.stages().await,
        [format!("{SLUG}#{number} submitted pull_request")]
    );
    town.world.sim.github.repo(SLUG).merges(pull.number);
    town.until_job_is("merged").await;
    town.rest().await;
    assert_eq!(town.branches(SLUG), Vec::<String>::new());
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_one_is_assigned_no_work_begins_before_that() {
    let mut town = Town::new(&mends()).await;
    town.repo(POOL);
    let number = town.pool(POOL);
    town.start(None).await;
    town.until("SELECT COUNT(*) FROM bounty WHERE stage = 'requested'")
        .await;
    town.pass(7 * HOUR).await;
    assert_eq!(town.jobs().await, Vec::<String>::new());
    town.world.sim.github.assign(POOL, number, "night-owner");
    town.until_job_is("open").await;
    town.rest().await;
    let pull = town.the_pull(POOL);
    assert_eq!(pull.closes, [number]);
    assert_eq!(
        town.stages().await,
        [format!("{POOL}#{number} submitted pull_request")]
    );
    town.pass(DAY).await;
    assert_eq!(town.pulls(POOL).len(), 1);
    town.stop().await;
}
