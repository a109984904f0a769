//! What an examination asks of the ledger: which schema it has, whether its pages hold together, when a
//! token was last had, and that the write-ahead log be folded in.

use super::{During, Ledger, Result, known};
use crate::clock::UnixMillis;

impl Ledger {
    /// The newest step of the schema that the file has seen, and the newest that this program knows.
    #[must_use]
    pub fn schema(&self) -> (i64, i64) {
        (self.schema, known())
    }

    /// The first thing that SQLite finds wrong with the file, if anything; reads all of it.
    ///
    /// # Errors
    /// The ledger cannot be read at all.
    pub async fn integrity(&self) -> Result<Option<String>> {
        let said: String = sqlx::query_scalar("PRAGMA integrity_check(1)")
            .fetch_one(self.read())
            .await
            .during("checking the ledger's pages")?;
        Ok((said != "ok").then_some(said))
    }

    /// When an exchange last brought a token, as far as the journal goes back.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn last_exchange_at(&self) -> Result<Option<UnixMillis>> {
        let at: Option<i64> = sqlx::query_scalar(
            "SELECT at FROM journal WHERE kind = 'exchange.done' ORDER BY seq DESC LIMIT 1",
        )
        .fetch_optional(self.read())
        .await
        .during("looking for the last exchange")?;
        Ok(at.map(UnixMillis))
    }

    /// Folds the write-ahead log into the file and empties it, as far as nobody reads.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn checkpoint(&self) -> Result<()> {
        let during = "folding the write-ahead log in";
        let mut open = self.writer.hold().await.during(during)?;
        sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&mut open.conn)
            .await
            .during(during)?;
        Ok(())
    }
}
