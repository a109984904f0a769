//! The daemon is stopped in the middle of a job, as often as an update wants.

use crate::town::Town;
use crate::world::{FIX, SLUG, TEST};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_in_the_middle_of_a_job_clears_away_and_counts_as_no_attempt() {
    // It works until somebody lets it.
    let mut town = Town::new("while :; do sleep 0.1; done").await;
    town.repo(SLUG);
    let number = town.algora(SLUG);
    for _ in 0..4 {
        town.start(None).await;
        town.until("SELECT COUNT(*) FROM job WHERE attempts = 1")
            .await;
        town.agent_works().await;
        town.stop().await;
        assert_eq!(
            town.eye
                .column("SELECT CAST(attempts AS TEXT) FROM job")
                .await,
            ["0"]
        );
    }
    town.world
        .with_script(&format!("{FIX}{TEST}echo mended it"));
    town.start(None).await;
    town.until_job_is("open").await;
    town.rest().await;
    town.is_as_if_never_killed(SLUG, &[number]).await;
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_emergency_stop_ends_a_job_with_everything_that_it_started() {
    let mut town = Town::new("while :; do sleep 0.1; done").await;
    town.repo(SLUG);
    town.algora(SLUG);
    town.start(None).await;
    town.until("SELECT COUNT(*) FROM job WHERE attempts = 1")
        .await;
    town.agent_works().await;
    let said = town.world.during(&["estop"]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    // It counts as not tried, and that is written when all of it is gone.
    town.until("SELECT COUNT(*) FROM job WHERE attempts = 0")
        .await;
    let others = town.world.processes().into_iter();
    let others: Vec<_> = others.filter(|line| !line.contains(" run ")).collect();
    assert_eq!(others, Vec::<String>::new());
    town.stop().await;
}
