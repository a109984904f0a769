//! Settling a question: answered, out of time, or no longer about what stands there.

use std::time::Duration;

use serde_json::json;

use super::{About, Question, questions};
use crate::ledger::approvals::{Answer, ApprovalState, Decided, TELEGRAM};
use crate::ledger::jobs::{Branch, Job, JobState};
use crate::ledger::requests::{Request, RequestState};
use crate::ledger::{Actor, During, Entry, LedgerError, Result, Tx};
use crate::messages::request_card;

/// When the pull request of a job whose further patch is not wanted is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(6 * 3600);

/// Why a question is void whose job has another patch by now.
const CHANGED: &str = "the patch is another by now";

/// Whether the chat showed all of what a client wants. Of a patch it shows a part by design, and says where the
/// rest lies; a client's words are all there is to a request.
fn shown_whole(question: &Question) -> bool {
    match question.about {
        About::Patch { .. } => true,
        About::Request { .. } => {
            serde_json::from_str(&question.card).is_ok_and(|card| request_card::is_whole(&card))
        }
    }
}

impl Tx {
    /// Applies the owner's answer, once.
    ///
    /// # Errors
    /// The ledger cannot be written; then the answer was not taken and may be given again.
    pub(in crate::ledger) async fn decide_question(
        &mut self,
        id: &str,
        answer: &Answer,
        actor: &Actor,
        channel: &str,
    ) -> Result<Decided> {
        let question = match self.question(id).await {
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
            let ended = self.expire_question(&question).await?;
            return Ok(Decided::Already(ended.unwrap_or(ApprovalState::Expired)));
        }
        if !self.still_asked(&question).await? {
            return Ok(Decided::Already(ApprovalState::Superseded));
        }
        let yes = matches!(answer, Answer::Approve { .. });
        if yes && channel == TELEGRAM && !shown_whole(&question) {
            return Ok(Decided::NotShown);
        }
        let (state, why) = match answer {
            Answer::Approve { .. } => (ApprovalState::Approved, None),
            Answer::Deny { why } => (ApprovalState::Denied, why.as_deref()),
        };
        let by = actor.to_string();
        self.settle_question(&question, state, &by, channel, why)
            .await?;
        match &question.about {
            About::Patch { job, patch, .. } => {
                let body = json!({
                    "question": id, "job": job, "verdict": state, "patch": patch,
                    "channel": channel, "why": why,
                });
                self.note(&question, actor.clone(), "patch.decided", body)
                    .await?;
                self.patch_decided(job, patch, answer, &by).await?;
                Ok(Decided::AppliedToPatch)
            }
            About::Request { request, hash } => {
                let to = match answer {
                    Answer::Approve { .. } => RequestState::Approved,
                    Answer::Deny { .. } => RequestState::Denied,
                };
                self.settle_request(request, hash, to, actor, why).await?;
                Ok(Decided::AppliedToRequest)
            }
        }
    }

    /// Has a job go on, or end, by the owner's word about its patch.
    async fn patch_decided(
        &mut self,
        job: &str,
        patch: &str,
        answer: &Answer,
        by: &str,
    ) -> Result<()> {
        let now = self.now();
        let Some(job) = self.job(job).await? else {
            return Ok(());
        };
        match answer {
            Answer::Approve { .. } => {
                self.job_approved(&job, patch, by).await?;
                self.move_job(&job, JobState::Submitting, Some("approved"), Some(now))
                    .await
            }
            Answer::Deny { why } => {
                let reason = match why {
                    Some(why) => format!("denied: {why}"),
                    None => "denied".to_owned(),
                };
                let again = now.plus(LOOK_AGAIN);
                self.end_job(&job, "patch_denied", &reason, again, Branch::Cleared)
                    .await
            }
        }
    }

