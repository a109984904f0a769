//! The vault's side of the journal: each token exchange is begun here before it leaves and ended
//! here after, so that our record and the tenant's log can be laid side by side.

use async_trait::async_trait;
use serde_json::json;
use vault::{ExchangeFacts, ExchangeIntent, ExchangeJournal, Failure, JournalRefused};

use sqlx::Row;

use super::{Actor, During, Entry, Ledger, LedgerError};
use crate::clock::UnixMillis;

fn refused(error: &LedgerError) -> JournalRefused {
    JournalRefused(error.to_string())
}

#[async_trait]
impl ExchangeJournal for Ledger {
    async fn begin(&self, intent: &ExchangeIntent) -> Result<i64, JournalRefused> {
        let entry = Entry::new(Actor::Daemon, "exchange.begun", json!(intent));
        self.record(entry).await.map_err(|e| refused(&e))
    }

    async fn done(&self, id: i64, facts: &ExchangeFacts) -> Result<(), JournalRefused> {
        let entry = Entry::new(
            Actor::Daemon,
            "exchange.done",
            json!({ "of": id, "facts": facts }),
        );
        self.record(entry)
            .await
            .map(|_| ())
            .map_err(|e| refused(&e))
    }

    async fn failed(&self, id: i64, failure: &Failure) -> Result<(), JournalRefused> {
        let body = json!({ "of": id, "failure": failure });
        let entry = Entry::new(Actor::Daemon, "exchange.failed", body);
        self.record(entry)
            .await
            .map(|_| ())
            .map_err(|e| refused(&e))
    }
}

impl Ledger {
    /// The last exchange that brought a token: when, and what may be known of it.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn last_exchange(&self) -> super::Result<Option<(UnixMillis, ExchangeFacts)>> {
        let during = "reading the last exchange";
        let row = sqlx::query(
            "SELECT at, body FROM journal WHERE kind = 'exchange.done' ORDER BY seq DESC LIMIT 1",
        )
        .fetch_optional(self.read())
        .await
        .during(during)?;
        let Some(row) = row else { return Ok(None) };
        let at = UnixMillis(row.try_get("at").during(during)?);
        let body: String = row.try_get("body").during(during)?;
        let body: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
        let facts = serde_json::from_value(body["facts"].clone()).ok();
        Ok(facts.map(|facts| (at, facts)))
    }

    /// Writes one journal entry in a transaction of its own.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn record(&self, entry: Entry) -> super::Result<i64> {
        let mut tx = self.begin().await?;
        let seq = tx.journal(entry).await?;
        tx.commit().await?;
        Ok(seq)
    }
}
