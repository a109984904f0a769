//! A step that was taken and is not written yet. It goes to the file in the call that commits: each
//! call is handed to SQLite's own thread and back, which costs a step a tenth of its time.

use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{Error, Sqlite};

use super::{Lease, Step, stages_before};
use crate::bounty::stage::Stage;
use crate::ledger::journal::Line;
use crate::ledger::writer::{and_commit, if_one_row};
use crate::ledger::{During, LedgerError, Result};

/// Moves a bounty on to another stage.
macro_rules! moves {
    () => {
        "UPDATE bounty SET stage = $3, reason = $4, wake_at = $5, failures = 0,
             lease_owner = NULL, lease_until = NULL
         WHERE id = $1 AND epoch = $2 AND $6 LIKE '%,' || stage || ',%'"
    };
}

/// Moves a bounty on within its stage: nothing is said about the stage, so that its index is not
/// written.
macro_rules! stays {
    () => {
        "UPDATE bounty SET reason = $4, wake_at = $5, failures = 0,
             lease_owner = NULL, lease_until = NULL
         WHERE id = $1 AND epoch = $2 AND stage = $3"
    };
}

/// A row of the journal after a statement that has six parameters; refused unless that statement
/// changed one row.
macro_rules! with_its_line {
    ($statement:expr) => {
        and_commit!(concat!(
            $statement,
            "; INSERT INTO journal (seq, at, actor, kind, bounty_id, effect_id, body, hash)
             VALUES ($7, $8, $9, $10, $11, $12, $13, ",
            if_one_row!("$14"),
            ")"
        ))
    };
}

/// A step of a leased bounty, until it is written.
#[derive(Debug)]
pub(in crate::ledger) struct Pending {
    bounty: i64,
    epoch: i64,
    from: Stage,
    to: Stage,
    reason: Option<String>,
    wake_at: Option<i64>,
}

impl Pending {
    pub(super) fn new(lease: &Lease, step: &Step<'_>) -> Self {
        Self {
            bounty: lease.bounty,
            epoch: lease.epoch,
            from: lease.stage,
            to: step.stage,
            reason: step.reason.map(ToOwned::to_owned),
            wake_at: step.wake_at.map(|t| t.0),
        }
    }

    /// Writes it. It may be written twice: the second time changes nothing.
    ///
    /// # Errors
    /// Somebody else took the bounty over, the stage may not follow, or the ledger cannot be written.
    pub(in crate::ledger) async fn write(&self, conn: &mut SqliteConnection) -> Result<()> {
        let during = "moving a bounty on";
        if self.stays() {
            let done = self.bind(sqlx::query(stays!()));
            let done = done.execute(&mut *conn).await.during(during)?;
            if done.rows_affected() == 1 {
                return Ok(());
            }
            // It was moved under the same lease.
        }
        let done = self.bind(sqlx::query(moves!()));
        let done = done.execute(&mut *conn).await.during(during)?;
        moved(conn, self.bounty, self.epoch, self.to, done.rows_affected()).await
    }

    /// Writes it together with a row of the journal and commits, in one call.
    ///
    /// # Errors
    /// The ledger cannot be written; a row that may not be empty is empty if the step changed
    /// nothing: then nothing was written by this call, and the transaction goes on.
    pub(in crate::ledger) async fn write_and_commit(
        &self,
        conn: &mut SqliteConnection,
        line: &Line,
    ) -> std::result::Result<(), Error> {
        let together = if self.stays() {
            sqlx::query(with_its_line!(stays!()))
        } else {
            sqlx::query(with_its_line!(moves!()))
        };
        line.bind(self.bind(together)).execute(conn).await?;
        Ok(())
    }

    fn stays(&self) -> bool {
        self.from == self.to
    }

    fn bind<'q>(
        &'q self,
        query: Query<'q, Sqlite, SqliteArguments>,
    ) -> Query<'q, Sqlite, SqliteArguments> {
        query
            .bind(self.bounty)
            .bind(self.epoch)
            .bind(self.to.as_str())
            .bind(self.reason.as_deref())
            .bind(self.wake_at)
            .bind(stages_before(self.to))
    }
}

/// Says why a step changed no row: the lease is lost, or the stage may not follow.
pub(super) async fn moved(
    conn: &mut SqliteConnection,
    bounty: i64,
    epoch: i64,
    to: Stage,
    rows: u64,
) -> Result<()> {
    if rows == 1 {
        return Ok(());
    }
    let from: Option<String> =
        sqlx::query_scalar("SELECT stage FROM bounty WHERE id = $1 AND epoch = $2")
            .bind(bounty)
            .bind(epoch)
            .fetch_optional(conn)
            .await
            .during("moving a bounty on")?;
    let from = from.ok_or(LedgerError::LostLease { bounty, epoch })?;
    let detail = format!("{from} may not become {}", to.as_str());
    Err(LedgerError::Corrupt {
        what: "step",
        detail,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use serde_json::json;
    use sqlx::query_scalar;

    use super::*;
    use crate::bounty::sample::facts;
    use crate::clock::{OsEntropy, SystemClock};
    use crate::ledger::{Actor, Entry, Ledger};

    /// Lets the file grow to `pages` at most, and to what it has already.
    async fn room(ledger: &Ledger, pages: i64) {
        let mut open = ledger.writer.hold().await.expect("a connection");
        let sql = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
        let most = query_scalar::<_, i64>(sql).fetch_one(&mut open.conn).await;
        assert!(most.expect("it is set") >= pages);
    }

    async fn step(ledger: &Ledger, lease: &Lease, body: &str) -> Result<()> {
        let mut tx = ledger.begin().await?;
        let body = json!({ "body": body });
        tx.journal(Entry::new(Actor::Schedule, "test", body))
            .await?;
        let step = Step {
            stage: Stage::Found,
            reason: Some("moved"),
            wake_at: Some(tx.now()),
        };
        tx.advance(lease, &step).await?;
        tx.commit().await
    }

    #[tokio::test]
    async fn a_disk_that_fills_up_under_a_step_and_its_line_takes_neither() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("ledger.db");
        let opened = Ledger::open(&path, Arc::new(SystemClock), Arc::new(OsEntropy)).await;
        let ledger = opened.expect("a ledger");
        let mut tx = ledger.begin().await.expect("a transaction");
        tx.sight(&facts()).await.expect("stored");
        tx.commit().await.expect("committed");
        let minute = Duration::from_secs(60);
        let leased = ledger.begin_leasing("w", &[Stage::Found], minute, 1).await;
        let (tx, leased) = leased.expect("leased");
        tx.commit().await.expect("committed");
        let (bounty, lease) = &leased[0];

        let large = "x".repeat(100_000);
        for _ in 0..2 {
            room(&ledger, 1).await;
            let full = step(&ledger, lease, &large).await;
            assert!(matches!(full, Err(LedgerError::Full { .. })), "{full:?}");
            let row = ledger.bounty(bounty.id).await.expect("read");
            assert_eq!(row.expect("there").reason, None);
            assert_eq!(ledger.journal_head().await.expect("read").seq, 0);
        }
        room(&ledger, 1_000_000).await;
        step(&ledger, lease, &large).await.expect("there is room");
        let row = ledger.bounty(bounty.id).await.expect("read");
        assert_eq!(row.expect("there").reason.as_deref(), Some("moved"));
        let verdict = ledger.verify_journal().await.expect("read");
        assert_eq!((verdict.rows, verdict.broken), (1, None));
    }
}
