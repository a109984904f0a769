//! Killed at every named point, and at random instants while a patch is made and submitted: after the
//! restart one branch, one commit, one pull request; and right after the kill nothing runs on.

use bountyd::crash::PATCH_POINTS as POINTS;

use crate::dice::{Dice, seed};
use crate::drive::{Goal, Kill, Went};
use crate::town::Town;
use crate::world::{FIX, SLUG, TEST};

fn mends() -> String {
    format!("{FIX}{TEST}echo mended it")
}

/// Dies at each point in turn, with nothing of a job left shortly after.
async fn dies_at(town: &mut Town, points: &[&str]) {
    for point in points {
        let known = POINTS.contains(point) || bountyd::crash::POINTS.contains(point);
        assert!(known, "{point}");
        town.start(Some(point)).await;
        assert_eq!(town.drive(Goal::Dead, None).await, Went::Died, "{point}");
        town.is_cleared().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_every_point_from_the_claim_to_the_deleted_branch() {
    let mut town = Town::new(&mends()).await;
    town.repo(SLUG);
    let number = town.algora(SLUG);
    let from = POINTS
        .iter()
        .position(|p| *p == "job.begun")
        .expect("a point");
    let to = POINTS
        .iter()
        .position(|p| *p == "pull.recorded")
        .expect("a point");
    let points: Vec<&str> = std::iter::once("claim.done")
        .chain(POINTS[from..=to].iter().copied())
        .collect();
    assert_eq!(points.len(), 13);
    dies_at(&mut town, &points).await;
    town.start(None).await;
    town.until_job_is("open").await;
    town.rest().await;
    town.is_as_if_never_killed(SLUG, &[number]).await;
    town.stop().await;

    let pull = town.the_pull(SLUG).number;
    town.world.sim.github.repo(SLUG).merges(pull);
    dies_at(&mut town, &["delete.begun", "delete.made"]).await;
    town.start(None).await;
    town.rest().await;
    assert_eq!(town.branches(SLUG), Vec::<String>::new());
    assert_eq!(town.jobs().await, ["merged it was merged"]);
    assert_eq!(town.told("it was merged").len(), 1);
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_a_pull_request_is_closed_because_of_a_no() {
    let mut town = Town::new(&mends()).await;
    town.repo(SLUG);
    town.algora(SLUG);
    town.start(None).await;
    town.until_job_is("open").await;
    let pull = town.the_pull(SLUG).number;
    town.stop().await;
    town.world.sim.github.comment_as(SLUG, pull, "acme", "stop");
    dies_at(&mut town, &["close.begun", "close.made"]).await;
    town.start(None).await;
    town.until_job_is("closed").await;
    town.rest().await;
    assert!(!town.the_pull(SLUG).open);
    assert_eq!(town.branches(SLUG), Vec::<String>::new());
    assert_eq!(
        town.told("closed by us, because a maintainer said no")
            .len(),
        1
    );
    let refusals = town.eye.column("SELECT subject FROM refusal").await;
    assert_eq!(refusals, ["acme"]);
    town.stop().await;
}

/// Kills so often, twice for a bounty at most: what was tried three times is given up.
async fn killed_at_random(kills: usize, salt: u64) {
    let seed = seed();
    println!("BOUNTYD_SEED={seed}");
    let mut dice = Dice::new(seed.wrapping_add(salt));
    let mut town = Town::new(&mends()).await;
    town.repo(SLUG);
    let mut numbers = Vec::new();
    let mut killed = 0;
    while killed < kills {
        numbers.push(town.algora(SLUG));
        for _ in 0..2 {
            let kill = if dice.once_in(3) {
                Kill::Requests(usize::try_from(dice.roll(1, 60)).expect("small"))
            } else {
                Kill::Working(dice.roll(0, 1_200))
            };
            town.start(None).await;
            let all = format!(
                "SELECT COUNT(*) = {} FROM job WHERE state = 'open'",
                numbers.len()
            );
            match town.drive(Goal::Number(&all), Some(kill)).await {
                Went::Died => killed += 1,
                // It was done before the kill came.
                Went::Reached => town.kill(),
            }
            town.is_cleared().await;
        }
        town.start(None).await;
        let all = format!(
            "SELECT COUNT(*) = {} FROM job WHERE state = 'open'",
            numbers.len()
        );
        town.until(&all).await;
        town.stop().await;
    }
    town.start(None).await;
    town.rest().await;
    town.is_as_if_never_killed(SLUG, &numbers).await;
    town.stop().await;
    println!("{killed} kills, {} bounties", numbers.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_random_instants_a() {
    killed_at_random(16, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_random_instants_b() {
    killed_at_random(16, 2).await;
}
