//! Effects, recorded: begun before, ended after, found again.

use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Effect, EffectState, NewEffect, Target};
use crate::bounty::appraise::Me;
use crate::bounty::permit::Permit;
use crate::ledger::bounties::{Bounty, Lease, signed};
use crate::ledger::{Actor, During, Entry, Ledger, LedgerError, Result, Tx};

impl Tx {
    /// Records the intent to write what `permit` allows, where it allows it. Call [`Tx::commit`]
    /// before anything leaves.
    ///
    /// # Errors
    /// The lease is lost, the permit names no repository id, or the ledger cannot be written: then
    /// nothing may leave.
    pub async fn begin_effect(
        &mut self,
        lease: &Lease,
        permit: &Permit,
        new: &NewEffect<'_>,
    ) -> Result<Effect> {
        let record = permit.record();
        let repository_id = record.repository_id.ok_or(LedgerError::Corrupt {
            what: "permit",
            detail: "it names no repository id".to_owned(),
        })?;
        let target = Target {
            repository_id,
            repo: record.repository.clone(),
            number: record.number,
        };
        self.insert_effect(lease, &target, new).await
    }

    /// Records the intent to follow up an effect that stands: it goes to the issue that one went to,
    /// under the name that GitHub gave the same repository last, which is the row's.
    ///
    /// # Errors
    /// As [`Tx::begin_effect`]; also when `earlier` does not stand, or went to another repository.
    pub async fn begin_followup(
        &mut self,
        lease: &Lease,
        earlier: &Effect,
        bounty: &Bounty,
        new: &NewEffect<'_>,
    ) -> Result<Effect> {
        if earlier.target.repository_id != bounty.repository_id {
            let detail = format!("{} went to another repository than the row's", earlier.id);
            return Err(LedgerError::Corrupt {
                what: "effect",
                detail,
            });
        }
        if earlier.state != EffectState::Done {
            let detail = format!("{} is followed up but does not stand", earlier.id);
            return Err(LedgerError::Corrupt {
                what: "effect",
                detail,
            });
        }
        let target = Target {
            repo: bounty.repo.clone(),
            ..earlier.target.clone()
        };
        self.insert_effect(lease, &target, new).await
    }

