//! Leases, and the one step that a leased bounty is moved.

use std::time::Duration;

use super::pending::{Pending, moved};
use super::{Bounty, Lease, Step, stages_before, unsigned};
use crate::bounty::stage::Stage;
use crate::clock::UnixMillis;
use crate::ledger::writer::begin_and;
use crate::ledger::{During, Ledger, LedgerError, Result, Tx};
use crate::money::Usd;

impl Ledger {
    /// Begins a transaction and leases up to `limit` due bounties in one of `stages`, dearest first.
    /// Nobody else sees the leases before it is committed.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn begin_leasing(
        &self,
        worker: &str,
        stages: &[Stage],
        lasting: Duration,
        limit: i64,
    ) -> Result<(Tx, Vec<(Bounty, Lease)>)> {
        let during = "taking due work";
        let mut tx = self.hold().await?;
        let now = tx.now();
        // At most six stages are ever asked for at once; an unused place repeats the first.
        let mut names = [stages.first().map_or("", |s| s.as_str()); 6];
        for (name, stage) in names.iter_mut().zip(stages) {
            *name = stage.as_str();
        }
        debug_assert!(stages.len() <= names.len(), "more stages than places");
        // Both in one call, which each costs a tenth of a step. `stage || ''` keeps the planner from
        // the index of stages: what is due is little, what is in a stage may be thousands. `+ 0` keeps
        // it from looking at the limit, for which it would plan anew each time.
        let due = sqlx::query(begin_and!(
            "UPDATE bounty SET lease_owner = $1, lease_until = $2, epoch = epoch + 1
             WHERE id IN (SELECT id FROM bounty WHERE wake_at <= $3
                 AND (lease_until IS NULL OR lease_until <= $3)
                 AND stage || '' IN ($4, $5, $6, $7, $8, $9)
                 ORDER BY COALESCE(usd, 0) DESC, id LIMIT $10 + 0)
             RETURNING id, repository_id, repo, number, title, stage, reason, usd, wake_at, failures,
                 asks, source_updated_at, first_seen, deadline, epoch"
        ))
        .bind(worker)
        .bind(now.plus(lasting).0)
        .bind(now.0)
        .bind(names[0])
        .bind(names[1])
        .bind(names[2])
        .bind(names[3])
        .bind(names[4])
        .bind(names[5])
        .bind(limit);
        let begun = if limit == 1 {
            // Heard with the row; for all rows, the end would be waited for as well.
            let row = due.fetch_optional(tx.held.conn()).await;
            row.map(|row| row.into_iter().collect())
        } else {
            due.fetch_all(tx.held.conn()).await
        };
        let rows = tx.held.heard(begun).during(during)?;
        let mut leased = rows
            .iter()
            .map(|row| {
                let bounty = Bounty::read(row)?;
                let lease = Lease {
                    bounty: bounty.id,
                    epoch: bounty.epoch,
                    stage: bounty.stage,
                };
                Ok((bounty, lease))
            })
            .collect::<Result<Vec<_>>>()?;
        leased.sort_by_key(|(b, _)| (std::cmp::Reverse(b.usd), b.id));
        Ok((tx, leased))
    }
}

impl Tx {
    /// Moves a leased bounty one step and gives the lease back. It is written before the ledger is
    /// asked for anything else, or together with the commit: it is there that a lost lease shows.
    ///
    /// # Errors
    /// Somebody else took over the bounty of the step before, or the ledger cannot be written.
    pub async fn advance(&mut self, lease: &Lease, step: &Step<'_>) -> Result<()> {
        self.conn().await?;
        self.pending = Some(Pending::new(lease, step));
        if step.stage.is_final() {
            self.a_hand_may_be_free().await?;
        }
        Ok(())
    }

    /// Moves a leased bounty one step and keeps the lease.
    ///
    /// # Errors
    /// Somebody else took the bounty over, or the ledger cannot be written.
    pub async fn mark_stage(&mut self, lease: &Lease, stage: Stage) -> Result<()> {
        let done = sqlx::query(
            "UPDATE bounty SET stage = $3
             WHERE id = $1 AND epoch = $2 AND $4 LIKE '%,' || stage || ',%'",
        )
        .bind(lease.bounty)
        .bind(lease.epoch)
        .bind(stage.as_str())
        .bind(stages_before(stage))
        .execute(self.conn().await?)
        .await
        .during("moving a bounty on")?;
        let (bounty, epoch) = (lease.bounty, lease.epoch);
        moved(
            self.conn().await?,
            bounty,
            epoch,
            stage,
            done.rows_affected(),
        )
        .await
    }

    /// Leaves a leased bounty where it is, to be tried again at `wake_at`.
    ///
    /// # Errors
    /// As [`Tx::mark_stage`].
    pub async fn postpone(
        &mut self,
        lease: &Lease,
        wake_at: UnixMillis,
        failed: bool,
    ) -> Result<()> {
        let done = sqlx::query(
            "UPDATE bounty SET wake_at = $3, failures = failures + $4,
             lease_owner = NULL, lease_until = NULL WHERE id = $1 AND epoch = $2",
        )
        .bind(lease.bounty)
        .bind(lease.epoch)
        .bind(wake_at.0)
        .bind(i64::from(failed))
        .execute(self.conn().await?)
        .await
        .during("postponing a bounty")?;
        lease.held(done.rows_affected())
    }

