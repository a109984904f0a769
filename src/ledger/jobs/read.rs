//! Jobs, read.

use super::{Job, JobState};
use crate::clock::UnixMillis;
use crate::ledger::{During, Ledger, Result, Tx};

impl Ledger {
    /// A job.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn job(&self, id: &str) -> Result<Option<Job>> {
        let row = sqlx::query("SELECT * FROM job WHERE id = $1")
            .bind(id)
            .fetch_optional(self.read())
            .await
            .during("reading a job")?;
        row.as_ref().map(Job::read).transpose()
    }

    /// The newest jobs, newest first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn jobs(&self, limit: i64) -> Result<Vec<Job>> {
        let rows = sqlx::query("SELECT * FROM job ORDER BY begun_at DESC, id LIMIT $1")
            .bind(limit)
            .fetch_all(self.read())
            .await
            .during("reading jobs")?;
        rows.iter().map(Job::read).collect()
    }

    /// The next job that is due in one of two states, longest due first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn due_job(&self, states: [JobState; 2]) -> Result<Option<Job>> {
        let row = sqlx::query(
            "SELECT * FROM job WHERE wake_at <= $1 AND state IN ($2, $3) ORDER BY wake_at, id LIMIT 1",
        )
        .bind(self.clock().now().0)
        .bind(states[0].as_str())
        .bind(states[1].as_str())
        .fetch_optional(self.read())
        .await
        .during("reading jobs")?;
        row.as_ref().map(Job::read).transpose()
    }

    /// Jobs that are due in a state, longest due first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn due_jobs(&self, state: JobState, limit: i64) -> Result<Vec<Job>> {
        let rows = sqlx::query(
            "SELECT * FROM job WHERE wake_at <= $1 AND state = $2 ORDER BY wake_at, id LIMIT $3",
        )
        .bind(self.clock().now().0)
        .bind(state.as_str())
        .bind(limit)
        .fetch_all(self.read())
        .await
        .during("reading jobs")?;
        rows.iter().map(Job::read).collect()
    }

    /// When a job in one of two states is due next.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn next_job_at(&self, states: [JobState; 2]) -> Result<Option<UnixMillis>> {
        let at: Option<i64> =
            sqlx::query_scalar("SELECT MIN(wake_at) FROM job WHERE state IN ($1, $2)")
                .bind(states[0].as_str())
                .bind(states[1].as_str())
                .fetch_one(self.read())
                .await
                .during("reading jobs")?;
        Ok(at.map(UnixMillis))
    }

    /// How many pull requests were ever opened.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn submissions(&self) -> Result<i64> {
        sqlx::query_scalar("SELECT COUNT(*) FROM job WHERE pull IS NOT NULL")
            .fetch_one(self.read())
            .await
            .during("counting submissions")
    }
}

impl Tx {
    /// A job, as of this transaction.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn job(&mut self, id: &str) -> Result<Option<Job>> {
        let row = sqlx::query("SELECT * FROM job WHERE id = $1")
            .bind(id)
            .fetch_optional(self.conn().await?)
            .await
            .during("reading a job")?;
        row.as_ref().map(Job::read).transpose()
    }

    /// The job of a bounty that is not over.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn job_of(&mut self, bounty: i64) -> Result<Option<Job>> {
        let row = sqlx::query(
            "SELECT * FROM job WHERE bounty_id = $1 AND state NOT IN ('dropped', 'closed', 'merged')",
        )
        .bind(bounty)
        .fetch_optional(self.conn().await?)
        .await
        .during("reading a job")?;
        row.as_ref().map(Job::read).transpose()
    }
}
