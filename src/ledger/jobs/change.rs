//! Jobs, changed: begun, made, moved on, ended.

use serde_json::json;

use super::{Branch, Job, JobState};
use crate::clock::UnixMillis;
use crate::ledger::bounties::signed;
use crate::ledger::{Actor, During, Entry, LedgerError, Result, Tx};

/// A job to be begun.
#[derive(Clone, Debug)]
pub struct NewJob<'a> {
    /// For which bounty; `None`: asked for by hand.
    pub bounty: Option<i64>,
    /// GitHub's numeric repository id.
    pub repository_id: u64,
    /// `owner/name`.
    pub repo: &'a str,
    /// The issue.
    pub number: Option<u64>,
    /// The title, or the goal.
    pub title: &'a str,
    /// Who asks for it.
    pub actor: Actor,
    /// When it is due; `None`: whoever asks does it himself.
    pub wake_at: Option<UnixMillis>,
}

/// What an attempt took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Milliseconds.
    pub worked_ms: u64,
    /// Requests to models.
    pub requests: u64,
    /// Their cost, in millionths of a US dollar.
    pub micro_usd: u64,
}

/// A patch that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Made<'a> {
    /// The commit it was made on.
    pub base_commit: &'a str,
    /// The id of the tree that the gate judged.
    pub tree: &'a str,
    /// The gate's hash of the change.
    pub patch: &'a str,
}

impl Tx {
    /// Begins a job.
    ///
    /// # Errors
    /// One is alive for the bounty already, or the ledger cannot be written.
    pub async fn begin_job(&mut self, new: &NewJob<'_>) -> Result<String> {
        let mut id = self.fresh_id();
        id.truncate(16);
        self.begin_job_named(new, id).await
    }

