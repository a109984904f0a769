//! The questions about a bounty.

use super::{Approval, Claim};
use crate::ledger::asked::questions;
use crate::ledger::{During, Ledger, Result, Tx};

impl Ledger {
    /// The questions about a bounty, newest first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn approvals_about(&self, bounty: i64) -> Result<Vec<Approval>> {
        let rows = sqlx::query(questions!(
            Claim,
            "WHERE q.bounty_id = $1 ORDER BY q.created_at DESC, q.id"
        ))
        .bind(bounty)
        .fetch_all(self.read())
        .await
        .during("reading approvals")?;
        rows.iter().map(Approval::read).collect()
    }
}

impl Tx {
    /// The newest question about a bounty that the owner was shown, however it stands.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn last_asked(&mut self, bounty: i64) -> Result<Option<Approval>> {
        let sql = questions!(
            Claim,
            "WHERE q.bounty_id = $1 AND q.delivered_at IS NOT NULL
             ORDER BY q.created_at DESC, q.id LIMIT 1"
        );
        self.one_question(sql, bounty).await
    }

    pub(super) async fn pending_about(&mut self, bounty: i64) -> Result<Option<Approval>> {
        let sql = questions!(Claim, "WHERE q.bounty_id = $1 AND q.state = 'pending'");
        self.one_question(sql, bounty).await
    }
}