    /// Ends a question that nobody answered in time, and the job or request with it; gives how it ended, `None`
    /// where it was answered since it was read.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn expire_question(&mut self, question: &Question) -> Result<Option<ApprovalState>> {
        self.end_unanswered(question, ApprovalState::Expired, None, "nobody answered")
            .await
    }

    /// Ends a question that never reached the owner, and the job or request with it; gives how it ended, `None`
    /// where it was answered since it was read.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn question_never_asked(
        &mut self,
        question: &Question,
    ) -> Result<Option<ApprovalState>> {
        // Nobody was asked, so nobody said no.
        let (state, why) = (ApprovalState::Superseded, "it could not be delivered");
        let reason = "the question about it could not be delivered";
        self.end_unanswered(question, state, Some(why), reason)
            .await
    }

    async fn end_unanswered(
        &mut self,
        question: &Question,
        state: ApprovalState,
        why: Option<&str>,
        reason: &str,
    ) -> Result<Option<ApprovalState>> {
        let stands = self.question(&question.id).await?;
        if stands.is_none_or(|q| q.state != ApprovalState::Pending) {
            return Ok(None);
        }
        if !self.still_asked(question).await? {
            return Ok(Some(ApprovalState::Superseded));
        }
        self.settle_question(question, state, "daemon", "clock", why)
            .await?;
        match &question.about {
            About::Patch { job, .. } => {
                let (kind, body) = match why {
                    None => (
                        "patch.expired",
                        json!({ "question": question.id, "job": job }),
                    ),
                    Some(why) => (
                        "patch.superseded",
                        json!({ "question": question.id, "job": job, "why": why }),
                    ),
                };
                self.note(question, Actor::Daemon, kind, body).await?;
                let again = self.now().plus(LOOK_AGAIN);
                if let Some(job) = self.job(job).await? {
                    self.end_job(&job, "patch_unanswered", reason, again, Branch::Cleared)
                        .await?;
                }
            }
            About::Request { request, hash } => {
                let to = RequestState::Expired;
                self.settle_request(request, hash, to, &Actor::Daemon, Some(reason))
                    .await?;
            }
        }
        Ok(Some(state))
    }

    /// Whether an open question is still about what stands there: a job that waits for an answer about
    /// exactly this patch, a request that waits with exactly this in it. Otherwise the question is void, and
    /// a job that waits for it is asked about anew.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn still_asked(&mut self, question: &Question) -> Result<bool> {
        match &question.about {
            About::Patch {
                job,
                patch,
                base_commit,
                tree,
            } => {
                let job = self.job(job).await?;
                let asking = job.filter(|job| job.state == JobState::Asking);
                let same = |job: &Job| {
                    job.patch.as_ref() == Some(patch)
                        && job.base_commit.as_ref() == Some(base_commit)
                        && job.tree.as_ref() == Some(tree)
                };
                match asking {
                    Some(job) if same(&job) => Ok(true),
                    Some(job) => {
                        let now = self.now();
                        self.move_job(&job, JobState::Made, Some(CHANGED), Some(now))
                            .await?;
                        Ok(false)
                    }
                    None => self.void(question, CHANGED).await.map(|()| false),
                }
            }
            About::Request { request, hash } => {
                let request = self.request(request).await?;
                let waits = |request: &Request| {
                    request.state == RequestState::Pending && request.hash == *hash
                };
                if request.as_ref().is_some_and(waits) {
                    return Ok(true);
                }
                self.void(question, "the client wants it no more").await?;
                Ok(false)
            }
        }
    }

    /// Ends the open question about a request, if there is one, because the client took it back.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn void_question_about_request(&mut self, request: &str, why: &str) -> Result<()> {
        let row = sqlx::query(questions!(
            "WHERE q.request_id = $1 AND q.state = 'pending'"
        ))
        .bind(request)
        .fetch_optional(self.conn().await?)
        .await
        .during("reading a question")?;
        match row.as_ref().map(Question::read).transpose()? {
            Some(question) => self.void(&question, why).await,
            None => Ok(()),
        }
    }

    /// Ends the open question about a job's patch, if there is one, because the job moved on without
    /// an answer.
    pub(in crate::ledger) async fn void_question_about_job(
        &mut self,
        job: &Job,
        why: Option<&str>,
    ) -> Result<()> {
        let row = sqlx::query(questions!("WHERE q.job_id = $1 AND q.state = 'pending'"))
            .bind(&job.id)
            .fetch_optional(self.conn().await?)
            .await
            .during("reading a question")?;
        let Some(question) = row.as_ref().map(Question::read).transpose()? else {
            return Ok(());
        };
        self.void(&question, why.unwrap_or("the job has moved on"))
            .await
    }

    async fn void(&mut self, question: &Question, why: &str) -> Result<()> {
        let state = ApprovalState::Superseded;
        let settled = self
            .settle_question(question, state, "daemon", "job", Some(why))
            .await?;
        if !settled {
            return Ok(());
        }
        let (kind, body) = match &question.about {
            About::Patch { job, .. } => (
                "patch.superseded",
                json!({ "question": question.id, "job": job, "why": why }),
            ),
            About::Request { request, .. } => (
                "request.superseded",
                json!({ "question": question.id, "request": request, "why": why }),
            ),
        };
        self.note(question, Actor::Daemon, kind, body).await
    }

    /// Ends an open question; says whether it still was one.
    async fn settle_question(
        &mut self,
        question: &Question,
        state: ApprovalState,
        by: &str,
        channel: &str,
        why: Option<&str>,
    ) -> Result<bool> {
        let now = self.now();
        let done = sqlx::query(
            "UPDATE question SET state = $2, decided_at = $3, decided_by = $4, channel = $5,
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
        .during("settling a question")?;
        Ok(done.rows_affected() == 1)
    }

    async fn note(
        &mut self,
        question: &Question,
        actor: Actor,
        kind: &'static str,
        body: serde_json::Value,
    ) -> Result<()> {
        let mut entry = Entry::new(actor, kind, body);
        entry.bounty = question.bounty;
        self.journal(entry).await?;
        Ok(())
    }

    /// A question by its id, as of this transaction.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn question(&mut self, id: &str) -> Result<Option<Question>> {
        let row = sqlx::query(questions!("WHERE q.id = $1"))
            .bind(id)
            .fetch_optional(self.conn().await?)
            .await
            .during("reading a question")?;
        row.as_ref().map(Question::read).transpose()
    }
}