    /// Begins a job with an id of its own, 16 hexadecimal digits.
    ///
    /// # Errors
    /// One has it already, or is alive for the bounty, or the ledger cannot be written.
    pub async fn begin_job_named(&mut self, new: &NewJob<'_>, id: String) -> Result<String> {
        sqlx::query(
            "INSERT INTO job (id, bounty_id, repository_id, repo, number, title, state, asked_by,
             wake_at, begun_at) VALUES ($1, $2, $3, $4, $5, $6, 'making', $7, $8, $9)",
        )
        .bind(&id)
        .bind(new.bounty)
        .bind(signed(new.repository_id))
        .bind(new.repo)
        .bind(new.number.map(signed))
        .bind(new.title)
        .bind(new.actor.to_string())
        .bind(new.wake_at.map(|at| at.0))
        .bind(self.now().0)
        .execute(self.conn().await?)
        .await
        .during("beginning a job")?;
        let body = json!({ "job": id, "repository": new.repo, "number": new.number });
        let mut entry = Entry::new(new.actor.clone(), "job.begun", body);
        entry.bounty = new.bounty;
        self.journal(entry).await?;
        Ok(id)
    }

    /// Adds what an attempt took.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn job_spent(&mut self, job: &Job, spent: Spent) -> Result<()> {
        sqlx::query(
            "UPDATE job SET worked_ms = worked_ms + $2,
             requests = requests + $3, micro_usd = micro_usd + $4 WHERE id = $1",
        )
        .bind(&job.id)
        .bind(signed(spent.worked_ms))
        .bind(signed(spent.requests))
        .bind(signed(spent.micro_usd))
        .execute(self.conn().await?)
        .await
        .during("counting what a job costs")?;
        Ok(())
    }

    /// A patch was made: what the owner may have approved before was another.
    ///
    /// # Errors
    /// The job is elsewhere, or the ledger cannot be written.
    pub async fn job_made(&mut self, job: &Job, made: &Made<'_>) -> Result<()> {
        let done = sqlx::query(
            "UPDATE job SET base_commit = $3, tree = $4, patch = $5, approved_by = NULL
             WHERE id = $1 AND state = $2",
        )
        .bind(&job.id)
        .bind(job.state.as_str())
        .bind(made.base_commit)
        .bind(made.tree)
        .bind(made.patch)
        .execute(self.conn().await?)
        .await
        .during("storing a patch")?;
        held(job, done.rows_affected())
    }

    /// Somebody said yes to exactly this patch.
    ///
    /// # Errors
    /// The job has another patch by now, or the ledger cannot be written.
    pub async fn job_approved(&mut self, job: &Job, patch: &str, by: &str) -> Result<()> {
        let done = sqlx::query(
            "UPDATE job SET approved_by = $4 WHERE id = $1 AND state = $2 AND patch = $3",
        )
        .bind(&job.id)
        .bind(job.state.as_str())
        .bind(patch)
        .bind(by)
        .execute(self.conn().await?)
        .await
        .during("storing an approval")?;
        held(job, done.rows_affected())
    }

    /// The branch ends in this commit of ours.
    ///
    /// # Errors
    /// The job is elsewhere, or the ledger cannot be written.
    pub async fn job_pushed(&mut self, job: &Job, head: &str) -> Result<()> {
        let done = sqlx::query("UPDATE job SET head = $3 WHERE id = $1 AND state = $2")
            .bind(&job.id)
            .bind(job.state.as_str())
            .bind(head)
            .execute(self.conn().await?)
            .await
            .during("storing a commit")?;
        held(job, done.rows_affected())
    }

    /// The pull request stands.
    ///
    /// # Errors
    /// The job is elsewhere, or the ledger cannot be written.
    pub async fn job_opened(&mut self, job: &Job, pull: u64, node: &str) -> Result<()> {
        let done =
            sqlx::query("UPDATE job SET pull = $3, pull_node = $4 WHERE id = $1 AND state = $2")
                .bind(&job.id)
                .bind(job.state.as_str())
                .bind(signed(pull))
                .bind(node)
                .execute(self.conn().await?)
                .await
                .during("storing a pull request")?;
        held(job, done.rows_affected())
    }

    /// Moves a job on, and says so in the journal. An open question about its patch is void when it
    /// moves for another reason than the answer.
    ///
    /// # Errors
    /// It is elsewhere, or the ledger cannot be written.
    pub async fn move_job(
        &mut self,
        job: &Job,
        to: JobState,
        reason: Option<&str>,
        wake_at: Option<UnixMillis>,
    ) -> Result<()> {
        let ended = to.is_over().then(|| self.now().0);
        let done = sqlx::query(
            "UPDATE job SET state = $3, reason = $4, wake_at = $5, failures = 0, ended_at = $6
             WHERE id = $1 AND state = $2",
        )
        .bind(&job.id)
        .bind(job.state.as_str())
        .bind(to.as_str())
        .bind(reason)
        .bind(wake_at.map(|at| at.0))
        .bind(ended)
        .execute(self.conn().await?)
        .await
        .during("moving a job on")?;
        held(job, done.rows_affected())?;
        if job.state == JobState::Asking {
            self.void_question_about_job(job, reason).await?;
        }
        let body = json!({ "job": job.id, "from": job.state, "to": to, "reason": reason });
        let mut entry = Entry::new(Actor::Daemon, "job.moved", body);
        entry.bounty = job.bounty;
        self.journal(entry).await?;
        Ok(())
    }

    /// Ends a job that comes to nothing, and with it a bounty whose claim would have been the pull request;
    /// `reason` is the code for that. A job whose pull request is open goes on with that, looked at again at
    /// `look_at`.
    ///
    /// # Errors
    /// It is elsewhere, or the ledger cannot be written.
    pub async fn end_job(
        &mut self,
        job: &Job,
        reason: &str,
        why: &str,
        look_at: UnixMillis,
        branch: Branch,
    ) -> Result<()> {
        if job.pull.is_some() {
            return self
                .move_job(job, JobState::Open, Some(why), Some(look_at))
                .await;
        }
        // At once: a branch that was made already is to be cleared away.
        let wake = (branch == Branch::Cleared).then(|| self.now());
        self.move_job(job, JobState::Dropped, Some(why), wake)
            .await?;
        self.job_frees_bounty(job, reason).await
    }

    /// One more attempt of a job begins.
    ///
    /// # Errors
    /// It is elsewhere, or the ledger cannot be written.
    pub async fn begin_attempt(&mut self, job: &Job) -> Result<()> {
        let done =
            sqlx::query("UPDATE job SET attempts = attempts + 1 WHERE id = $1 AND state = $2")
                .bind(&job.id)
                .bind(job.state.as_str())
                .execute(self.conn().await?)
                .await
                .during("beginning an attempt")?;
        held(job, done.rows_affected())
    }

    /// The attempt that was begun was not made: somebody told the program to stop.
    ///
    /// # Errors
    /// It is elsewhere, or the ledger cannot be written.
    pub async fn take_back_attempt(&mut self, job: &Job) -> Result<()> {
        let done =
            sqlx::query("UPDATE job SET attempts = attempts - 1 WHERE id = $1 AND state = $2")
                .bind(&job.id)
                .bind(job.state.as_str())
                .execute(self.conn().await?)
                .await
                .during("taking an attempt back")?;
        held(job, done.rows_affected())
    }

    /// Ends the jobs that somebody did by hand when the program died: he can ask again.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn drop_interrupted_jobs(&mut self) -> Result<()> {
        let rows = sqlx::query("SELECT * FROM job WHERE state = 'making' AND wake_at IS NULL")
            .fetch_all(self.conn().await?)
            .await
            .during("looking for interrupted jobs")?;
        for row in &rows {
            let job = Job::read(row)?;
            self.move_job(&job, JobState::Dropped, Some("interrupted"), None)
                .await?;
        }
        Ok(())
    }

    /// Nothing more is to be done for a job that is over.
    ///
    /// # Errors
    /// It is elsewhere, or the ledger cannot be written.
    pub async fn rest_job(&mut self, job: &Job) -> Result<()> {
        let done = sqlx::query("UPDATE job SET wake_at = NULL WHERE id = $1 AND state = $2")
            .bind(&job.id)
            .bind(job.state.as_str())
            .execute(self.conn().await?)
            .await
            .during("leaving a job alone")?;
        held(job, done.rows_affected())
    }

    /// Leaves a job where it is, to be tried again.
    ///
    /// # Errors
    /// It is elsewhere, or the ledger cannot be written.
    pub async fn postpone_job(&mut self, job: &Job, at: UnixMillis, failed: bool) -> Result<()> {
        let done = sqlx::query(
            "UPDATE job SET wake_at = $3, failures = failures + $4 WHERE id = $1 AND state = $2",
        )
        .bind(&job.id)
        .bind(job.state.as_str())
        .bind(at.0)
        .bind(i64::from(failed))
        .execute(self.conn().await?)
        .await
        .during("postponing a job")?;
        held(job, done.rows_affected())
    }
}

fn held(job: &Job, rows: u64) -> Result<()> {
    if rows == 1 {
        return Ok(());
    }
    Err(LedgerError::Corrupt {
        what: "job",
        detail: format!("{} is no longer {}", job.id, job.state.as_str()),
    })
}