    /// Whether a scan has seen a change of a leased bounty since it was leased.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn changed_since_leased(&mut self, bounty: &Bounty) -> Result<bool> {
        let seen: Option<i64> =
            sqlx::query_scalar("SELECT source_updated_at FROM bounty WHERE id = $1")
                .bind(bounty.id)
                .fetch_one(self.conn().await?)
                .await
                .during("looking for a change")?;
        Ok(seen != bounty.source_updated_at.map(|t| t.0))
    }

    /// Checks that a lease is still the newest one, before something is written beside the row.
    ///
    /// # Errors
    /// Somebody else took the bounty over.
    pub async fn confirm(&mut self, lease: &Lease) -> Result<()> {
        let found: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM bounty WHERE id = $1 AND epoch = $2")
                .bind(lease.bounty)
                .bind(lease.epoch)
                .fetch_one(self.conn().await?)
                .await
                .during("checking a lease")?;
        lease.held(unsigned(found))
    }

    /// Notes what a judgement said about a leased bounty.
    ///
    /// # Errors
    /// As [`Tx::mark_stage`].
    pub async fn put_appraisal(
        &mut self,
        lease: &Lease,
        usd: Option<Usd>,
        appraisal: &str,
    ) -> Result<()> {
        let done =
            sqlx::query("UPDATE bounty SET usd = $3, appraisal = $4 WHERE id = $1 AND epoch = $2")
                .bind(lease.bounty)
                .bind(lease.epoch)
                .bind(usd.map(Usd::cents))
                .bind(appraisal)
                .execute(self.conn().await?)
                .await
                .during("storing an appraisal")?;
        lease.held(done.rows_affected())
    }

    /// Puts a bounty that waits for the owner where the answer says, at once due. Whoever was
    /// looking at it in the meantime loses the lease.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub(in crate::ledger) async fn answered(
        &mut self,
        bounty: i64,
        stage: Stage,
        reason: &str,
        wake: bool,
    ) -> Result<()> {
        let wake_at = wake.then_some(self.now().0);
        sqlx::query(
            "UPDATE bounty SET stage = $2, reason = $3, wake_at = $4, epoch = epoch + 1,
             lease_owner = NULL, lease_until = NULL, failures = 0 WHERE id = $1 AND stage = $5",
        )
        .bind(bounty)
        .bind(stage.as_str())
        .bind(reason)
        .bind(wake_at)
        .bind(Stage::Asking.as_str())
        .execute(self.conn().await?)
        .await
        .during("recording the owner's answer")?;
        Ok(())
    }

    /// Sets when a leased bounty's claim is taken back unless it shows a pull request.
    ///
    /// # Errors
    /// As [`Tx::mark_stage`].
    pub async fn set_deadline(&mut self, lease: &Lease, at: UnixMillis) -> Result<()> {
        let done = sqlx::query("UPDATE bounty SET deadline = $3 WHERE id = $1 AND epoch = $2")
            .bind(lease.bounty)
            .bind(lease.epoch)
            .bind(at.0)
            .execute(self.conn().await?)
            .await
            .during("setting a deadline")?;
        lease.held(done.rows_affected())
    }

    /// Gives a claim time until `until`, if it stands in one of `stages`. Whoever was looking at it
    /// in the meantime loses the lease: he would take it back by the old deadline.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn extend_claim(
        &mut self,
        bounty: i64,
        until: UnixMillis,
        stages: &[Stage; 2],
    ) -> Result<bool> {
        let done = sqlx::query(
            "UPDATE bounty SET deadline = $2, epoch = epoch + 1, lease_owner = NULL,
                 lease_until = NULL WHERE id = $1 AND stage IN ($3, $4)",
        )
        .bind(bounty)
        .bind(until.0)
        .bind(stages[0].as_str())
        .bind(stages[1].as_str())
        .execute(self.conn().await?)
        .await
        .during("extending a claim")?;
        Ok(done.rows_affected() == 1)
    }

    /// Has everything that was left alone by other rules judged again: it is read anew from the
    /// beginning, and the next sighting counts as a change.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn forget_judgements(&mut self) -> Result<()> {
        sqlx::query("DELETE FROM setting WHERE name LIKE 'cursor:%'")
            .execute(self.conn().await?)
            .await
            .during("forgetting judgements")?;
        for stage in [Stage::Skipped, Stage::Reported] {
            sqlx::query("UPDATE bounty SET source_updated_at = NULL WHERE stage = $1")
                .bind(stage.as_str())
                .execute(self.conn().await?)
                .await
                .during("forgetting judgements")?;
        }
        Ok(())
    }

    /// Gives back every lease: called once at start, when the instance lock proves that no other
    /// holder is alive.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn release_all_leases(&mut self) -> Result<u64> {
        let done = sqlx::query(
            "UPDATE bounty SET lease_owner = NULL, lease_until = NULL, epoch = epoch + 1
             WHERE lease_owner IS NOT NULL",
        )
        .execute(self.conn().await?)
        .await
        .during("releasing leases")?;
        Ok(done.rows_affected())
    }
}

impl Tx {
    /// Gives back the leases of `worker`, none of whose steps is still going on: their outcome could
    /// not be written, and without this nothing would be done about them until they end.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn release_leases_of(&mut self, worker: &str) -> Result<u64> {
        let done = sqlx::query(
            "UPDATE bounty SET lease_owner = NULL, lease_until = NULL, epoch = epoch + 1
             WHERE lease_owner = $1",
        )
        .bind(worker)
        .execute(self.conn().await?)
        .await
        .during("releasing leases")?;
        Ok(done.rows_affected())
    }
}

impl Lease {
    fn held(&self, rows: u64) -> Result<()> {
        if rows == 1 {
            return Ok(());
        }
        Err(LedgerError::LostLease {
            bounty: self.bounty,
            epoch: self.epoch,
        })
    }
}
