//! Agents that do harm, or nothing: never a pull request.

use crate::town::{DAY, Town};
use crate::world::{FIX, SLUG, TEST};

/// The daemon with this agent; gives the job's state and reason.
async fn ends_without(script: &str) -> String {
    let mut town = Town::new(script).await;
    town.repo(SLUG);
    let number = town.issuehunt(SLUG);
    town.start(None).await;
    town.until_job_is("dropped").await;
    town.pass(DAY).await;
    assert_eq!(town.pulls(SLUG), []);
    assert!(!town.world.sim.github.has_repo("night-owner/sums"));
    assert_eq!(town.patches.len(), 0, "nothing was asked");
    let told = town.told(&format!("Not submitted: {SLUG}#{number}"));
    assert_eq!(told.len(), 1, "{told:#?}");
    let stages = town.stages().await;
    assert_eq!(stages, [format!("{SLUG}#{number} lost no_patch")]);
    let mut jobs = town.jobs().await;
    assert_eq!(jobs.len(), 1, "{jobs:?}");
    town.stop().await;
    let listed = town.world.bountyd(&["jobs"]).await;
    assert!(listed.out.contains("dropped"), "{listed:#?}");
    jobs.remove(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_edits_a_workflow() {
    let script = format!(
        "{FIX}{TEST}mkdir -p .github/workflows\nprintf 'on: push\\njobs: {{}}\\n' > .github/workflows/ci.yml\necho mended it"
    );
    let why = ends_without(&script).await;
    assert!(why.contains("continuous integration"), "{why}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_whose_fix_is_wrong() {
    let why = ends_without("printf '#!/bin/sh\\necho 5\\n' > src/add.sh\necho mended it").await;
    assert!(why.starts_with("dropped "), "{why}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_bends_the_tests() {
    let why = ends_without("for t in tests/test_*; do echo true > $t; done\necho mended it").await;
    assert!(why.starts_with("dropped "), "{why}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_changes_nothing() {
    let why = ends_without("echo mended it").await;
    assert!(why.starts_with("dropped "), "{why}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_crashes() {
    let why = ends_without(&format!("{FIX}kill -SEGV $$")).await;
    assert!(why.starts_with("dropped "), "{why}");
}
