//! What a job means for its bounty: begun for it, submitted, given back, looked at.

use super::{Job, NewJob};
use crate::bounty::stage::Stage;
use crate::clock::UnixMillis;
use crate::ledger::bounties::Bounty;
use crate::ledger::{Actor, During, Result, Tx};

impl Tx {
    /// Has a bounty looked at now, if it is one that is followed.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn wake_bounty(&mut self, bounty: i64) -> Result<()> {
        sqlx::query("UPDATE bounty SET wake_at = $2 WHERE id = $1 AND stage IN ($3, $4, $5)")
            .bind(bounty)
            .bind(self.now().0)
            .bind(Stage::Claimed.as_str())
            .bind(Stage::Requested.as_str())
            .bind(Stage::Submitted.as_str())
            .execute(self.conn().await?)
            .await
            .during("waking a bounty")?;
        Ok(())
    }

    /// Begins the job of a leased bounty that is ours to work on, unless it has one.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn begin_job_for(&mut self, bounty: &Bounty) -> Result<String> {
        if let Some(job) = self.job_of(bounty.id).await? {
            return Ok(job.id);
        }
        let now = self.now();
        self.begin_job(&NewJob {
            bounty: Some(bounty.id),
            repository_id: bounty.repository_id,
            repo: &bounty.repo,
            number: Some(bounty.number),
            title: &bounty.title,
            actor: Actor::Daemon,
            wake_at: Some(now),
        })
        .await
    }

    /// The pull request of a job's bounty is open; whoever looked at the bounty meanwhile loses the lease.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn job_submitted_bounty(&mut self, job: &Job, look_at: UnixMillis) -> Result<()> {
        let stages = [Stage::Claimed, Stage::Requested, Stage::Fixing];
        self.turn_bounty(
            job,
            &stages,
            Stage::Submitted,
            "pull_request",
            Some(look_at),
        )
        .await
    }

    /// A bounty whose claim would have been the pull request is over with the job. One that is claimed
    /// stays so: the claim is followed, and taken back in time.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub(super) async fn job_frees_bounty(&mut self, job: &Job, reason: &str) -> Result<()> {
        let stages = [Stage::Fixing; 3];
        self.turn_bounty(job, &stages, Stage::Lost, reason, None)
            .await
    }

    async fn turn_bounty(
        &mut self,
        job: &Job,
        from: &[Stage; 3],
        to: Stage,
        reason: &str,
        wake_at: Option<UnixMillis>,
    ) -> Result<()> {
        let Some(bounty) = job.bounty else {
            return Ok(());
        };
        sqlx::query(
            "UPDATE bounty SET stage = $2, reason = $3, wake_at = $4, epoch = epoch + 1,
             lease_owner = NULL, lease_until = NULL, failures = 0
             WHERE id = $1 AND stage IN ($5, $6, $7)",
        )
        .bind(bounty)
        .bind(to.as_str())
        .bind(reason)
        .bind(wake_at.map(|at| at.0))
        .bind(from[0].as_str())
        .bind(from[1].as_str())
        .bind(from[2].as_str())
        .execute(self.conn().await?)
        .await
        .during("moving a bounty on")?;
        self.end_permits(bounty, "used").await?;
        self.a_hand_may_be_free().await
    }
}
