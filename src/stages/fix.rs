//! Fix: has a patch made for a job, keeps it, and counts what it took.

use std::path::PathBuf;
use std::time::Duration;

use ::fix::job::Word as Outcome;
use serde_json::json;

use super::{backoff, waited};
use crate::app::App;
use crate::bounty::facts::{Association, IssueFacts, IssueState};
use crate::config::Config;
use crate::crash;
use crate::fixer::call::{Call, CallError};
use crate::fixer::order::{Comment, Issue, Order};
use crate::fixer::papers;
use crate::fixer::word::{Ended, Word};
use crate::github::Trouble;
use crate::ledger::jobs::{Job, JobState, Made, Spent};
use crate::ledger::{Actor, Entry, LedgerError, Result, in_full};
use crate::messages::notice;
use crate::telegram::outbox;

/// Comments of an issue that an agent is told, the newest.
const COMMENTS: usize = 30;

/// What came of an attempt.
#[derive(Debug)]
pub enum Came {
    /// The job came to an end, with a patch or without; its papers are kept here.
    Ended {
        /// How.
        ended: Box<Ended>,
        /// Where.
        papers: PathBuf,
    },
    /// The program was told to stop before that.
    Stopped,
    /// Nothing can be said about the job: something failed, or is missing here.
    Not {
        /// It may work later, without anybody changing something.
        may_pass: bool,
        /// The configuration or the machine lacks something.
        missing: bool,
        /// What and why.
        why: String,
    },
}

/// The order for an issue, in the words of those who wrote it.
#[must_use]
pub fn order(id: &str, facts: &IssueFacts, goal: Option<String>, unattended: bool) -> Order {
    let belongs = |association| {
        matches!(
            association,
            Association::Owner | Association::Member | Association::Collaborator
        )
    };
    let newest = facts.comments.len().saturating_sub(COMMENTS);
    let comments = facts.comments.iter().skip(newest).map(|comment| Comment {
        author: comment.author.login.clone().unwrap_or_default(),
        association: format!("{:?}", comment.association).to_uppercase(),
        body: comment.body.clone(),
    });
    Order {
        id: id.to_owned(),
        repository: facts.repo.slug(),
        commit: None,
        goal,
        issue: Some(Issue {
            number: facts.number,
            title: facts.title.clone(),
            body: facts.body.clone().unwrap_or_default(),
            comments: comments.collect(),
            author_belongs: belongs(facts.association),
            author_days: None,
        }),
        criteria: Vec::new(),
        unattended,
    }
}

/// Attempts of one job, at most.
const MOST_ATTEMPTS: i64 = 3;

/// How long a job waits for what is missing on this machine.
const MISSING_PAUSE: Duration = Duration::from_secs(3600);

/// Makes the patch of one due job; says whether there was one. Takes as long as the job does, or until
/// `stop` ends.
///
/// # Errors
/// The ledger cannot be read or written.
pub async fn run(app: &App, stop: impl Future<Output = ()>) -> Result<bool> {
    let Some(job) = app
        .ledger
        .due_job([JobState::Making, JobState::Making])
        .await?
    else {
        return Ok(false);
    };
    let rules = app.rules();
    if job.attempts >= MOST_ATTEMPTS {
        give_up(app, &job, "it was tried three times").await?;
        return Ok(true);
    }
    let (owner, name) = super::owner_and_name(&job.repo);
    let Some(number) = job.number else {
        give_up(app, &job, "it has no issue").await?;
        return Ok(true);
    };
    let facts = match app.github.issue(owner, name, number).await {
        Ok(facts) => facts,
        Err(trouble) if trouble.is_refusal() => {
            give_up(app, &job, &trouble.to_string()).await?;
            return Ok(true);
        }
        Err(trouble) => {
            let at = match &trouble {
                Trouble::WaitUntil { at, .. } => waited(*at, app.now()),
                _ => app.now().plus(backoff(job.failures)),
            };
            let mut tx = app.ledger.begin().await?;
            tx.postpone_job(&job, at, true).await?;
            tx.commit().await?;
            return Ok(true);
        }
    };
    if facts.repo.id != Some(job.repository_id) {
        give_up(app, &job, "another repository stands under this name now").await?;
        return Ok(true);
    }
    if facts.state == Some(IssueState::Closed) {
        give_up(app, &job, "the issue was closed meanwhile").await?;
        return Ok(true);
    }
    let order = order(&job.id, &facts, None, false);
    let id = job.id.clone();
    let say = |text: String| tracing::info!(job = id, "{text}");
    let came = make(app, &rules.config, &job, order, say, stop).await?;
    crash::point("job.made");
    settle(app, &job, &came).await?;
    Ok(true)
}

