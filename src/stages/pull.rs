//! Pull: what becomes of an open pull request of ours: checks, reviews, a merge, a no.
//!
//! Nothing is argued and nothing answered: what a maintainer wants is the owner's to read, except a no,
//! which is obeyed.

mod clear;
mod close;
mod stale;

use std::time::Duration;

use close::Because;

use super::{FOLLOW_INTERVAL, MOST_ATTEMPTS, backoff, feedback, waited};
use crate::app::App;
use crate::bounty::answers;
use crate::bounty::facts::{Association, Comment, PullRequestState};
use crate::bounty::text::reveal;
use crate::github::Trouble;
use crate::github::work::{Activity, CheckState, SaidKind, Verdict};
use crate::health::{self, Gate};
use crate::ledger::jobs::{Job, JobState};
use crate::ledger::{Result, Tx};
use crate::messages::{cut, notice};
use crate::telegram::outbox;

/// Pull requests that are looked at in one request.
const BATCH: i64 = 10;

/// How often a young one is looked at: its checks run now.
const YOUNG_INTERVAL: Duration = Duration::from_secs(10 * 60);

/// How long it is young.
const YOUTH: Duration = Duration::from_secs(2 * 3600);

/// Looks after all that are due, in one request; says whether there was any.
///
/// # Errors
/// The ledger cannot be read or written.
pub async fn run(app: &App) -> Result<bool> {
    let jobs = app.ledger.due_jobs(JobState::Open, BATCH).await?;
    let nodes: Vec<String> = jobs
        .iter()
        .filter_map(|job| job.pull_node.clone())
        .collect();
    if jobs.is_empty() {
        return clear::run(app).await;
    }
    if let Gate::Until(at) = health::gate(app).await? {
        let mut tx = app.ledger.begin().await?;
        for job in &jobs {
            tx.postpone_job(job, at, false).await?;
        }
        tx.commit().await?;
        return Ok(true);
    }
    let seen = match app.github.follow(&nodes).await {
        Ok(seen) => seen,
        Err(trouble) => {
            for job in &jobs {
                put_off(app, job, &trouble).await?;
            }
            return Ok(true);
        }
    };
    let with_node = jobs.iter().filter(|job| job.pull_node.is_some());
    for (job, activity) in with_node.zip(seen) {
        match activity {
            Ok(activity) => look(app, job, &activity).await?,
            Err(trouble) => put_off(app, job, &trouble).await?,
        }
    }
    app.progress();
    Ok(true)
}

async fn put_off(app: &App, job: &Job, trouble: &Trouble) -> Result<()> {
    let now = app.now();
    let (at, failed) = match trouble {
        Trouble::WaitUntil { at, .. } => (waited(*at, now), false),
        Trouble::Reconnect(failure) | Trouble::Configuration(failure) => {
            health::report(app, failure).await?;
            (now.plus(super::FIRST_BACKOFF), false)
        }
        Trouble::Gone { .. } => {
            let mut tx = app.ledger.begin().await?;
            let why = "the pull request is gone, or not shown to this account any more";
            end(&mut tx, job, JobState::Closed, why).await?;
            return tx.commit().await;
        }
        _ => (now.plus(backoff(job.failures)), true),
    };
    let mut tx = app.ledger.begin().await?;
    tx.postpone_job(job, at, failed).await?;
    tx.commit().await
}

async fn end(tx: &mut Tx, job: &Job, state: JobState, why: &str) -> Result<()> {
    let now = tx.now();
    // At once: its branch is to be cleared away.
    tx.move_job(job, state, Some(why), Some(now)).await?;
    let text = notice::pull(&job.slug(), job.pull.unwrap_or_default(), why, None);
    tx.notify_owner(&format!("job:{}:end", job.id), &outbox::encode(&text), now)
        .await?;
    Ok(())
}

