//! Settling a question about a patch: answered, out of time, or no longer about the job's patch.

use std::time::Duration;

use serde_json::json;

use super::{PatchQuestion, questions};
use crate::ledger::approvals::{Answer, ApprovalState, Decided};
use crate::ledger::jobs::{Branch, Job, JobState};
use crate::ledger::{Actor, During, Entry, LedgerError, Result, Tx};

/// When the pull request of a job whose further patch is not wanted is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(6 * 3600);

/// Why a question is void whose job has another patch by now.
const CHANGED: &str = "the patch is another by now";

impl Tx {
    /// Applies the owner's answer, once.
    ///
    /// # Errors
    /// The ledger cannot be written; then the answer was not taken and may be given again.
    pub(in crate::ledger) async fn decide_about_patch(
        &mut self,
        id: &str,
        answer: &Answer,
        actor: &Actor,
        channel: &str,
    ) -> Result<Decided> {
        let question = match self.patch_question(id).await {
            Ok(Some(question)) => question,
            Ok(None) => return Ok(Decided::Unknown),
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
        if question.state != ApprovalState::Pending {
            return Ok(Decided::Already(question.state));
        }
        if let Some(deadline) = question.expires_at
            && deadline <= now
            && !self.may_be_in_time(channel, deadline).await?
        {
            let ended = self.expire_patch_question(&question).await?;
            return Ok(Decided::Already(ended.unwrap_or(ApprovalState::Expired)));
        }
        let Some(job) = self.still_the_patch(&question).await? else {
            return Ok(Decided::Already(ApprovalState::Superseded));
        };
        let (state, why) = match answer {
            Answer::Approve { .. } => (ApprovalState::Approved, None),
            Answer::Deny { why } => (ApprovalState::Denied, why.as_deref()),
        };
        let by = actor.to_string();
        self.settle_patch_question(&question, state, &by, channel, why)
            .await?;
        let body = json!({
            "question": id, "job": question.job, "verdict": state, "patch": question.patch,
            "channel": channel, "why": why,
        });
        self.note(&question, actor.clone(), "patch.decided", body)
            .await?;
        match answer {
            Answer::Approve { .. } => {
                self.job_approved(&job, &question.patch, &by).await?;
                self.move_job(&job, JobState::Submitting, Some("approved"), Some(now))
                    .await?;
            }
            Answer::Deny { why } => {
                let reason = match why {
                    Some(why) => format!("denied: {why}"),
                    None => "denied".to_owned(),
                };
                self.end_job(
                    &job,
                    "patch_denied",
                    &reason,
                    now.plus(LOOK_AGAIN),
                    Branch::Cleared,
                )
                .await?;
            }
        }
        Ok(Decided::AppliedToPatch)
    }

    /// Ends a question that nobody answered in time, and the job with it; gives how it ended, `None`
    /// where it was answered since it was read.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn expire_patch_question(
        &mut self,
        question: &PatchQuestion,
    ) -> Result<Option<ApprovalState>> {
        self.end_unanswered(question, ApprovalState::Expired, None, "nobody answered")
            .await
    }