/// Writes down what came of an attempt of a job that goes on by itself.
///
/// # Errors
/// The ledger cannot be written.
pub async fn settle(app: &App, job: &Job, came: &Came) -> Result<()> {
    let (ended, why) = match came {
        Came::Ended { ended, .. } => (ended, ended.record.why.clone().unwrap_or_default()),
        // It is due as before.
        Came::Stopped => return Ok(()),
        Came::Not {
            may_pass,
            missing,
            why,
        } => {
            if !may_pass && !missing || job.failures >= MOST_ATTEMPTS {
                return give_up(app, job, why).await;
            }
            let mut tx = app.ledger.begin().await?;
            let now = tx.now();
            let pause = if *missing { MISSING_PAUSE } else { backoff(job.failures) };
            tx.postpone_job(job, now.plus(pause), true).await?;
            let text = notice::not_submitted(&job.slug(), &job.id, why);
            let key = format!("job:{}:not:{}", job.id, job.attempts);
            tx.notify_owner(&key, &outbox::encode(&text), now).await?;
            return tx.commit().await;
        }
    };
    let record = &ended.record;
    let patch = (
        &record.base_commit,
        &record.tree,
        &record.patch_sha256,
        &ended.patch,
    );
    let (Some(base_commit), Some(tree), Some(patch), Some(_)) = patch else {
        return give_up(app, job, &why).await;
    };
    let mut tx = app.ledger.begin().await?;
    let now = tx.now();
    tx.job_made(
        job,
        &Made {
            base_commit,
            tree,
            patch,
        },
    )
    .await?;
    // What the gate holds, or the tests do not prove, is asked about; the reason says which.
    let held = (record.outcome != Some(Outcome::Gated)).then_some(why);
    tx.move_job(job, JobState::Made, held.as_deref(), Some(now))
        .await?;
    tx.commit().await?;
    app.work.notify_one();
    Ok(())
}

/// Ends a job that has no patch.
async fn give_up(app: &App, job: &Job, why: &str) -> Result<()> {
    let mut tx = app.ledger.begin().await?;
    tx.move_job(job, JobState::Dropped, Some(why), None).await?;
    tx.job_frees_bounty(job, "no_patch").await?;
    let now = tx.now();
    let text = notice::not_submitted(&job.slug(), &job.id, why);
    tx.notify_owner(&format!("job:{}:dropped", job.id), &outbox::encode(&text), now)
        .await?;
    tx.commit().await
}

/// Has a patch made. `tell` is told what happens, a line at a time. When `stop` ends before the job does,
/// the job is ended and cleared away, and counts as not tried.
///
/// # Errors
/// The ledger cannot be written: then the patch process was told to stop.
pub async fn make(
    app: &App,
    config: &Config,
    job: &Job,
    order: Order,
    mut tell: impl FnMut(String),
    stop: impl Future<Output = ()>,
) -> Result<Came> {
    let mut tx = app.ledger.begin().await?;
    tx.begin_attempt(job).await?;
    tx.commit().await?;
    crash::point("job.begun");
    let begun = app.clock.monotonic();
    let came = match Call::place(config, &order).await {
        Ok(mut call) => {
            let came = tokio::select! {
                came = listen(app, job, &mut call, &mut tell) => Some(came),
                () = stop => None,
            };
            call.end().await;
            let Some(came) = came else {
                let mut tx = app.ledger.begin().await?;
                tx.take_back_attempt(job).await?;
                tx.commit().await?;
                return Ok(Came::Stopped);
            };
            came?
        }
        Err(error) => not(&error),
    };
    let took = app.clock.monotonic().saturating_sub(begun);
    let usage = match &came {
        Ok(ended) => ended.usage.unwrap_or_default(),
        Err(_) => vault::egress::Usage::default(),
    };
    let mut tx = app.ledger.begin().await?;
    tx.job_spent(
        job,
        Spent {
            worked_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            requests: usage.requests,
            micro_usd: usage.micro_usd,
        },
    )
    .await?;
    tx.commit().await?;
    let ended = match came {
        Ok(ended) => ended,
        Err(not) => return Ok(not),
    };
    let place = papers::place(config, &job.id);
    let (kept, ended) = {
        let place = place.clone();
        let keep = move || {
            let kept = papers::keep(&place, &ended);
            (kept, ended)
        };
        match tokio::task::spawn_blocking(keep).await {
            Ok(done) => done,
            Err(error) => return Ok(failed(format!("the papers were not written: {error}"))),
        }
    };
    Ok(match kept {
        Ok(()) => Came::Ended {
            ended,
            papers: place,
        },
        Err(error) => Came::Not {
            may_pass: true,
            missing: false,
            why: format!("cannot write {}: {error}; check the space there", place.display()),
        },
    })
}

type Heard = std::result::Result<Box<Ended>, Came>;

fn failed(why: String) -> Came {
    Came::Not {
        may_pass: false,
        missing: false,
        why,
    }
}

fn not(error: &CallError) -> Heard {
    Err(Came::Not {
        may_pass: !matches!(error, CallError::Start(_)),
        missing: matches!(error, CallError::Nobody { .. }),
        why: in_full(error),
    })
}

async fn listen(
    app: &App,
    job: &Job,
    call: &mut Call,
    tell: &mut impl FnMut(String),
) -> Result<Heard> {
    loop {
        match call.next().await {
            Ok(Word::Progress { text, .. }) => tell(text),
            Ok(Word::Egress { number, event }) => {
                // What is not in the journal does not leave.
                let body = json!({ "job": job.id, "egress": event });
                let mut entry = Entry::new(Actor::Daemon, "job.egress", body);
                entry.bounty = job.bounty;
                record(app, entry).await?;
                if let Err(error) = call.noted(number).await {
                    return Ok(not(&error));
                }
            }
            Ok(Word::Ended(ended)) => return Ok(Ok(ended)),
            Ok(Word::Failed {
                may_pass,
                missing,
                why,
            }) => {
                return Ok(Err(Came::Not {
                    may_pass,
                    missing,
                    why,
                }));
            }
            Err(error) => return Ok(not(&error)),
        }
    }
}

async fn record(app: &App, entry: Entry) -> std::result::Result<(), LedgerError> {
    app.ledger.record(entry).await.map(|_| ())
}
