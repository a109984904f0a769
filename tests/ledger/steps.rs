//! A step goes to the file together with the commit: what is asked in between sees it, and a step
//! that may not be taken takes everything with it.

use std::time::Duration;

use bountyd::bounty::stage::Stage;
use bountyd::ledger::bounties::{Lease, Sighting, Step};
use bountyd::ledger::settings::Setting;
use bountyd::ledger::{Actor, Entry, LedgerError, Result, Tx};
use serde_json::json;

use super::support::{ENGINES, START, Shelf, facts};

fn to(stage: Stage) -> Step<'static> {
    Step {
        stage,
        reason: Some("test"),
        wake_at: Some(START),
    }
}

fn entry(lease: &Lease) -> Entry {
    Entry::new(Actor::Schedule, "test", json!({})).bounty(lease.bounty())
}

async fn begin(shelf: &Shelf) -> Tx {
    shelf.ledger.begin().await.expect("a transaction")
}

/// Rows in the journal, all of them sound.
async fn rows(shelf: &Shelf) -> i64 {
    let verdict = shelf.ledger.verify_journal().await.expect("read");
    assert_eq!(verdict.broken, None);
    verdict.rows
}

async fn stage(shelf: &Shelf, id: i64) -> Stage {
    let bounty = shelf.ledger.bounty(id).await.expect("read");
    bounty.expect("there").stage
}

/// A step and its row of the journal. The row comes first: it asks for the end of the journal, and
/// nothing may be asked after the step if it is to be written by the commit.
async fn step(shelf: &Shelf, lease: &Lease, step: &Step<'_>) -> Result<()> {
    let mut tx = begin(shelf).await;
    tx.journal(entry(lease)).await?;
    tx.advance(lease, step).await?;
    tx.commit().await
}

#[tokio::test]
async fn a_lost_lease_leaves_nothing_of_its_transaction() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let id = shelf.found(1).await;
        let (_, first) = shelf.lease("one", Stage::Found).await.expect("due");
        shelf.hand.advance(Duration::from_secs(61));
        let (_, second) = shelf.lease("two", Stage::Found).await.expect("taken over");
        // Within the stage and out of it, which are two statements.
        for next in [Stage::Found, Stage::Skipped] {
            let mut tx = begin(&shelf).await;
            tx.put_setting(&Setting::TelegramSeen, &START)
                .await
                .expect("stored");
            tx.journal(entry(&first)).await.expect("an entry");
            tx.advance(&first, &to(next)).await.expect("kept in mind");
            tx.journal(entry(&first)).await.expect("an entry");
            let late = tx.commit().await;
            assert!(
                matches!(late, Err(LedgerError::LostLease { bounty, .. }) if bounty == id),
                "{late:?}"
            );
            assert_eq!(
                (rows(&shelf).await, stage(&shelf, id).await),
                (0, Stage::Found)
            );
            let seen = shelf.ledger.setting(&Setting::TelegramSeen).await;
            assert_eq!(seen.expect("read"), None::<bountyd::clock::UnixMillis>);
        }
        // The same statements on the same connection.
        step(&shelf, &second, &to(Stage::Found))
            .await
            .expect("the holder may");
        let (_, third) = shelf.lease("three", Stage::Found).await.expect("due");
        step(&shelf, &third, &to(Stage::Skipped))
            .await
            .expect("the holder may");
        assert_eq!(
            (rows(&shelf).await, stage(&shelf, id).await),
            (2, Stage::Skipped)
        );
    }
}

#[tokio::test]
async fn a_lost_lease_shows_without_a_row_of_the_journal_too() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        shelf.found(1).await;
        let (_, first) = shelf.lease("one", Stage::Found).await.expect("due");
        shelf.hand.advance(Duration::from_secs(61));
        shelf.lease("two", Stage::Found).await.expect("taken over");
        let mut tx = begin(&shelf).await;
        tx.advance(&first, &to(Stage::Found))
            .await
            .expect("kept in mind");
        let late = tx.commit().await;
        assert!(
            matches!(late, Err(LedgerError::LostLease { .. })),
            "{late:?}"
        );
    }
}

#[tokio::test]
async fn what_was_refused_in_between_is_not_committed_either() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let id = shelf.found(1).await;
        let (bounty, lease) = shelf.lease("one", Stage::Found).await.expect("due");
        let mut tx = begin(&shelf).await;
        tx.advance(&lease, &to(Stage::Claimed))
            .await
            .expect("kept in mind");
        for _ in 0..2 {
            let refused = tx.changed_since_leased(&bounty).await;
            assert!(
                matches!(refused, Err(LedgerError::Corrupt { .. })),
                "{refused:?}"
            );
        }
        tx.journal(entry(&lease))
            .await
            .expect_err("nor is there an end of the journal");
        let refused = tx.commit().await;
        assert!(
            matches!(refused, Err(LedgerError::Corrupt { .. })),
            "{refused:?}"
        );
        assert_eq!(
            (rows(&shelf).await, stage(&shelf, id).await),
            (0, Stage::Found)
        );
    }
}

#[tokio::test]
async fn what_is_asked_in_between_sees_the_step() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let id = shelf.found(1).await;
        let (_, lease) = shelf.lease("one", Stage::Found).await.expect("due");
        let mut tx = begin(&shelf).await;
        tx.advance(&lease, &to(Stage::Skipped))
            .await
            .expect("a step");
        // It is found again because it was skipped; were the step written later, it would be
        // skipped again.
        let mut newer = facts(1);
        newer.updated_at = Some(START.plus(Duration::from_secs(1)));
        assert_eq!(tx.sight(&newer).await.expect("stored"), Sighting::Changed);
        tx.journal(entry(&lease)).await.expect("an entry");
        tx.commit().await.expect("committed");
        assert_eq!(
            (rows(&shelf).await, stage(&shelf, id).await),
            (1, Stage::Found)
        );
    }
}

#[tokio::test]
async fn a_bounty_that_was_moved_under_its_lease_may_come_back() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let id = shelf.found(1).await;
        for with_a_row in [true, false] {
            let (_, lease) = shelf.lease("one", Stage::Found).await.expect("due");
            let mut tx = begin(&shelf).await;
            tx.mark_stage(&lease, Stage::Permitted)
                .await
                .expect("a step");
            tx.commit().await.expect("committed");
            assert_eq!(stage(&shelf, id).await, Stage::Permitted);
            let mut tx = begin(&shelf).await;
            if with_a_row {
                tx.journal(entry(&lease)).await.expect("an entry");
            }
            tx.advance(&lease, &to(Stage::Found)).await.expect("a step");
            tx.commit().await.expect("committed");
            assert_eq!(
                (rows(&shelf).await, stage(&shelf, id).await),
                (1, Stage::Found)
            );
        }
    }
}

#[tokio::test]
async fn every_step_of_a_batch_is_written() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let ids = [
            shelf.found(1).await,
            shelf.found(2).await,
            shelf.found(3).await,
        ];
        let minute = Duration::from_secs(60);
        let leased = shelf
            .ledger
            .begin_leasing("w", &[Stage::Found], minute, 9)
            .await;
        let (mut tx, leased) = leased.expect("leased");
        assert_eq!(leased.len(), 3);
        for (_, lease) in &leased {
            tx.advance(lease, &to(Stage::Skipped))
                .await
                .expect("a step");
            tx.journal(entry(lease)).await.expect("an entry");
        }
        tx.commit().await.expect("committed");
        for id in ids {
            assert_eq!(stage(&shelf, id).await, Stage::Skipped);
        }
        assert_eq!(rows(&shelf).await, 3);
    }
}