    async fn insert_effect(
        &mut self,
        lease: &Lease,
        target: &Target,
        new: &NewEffect<'_>,
    ) -> Result<Effect> {
        let NewEffect {
            id,
            kind,
            body,
            author,
            issue_at,
        } = *new;
        self.confirm(lease).await?;
        let now = self.now();
        sqlx::query(
            "INSERT INTO effect (id, bounty_id, kind, repository_id, repo, number, body, state,
             begun_at, first_at, issue_at, author_id, author_login)
             VALUES ($1, $2, $3, $4, $5, $6, $7, 'begun', $8, $8, $9, $10, $11)",
        )
        .bind(id)
        .bind(lease.bounty())
        .bind(kind.as_str())
        .bind(signed(target.repository_id))
        .bind(&target.repo)
        .bind(signed(target.number))
        .bind(body)
        .bind(now.0)
        .bind(issue_at.map(|t| t.0))
        .bind(signed(author.id))
        .bind(&author.login)
        .execute(self.conn().await?)
        .await
        .during("recording an intended write")?;
        let body_hash = hex::encode(Sha256::digest(body.as_bytes()));
        let entry = json!({ "kind": kind, "target": target, "sha256": body_hash });
        let entry = Entry::new(Actor::Daemon, "effect.begun", entry);
        self.journal(entry.bounty(lease.bounty()).effect(id))
            .await?;
        Ok(Effect {
            id: id.to_owned(),
            bounty_id: lease.bounty(),
            kind,
            target: target.clone(),
            state: EffectState::Begun,
            body: body.to_owned(),
            begun_at: now,
            first_at: now,
            issue_at,
            author: Some(author.clone()),
            misses: 0,
            missed_at: None,
            remote_id: None,
            detail: None,
        })
    }

    /// Records a further attempt at an effect that was shown not to have happened.
    ///
    /// # Errors
    /// As [`Tx::begin_effect`].
    pub async fn repeat_effect(&mut self, lease: &Lease, id: &str) -> Result<()> {
        self.confirm(lease).await?;
        let now = self.now();
        sqlx::query(
            "UPDATE effect SET state = 'begun', begun_at = $2, misses = 0, missed_at = NULL
             WHERE id = $1",
        )
        .bind(id)
        .bind(now.0)
        .execute(self.conn().await?)
        .await
        .during("recording a repeated write")?;
        let entry = Entry::new(Actor::Daemon, "effect.begun", json!({ "again": true }));
        self.journal(entry.bounty(lease.bounty()).effect(id))
            .await?;
        Ok(())
    }

    /// Records what became of an effect.
    ///
    /// # Errors
    /// The lease is lost or the ledger cannot be written; the effect then stays as it was and is
    /// reconciled later.
    pub async fn end_effect(
        &mut self,
        lease: &Lease,
        id: &str,
        state: EffectState,
        remote_id: Option<u64>,
        detail: &str,
    ) -> Result<()> {
        self.confirm(lease).await?;
        let now = self.now();
        sqlx::query(
            "UPDATE effect SET state = $2, ended_at = $3, remote_id = COALESCE($4, remote_id),
             detail = $5 WHERE id = $1",
        )
        .bind(id)
        .bind(state.as_str())
        .bind(now.0)
        .bind(remote_id.map(signed))
        .bind(detail)
        .execute(self.conn().await?)
        .await
        .during("recording the outcome of a write")?;
        let kind = match state {
            EffectState::Done => "effect.done",
            EffectState::Failed => "effect.failed",
            EffectState::Unproven => "effect.unproven",
            EffectState::Unknown | EffectState::Begun => "effect.unknown",
        };
        let body = json!({ "remote_id": remote_id, "detail": detail });
        self.journal(
            Entry::new(Actor::Daemon, kind, body)
                .bounty(lease.bounty())
                .effect(id),
        )
        .await?;
        Ok(())
    }

    /// Records that GitHub names another author of an effect than the one that was meant.
    ///
    /// # Errors
    /// The lease is lost or the ledger cannot be written.
    pub async fn written_as(&mut self, lease: &Lease, id: &str, author: &Me) -> Result<()> {
        self.confirm(lease).await?;
        sqlx::query("UPDATE effect SET author_id = $2, author_login = $3 WHERE id = $1")
            .bind(id)
            .bind(signed(author.id))
            .bind(&author.login)
            .execute(self.conn().await?)
            .await
            .during("recording whose a write is")?;
        let body = json!({ "login": author.login, "id": author.id });
        let entry = Entry::new(Actor::Daemon, "effect.written_as", body);
        self.journal(entry.bounty(lease.bounty()).effect(id))
            .await?;
        Ok(())
    }

    /// Notes that an effect was looked for and not found.
    ///
    /// # Errors
    /// The lease is lost or the ledger cannot be written.
    pub async fn missed_effect(&mut self, lease: &Lease, id: &str) -> Result<()> {
        self.confirm(lease).await?;
        let now = self.now();
        // An attempt dated in the future began before the clock was set back. From here on it
        // counts as begun now: the wait is a whole one, and not until that future has come.
        sqlx::query(
            "UPDATE effect SET misses = CASE WHEN begun_at > $2 THEN 1 ELSE misses + 1 END,
             begun_at = CASE WHEN begun_at > $2 THEN $2 ELSE begun_at END, missed_at = $2
             WHERE id = $1",
        )
        .bind(id)
        .bind(now.0)
        .execute(self.conn().await?)
        .await
        .during("noting a look-up")?;
        Ok(())
    }
}

impl Ledger {
    /// All effects of a bounty, oldest first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn effects(&self, bounty: i64) -> Result<Vec<Effect>> {
        let rows = sqlx::query("SELECT * FROM effect WHERE bounty_id = $1 ORDER BY first_at, id")
            .bind(bounty)
            .fetch_all(self.read())
            .await
            .during("reading effects")?;
        rows.iter().map(Effect::read).collect()
    }

    /// How many effects have no known outcome.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn open_effects(&self) -> Result<i64> {
        sqlx::query_scalar("SELECT COUNT(*) FROM effect WHERE state IN ('begun', 'unknown')")
            .fetch_one(self.read())
            .await
            .during("counting open effects")
    }
}
