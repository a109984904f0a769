//! Opening: what is too new, held, missing or no ledger is refused in words that help.

use std::sync::Arc;

use bountyd::clock::OsEntropy;
use bountyd::ledger::lock::InstanceLock;
use bountyd::ledger::questions::About;
use bountyd::ledger::{Actor, Entry, Ledger, LedgerError};
use serde_json::json;
use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};

use super::support::{ENGINES, Shelf};

#[tokio::test]
async fn a_ledger_of_a_newer_version_is_refused_and_not_touched() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        shelf.ledger.close().await;
        let mut conn = SqliteConnectOptions::new()
            .filename(&shelf.path)
            .connect()
            .await
            .expect("the file opens");
        sqlx::query(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (9999, 'from the future', 1, x'00', 0)",
        )
        .execute(&mut conn)
        .await
        .expect("changed");
        conn.close().await.expect("closed");
        let clock = Arc::new(shelf.clock.clone());
        let before = std::fs::read(&shelf.path).expect("read");
        let opened = Ledger::open(&shelf.path, clock.clone(), Arc::new(OsEntropy)).await;
        let error = opened.expect_err("too new");
        assert!(
            matches!(error, LedgerError::Newer { found: 9999, .. }),
            "{error:?}"
        );
        let read = Ledger::open_read_only(&shelf.path, clock, Arc::new(OsEntropy)).await;
        assert!(matches!(read, Err(LedgerError::Newer { .. })));
        let after = std::fs::read(&shelf.path).expect("read");
        assert!(after == before, "the file was changed");
    }
}

#[tokio::test]
async fn only_its_owner_may_read_a_new_ledger() {
    use std::os::unix::fs::PermissionsExt as _;
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        for end in ["", "-wal", "-shm"] {
            let path = format!("{}{end}", shelf.path.display());
            let meta = std::fs::metadata(&path).expect("it is there");
            assert_eq!(meta.permissions().mode() & 0o777, 0o600, "{path}");
        }
    }
}

#[tokio::test]
async fn one_instance_works_on_a_ledger() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let held = InstanceLock::take(&shelf.path).expect("free");
        let second = InstanceLock::take(&shelf.path);
        assert!(
            matches!(second, Err(LedgerError::Held { .. })),
            "{second:?}"
        );
        drop(held);
        InstanceLock::take(&shelf.path).expect("free again");
    }
}

#[tokio::test]
async fn what_is_missing_or_no_ledger_is_said() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let clock = Arc::new(shelf.clock.clone());
        let nowhere = shelf.path.with_file_name("nowhere.db");
        let missing = Ledger::open_read_only(&nowhere, clock.clone(), Arc::new(OsEntropy)).await;
        let said = missing.expect_err("missing").to_string();
        assert!(
            said.contains("nowhere.db") && said.contains("bountyd run"),
            "{said}"
        );
        let text = shelf.path.with_file_name("notes.db");
        std::fs::write(
            &text,
            "this is a note, and by no means a database of any kind".repeat(20),
        )
        .expect("written");
        let opened = Ledger::open(&text, clock, Arc::new(OsEntropy)).await;
        let said = opened.expect_err("no ledger").to_string();
        assert!(said.contains("notes.db"), "{said}");
        let kept = std::fs::read_to_string(&text).expect("read");
        assert!(
            kept.starts_with("this is a note"),
            "a stranger's file is not overwritten"
        );
    }
}

/// A ledger as the first version left it, with a claim in it.
async fn aged(shelf: &Shelf, bounty: i64) {
    let mut conn = SqliteConnectOptions::new()
        .filename(&shelf.path)
        .connect()
        .await
        .expect("the file opens");
    sqlx::query(
        "INSERT INTO effect (id, bounty_id, kind, repository_id, repo, number, body, state,
         begun_at, first_at) VALUES ('old', $1, 'claim', 77, 'acme/widgets', 1, '', 'done', 1, 1)",
    )
    .bind(bounty)
    .execute(&mut conn)
    .await
    .expect("inserted");
    for sql in [
        "DROP TABLE request_lease_use",
        "DROP TABLE request_lease",
        "DROP TABLE push",
        "DROP TABLE question",
        "DROP TABLE client_request",
        "DROP TABLE job_effect",
        "DROP TABLE job",
        "CREATE TABLE aged (seq BIGINT PRIMARY KEY NOT NULL, at BIGINT NOT NULL, actor TEXT NOT NULL,
         kind TEXT NOT NULL, bounty_id BIGINT, effect_id TEXT, body TEXT NOT NULL,
         hash TEXT NOT NULL)",
        "INSERT INTO aged SELECT * FROM journal",
        "DROP TABLE journal",
        "ALTER TABLE aged RENAME TO journal",
        "CREATE INDEX journal_by_bounty ON journal (bounty_id, seq) WHERE bounty_id IS NOT NULL",
        "DROP INDEX approval_edit_due",
        "DROP INDEX approval_by_delivery",
        "ALTER TABLE effect DROP COLUMN issue_at",
        "ALTER TABLE effect DROP COLUMN author_id",
        "ALTER TABLE effect DROP COLUMN author_login",
        "DELETE FROM _sqlx_migrations WHERE version > 1",
    ] {
        sqlx::query(sql).execute(&mut conn).await.expect("undone");
    }
    conn.close().await.expect("closed");
}

#[tokio::test]
async fn a_ledger_of_an_earlier_version_is_read_and_brought_up_to_date() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let bounty = shelf.found(1).await;
        let said = |i: u64| Entry::new(Actor::Daemon, "test", json!({ "i": i })).bounty(bounty);
        for i in 0..3 {
            shelf.ledger.record(said(i)).await.expect("written");
        }
        let before = shelf.ledger.journal_newest(None, 9).await.expect("read");
        shelf.ledger.close().await;
        aged(&shelf, bounty).await;
        let clock = Arc::new(shelf.clock.clone());
        let only_read = Ledger::open_read_only(&shelf.path, clock.clone(), Arc::new(OsEntropy));
        let only_read = only_read.await.expect("it opens");
        let effects = only_read.effects(bounty).await.expect("it can be read");
        assert_eq!((effects.len(), &effects[0].author), (1, &None));
        let verdict = only_read.verify_journal().await.expect("it can be read");
        assert_eq!((verdict.rows, verdict.broken), (3, None));
        assert_eq!(only_read.questions_waiting().await.expect("read"), 0);
        let waiting = only_read.pending_questions::<About>().await;
        assert!(waiting.expect("read").is_empty());
        let unknown = only_read.asked_by_prefix("00000000").await;
        assert!(unknown.expect("read").is_none());
        only_read.close().await;
        let opened = Ledger::open(&shelf.path, clock, Arc::new(OsEntropy)).await;
        let opened = opened.expect("it opens");
        let effects = opened.effects(bounty).await.expect("it can be read");
        assert_eq!((effects[0].issue_at, &effects[0].author), (None, &None));
        let after = opened.journal_newest(None, 9).await.expect("read");
        let (upgraded, as_before) = after.split_last().expect("rows");
        assert_eq!(
            json!(as_before),
            json!(before),
            "not a word of the journal changed"
        );
        assert_eq!(upgraded.kind, "ledger.upgraded");
        opened.record(said(3)).await.expect("it goes on");
        let verdict = opened.verify_journal().await.expect("read");
        assert_eq!((verdict.rows, verdict.broken), (5, None));
    }
}
