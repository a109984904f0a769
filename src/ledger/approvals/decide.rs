//! What becomes of a bounty when the question about it ends: permitted, denied, expired, or judged anew.

use serde_json::json;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Approval, Claim};
use crate::bounty::permit::{Authority, PermitRecord};
use crate::bounty::stage::Stage;
use crate::clock::UnixMillis;
use crate::ledger::asked::{Answer, Decided, Given, Matter, Table, Topic, Unanswered, Words};
use crate::ledger::bounties::Lease;
use crate::ledger::{Actor, During, LedgerError, Result, Tx};

impl Topic for Claim {
    const TABLE: Table = Table::Approval;

    fn read(row: &SqliteRow) -> Result<Self> {
        let during = "reading an approval";
        let proposal: String = row.try_get("proposal").during(during)?;
        Ok(Self {
            bounty_id: row.try_get("bounty_id").during(during)?,
            hash: row.try_get("hash").during(during)?,
            proposal: serde_json::from_str(&proposal).map_err(|e| LedgerError::Corrupt {
                what: "proposal",
                detail: e.to_string(),
            })?,
            tier: row.try_get("tier").during(during)?,
            checked_at: UnixMillis(row.try_get("checked_at").during(during)?),
        })
    }

    fn matter(&self) -> Matter {
        Matter::Claim
    }

    fn superseded(approval: &Approval, why: &str) -> Words {
        let body = json!({ "approval": approval.id, "why": why });
        ("approval.superseded", body)
    }

    /// Whether the issue still says what it said is asked at GitHub, before the card leaves and before the
    /// claim is made; the ledger alone has nothing against it.
    async fn stands(_tx: &mut Tx, _approval: &Approval) -> Result<bool> {
        Ok(true)
    }

    /// Only now the bounty was asked about once more.
    async fn arrives(tx: &mut Tx, id: &str) -> Result<()> {
        sqlx::query(
            "UPDATE bounty SET asks = asks + 1 WHERE id =
             (SELECT bounty_id FROM approval WHERE id = $1 AND delivered_at IS NULL)",
        )
        .bind(id)
        .execute(tx.conn().await?)
        .await
        .during("counting a question")?;
        Ok(())
    }

    async fn ended(tx: &mut Tx) -> Result<()> {
        tx.a_hand_may_be_free().await
    }

    async fn answered(tx: &mut Tx, approval: &Approval, given: Given<'_>) -> Result<Decided> {
        let (state, why) = given.verdict();
        let Claim {
            bounty_id: bounty,
            hash,
            proposal,
            ..
        } = &approval.about;
        let body = json!({
            "approval": approval.id, "verdict": state, "hash": hash, "channel": given.channel,
            "why": why,
        });
        tx.note(approval, given.actor.clone(), ("approval.decided", body))
            .await?;
        match given.answer {
            Answer::Approve { permit_until } => {
                let permit = PermitRecord {
                    given_at: tx.now(),
                    expires_at: *permit_until,
                    authority: Authority::Approval {
                        id: approval.id.clone(),
                    },
                    ..proposal.clone()
                };
                tx.grant(*bounty, &permit).await?;
                tx.answered(*bounty, Stage::Permitted, "approved", true)
                    .await?;
            }
            Answer::Deny { .. } => {
                tx.answered(*bounty, Stage::Denied, "denied", false).await?;
            }
        }
        Ok(Decided::Applied)
    }

    /// A bounty that nobody was asked about is judged anew, and asked about anew if it is still worth it.
    async fn unanswered(tx: &mut Tx, approval: &Approval, how: Unanswered) -> Result<()> {
        let bounty = approval.about.bounty_id;
        match how.why() {
            None => {
                let words = ("approval.expired", json!({ "approval": approval.id }));
                tx.note(approval, Actor::Daemon, words).await?;
                tx.answered(bounty, Stage::Expired, "expired", false).await
            }
            Some(why) => {
                let words = Self::superseded(approval, why);
                tx.note(approval, Actor::Daemon, words).await?;
                tx.answered(bounty, Stage::Found, "superseded", true).await
            }
        }
    }
}

impl Tx {
    /// Ends an open question whose answer would be to another time, and has its bounty judged anew.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub(in crate::ledger) async fn judge_anew(
        &mut self,
        approval: &Approval,
        why: &str,
    ) -> Result<()> {
        self.void(approval, "restore", why).await?;
        self.answered(approval.about.bounty_id, Stage::Found, "superseded", true)
            .await
    }

    /// Ends the open question about a leased bounty because what it asked about has changed; says
    /// whether there was one.
    ///
    /// # Errors
    /// The lease is lost, or the ledger cannot be written.
    pub async fn supersede(&mut self, lease: &Lease, why: &str) -> Result<bool> {
        self.confirm(lease).await?;
        match self.pending_about(lease.bounty()).await? {
            Some(approval) => self.void(&approval, "scan", why).await,
            None => Ok(false),
        }
    }
}
