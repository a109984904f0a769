//! Asking about a claim: a question stored, held back until it is known to be still so, and let go.

use serde_json::json;

use super::Approval;
use crate::bounty::permit::PermitRecord;
use crate::bounty::stage::Stage;
use crate::clock::UnixMillis;
use crate::ledger::bounties::Lease;
use crate::ledger::{Actor, During, Entry, LedgerError, Result, Tx};
use crate::money::Usd;

/// A question to be stored.
#[derive(Clone, Debug)]
pub struct NewApproval<'a> {
    /// The permit that a yes gives; its hash is over exactly what is approved.
    pub proposal: &'a PermitRecord,
    /// What the owner is shown.
    pub card: &'a str,
    /// The amount asked about.
    pub usd: Option<Usd>,
    /// How strong an answer is needed.
    pub tier: &'a str,
    /// When to send it first: now, or when quiet hours end.
    pub send_at: UnixMillis,
}

impl Tx {
    /// Stores a question about a leased bounty.
    ///
    /// # Errors
    /// The lease is lost, or the ledger cannot be written.
    pub async fn ask(&mut self, lease: &Lease, new: &NewApproval<'_>) -> Result<String> {
        self.confirm(lease).await?;
        let id = self.fresh_id();
        let now = self.now();
        let proposal = serde_json::to_string(new.proposal).map_err(|e| LedgerError::Corrupt {
            what: "proposal",
            detail: e.to_string(),
        })?;
        sqlx::query(
            "INSERT INTO approval (id, bounty_id, hash, proposal, card, usd, tier, state, created_at,
             checked_at, next_try_at) VALUES ($1, $2, $3, $9, $4, $5, $6, 'pending', $7, $7, $8)",
        )
        .bind(&id)
        .bind(lease.bounty())
        .bind(new.proposal.hash.to_string())
        .bind(new.card)
        .bind(new.usd.map(Usd::cents))
        .bind(new.tier)
        .bind(now.0)
        .bind(new.send_at.0)
        .bind(proposal)
        .execute(self.conn().await?)
        .await
        .during("storing a question")?;
        let body =
            json!({ "approval": id, "hash": new.proposal.hash, "usd": new.usd, "tier": new.tier });
        self.journal(Entry::new(Actor::Daemon, "approval.asked", body).bounty(lease.bounty()))
            .await?;
        Ok(id)
    }

    /// Has cards that were held back looked at now: a hand may have become free. Those whose delivery
    /// failed keep their pause.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub(crate) async fn a_hand_may_be_free(&mut self) -> Result<()> {
        let now = self.now();
        sqlx::query(
            "UPDATE approval SET next_try_at = $1 WHERE state = 'pending'
             AND delivered_at IS NULL AND attempts = 0 AND next_try_at > $1",
        )
        .bind(now.0)
        .execute(self.conn().await?)
        .await
        .during("looking for cards that were held back")?;
        Ok(())
    }

    /// Records that what a leased bounty's question asks is still so; a card that was held back
    /// for this goes out now.
    ///
    /// # Errors
    /// The lease is lost, or the ledger cannot be written.
    pub async fn still_so(&mut self, lease: &Lease) -> Result<()> {
        self.confirm(lease).await?;
        let now = self.now();
        sqlx::query(
            "UPDATE approval SET checked_at = $2,
             next_try_at = CASE WHEN delivered_at IS NULL THEN $2 ELSE next_try_at END
             WHERE bounty_id = $1 AND state = 'pending'",
        )
        .bind(lease.bounty())
        .bind(now.0)
        .execute(self.conn().await?)
        .await
        .during("recording a re-check")?;
        Ok(())
    }

    /// Holds a card back until its bounty was looked at again.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn recheck_first(&mut self, approval: &Approval) -> Result<()> {
        let now = self.now();
        sqlx::query("UPDATE approval SET next_try_at = NULL WHERE id = $1")
            .bind(&approval.id)
            .execute(self.conn().await?)
            .await
            .during("holding a card back")?;
        sqlx::query("UPDATE bounty SET wake_at = $2 WHERE id = $1 AND stage = $3")
            .bind(approval.about.bounty_id)
            .bind(now.0)
            .bind(Stage::Asking.as_str())
            .execute(self.conn().await?)
            .await
            .during("holding a card back")?;
        Ok(())
    }
}
