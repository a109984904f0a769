//! Killed at random instants: between any two requests, in the middle of one, at start-up.

use std::time::Duration;

use super::{RANDOM, verdict};
use crate::dice::{Dice, seed};
use crate::owner::Answer;
use crate::world::{Goal, Kill, Went, World};

async fn killed_at_random(kills: usize, salt: u64) {
    let seed = seed().wrapping_add(salt);
    println!(
        "BOUNTYD_SEED={} kills this world alike",
        seed.wrapping_sub(salt)
    );
    let mut w = World::new(seed, "info").await;
    let mut dice = Dice::new(seed ^ 0x6b69_6c6c);
    for repo in ["acme/widgets", "orbit/gears"] {
        w.repo(repo);
    }
    let mut killed = 0;
    while killed < kills {
        if dice.once_in(2) || w.owner.mind.is_empty() {
            let repo = dice.pick(&["acme/widgets", "orbit/gears"]);
            let answer = dice.pick(&[Answer::Yes, Answer::Yes, Answer::No, Answer::Silence]);
            w.bounty(repo, answer);
        }
        let kill = if dice.once_in(3) {
            Kill::Millis(dice.roll(1, 400))
        } else {
            Kill::Requests(usize::try_from(dice.roll(1, 24)).expect("small"))
        };
        w.start(None).await;
        match w.drive(Goal::Dead, Some(kill)).await {
            Went::Died => killed += 1,
            Went::Reached => unreachable!("the only end is death"),
        }
    }
    w.start(None).await;
    w.drive(Goal::Settled, None).await;
    let later = w.hand.now().plus(Duration::from_secs(2 * 3600));
    w.drive(Goal::Until(later), None).await;
    verdict::check(&mut w).await;
    w.stop().await;
    println!(
        "{killed} kills at random instants, {} bounties, {} taps",
        w.owner.mind.len(),
        w.owner.taps
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_random_instants_a() {
    killed_at_random(RANDOM[0], 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_random_instants_b() {
    killed_at_random(RANDOM[1], 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_random_instants_c() {
    killed_at_random(RANDOM[2], 3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_random_instants_d() {
    killed_at_random(RANDOM[3], 4).await;
}
