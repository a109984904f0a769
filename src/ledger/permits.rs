//! What allows work: stored when a decision below every threshold, or a human answer, gives it.
//!
//! What is stored here permits nothing by itself: [`crate::bounty::permit::Permit`] is made from
//! it only after its time and its hash over the issue as it is now were checked.

use serde_json::json;

use super::{Actor, During, Entry, Ledger, LedgerError, Result, Tx};
use crate::bounty::permit::{Authority, PermitRecord};
use crate::money::Usd;

impl Tx {
    /// Stores a permit; earlier ones for the same bounty end.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub(crate) async fn grant(&mut self, bounty: i64, record: &PermitRecord) -> Result<()> {
        self.end_permits(bounty, "void").await?;
        let id = self.fresh_id();
        let text = serde_json::to_string(record).map_err(|e| LedgerError::Corrupt {
            what: "permit",
            detail: e.to_string(),
        })?;
        let asked = matches!(record.authority, Authority::Approval { .. });
        sqlx::query(
            "INSERT INTO permit (id, bounty_id, record, usd, asked, created_at, expires_at, state)
             VALUES ($1, $2, $3, $4, $5, $6, $7, 'live')",
        )
        .bind(&id)
        .bind(bounty)
        .bind(text)
        .bind(record.ceiling.map(Usd::cents))
        .bind(i64::from(asked))
        .bind(record.given_at.0)
        .bind(record.expires_at.0)
        .execute(self.conn().await?)
        .await
        .during("storing a permit")?;
        let body = json!({ "permit": id, "record": record });
        self.journal(Entry::new(Actor::Daemon, "permit.granted", body).bounty(bounty))
            .await?;
        Ok(())
    }

    /// Ends all live permits of a bounty as `used` or `void`.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub(crate) async fn end_permits(&mut self, bounty: i64, state: &'static str) -> Result<()> {
        sqlx::query("UPDATE permit SET state = $2 WHERE bounty_id = $1 AND state = 'live'")
            .bind(bounty)
            .bind(state)
            .execute(self.conn().await?)
            .await
            .during("ending a permit")?;
        Ok(())
    }
}

impl Ledger {
    /// The live permit of a bounty, as it was stored.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub(crate) async fn live_permit(&self, bounty: i64) -> Result<Option<PermitRecord>> {
        let text: Option<String> =
            sqlx::query_scalar("SELECT record FROM permit WHERE bounty_id = $1 AND state = 'live'")
                .bind(bounty)
                .fetch_optional(self.read())
                .await
                .during("reading a permit")?;
        text.map(|t| {
            serde_json::from_str(&t).map_err(|e| LedgerError::Corrupt {
                what: "permit",
                detail: e.to_string(),
            })
        })
        .transpose()
    }
}
