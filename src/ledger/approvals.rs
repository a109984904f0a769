//! Questions to the owner and their answers.
//!
//! A decision is compare-and-set in one transaction with the journal (and with the Telegram offset,
//! when it came from there): a double tap, a replayed update, a stale button and a restart between
//! tap and act all end in exactly one effect.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Actor, During, Entry, Ledger, LedgerError, Result, Tx};
use crate::bounty::permit::{Authority, PermitRecord};
use crate::bounty::stage::Stage;
use crate::clock::UnixMillis;
use crate::ledger::bounties::Lease;
use crate::money::Usd;

/// How a question stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ApprovalState {
    /// Not answered yet.
    Pending,
    /// The owner said yes.
    Approved,
    /// The owner said no.
    Denied,
    /// Nobody answered in time.
    Expired,
    /// What was asked about is no longer what stands there.
    Superseded,
}

impl ApprovalState {
    const ALL: [Self; 5] = [
        Self::Pending,
        Self::Approved,
        Self::Denied,
        Self::Expired,
        Self::Superseded,
    ];

    /// The name in the ledger.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Superseded => "superseded",
        }
    }
}

/// A question to the owner.
#[derive(Clone, Debug, Serialize)]
pub struct Approval {
    /// 128-bit id in hexadecimal; the button carries nothing else.
    pub id: String,
    /// About which bounty.
    pub bounty_id: i64,
    /// Over exactly what is approved.
    pub hash: String,
    /// The permit that a yes gives, without its times.
    pub proposal: PermitRecord,
    /// What the owner is shown, serialised by `messages`.
    pub card: String,
    /// The amount asked about.
    pub usd: Option<Usd>,
    /// How strong an answer is needed.
    pub tier: String,
    /// How it stands.
    pub state: ApprovalState,
    /// When it was asked.
    pub created_at: UnixMillis,
    /// When what is asked was last seen to be so.
    pub checked_at: UnixMillis,
    /// When the owner's channel confirmed it.
    pub delivered_at: Option<UnixMillis>,
    /// When it stops to count; unset until it was delivered.
    pub expires_at: Option<UnixMillis>,
    /// The message that carries it.
    pub message_id: Option<i64>,
    /// Deliveries that failed.
    pub attempts: i64,
    /// When it was answered.
    pub decided_at: Option<UnixMillis>,
    /// By whom.
    pub decided_by: Option<String>,
    /// Through which channel.
    pub channel: Option<String>,
    /// The reason given, or what superseded it.
    pub why: Option<String>,
}

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

/// Yes or no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Yes; the permit it gives ends at this instant.
    Approve {
        /// When the permit ends if it was not used.
        permit_until: UnixMillis,
    },
    /// No.
    Deny {
        /// The reason, in the owner's words.
        why: Option<String>,
    },
}

/// What an answer did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decided {
    /// It counted.
    Applied,
    /// The question had been settled before; this answer changed nothing.
    Already(ApprovalState),
    /// There is no such question.
    Unknown,
}