async fn look(app: &App, job: &Job, activity: &Activity) -> Result<()> {
    let pull = &activity.pull;
    match pull.state {
        PullRequestState::Merged => {
            let mut tx = app.ledger.begin().await?;
            end(&mut tx, job, JobState::Merged, "it was merged").await?;
            wake_bounty(&mut tx, job).await?;
            return tx.commit().await;
        }
        PullRequestState::Closed => {
            let by = pull
                .closed_by
                .as_ref()
                .and_then(|actor| actor.login.clone());
            let by_us = close::begun(app, job).await?;
            let why = match (by_us, by) {
                // The answer was lost, or the program died before it wrote it down.
                (Some(because), _) => because.in_words(),
                (None, Some(login)) => format!("it was closed without being merged, by @{login}"),
                (None, None) => "it was closed without being merged".to_owned(),
            };
            let mut tx = app.ledger.begin().await?;
            if let Some(because) = by_us {
                tx.settle_job_effects(job, because.kind(), true).await?;
            }
            end(&mut tx, job, JobState::Closed, &why).await?;
            wake_bounty(&mut tx, job).await?;
            return tx.commit().await;
        }
        PullRequestState::Open => {}
    }
    // Whoever handed its patch in does not mend it here, and nobody else mends it in his name.
    let handed_in = super::handed_in::HandedIn::for_job(app, job).await?;
    let is_ours = matches!(handed_in, Ok(None));
    if let Some(words) = no(app, activity).await? {
        return close::because_of_a_no(app, job, pull, &words).await;
    }
    let now = app.now();
    let after = app
        .rules()
        .config
        .fix
        .as_ref()
        .map(|fix| fix.withdraw_after);
    let silence = after.and_then(|after| stale::silence(activity, after, now));
    if let Some(silence) = &silence
        && silence.ends_it(app, job).await?
    {
        let tx = app.ledger.begin().await?;
        return close::close(app, tx, job, pull, Because::Silence, None).await;
    }
    let young = pull.created_at.is_some_and(|at| now.since(at) < YOUTH);
    let next = if young {
        YOUNG_INTERVAL
    } else {
        FOLLOW_INTERVAL
    };
    let mut tx = app.ledger.begin().await?;
    if let Some(silence) = &silence {
        silence.tell(&mut tx, job, pull).await?;
    }
    let mut told = false;
    for (key, what, words) in news(activity) {
        let key = format!("pull:{}:{key}", job.id);
        let number = job.pull.unwrap_or_default();
        let text = notice::pull(&job.slug(), number, &what, words.as_deref());
        told |= tx.notify_owner(&key, &outbox::encode(&text), now).await?;
    }
    // What others want of it is tried once they have said so, as often as a job may be tried.
    let again = told && is_ours && job.attempts < MOST_ATTEMPTS && app.rules().config.fix.is_some();
    match feedback::why(activity).filter(|_| again) {
        Some(why) => {
            tx.move_job(job, JobState::Making, why.asks, Some(now))
                .await?;
        }
        None => tx.postpone_job(job, now.plus(next), false).await?,
    }
    tx.commit().await?;
    app.fix.notify_one();
    Ok(())
}

/// The bounty's own follower looks at what the end means for the claim and the payment.
async fn wake_bounty(tx: &mut Tx, job: &Job) -> Result<()> {
    match job.bounty {
        Some(bounty) => tx.wake_bounty(bounty).await,
        None => Ok(()),
    }
}

/// What a maintainer said that is a no to us.
async fn no(app: &App, activity: &Activity) -> Result<Option<String>> {
    let comments: Vec<Comment> = activity
        .said
        .iter()
        .map(|said| Comment {
            id: Some(said.id),
            author: said.author.clone(),
            association: said.association,
            body: said.body.clone(),
            created_at: said.at,
        })
        .collect();
    let me = app.me().await?;
    let answers = answers::in_thread(&comments, me.as_ref());
    let no = answers.into_iter().find(|answer| answer.no);
    Ok(no.map(|answer| format!("@{}: {}", answer.by, answer.words)))
}

/// What the owner is told of, once each: a key, what it is, and the words of others.
fn news(activity: &Activity) -> Vec<(String, String, Option<String>)> {
    let mut news = Vec::new();
    let head = activity.pull.head.as_str();
    match activity.checks.state {
        CheckState::Failed => {
            let failed: Vec<_> = activity
                .checks
                .failed
                .iter()
                .map(|check| format!("{} ({})", check.name, check.how))
                .collect();
            let what = "checks fail on it".to_owned();
            let words = cut(&reveal(&failed.join(", ")), 400);
            news.push((format!("checks:{head}"), what, Some(words)));
        }
        CheckState::NeedsApproval => {
            let what = "its checks wait until a maintainer lets them run".to_owned();
            news.push((format!("approval:{head}"), what, None));
        }
        CheckState::None | CheckState::Waiting | CheckState::Passed => {}
    }
    if feedback::conflicts(activity) {
        let what = "it conflicts with its base by now".to_owned();
        news.push((format!("conflict:{head}"), what, None));
    }
    for said in &activity.said {
        let belongs = matches!(
            said.association,
            Association::Owner | Association::Member | Association::Collaborator
        );
        let by = said.author.login.as_deref().unwrap_or("somebody");
        let what = match &said.kind {
            SaidKind::Review { verdict, .. } => match verdict {
                Verdict::Approved => format!("@{by} approves it"),
                Verdict::ChangesRequested => format!("@{by} wants changes"),
                Verdict::Commented | Verdict::Dismissed => continue,
            },
            SaidKind::Line { path, .. } if belongs => {
                format!("@{by} remarks on {}", cut(&reveal(path), 80))
            }
            SaidKind::Comment if belongs => format!("@{by} writes"),
            SaidKind::Line { .. } | SaidKind::Comment => continue,
        };
        let words = Some(cut(&reveal(&said.body), 400)).filter(|words| !words.trim().is_empty());
        news.push((format!("{}:{}", said.kind.name(), said.id), what, words));
    }
    news
}
