//! A question's way to the owner: delivered, put off, and its message kept true.

use super::{Topic, in_table};
use crate::clock::UnixMillis;
use crate::ledger::{During, Result, Tx};

impl Tx {
    /// Records that the card arrived; the time to answer counts from here.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn delivered<A: Topic>(
        &mut self,
        id: &str,
        message: i64,
        expires_at: UnixMillis,
    ) -> Result<()> {
        A::arrives(self, id).await?;
        let now = self.now();
        // A card sent twice keeps its first deadline; the newest message is the one edited later.
        sqlx::query(in_table!(
            A,
            "UPDATE",
            "SET delivered_at = COALESCE(delivered_at, $2), message_id = $3,
             expires_at = COALESCE(expires_at, $4), next_try_at = NULL,
             edit_due = CASE WHEN state = 'pending' THEN 0 ELSE 1 END WHERE id = $1"
        ))
        .bind(id)
        .bind(now.0)
        .bind(message)
        .bind(expires_at.0)
        .execute(self.conn().await?)
        .await
        .during("recording a delivered question")?;
        Ok(())
    }

    /// Records when a card is to be sent or a message edited again; `failed` counts an attempt.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn undelivered<A: Topic>(
        &mut self,
        id: &str,
        again_at: UnixMillis,
        failed: bool,
    ) -> Result<()> {
        // What was settled before it ever arrived has no message to come back to.
        sqlx::query(in_table!(
            A,
            "UPDATE",
            "SET attempts = attempts + $3, next_try_at = $2
             WHERE id = $1 AND (state = 'pending' OR message_id IS NOT NULL)"
        ))
        .bind(id)
        .bind(again_at.0)
        .bind(i64::from(failed))
        .execute(self.conn().await?)
        .await
        .during("recording an undelivered question")?;
        Ok(())
    }

    /// Records that the message says the outcome.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn edited<A: Topic>(&mut self, id: &str) -> Result<()> {
        sqlx::query(in_table!(
            A,
            "UPDATE",
            "SET edit_due = 0, next_try_at = NULL WHERE id = $1"
        ))
        .bind(id)
        .execute(self.conn().await?)
        .await
        .during("recording an edited message")?;
        Ok(())
    }
}