impl Approval {
    fn read(row: &SqliteRow) -> Result<Self> {
        let during = "reading an approval";
        let time = |name: &str| -> Result<Option<UnixMillis>> {
            Ok(row
                .try_get::<Option<i64>, _>(name)
                .during(during)?
                .map(UnixMillis))
        };
        let state: String = row.try_get("state").during(during)?;
        Ok(Self {
            id: row.try_get("id").during(during)?,
            bounty_id: row.try_get("bounty_id").during(during)?,
            hash: row.try_get("hash").during(during)?,
            proposal: serde_json::from_str(&row.try_get::<String, _>("proposal").during(during)?)
                .map_err(|e| LedgerError::Corrupt {
                what: "proposal",
                detail: e.to_string(),
            })?,
            card: row.try_get("card").during(during)?,
            usd: row
                .try_get::<Option<i64>, _>("usd")
                .during(during)?
                .map(Usd),
            tier: row.try_get("tier").during(during)?,
            state: ApprovalState::ALL
                .into_iter()
                .find(|s| s.as_str() == state)
                .ok_or(LedgerError::Corrupt {
                    what: "approval state",
                    detail: state,
                })?,
            created_at: UnixMillis(row.try_get("created_at").during(during)?),
            checked_at: UnixMillis(row.try_get("checked_at").during(during)?),
            delivered_at: time("delivered_at")?,
            expires_at: time("expires_at")?,
            message_id: row.try_get("message_id").during(during)?,
            attempts: row.try_get("attempts").during(during)?,
            decided_at: time("decided_at")?,
            decided_by: row.try_get("decided_by").during(during)?,
            channel: row.try_get("channel").during(during)?,
            why: row.try_get("why").during(during)?,
        })
    }
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
        .execute(self.conn())
        .await
        .during("storing a question")?;
        let body =
            json!({ "approval": id, "hash": new.proposal.hash, "usd": new.usd, "tier": new.tier });
        self.journal(Entry::new(Actor::Daemon, "approval.asked", body).bounty(lease.bounty()))
            .await?;
        Ok(id)
    }

    /// Records that the card arrived; the time to answer counts from here.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn delivered(
        &mut self,
        id: &str,
        message: i64,
        expires_at: UnixMillis,
    ) -> Result<()> {
        let now = self.now();
        // A card sent twice keeps its first deadline; the newest message is the one edited later.
        sqlx::query(
            "UPDATE approval SET delivered_at = COALESCE(delivered_at, $2), message_id = $3,
             expires_at = COALESCE(expires_at, $4), next_try_at = NULL,
             edit_due = CASE WHEN state = 'pending' THEN 0 ELSE 1 END WHERE id = $1",
        )
        .bind(id)
        .bind(now.0)
        .bind(message)
        .bind(expires_at.0)
        .execute(self.conn())
        .await
        .during("recording a delivered question")?;
        Ok(())
    }

    /// Records that the card did not arrive, and when to try again.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn undelivered(
        &mut self,
        id: &str,
        again_at: UnixMillis,
        failed: bool,
    ) -> Result<()> {
        sqlx::query("UPDATE approval SET attempts = attempts + $3, next_try_at = $2 WHERE id = $1")
            .bind(id)
            .bind(again_at.0)
            .bind(i64::from(failed))
            .execute(self.conn())
            .await
            .during("recording an undelivered question")?;
        Ok(())
    }

    /// Records that what a leased bounty's question asks is still so; a card that was held back
    /// for this goes out now. Gives the hash the owner is asked about, if there is a question.
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
        .execute(self.conn())
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
            .execute(self.conn())
            .await
            .during("holding a card back")?;
        sqlx::query("UPDATE bounty SET wake_at = $2 WHERE id = $1 AND stage = $3")
            .bind(approval.bounty_id)
            .bind(now.0)
            .bind(Stage::Asking.as_str())
            .execute(self.conn())
            .await
            .during("holding a card back")?;
        Ok(())
    }

    /// Applies the owner's answer, once.
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
        let Some(approval) = self.approval(id).await? else {
            return Ok(Decided::Unknown);
        };
        let now = self.now();
        if approval.state != ApprovalState::Pending {
            return Ok(Decided::Already(approval.state));
        }
        if approval.expires_at.is_some_and(|at| at <= now) {
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

    /// Ends a question that nobody answered in time.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn expire(&mut self, approval: &Approval) -> Result<()> {
        self.settle(approval, ApprovalState::Expired, "daemon", "clock", None)
            .await?;
        let body = json!({ "approval": approval.id });
        let entry = Entry::new(Actor::Daemon, "approval.expired", body);
        self.journal(entry.bounty(approval.bounty_id)).await?;
        self.answered(approval.bounty_id, Stage::Expired, "expired", false)
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

    async fn settle(
        &mut self,
        approval: &Approval,
        state: ApprovalState,
        by: &str,
        channel: &str,
        why: Option<&str>,
    ) -> Result<()> {
        let now = self.now();
        sqlx::query(
            "UPDATE approval SET state = $2, decided_at = $3, decided_by = $4, channel = $5,
             why = $6, next_try_at = NULL, edit_due = 1 WHERE id = $1 AND state = 'pending'",
        )
        .bind(&approval.id)
        .bind(state.as_str())
        .bind(now.0)
        .bind(by)
        .bind(channel)
        .bind(why)
        .execute(self.conn())
        .await
        .during("settling a question")?;
        Ok(())
    }

    /// Records that the message says the outcome.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn edited(&mut self, id: &str) -> Result<()> {
        sqlx::query("UPDATE approval SET edit_due = 0 WHERE id = $1")
            .bind(id)
            .execute(self.conn())
            .await
            .during("recording an edited message")?;
        Ok(())
    }

    /// A question by its id, as of this transaction.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn approval(&mut self, id: &str) -> Result<Option<Approval>> {
        let row = sqlx::query("SELECT * FROM approval WHERE id = $1")
            .bind(id)
            .fetch_optional(self.conn())
            .await
            .during("reading an approval")?;
        row.as_ref().map(Approval::read).transpose()
    }

    async fn pending_about(&mut self, bounty: i64) -> Result<Option<Approval>> {
        let row = sqlx::query("SELECT * FROM approval WHERE bounty_id = $1 AND state = 'pending'")
            .bind(bounty)
            .fetch_optional(self.conn())
            .await
            .during("reading an approval")?;
        row.as_ref().map(Approval::read).transpose()
    }
}

