//! The outside writes of jobs, recorded: begun before, ended after.

use serde::Serialize;
use serde_json::json;

use super::Job;
use crate::ledger::{Actor, During, Entry, Ledger, Result, Tx};

/// What kind of write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum JobEffectKind {
    /// A fork of the repository.
    Fork,
    /// The job's branch at the base commit.
    Branch,
    /// The commit of the patch.
    Commit,
    /// The pull request.
    PullRequest,
    /// The pull request is closed because of a no.
    Close,
    /// The pull request is closed because nobody has looked at it for long.
    Withdraw,
    /// The branch is deleted.
    DeleteBranch,
}

impl JobEffectKind {
    /// The name in the ledger.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fork => "fork",
            Self::Branch => "branch",
            Self::Commit => "commit",
            Self::PullRequest => "pull-request",
            Self::Close => "close",
            Self::Withdraw => "withdraw",
            Self::DeleteBranch => "delete-branch",
        }
    }
}

/// A write that was begun.
#[derive(Clone, Debug)]
pub struct JobEffect {
    id: String,
    job: String,
    bounty: Option<i64>,
    kind: JobEffectKind,
}

impl Tx {
    /// Records the intent. Commit before anything leaves.
    ///
    /// # Errors
    /// The ledger cannot be written: then nothing may leave.
    pub async fn begin_job_effect(
        &mut self,
        job: &Job,
        kind: JobEffectKind,
        target: &str,
    ) -> Result<JobEffect> {
        let id = self.fresh_id();
        sqlx::query(
            "INSERT INTO job_effect (id, job_id, kind, target, state, begun_at)
             VALUES ($1, $2, $3, $4, 'begun', $5)",
        )
        .bind(&id)
        .bind(&job.id)
        .bind(kind.as_str())
        .bind(target)
        .bind(self.now().0)
        .execute(self.conn().await?)
        .await
        .during("recording an intended write")?;
        let body = json!({ "job": job.id, "kind": kind, "target": target });
        let mut entry = Entry::new(Actor::Daemon, "job.write_begun", body).effect(&id);
        entry.bounty = job.bounty;
        self.journal(entry).await?;
        Ok(JobEffect {
            id,
            job: job.id.clone(),
            bounty: job.bounty,
            kind,
        })
    }

    /// Records how it ended: `done`, `failed`, or `unknown`, which is looked for before anything is
    /// repeated.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn end_job_effect(
        &mut self,
        effect: &JobEffect,
        state: &'static str,
        detail: &str,
    ) -> Result<()> {
        sqlx::query("UPDATE job_effect SET state = $2, ended_at = $3, detail = $4 WHERE id = $1")
            .bind(&effect.id)
            .bind(state)
            .bind(self.now().0)
            .bind(detail)
            .execute(self.conn().await?)
            .await
            .during("recording a write's outcome")?;
        let kind = match state {
            "done" => "job.write_done",
            "failed" => "job.write_failed",
            _ => "job.write_unknown",
        };
        let body = json!({ "job": effect.job, "kind": effect.kind, "detail": detail });
        let mut entry = Entry::new(Actor::Daemon, kind, body).effect(&effect.id);
        entry.bounty = effect.bounty;
        self.journal(entry).await?;
        Ok(())
    }

    /// What was begun and not ended is of unknown outcome; it is looked for at GitHub before anything
    /// is repeated, and this closes the record with what was found.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn settle_job_effects(
        &mut self,
        job: &Job,
        kind: JobEffectKind,
        found: bool,
    ) -> Result<()> {
        let (state, detail) = if found {
            ("done", "found at GitHub")
        } else {
            ("failed", "not there")
        };
        let open: Vec<String> = sqlx::query_scalar(
            "SELECT id FROM job_effect WHERE job_id = $1 AND kind = $2 AND state IN ('begun', 'unknown')",
        )
        .bind(&job.id)
        .bind(kind.as_str())
        .fetch_all(self.conn().await?)
        .await
        .during("reading intended writes")?;
        for id in open {
            let effect = JobEffect {
                id,
                job: job.id.clone(),
                bounty: job.bounty,
                kind,
            };
            self.end_job_effect(&effect, state, detail).await?;
        }
        Ok(())
    }
}

impl Ledger {
    /// Whether a write of this kind was made for a job.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn has_job_effect(&self, job: &str, kind: JobEffectKind) -> Result<bool> {
        let made: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM job_effect WHERE job_id = $1 AND kind = $2 AND state = 'done'",
        )
        .bind(job)
        .bind(kind.as_str())
        .fetch_one(self.read())
        .await
        .during("reading writes")?;
        Ok(made > 0)
    }

    /// When the newest write of this kind began whose outcome is not known.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn open_job_effect(
        &self,
        job: &str,
        kind: JobEffectKind,
    ) -> Result<Option<crate::clock::UnixMillis>> {
        let at: Option<i64> = sqlx::query_scalar(
            "SELECT MAX(begun_at) FROM job_effect
             WHERE job_id = $1 AND kind = $2 AND state IN ('begun', 'unknown')",
        )
        .bind(job)
        .bind(kind.as_str())
        .fetch_one(self.read())
        .await
        .during("reading intended writes")?;
        Ok(at.map(crate::clock::UnixMillis))
    }
}
