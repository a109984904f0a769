//! Every named point, at its first and its second passing.

use std::time::Duration;

use bountyd::crash::POINTS;

use super::verdict;
use crate::dice::seed;
use crate::owner::Answer;
use crate::world::{Goal, Went, World};

fn points(of: impl Fn(&str) -> bool) -> Vec<String> {
    let passings = |point: &&'static str| [format!("{point}:1"), format!("{point}:2")];
    POINTS
        .iter()
        .filter(|point| of(point))
        .flat_map(passings)
        .collect()
}

fn withdraws(point: &str) -> bool {
    point.starts_with("withdraw.")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_every_point_of_a_claim() {
    let seed = seed();
    println!("BOUNTYD_SEED={seed}");
    let mut w = World::new(seed, "info").await;
    w.repo("acme/widgets");
    let points = points(|point| !withdraws(point));
    for (n, point) in points.iter().enumerate() {
        w.start(Some(point)).await;
        w.bounty("acme/widgets", Answer::Yes);
        if n % 4 == 0 {
            w.bounty("acme/widgets", Answer::No);
        }
        if n % 6 == 0 {
            w.bounty("acme/widgets", Answer::Silence);
        }
        while w.drive(Goal::Settled, None).await != Went::Died {
            // Not passed often enough yet.
            assert!(w.owner.mind.len() < 90, "{point} is not passed");
            w.bounty("acme/widgets", Answer::Yes);
        }
    }
    settle_and_check(&mut w).await;
    println!("{} kills at points", points.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_every_point_of_a_withdrawal() {
    let mut w = World::new(7, "info").await;
    w.repo("acme/widgets");
    for _ in 0..8 {
        w.bounty("acme/widgets", Answer::Yes);
    }
    w.start(None).await;
    w.drive(Goal::Settled, None).await;
    w.stop().await;
    w.hand.advance(Duration::from_secs(48 * 3600 + 60));
    let points = points(withdraws);
    for point in &points {
        w.start(Some(point)).await;
        assert_eq!(w.drive(Goal::Dead, None).await, Went::Died, "{point}");
    }
    settle_and_check(&mut w).await;
    println!("{} kills at points", points.len());
    let ours = w.sim.github.comments_by(&w.cast.login);
    for comment in ours {
        assert!(comment.body.starts_with("Withdrawn: "), "{comment:?}");
        assert!(comment.edited_at.is_some(), "{comment:?}");
    }
    let told = w.cast.owner.drain_unread();
    let told = |number: u64| {
        let name = format!("acme/widgets#{number}");
        let ended = |text: &str| text.contains(&name) && text.contains("taken back");
        told.iter().filter(|m| ended(&m.text)).count()
    };
    for (_, number) in w.owner.mind.keys() {
        // A message is delivered at least once; a kill may have come between send and record.
        assert!(
            (1..=2).contains(&told(*number)),
            "{number}: {}",
            told(*number)
        );
    }
}

/// Starts once more, unarmed, and lets everything come to its end.
async fn settle_and_check(w: &mut World) {
    w.start(None).await;
    w.drive(Goal::Settled, None).await;
    let later = w.hand.now().plus(Duration::from_secs(2 * 3600));
    w.drive(Goal::Until(later), None).await;
    verdict::check(w).await;
    w.stop().await;
}