impl Ledger {
    /// Open questions, dearest first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn pending_approvals(&self) -> Result<Vec<Approval>> {
        self.approvals(
            "SELECT * FROM approval WHERE state = 'pending'
             ORDER BY COALESCE(usd, 0) DESC, created_at, id",
            None,
        )
        .await
    }

    /// Questions whose card is to be sent at `now`, dearest first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn approvals_to_send(&self, now: UnixMillis) -> Result<Vec<Approval>> {
        self.approvals(
            "SELECT * FROM approval WHERE state = 'pending' AND next_try_at <= $1
             ORDER BY COALESCE(usd, 0) DESC, created_at, id",
            Some(now),
        )
        .await
    }

    /// Questions whose time is over at `now`; one that could not be delivered for three days is
    /// no longer what its card says.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn approvals_to_expire(&self, now: UnixMillis) -> Result<Vec<Approval>> {
        self.approvals(
            "SELECT * FROM approval WHERE state = 'pending'
             AND COALESCE(expires_at, created_at + 259200000) <= $1 ORDER BY created_at",
            Some(now),
        )
        .await
    }

    /// Settled questions whose message does not say so yet.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn approvals_to_edit(&self) -> Result<Vec<Approval>> {
        self.approvals(
            "SELECT * FROM approval WHERE edit_due = 1 AND message_id IS NOT NULL
             ORDER BY decided_at LIMIT 20",
            None,
        )
        .await
    }

    /// When the next card is to be sent or the next question expires.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn next_approval_at(&self) -> Result<Option<UnixMillis>> {
        let at: Option<i64> = sqlx::query_scalar(
            "SELECT MIN(at) FROM (
                SELECT next_try_at AS at FROM approval WHERE state = 'pending'
                UNION ALL SELECT expires_at AS at FROM approval WHERE state = 'pending')",
        )
        .fetch_one(self.read())
        .await
        .during("looking for due questions")?;
        Ok(at.map(UnixMillis))
    }

    /// A question whose id begins with `prefix` (at least 6 characters), if there is exactly one.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn approval_by_prefix(&self, prefix: &str) -> Result<Option<Approval>> {
        if prefix.len() < 6 || !prefix.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Ok(None);
        }
        let rows = sqlx::query("SELECT * FROM approval WHERE id LIKE $1 || '%' LIMIT 2")
            .bind(prefix.to_ascii_lowercase())
            .fetch_all(self.read())
            .await
            .during("reading an approval")?;
        match rows.as_slice() {
            [one] => Approval::read(one).map(Some),
            _ => Ok(None),
        }
    }

    /// The questions about a bounty, newest first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn approvals_about(&self, bounty: i64) -> Result<Vec<Approval>> {
        let rows =
            sqlx::query("SELECT * FROM approval WHERE bounty_id = $1 ORDER BY created_at DESC, id")
                .bind(bounty)
                .fetch_all(self.read())
                .await
                .during("reading approvals")?;
        rows.iter().map(Approval::read).collect()
    }

    async fn approvals(&self, sql: &'static str, at: Option<UnixMillis>) -> Result<Vec<Approval>> {
        let query = sqlx::query(sql);
        let query = match at {
            Some(at) => query.bind(at.0),
            None => query,
        };
        let rows = query
            .fetch_all(self.read())
            .await
            .during("reading approvals")?;
        rows.iter().map(Approval::read).collect()
    }
}
