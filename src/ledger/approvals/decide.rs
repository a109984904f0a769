//! Settling: answered, out of time, or no longer about what stands there.

use serde_json::json;

use super::{Answer, Approval, ApprovalState, Decided, LAST_CALL, TELEGRAM};
use crate::bounty::permit::{Authority, PermitRecord};
use crate::bounty::stage::Stage;
use crate::clock::UnixMillis;
use crate::ledger::bounties::Lease;
use crate::ledger::settings::Setting;
use crate::ledger::{Actor, During, Entry, LedgerError, Result, Tx};

impl Tx {
    /// Applies the owner's answer, once: to a question about a claim, or to one about a patch.
    ///
    /// # Errors
    /// The ledger cannot be written; then the answer was not taken and may be given again.
    pub async fn decide(
        &mut self,
        id: &str,
        answer: &Answer,
        actor: &Actor,
        channel: &str,
    ) -> Result<Decided> {
        // No path leads here for a program, and if one did, its word would not count.
        if matches!(actor, Actor::Client { .. }) {
            return Ok(Decided::Unknown);
        }
        if let Some(decided) = self.push_takes(id, answer, actor, channel).await? {
            return Ok(decided);
        }
        let approval = match self.approval(id).await {
            Ok(Some(approval)) => approval,
            Ok(None) => return self.decide_question(id, answer, actor, channel).await,
            // The same tap would come again for ever, and nothing behind it.
            Err(LedgerError::Corrupt { what, detail }) => {
                tracing::error!(
                    id,
                    "an answer came to a question whose {what} cannot be read: {detail}"
                );
                return Ok(Decided::Unknown);
            }
            Err(error) => return Err(error),
        };
        let now = self.now();
        if approval.state != ApprovalState::Pending {
            return Ok(Decided::Already(approval.state));
        }
        if let Some(deadline) = approval.expires_at
            && deadline <= now
            && !self.may_be_in_time(channel, deadline).await?
        {
            self.expire(&approval).await?;
            return Ok(Decided::Already(ApprovalState::Expired));
        }
        let (state, why) = match answer {
            Answer::Approve { .. } => (ApprovalState::Approved, None),
            Answer::Deny { why } => (ApprovalState::Denied, why.as_deref()),
        };
        self.settle(&approval, state, &actor.to_string(), channel, why)
            .await?;
        let body = json!({
            "approval": id, "verdict": state, "hash": approval.hash, "channel": channel, "why": why,
        });
        let entry = Entry::new(actor.clone(), "approval.decided", body);
        self.journal(entry.bounty(approval.bounty_id)).await?;
        match answer {
            Answer::Approve { permit_until } => {
                let permit = PermitRecord {
                    given_at: now,
                    expires_at: *permit_until,
                    authority: Authority::Approval {
                        id: approval.id.clone(),
                    },
                    ..approval.proposal.clone()
                };
                self.grant(approval.bounty_id, &permit).await?;
                self.answered(approval.bounty_id, Stage::Permitted, "approved", true)
                    .await?;
            }
            Answer::Deny { .. } => {
                self.answered(approval.bounty_id, Stage::Denied, "denied", false)
                    .await?;
            }
        }
        Ok(Decided::Applied)
    }

    /// Telegram does not say when a button was tapped. What comes shortly after the deadline, before
    /// the chat was read once since, may have been tapped in time while we were not there to hear it.
    pub(in crate::ledger) async fn may_be_in_time(
        &mut self,
        channel: &str,
        deadline: UnixMillis,
    ) -> Result<bool> {
        if channel != TELEGRAM || self.now().since(deadline) > LAST_CALL {
            return Ok(false);
        }
        let read: Option<UnixMillis> = self.setting(&Setting::TelegramSeen).await?;
        Ok(read.is_none_or(|at| at < deadline))
    }

