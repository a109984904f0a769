//! Leases: one holder at a time, and a past holder can write nothing.

use std::time::Duration;

use bountyd::bounty::facts::IssueFacts;
use bountyd::bounty::stage::Stage;
use bountyd::clock::UnixMillis;
use bountyd::ledger::LedgerError;
use bountyd::ledger::bounties::{Sighting, Step};

use super::support::{ENGINES, START, Shelf, facts};

const SKIPPED: Step<'static> = Step {
    stage: Stage::Skipped,
    reason: Some("test"),
    wake_at: None,
};

#[tokio::test]
async fn work_has_one_holder_until_the_lease_is_over() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        shelf.found(1).await;
        let (bounty, first) = shelf.lease("one", Stage::Found).await.expect("due");
        assert_eq!(bounty.slug(), "acme/widgets#1");
        assert!(
            shelf.lease("two", Stage::Found).await.is_none(),
            "it is held"
        );

        shelf.hand.advance(Duration::from_secs(61));
        let (_, second) = shelf.lease("two", Stage::Found).await.expect("taken over");

        let mut tx = shelf.ledger.begin().await.expect("a transaction");
        tx.advance(&first, &SKIPPED).await.expect("kept in mind");
        let late = tx.commit().await;
        assert!(
            matches!(late, Err(LedgerError::LostLease { .. })),
            "{late:?}"
        );
        let mut tx = shelf.ledger.begin().await.expect("a transaction");
        tx.advance(&second, &SKIPPED).await.expect("the holder may");
        tx.commit().await.expect("committed");
    }
}

#[tokio::test]
async fn a_start_takes_back_what_a_dead_process_held() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        shelf.found(1).await;
        let (_, dead) = shelf.lease("dead", Stage::Found).await.expect("due");
        let mut tx = shelf.ledger.begin().await.expect("a transaction");
        assert_eq!(tx.release_all_leases().await.expect("released"), 1);
        assert!(tx.postpone(&dead, START, false).await.is_err());
        tx.commit().await.expect("committed");
        assert!(
            shelf.lease("new", Stage::Found).await.is_some(),
            "at once, not after a minute"
        );
    }
}

#[tokio::test]
async fn a_step_that_is_no_step_is_refused() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        shelf.found(1).await;
        let (_, lease) = shelf.lease("one", Stage::Found).await.expect("due");
        for stage in [
            Stage::Claiming,
            Stage::Claimed,
            Stage::Paid,
            Stage::Withdrawn,
        ] {
            let step = Step {
                stage,
                reason: None,
                wake_at: None,
            };
            let mut tx = shelf.ledger.begin().await.expect("a transaction");
            let done = match tx.advance(&lease, &step).await {
                Ok(()) => tx.commit().await,
                refused => refused,
            };
            assert!(
                matches!(done, Err(LedgerError::Corrupt { .. })),
                "found may not become {stage:?}: {done:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_sighting_is_new_once_and_a_change_wakes() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let mut tx = shelf.ledger.begin().await.expect("a transaction");
        assert_eq!(tx.sight(&facts(1)).await.expect("stored"), Sighting::New);
        assert_eq!(tx.sight(&facts(1)).await.expect("stored"), Sighting::Same);
        tx.commit().await.expect("committed");
        let (bounty, lease) = shelf.lease("one", Stage::Found).await.expect("due");
        let mut tx = shelf.ledger.begin().await.expect("a transaction");
        tx.advance(&lease, &SKIPPED).await.expect("moved");
        tx.drop_facts(bounty.id).await.expect("dropped");
        let mut newer = facts(1);
        newer.updated_at = Some(START.plus(Duration::from_secs(1)));
        assert_eq!(tx.sight(&newer).await.expect("stored"), Sighting::Changed);
        tx.commit().await.expect("committed");
        let (bounty, _) = shelf
            .lease("one", Stage::Found)
            .await
            .expect("judged again");
        assert_eq!(
            shelf.ledger.facts(bounty.id).await.expect("read"),
            Some(newer)
        );
    }
}

#[tokio::test]
async fn a_sighting_without_a_repository_id_is_refused() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let mut nameless = facts(1);
        nameless.repo.id = None;
        let mut tx = shelf.ledger.begin().await.expect("a transaction");
        assert!(tx.sight(&nameless).await.is_err());
    }
}

#[tokio::test]
async fn more_time_for_a_claim_overtakes_whoever_looks_at_it() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let id = shelf.found(1).await;
        let (_, lease) = shelf.lease("one", Stage::Found).await.expect("due");
        let mut tx = shelf.ledger.begin().await.expect("a transaction");
        for stage in [Stage::Permitted, Stage::Claiming, Stage::Claimed] {
            tx.mark_stage(&lease, stage).await.expect("a step");
        }
        tx.commit().await.expect("committed");

        let until = START.plus(Duration::from_secs(24 * 3600));
        let stages = [Stage::Claimed, Stage::Requested];
        let mut tx = shelf.ledger.begin().await.expect("a transaction");
        assert!(tx.extend_claim(id, until, &stages).await.expect("extended"));
        tx.commit().await.expect("committed");

        // It read the old deadline and would take the claim back.
        let mut tx = shelf.ledger.begin().await.expect("a transaction");
        let overdue = Step {
            stage: Stage::Withdrawing,
            reason: Some("overdue"),
            wake_at: Some(START),
        };
        tx.advance(&lease, &overdue).await.expect("kept in mind");
        let late = tx.commit().await;
        assert!(
            matches!(late, Err(LedgerError::LostLease { .. })),
            "{late:?}"
        );
        let (bounty, _) = shelf.lease("two", Stage::Claimed).await.expect("still due");
        assert_eq!(bounty.deadline, Some(until));
    }
}

/// GitHub dates no issue anew when its repository is renamed or transferred.
#[tokio::test]
async fn a_transfer_that_dated_nothing_anew_is_a_change() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        shelf.found(1).await;
        let (_, lease) = shelf.lease("w", Stage::Found).await.expect("due");
        let mut tx = shelf.ledger.begin().await.expect("a transaction");
        tx.advance(&lease, &SKIPPED).await.expect("moved");
        let mut moved = facts(1);
        moved.repo.owner = "elsewhere".to_owned();
        let late = IssueFacts {
            updated_at: moved.updated_at.map(|at| UnixMillis(at.0 - 1)),
            ..moved.clone()
        };
        let same = [facts(1), late];
        for facts in same {
            assert_eq!(tx.sight(&facts).await.expect("stored"), Sighting::Same);
        }
        assert_eq!(tx.sight(&moved).await.expect("stored"), Sighting::Changed);
        assert_eq!(tx.sight(&moved).await.expect("stored"), Sighting::Same);
        tx.commit().await.expect("committed");
        let (bounty, _) = shelf.lease("w", Stage::Found).await.expect("judged anew");
        assert_eq!(bounty.slug(), "elsewhere/widgets#1");
    }
}
