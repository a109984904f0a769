//! GitHub does what was asked and its answer is lost, or the request is: still one of each.

use sim::faults::{What, When};

use crate::town::Town;
use crate::world::{FIX, SLUG, TEST};

async fn one_of_each_although(what: What) {
    let mut town = Town::new(&format!("{FIX}{TEST}echo mended it")).await;
    town.repo(SLUG);
    let number = town.algora(SLUG);
    let faults = |town: &Town, when: When| town.world.sim.github.faults().once(when, what.clone());
    faults(&town, When::on("POST", "/repos/acme/sums/forks"));
    faults(&town, When::on("POST", "/repos/night-owner/sums/git/refs"));
    faults(
        &town,
        When::on("POST", "/graphql").body_contains("createCommitOnBranch"),
    );
    faults(&town, When::on("POST", "/repos/acme/sums/pulls"));
    town.start(None).await;
    town.until_job_is("open").await;
    town.rest().await;
    assert_eq!(
        town.world.sim.github.faults().left(),
        [],
        "a fault did not strike"
    );
    town.is_as_if_never_killed(SLUG, &[number]).await;

    faults(
        &town,
        When::on("DELETE", "/repos/night-owner/sums/git/refs"),
    );
    let pull = town.the_pull(SLUG).number;
    town.world.sim.github.repo(SLUG).merges(pull);
    town.until_job_is("merged").await;
    town.rest().await;
    assert_eq!(
        town.world.sim.github.faults().left(),
        [],
        "a fault did not strike"
    );
    assert_eq!(town.branches(SLUG), Vec::<String>::new());
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_is_lost() {
    one_of_each_although(What::AcceptThenDropAnswer).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_request_is_lost() {
    one_of_each_although(What::Reset).await;
}
