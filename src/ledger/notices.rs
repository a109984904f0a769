//! Messages to the owner that wait to be sent. One key is told once, however often the reason for
//! it is met.

use sqlx::Row;

use super::{During, Ledger, Result, Tx};
use crate::clock::UnixMillis;

/// A message that waits.
#[derive(Clone, Debug)]
pub struct Notice {
    /// What it is about.
    pub key: String,
    /// The text, serialised by `telegram`.
    pub text: String,
    /// How often sending failed.
    pub attempts: i64,
}

impl Tx {
    /// Stores a message unless one with this key was stored before; says whether it is new.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn notify_owner(
        &mut self,
        key: &str,
        text: &str,
        not_before: UnixMillis,
    ) -> Result<bool> {
        let now = self.now();
        let done = sqlx::query(
            "INSERT INTO notice (key, text, created_at, next_try_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (key) DO NOTHING",
        )
        .bind(key)
        .bind(text)
        .bind(now.0)
        .bind(not_before.0)
        .execute(self.conn().await?)
        .await
        .during("storing a message to the owner")?;
        Ok(done.rows_affected() == 1)
    }

    /// Notes that a message arrived.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn notice_sent(&mut self, key: &str) -> Result<()> {
        let now = self.now();
        sqlx::query("UPDATE notice SET sent_at = $2, next_try_at = NULL WHERE key = $1")
            .bind(key)
            .bind(now.0)
            .execute(self.conn().await?)
            .await
            .during("noting a sent message")?;
        Ok(())
    }

    /// Notes that a message is about to be sent, and when to try again unless it arrives.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn notice_tried(&mut self, key: &str, again_at: UnixMillis) -> Result<()> {
        sqlx::query("UPDATE notice SET attempts = attempts + 1, next_try_at = $2 WHERE key = $1")
            .bind(key)
            .bind(again_at.0)
            .execute(self.conn().await?)
            .await
            .during("noting an attempt to tell the owner")?;
        Ok(())
    }

    /// Notes when a message that did not arrive is tried again (`None`: never).
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn notice_waits(&mut self, key: &str, again_at: Option<UnixMillis>) -> Result<()> {
        sqlx::query("UPDATE notice SET next_try_at = $2 WHERE key = $1")
            .bind(key)
            .bind(again_at.map(|t| t.0))
            .execute(self.conn().await?)
            .await
            .during("noting an unsent message")?;
        Ok(())
    }
}

impl Ledger {
    /// Messages that are due at `now`, oldest first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn due_notices(&self, now: UnixMillis) -> Result<Vec<Notice>> {
        let rows = sqlx::query(
            "SELECT key, text, attempts FROM notice WHERE next_try_at <= $1
             ORDER BY created_at, key LIMIT 20",
        )
        .bind(now.0)
        .fetch_all(self.read())
        .await
        .during("reading messages to the owner")?;
        rows.iter()
            .map(|r| {
                Ok(Notice {
                    key: r.try_get("key")?,
                    text: r.try_get("text")?,
                    attempts: r.try_get("attempts")?,
                })
            })
            .collect::<std::result::Result<_, sqlx::Error>>()
            .during("reading messages to the owner")
    }

    /// When a message with this key was stored, and when it arrived.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn told(&self, key: &str) -> Result<Option<(UnixMillis, Option<UnixMillis>)>> {
        let row = sqlx::query("SELECT created_at, sent_at FROM notice WHERE key = $1")
            .bind(key)
            .fetch_optional(self.read())
            .await
            .during("reading messages to the owner")?;
        row.map(|row| {
            let sent: Option<i64> = row.try_get("sent_at")?;
            Ok((UnixMillis(row.try_get("created_at")?), sent.map(UnixMillis)))
        })
        .transpose()
        .during("reading messages to the owner")
    }

    /// When the next message is due.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn next_notice_at(&self) -> Result<Option<UnixMillis>> {
        let at: Option<i64> = sqlx::query_scalar("SELECT MIN(next_try_at) FROM notice")
            .fetch_one(self.read())
            .await
            .during("reading messages to the owner")?;
        Ok(at.map(UnixMillis))
    }
}
