//! What is forgotten, and what never is. The journal has a retention of its own, which the owner sets;
//! this is about the rows beside it, which would otherwise only ever become more.
//!
//! Forgotten, when nothing was heard of it for long: messages that were told; questions that are
//! settled, permits that are used or void, and writes that failed, once their bounty waits for nothing;
//! and bounties that were left alone, without any of these. One of them that shows up again is found
//! as if for the first time.
//!
//! Never forgotten: whatever is open; a bounty that was denied, claimed or paid, because it must not be
//! asked about or claimed a second time; a comment of ours that stands or may have stood; a lasting
//! refusal.

use serde_json::json;

use super::{Actor, During, Entry, Result, Tx};
use crate::bounty::stage::Stage;
use crate::clock::UnixMillis;

/// How many rows were forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Questions.
    pub approvals: u64,
    /// Permits.
    pub permits: u64,
    /// Writes that failed.
    pub effects: u64,
    /// Bounties.
    pub bounties: u64,
}

/// Nothing is decided, asked or done about a bounty here.
fn rests(stage: Stage) -> bool {
    !stage.in_hand() && !matches!(stage, Stage::Found | Stage::Asking)
}

impl Tx {
    /// Removes what was told before `before`: its key names an event that does not come again.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn trim_notices(&mut self, before: UnixMillis) -> Result<()> {
        sqlx::query("DELETE FROM notice WHERE sent_at < $1")
            .bind(before.0)
            .execute(self.conn().await?)
            .await
            .during("removing old messages")?;
        Ok(())
    }

    /// Removes what was settled before `before`, and the bounties of which nothing was heard since.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn trim_settled(&mut self, before: UnixMillis) -> Result<Forgotten> {
        let mut gone = Forgotten {
            approvals: self.forget_questions(before).await?,
            ..Forgotten::default()
        };
        for stage in Stage::ALL.into_iter().filter(|s| rests(*s)) {
            gone.approvals += self
                .forget(
                    "DELETE FROM approval WHERE state <> 'pending' AND decided_at < $1
                     AND (edit_due = 0 OR message_id IS NULL)
                     AND bounty_id IN (SELECT id FROM bounty WHERE stage = $2)",
                    before,
                    stage,
                )
                .await?;
            gone.permits += self
                .forget(
                    "DELETE FROM permit WHERE state <> 'live' AND created_at < $1
                     AND bounty_id IN (SELECT id FROM bounty WHERE stage = $2)",
                    before,
                    stage,
                )
                .await?;
            gone.effects += self
                .forget(
                    "DELETE FROM effect WHERE state = 'failed'
                     AND COALESCE(ended_at, begun_at) < $1
                     AND bounty_id IN (SELECT id FROM bounty WHERE stage = $2)",
                    before,
                    stage,
                )
                .await?;
            if stage.is_final() {
                continue;
            }
            // The newest row stays: SQLite would give its number to the next bounty, and the
            // journal's entries with it.
            gone.bounties += self
                .forget(
                    "DELETE FROM bounty WHERE stage = $2 AND first_seen < $1
                     AND COALESCE(source_updated_at, first_seen) < $1
                     AND wake_at IS NULL AND lease_owner IS NULL
                     AND NOT EXISTS (SELECT 1 FROM approval a WHERE a.bounty_id = bounty.id)
                     AND NOT EXISTS (SELECT 1 FROM permit p WHERE p.bounty_id = bounty.id)
                     AND NOT EXISTS (SELECT 1 FROM effect e WHERE e.bounty_id = bounty.id)
                     AND NOT EXISTS (SELECT 1 FROM job j WHERE j.bounty_id = bounty.id)
                     AND id < (SELECT MAX(id) FROM bounty)",
                    before,
                    stage,
                )
                .await?;
        }
        if gone != Forgotten::default() {
            let body = json!({
                "before": before, "approvals": gone.approvals, "permits": gone.permits,
                "effects": gone.effects, "bounties": gone.bounties,
            });
            self.journal(Entry::new(Actor::Daemon, "ledger.trimmed", body))
                .await?;
        }
        Ok(gone)
    }

    /// Questions that are settled, once their job or request waits for nothing; and leases that are long over.
    async fn forget_questions(&mut self, before: UnixMillis) -> Result<u64> {
        let done = sqlx::query(
            "DELETE FROM question WHERE state <> 'pending' AND decided_at < $1
             AND (edit_due = 0 OR message_id IS NULL)
             AND (job_id IN (SELECT id FROM job WHERE ended_at < $1)
                  OR request_id IN (SELECT id FROM client_request WHERE ended_at < $1))",
        )
        .bind(before.0)
        .execute(self.conn().await?)
        .await
        .during("forgetting what is settled")?;
        sqlx::query("DELETE FROM request_lease WHERE until < $1")
            .bind(before.0)
            .execute(self.conn().await?)
            .await
            .during("forgetting what is settled")?;
        Ok(done.rows_affected())
    }

    async fn forget(&mut self, sql: &'static str, before: UnixMillis, stage: Stage) -> Result<u64> {
        let done = sqlx::query(sql)
            .bind(before.0)
            .bind(stage.as_str())
            .execute(self.conn().await?)
            .await
            .during("forgetting what is settled")?;
        Ok(done.rows_affected())
    }
}