    /// Ends a question that never reached the owner, and the job with it; gives how it ended, `None`
    /// where it was answered since it was read.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn patch_never_asked(
        &mut self,
        question: &PatchQuestion,
    ) -> Result<Option<ApprovalState>> {
        // Nobody was asked, so nobody said no.
        let (state, why) = (ApprovalState::Superseded, "it could not be delivered");
        let reason = "the question about it could not be delivered";
        self.end_unanswered(question, state, Some(why), reason)
            .await
    }

    async fn end_unanswered(
        &mut self,
        question: &PatchQuestion,
        state: ApprovalState,
        why: Option<&str>,
        reason: &str,
    ) -> Result<Option<ApprovalState>> {
        let stands = self.patch_question(&question.id).await?;
        if stands.is_none_or(|q| q.state != ApprovalState::Pending) {
            return Ok(None);
        }
        let Some(job) = self.still_the_patch(question).await? else {
            return Ok(Some(ApprovalState::Superseded));
        };
        self.settle_patch_question(question, state, "daemon", "clock", why)
            .await?;
        let (kind, body) = match why {
            None => (
                "patch.expired",
                json!({ "question": question.id, "job": question.job }),
            ),
            Some(why) => (
                "patch.superseded",
                json!({ "question": question.id, "job": question.job, "why": why }),
            ),
        };
        self.note(question, Actor::Daemon, kind, body).await?;
        let again = self.now().plus(LOOK_AGAIN);
        self.end_job(&job, "patch_unanswered", reason, again, Branch::Cleared)
            .await?;
        Ok(Some(state))
    }

    /// The job of an open question if it still waits for an answer about exactly this patch.
    /// Otherwise the question is void, and a job that waits for it is asked about anew.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn still_the_patch(&mut self, question: &PatchQuestion) -> Result<Option<Job>> {
        let job = self.job(&question.job).await?;
        let asking = job.filter(|job| job.state == JobState::Asking);
        let same = |job: &Job| {
            job.patch.as_deref() == Some(&question.patch)
                && job.base_commit.as_deref() == Some(&question.base_commit)
                && job.tree.as_deref() == Some(&question.tree)
        };
        match asking {
            Some(job) if same(&job) => Ok(Some(job)),
            Some(job) => {
                let now = self.now();
                self.move_job(&job, JobState::Made, Some(CHANGED), Some(now))
                    .await?;
                Ok(None)
            }
            None => {
                self.void(question, CHANGED).await?;
                Ok(None)
            }
        }
    }

    /// Ends the open question about a job's patch, if there is one, because the job moved on without
    /// an answer.
    pub(in crate::ledger::jobs) async fn void_patch_question(
        &mut self,
        job: &Job,
        why: Option<&str>,
    ) -> Result<()> {
        let row = sqlx::query(questions!("WHERE q.job_id = $1 AND q.state = 'pending'"))
            .bind(&job.id)
            .fetch_optional(self.conn().await?)
            .await
            .during("reading a question about a patch")?;
        let Some(question) = row.as_ref().map(PatchQuestion::read).transpose()? else {
            return Ok(());
        };
        self.void(&question, why.unwrap_or("the job has moved on"))
            .await
    }

    async fn void(&mut self, question: &PatchQuestion, why: &str) -> Result<()> {
        let state = ApprovalState::Superseded;
        let settled = self
            .settle_patch_question(question, state, "daemon", "job", Some(why))
            .await?;
        if !settled {
            return Ok(());
        }
        let body = json!({ "question": question.id, "job": question.job, "why": why });
        self.note(question, Actor::Daemon, "patch.superseded", body)
            .await
    }

    /// Ends an open question; says whether it still was one.
    async fn settle_patch_question(
        &mut self,
        question: &PatchQuestion,
        state: ApprovalState,
        by: &str,
        channel: &str,
        why: Option<&str>,
    ) -> Result<bool> {
        let now = self.now();
        let done = sqlx::query(
            "UPDATE patch_question SET state = $2, decided_at = $3, decided_by = $4, channel = $5,
             why = $6, next_try_at = NULL, edit_due = 1 WHERE id = $1 AND state = 'pending'",
        )
        .bind(&question.id)
        .bind(state.as_str())
        .bind(now.0)
        .bind(by)
        .bind(channel)
        .bind(why)
        .execute(self.conn().await?)
        .await
        .during("settling a question about a patch")?;
        Ok(done.rows_affected() == 1)
    }

    async fn note(
        &mut self,
        question: &PatchQuestion,
        actor: Actor,
        kind: &'static str,
        body: serde_json::Value,
    ) -> Result<()> {
        let mut entry = Entry::new(actor, kind, body);
        entry.bounty = question.bounty;
        self.journal(entry).await?;
        Ok(())
    }

    /// A question about a patch by its id, as of this transaction.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn patch_question(&mut self, id: &str) -> Result<Option<PatchQuestion>> {
        let row = sqlx::query(questions!("WHERE q.id = $1"))
            .bind(id)
            .fetch_optional(self.conn().await?)
            .await
            .during("reading a question about a patch")?;
        row.as_ref().map(PatchQuestion::read).transpose()
    }
}
