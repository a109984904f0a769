//! One attempt: the patch process is given an order and listened to, and what it made is kept.

use std::path::PathBuf;

use serde_json::json;

use crate::app::App;
use crate::config::Config;
use crate::crash;
use crate::fixer::call::{Call, CallError};
use crate::fixer::order::Order;
use crate::fixer::papers;
use crate::fixer::word::{Ended, Word};
use crate::ledger::guise::Guise;
use crate::ledger::jobs::{Job, Spent};
use crate::ledger::{Actor, Entry, LedgerError, Result, in_full};

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
    let ordered = order.commit.clone();
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
    // Whoever makes patches does not choose what they are made on: in a network of forks there are commits
    // of strangers, too.
    if ended.record.base_commit.is_some() && ended.record.base_commit != ordered {
        return Ok(failed(
            "the patch process worked on another commit than it was told".to_owned(),
        ));
    }
    let place = papers::place(config, &job.id);
    let (kept, ended) = {
        let place = place.clone();
        let guise = Guise::beside(app.ledger.path());
        let keep = move || {
            let kept = guise.wear(|| papers::keep(&place, &ended));
            (kept.and_then(|kept| kept), ended)
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
            why: format!(
                "cannot write {}: {error}; check the space there",
                place.display()
            ),
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
