//! What was judged lately, and what is to be judged: for whoever asked for a scan.

use super::Bounty;
use crate::bounty::judgement::Judgement;
use crate::bounty::stage::Stage;
use crate::clock::UnixMillis;
use crate::ledger::{During, Ledger, Result};

/// Rows at most.
const MOST: i64 = 5_000;

impl Ledger {
    /// Bounties that were judged at or after `since`, with the judgement, dearest first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn judged_since(&self, since: UnixMillis) -> Result<Vec<(Bounty, Judgement)>> {
        let during = "listing what was judged";
        let rows = sqlx::query(
            "SELECT * FROM bounty WHERE appraisal IS NOT NULL AND id IN
                 (SELECT bounty_id FROM journal WHERE kind = 'bounty.judged' AND at >= $1)
             ORDER BY COALESCE(usd, -1) DESC, id LIMIT $2",
        )
        .bind(since.0)
        .bind(MOST)
        .fetch_all(self.read())
        .await
        .during(during)?;
        let mut judged = Vec::with_capacity(rows.len());
        for row in &rows {
            let bounty = Bounty::read(row)?;
            let text: String = sqlx::Row::try_get(row, "appraisal").during(during)?;
            if let Ok(judgement) = serde_json::from_str(&text) {
                judged.push((bounty, judgement));
            }
        }
        Ok(judged)
    }

    /// How many bounties are to be judged now.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn to_judge(&self, now: UnixMillis) -> Result<i64> {
        sqlx::query_scalar("SELECT COUNT(*) FROM bounty WHERE stage = $1 AND wake_at <= $2")
            .bind(Stage::Found.as_str())
            .bind(now.0)
            .fetch_one(self.read())
            .await
            .during("counting what is to be judged")
    }
}