    /// Ends a question that nobody answered in time; one that was answered since it was read stays as
    /// it is.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn expire(&mut self, approval: &Approval) -> Result<()> {
        let settled = self
            .settle(approval, ApprovalState::Expired, "daemon", "clock", None)
            .await?;
        if !settled {
            return Ok(());
        }
        let body = json!({ "approval": approval.id });
        let entry = Entry::new(Actor::Daemon, "approval.expired", body);
        self.journal(entry.bounty(approval.bounty_id)).await?;
        self.answered(approval.bounty_id, Stage::Expired, "expired", false)
            .await
    }

    /// Ends a question that never reached the owner, and has its bounty judged anew; one that was
    /// answered since it was read stays as it is.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn never_asked(&mut self, approval: &Approval) -> Result<()> {
        let why = "it could not be delivered";
        let settled = self
            .settle(
                approval,
                ApprovalState::Superseded,
                "daemon",
                "clock",
                Some(why),
            )
            .await?;
        if !settled {
            return Ok(());
        }
        let body = json!({ "approval": approval.id, "why": why });
        let entry = Entry::new(Actor::Daemon, "approval.superseded", body);
        self.journal(entry.bounty(approval.bounty_id)).await?;
        self.answered(approval.bounty_id, Stage::Found, "superseded", true)
            .await
    }

    /// Ends an open question whose answer would be to another time, and has its bounty judged anew.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub(in crate::ledger) async fn end_question(
        &mut self,
        approval: &Approval,
        why: &str,
    ) -> Result<()> {
        let state = ApprovalState::Superseded;
        self.settle(approval, state, "daemon", "restore", Some(why))
            .await?;
        let body = json!({ "approval": approval.id, "why": why });
        let entry = Entry::new(Actor::Daemon, "approval.superseded", body);
        self.journal(entry.bounty(approval.bounty_id)).await?;
        self.answered(approval.bounty_id, Stage::Found, "superseded", true)
            .await
    }

    /// Ends the open question about a leased bounty because what it asked about has changed; says
    /// whether there was one.
    ///
    /// # Errors
    /// The lease is lost, or the ledger cannot be written.
    pub async fn supersede(&mut self, lease: &Lease, why: &str) -> Result<bool> {
        self.confirm(lease).await?;
        let Some(approval) = self.pending_about(lease.bounty()).await? else {
            return Ok(false);
        };
        self.settle(
            &approval,
            ApprovalState::Superseded,
            "daemon",
            "scan",
            Some(why),
        )
        .await?;
        let body = json!({ "approval": approval.id, "why": why });
        let entry = Entry::new(Actor::Daemon, "approval.superseded", body);
        self.journal(entry.bounty(approval.bounty_id)).await?;
        Ok(true)
    }

    /// Ends an open question; says whether it still was one.
    async fn settle(
        &mut self,
        approval: &Approval,
        state: ApprovalState,
        by: &str,
        channel: &str,
        why: Option<&str>,
    ) -> Result<bool> {
        let now = self.now();
        let done = sqlx::query(
            "UPDATE approval SET state = $2, decided_at = $3, decided_by = $4, channel = $5,
             why = $6, next_try_at = NULL, edit_due = 1 WHERE id = $1 AND state = 'pending'",
        )
        .bind(&approval.id)
        .bind(state.as_str())
        .bind(now.0)
        .bind(by)
        .bind(channel)
        .bind(why)
        .execute(self.conn().await?)
        .await
        .during("settling a question")?;
        self.a_hand_may_be_free().await?;
        Ok(done.rows_affected() == 1)
    }

    /// A question by its id, as of this transaction.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn approval(&mut self, id: &str) -> Result<Option<Approval>> {
        let row = sqlx::query("SELECT * FROM approval WHERE id = $1")
            .bind(id)
            .fetch_optional(self.conn().await?)
            .await
            .during("reading an approval")?;
        row.as_ref().map(Approval::read).transpose()
    }

    /// The newest question about a bounty that the owner was shown, however it stands.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn last_asked(&mut self, bounty: i64) -> Result<Option<Approval>> {
        let row = sqlx::query(
            "SELECT * FROM approval WHERE bounty_id = $1 AND delivered_at IS NOT NULL
             ORDER BY created_at DESC, id LIMIT 1",
        )
        .bind(bounty)
        .fetch_optional(self.conn().await?)
        .await
        .during("reading an approval")?;
        row.as_ref().map(Approval::read).transpose()
    }

    async fn pending_about(&mut self, bounty: i64) -> Result<Option<Approval>> {
        let row = sqlx::query("SELECT * FROM approval WHERE bounty_id = $1 AND state = 'pending'")
            .bind(bounty)
            .fetch_optional(self.conn().await?)
            .await
            .during("reading an approval")?;
        row.as_ref().map(Approval::read).transpose()
    }
}
