//! The chain shows every change from outside.

use std::time::Duration;

use bountyd::ledger::{Actor, Entry};
use serde_json::json;
use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};

use super::support::{ENGINES, Shelf};

async fn write(shelf: &Shelf, n: i64) {
    for i in 0..n {
        let entry = Entry::new(Actor::Daemon, "test", json!({ "i": i })).bounty(i);
        shelf.ledger.record(entry).await.expect("written");
    }
}

/// What somebody with the file and an editor does.
async fn tamper(shelf: &Shelf, sql: &'static str) {
    let mut conn = SqliteConnectOptions::new()
        .filename(&shelf.path)
        .connect()
        .await
        .expect("the file opens");
    sqlx::query(sql).execute(&mut conn).await.expect("changed");
}

#[tokio::test]
async fn an_untouched_chain_verifies_to_its_head() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let empty = shelf.ledger.verify_journal().await.expect("read");
        assert_eq!((empty.rows, empty.broken), (0, None));
        write(&shelf, 2_500).await;
        let verdict = shelf.ledger.verify_journal().await.expect("read");
        assert_eq!((verdict.rows, verdict.broken), (2_500, None));
        assert_eq!(
            verdict.head,
            shelf.ledger.journal_head().await.expect("read")
        );
    }
}

#[tokio::test]
async fn every_kind_of_change_shows_at_its_row() {
    for engine in ENGINES {
        for (sql, row) in [
            (r#"UPDATE journal SET body = '{"i":9}' WHERE seq = 3"#, 3),
            ("UPDATE journal SET actor = 'uid:0' WHERE seq = 4", 4),
            ("UPDATE journal SET at = at + 1 WHERE seq = 1", 1),
            ("UPDATE journal SET bounty_id = NULL WHERE seq = 5", 5),
            ("DELETE FROM journal WHERE seq = 2", 3),
            ("DELETE FROM journal WHERE seq = 1", 2),
        ] {
            let shelf = Shelf::new(engine).await;
            write(&shelf, 6).await;
            tamper(&shelf, sql).await;
            let verdict = shelf.ledger.verify_journal().await.expect("read");
            assert_eq!(verdict.broken.map(|b| b.0), Some(row), "{sql}");
        }
    }
}

#[tokio::test]
async fn a_cut_tail_shows_against_the_head_that_was_sent_away() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        write(&shelf, 6).await;
        let witness = shelf.ledger.journal_head().await.expect("read");
        tamper(&shelf, "DELETE FROM journal WHERE seq = 6").await;
        let verdict = shelf.ledger.verify_journal().await.expect("read");
        assert_eq!(verdict.broken, None, "the chain alone cannot tell");
        assert_ne!(verdict.head, witness, "the digest can");
    }
}

#[tokio::test]
async fn retention_leaves_a_checkpoint_from_which_it_verifies() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        write(&shelf, 4).await;
        shelf.hand.advance(Duration::from_secs(100));
        write(&shelf, 3).await;
        let mut tx = shelf.ledger.begin().await.expect("a transaction");
        let before = tx.now().minus(Duration::from_secs(50));
        assert_eq!(tx.trim_journal(before).await.expect("trimmed"), 4);
        assert_eq!(tx.trim_journal(before).await.expect("trimmed"), 0);
        tx.commit().await.expect("committed");
        write(&shelf, 1).await;
        let verdict = shelf.ledger.verify_journal().await.expect("read");
        assert_eq!(
            (verdict.from, verdict.rows, verdict.checkpoint),
            (5, 4, Some(4))
        );
        assert_eq!(verdict.broken, None);
        tamper(&shelf, "UPDATE journal_checkpoint SET hash = 'ff'").await;
        let verdict = shelf.ledger.verify_journal().await.expect("read");
        assert_eq!(verdict.broken.map(|b| b.0), Some(5));
    }
}

#[tokio::test]
async fn what_was_rolled_back_leaves_no_gap() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        write(&shelf, 3).await;
        let mut tx = shelf.ledger.begin().await.expect("begun");
        let entry = || Entry::new(Actor::Daemon, "test", json!({}));
        assert_eq!(tx.journal(entry()).await.expect("written"), 4);
        assert_eq!(tx.journal(entry()).await.expect("written"), 5);
        drop(tx);
        write(&shelf, 2).await;
        let verdict = shelf.ledger.verify_journal().await.expect("read");
        assert_eq!(
            (verdict.rows, verdict.head.seq, verdict.broken),
            (5, 5, None)
        );
    }
}

/// Nobody else should write, but if somebody does, the chain goes on from the true end or not at all.
#[tokio::test]
async fn the_place_of_a_row_that_somebody_else_wrote_is_not_taken() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        write(&shelf, 3).await;
        tamper(
            &shelf,
            "INSERT INTO journal (seq, at, actor, kind, body, hash) VALUES (4, 0, 'x', 'x', '{}', 'y')",
        )
        .await;
        let entry = || Entry::new(Actor::Daemon, "test", json!({}));
        let refused = shelf.ledger.record(entry()).await;
        assert!(refused.is_err(), "{refused:?}");
        shelf.ledger.record(entry()).await.expect("after the end");
        let verdict = shelf.ledger.verify_journal().await.expect("read");
        assert_eq!(verdict.broken.map(|b| b.0), Some(4));
        assert_eq!(shelf.ledger.journal_head().await.expect("read").seq, 5);
    }
}
