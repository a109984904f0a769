//! What becomes of a job or a request when the question about it ends: it goes on, or is over.

use std::time::Duration;

use serde_json::json;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::About;
use crate::ledger::asked::{
    Answer, Decided, Given, Matter, Question, Table, Topic, Unanswered, Words, questions,
};
use crate::ledger::jobs::{Branch, Job, JobState};
use crate::ledger::requests::{Request, RequestState};
use crate::ledger::{Actor, During, Result, Tx};
use crate::messages::request_card;

/// When the pull request of a job whose further patch is not wanted is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(6 * 3600);

/// Why a question is void whose job has another patch by now.
const CHANGED: &str = "the patch is another by now";

/// The channel of what ends a question because the work moved on.
const BY_THE_JOB: &str = "job";

impl Topic for About {
    const TABLE: Table = Table::Question;

    fn read(row: &SqliteRow) -> Result<Self> {
        let during = "reading a question";
        let text = |name: &str| row.try_get::<String, _>(name).during(during);
        Ok(
            match row.try_get::<Option<String>, _>("job_id").during(during)? {
                Some(job) => Self::Patch {
                    job,
                    patch: text("patch")?,
                    base_commit: text("base_commit")?,
                    tree: text("tree")?,
                },
                None => Self::Request {
                    request: text("request_id")?,
                    hash: text("hash")?,
                },
            },
        )
    }

    fn matter(&self) -> Matter {
        match self {
            Self::Patch { .. } => Matter::Patch,
            Self::Request { .. } => Matter::Request,
        }
    }

    fn superseded(question: &Question<Self>, why: &str) -> Words {
        match &question.about {
            Self::Patch { job, .. } => (
                "patch.superseded",
                json!({ "question": question.id, "job": job, "why": why }),
            ),
            Self::Request { request, .. } => (
                "request.superseded",
                json!({ "question": question.id, "request": request, "why": why }),
            ),
        }
    }

    /// A job must wait for an answer about exactly this patch, a request with exactly this in it. A job that
    /// waits for an answer about another is asked about anew.
    async fn stands(tx: &mut Tx, question: &Question<Self>) -> Result<bool> {
        match &question.about {
            Self::Patch {
                job,
                patch,
                base_commit,
                tree,
            } => {
                let job = tx.job(job).await?;
                let asking = job.filter(|job| job.state == JobState::Asking);
                let same = |job: &Job| {
                    job.patch.as_ref() == Some(patch)
                        && job.base_commit.as_ref() == Some(base_commit)
                        && job.tree.as_ref() == Some(tree)
                };
                match asking {
                    Some(job) if same(&job) => return Ok(true),
                    Some(job) => {
                        let now = tx.now();
                        tx.move_job(&job, JobState::Made, Some(CHANGED), Some(now))
                            .await?;
                    }
                    None => {
                        tx.void(question, BY_THE_JOB, CHANGED).await?;
                    }
                }
            }
            Self::Request { request, hash } => {
                let request = tx.request(request).await?;
                let waits = |request: &Request| {
                    request.state == RequestState::Pending && request.hash == *hash
                };
                if request.as_ref().is_some_and(waits) {
                    return Ok(true);
                }
                tx.void(question, BY_THE_JOB, "the client wants it no more")
                    .await?;
            }
        }
        Ok(false)
    }

    /// Of a patch the chat shows a part by design, and says where the rest lies; a client's words are all there
    /// is to a request.
    fn shown_whole(question: &Question<Self>) -> bool {
        match question.about {
            Self::Patch { .. } => true,
            Self::Request { .. } => {
                serde_json::from_str(&question.card).is_ok_and(|card| request_card::is_whole(&card))
            }
        }
    }

    async fn answered(tx: &mut Tx, question: &Question<Self>, given: Given<'_>) -> Result<Decided> {
        let (state, why) = given.verdict();
        match &question.about {
            Self::Patch { job, patch, .. } => {
                let body = json!({
                    "question": question.id, "job": job, "verdict": state, "patch": patch,
                    "channel": given.channel, "why": why,
                });
                tx.note(question, given.actor.clone(), ("patch.decided", body))
                    .await?;
                tx.patch_decided(job, patch, given).await?;
                Ok(Decided::AppliedToPatch)
            }
            Self::Request { request, hash } => {
                let to = match given.answer {
                    Answer::Approve { .. } => RequestState::Approved,
                    Answer::Deny { .. } => RequestState::Denied,
                };
                tx.settle_request(request, hash, to, given.actor, why)
                    .await?;
                if to == RequestState::Denied
                    && let Some(request) = tx.request(request).await?
                {
                    let why = "the owner said no to more of the same";
                    tx.end_leases_of(&request.purpose(), given.actor, why)
                        .await?;
                }
                Ok(Decided::AppliedToRequest)
            }
        }
    }

    async fn unanswered(tx: &mut Tx, question: &Question<Self>, how: Unanswered) -> Result<()> {
        let reason = match how {
            Unanswered::OutOfTime => "nobody answered",
            Unanswered::NeverAsked => "the question about it could not be delivered",
        };
        match &question.about {
            Self::Patch { job, .. } => {
                let words = match how.why() {
                    None => {
                        let body = json!({ "question": question.id, "job": job });
                        ("patch.expired", body)
                    }
                    Some(why) => Self::superseded(question, why),
                };
                tx.note(question, Actor::Daemon, words).await?;
                let again = tx.now().plus(LOOK_AGAIN);
                if let Some(job) = tx.job(job).await? {
                    tx.end_job(&job, "patch_unanswered", reason, again, Branch::Cleared)
                        .await?;
                }
            }
            Self::Request { request, hash } => {
                let to = RequestState::Expired;
                tx.settle_request(request, hash, to, &Actor::Daemon, Some(reason))
                    .await?;
            }
        }
        Ok(())
    }
}

impl Tx {
    /// Has a job go on, or end, by the owner's word about its patch.
    async fn patch_decided(&mut self, job: &str, patch: &str, given: Given<'_>) -> Result<()> {
        let now = self.now();
        let Some(job) = self.job(job).await? else {
            return Ok(());
        };
        match given.answer {
            Answer::Approve { .. } => {
                self.job_approved(&job, patch, &given.actor.to_string())
                    .await?;
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

    /// Ends the open question about a request, if there is one, because the client took it back.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn void_question_about_request(&mut self, request: &str, why: &str) -> Result<()> {
        let sql = questions!(About, "WHERE q.request_id = $1 AND q.state = 'pending'");
        self.void_if_open(sql, request, why).await
    }

    /// Ends the open question about a job's patch, if there is one, because the job moved on without
    /// an answer.
    pub(in crate::ledger) async fn void_question_about_job(
        &mut self,
        job: &Job,
        why: Option<&str>,
    ) -> Result<()> {
        let sql = questions!(About, "WHERE q.job_id = $1 AND q.state = 'pending'");
        self.void_if_open(sql, &job.id, why.unwrap_or("the job has moved on"))
            .await
    }

    async fn void_if_open(&mut self, sql: &'static str, id: &str, why: &str) -> Result<()> {
        if let Some(question) = self.one_question::<About>(sql, id).await? {
            self.void(&question, BY_THE_JOB, why).await?;
        }
        Ok(())
    }
}
