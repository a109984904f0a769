//! Questions, read: those that wait, that are due, and those about a bounty.

use std::time::Duration;

use sqlx::sqlite::SqliteRow;

use super::Approval;
use crate::clock::UnixMillis;
use crate::ledger::{During, Ledger, LedgerError, Result};

impl Ledger {
    /// Open questions, dearest first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn pending_approvals(&self) -> Result<Vec<Approval>> {
        self.approvals(
            "SELECT * FROM approval WHERE state = 'pending'
             ORDER BY COALESCE(usd, 0) DESC, created_at, id",
            None,
        )
        .await
    }

    /// How many questions are open.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn pending_count(&self) -> Result<usize> {
        let count: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM approval WHERE state = 'pending'")
                .fetch_one(self.read())
                .await
                .during("counting questions")?;
        Ok(usize::try_from(count).unwrap_or(0))
    }

    /// Questions whose card is to be sent at `now`, dearest first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn approvals_to_send(&self, now: UnixMillis) -> Result<Vec<Approval>> {
        self.approvals(
            "SELECT * FROM approval WHERE state = 'pending' AND next_try_at <= $1
             ORDER BY COALESCE(usd, 0) DESC, created_at, id",
            Some(now),
        )
        .await
    }

    /// Questions whose time is over at `now`: the time to answer, or `undelivered` since they were
    /// stored while their card did not arrive.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn approvals_to_expire(
        &self,
        now: UnixMillis,
        undelivered: Duration,
    ) -> Result<Vec<Approval>> {
        let rows = sqlx::query(
            "SELECT * FROM approval WHERE state = 'pending'
             AND (expires_at <= $1 OR (expires_at IS NULL AND created_at <= $2))
             ORDER BY created_at",
        )
        .bind(now.0)
        .bind(now.minus(undelivered).0)
        .fetch_all(self.read())
        .await
        .during("reading approvals")?;
        readable(&rows)
    }

    /// Settled questions whose message does not say so yet and is to be edited at `now`.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn approvals_to_edit(&self, now: UnixMillis) -> Result<Vec<Approval>> {
        self.approvals(
            "SELECT * FROM approval WHERE edit_due = 1 AND message_id IS NOT NULL
             AND COALESCE(next_try_at, 0) <= $1 ORDER BY decided_at LIMIT 20",
            Some(now),
        )
        .await
    }

    /// When the next question is over, or the next message is to be edited.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn next_approval_at(&self) -> Result<Option<UnixMillis>> {
        self.at("SELECT MIN(at) FROM (
                SELECT expires_at AS at FROM approval WHERE state = 'pending'
                UNION ALL SELECT next_try_at AS at FROM approval
                    WHERE edit_due = 1 AND message_id IS NOT NULL)")
            .await
    }

    /// When the next card is to be sent.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn next_card_at(&self) -> Result<Option<UnixMillis>> {
        self.at("SELECT MIN(next_try_at) FROM approval WHERE state = 'pending'")
            .await
    }

    pub(in crate::ledger) async fn at(&self, sql: &'static str) -> Result<Option<UnixMillis>> {
        let at: Option<i64> = sqlx::query_scalar(sql)
            .fetch_one(self.read())
            .await
            .during("looking for due questions")?;
        Ok(at.map(UnixMillis))
    }

    /// A question whose id begins with `prefix` (at least 6 characters), if there is exactly one.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn approval_by_prefix(&self, prefix: &str) -> Result<Option<Approval>> {
        if prefix.len() < 6 || !prefix.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Ok(None);
        }
        let rows = sqlx::query("SELECT * FROM approval WHERE id LIKE $1 || '%' LIMIT 2")
            .bind(prefix.to_ascii_lowercase())
            .fetch_all(self.read())
            .await
            .during("reading an approval")?;
        match rows.as_slice() {
            [one] => Approval::read(one).map(Some),
            _ => Ok(None),
        }
    }

    /// The questions about a bounty, newest first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn approvals_about(&self, bounty: i64) -> Result<Vec<Approval>> {
        let rows =
            sqlx::query("SELECT * FROM approval WHERE bounty_id = $1 ORDER BY created_at DESC, id")
                .bind(bounty)
                .fetch_all(self.read())
                .await
                .during("reading approvals")?;
        rows.iter().map(Approval::read).collect()
    }

    async fn approvals(&self, sql: &'static str, at: Option<UnixMillis>) -> Result<Vec<Approval>> {
        let query = sqlx::query(sql);
        let query = match at {
            Some(at) => query.bind(at.0),
            None => query,
        };
        let rows = query
            .fetch_all(self.read())
            .await
            .during("reading approvals")?;
        readable(&rows)
    }
}

/// One question that another version wrote, or that the disk has spoilt, must not hold up the others.
fn readable(rows: &[SqliteRow]) -> Result<Vec<Approval>> {
    let mut approvals = Vec::with_capacity(rows.len());
    for row in rows {
        match Approval::read(row) {
            Ok(approval) => approvals.push(approval),
            Err(LedgerError::Corrupt { what, detail }) => {
                tracing::warn!("a question is passed over, its {what} cannot be read: {detail}");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(approvals)
}
