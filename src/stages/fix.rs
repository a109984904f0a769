//! Fix: has a patch made for a job, keeps it, and counts what it took.

mod make;
mod top;

use std::time::Duration;

use ::fix::job::Word as Outcome;

pub use make::{Came, make};
use top::on_top;

use super::handed_in::HandedIn;
use super::{MOST_ATTEMPTS, backoff, drop_job, no_longer_ours, waited};
use crate::app::App;
use crate::bounty::facts::{Association, IssueFacts, IssueState};
use crate::crash;
use crate::fixer::order::{Comment, Issue, Order};
use crate::github::Trouble;
use crate::ledger::jobs::{Branch, Job, JobState, Made};
use crate::ledger::{Actor, Result};
use crate::messages::notice;
use crate::telegram::outbox;

/// Comments of an issue that an agent is told, the newest.
const COMMENTS: usize = 30;

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
        fork: None,
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
        patch: None,
    }
}

/// The order for a goal, in the words of whoever asked for it.
fn for_a_goal(job: &Job) -> Order {
    Order {
        id: job.id.clone(),
        repository: job.repo.clone(),
        fork: None,
        commit: None,
        goal: Some(job.title.clone()),
        issue: None,
        criteria: Vec::new(),
        unattended: false,
        patch: None,
    }
}

/// The order for a patch that a client hands in.
fn for_a_patch(job: &Job, facts: Option<&IssueFacts>, handed_in: HandedIn) -> Order {
    let reason = &handed_in.patch.reason;
    let asked = match facts {
        Some(facts) => order(&job.id, facts, None, false),
        None => Order {
            goal: Some(format!("{}\n\n{reason}", job.title)),
            ..for_a_goal(job)
        },
    };
    Order {
        commit: Some(handed_in.base),
        patch: Some(handed_in.patch),
        ..asked
    }
}

/// Why a bounty is lost whose job came to nothing.
const NO_PATCH: &str = "no_patch";

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
        drop_job(
            app,
            &job,
            NO_PATCH,
            "it was tried three times",
            Branch::Cleared,
        )
        .await?;
        return Ok(true);
    }
    let bounty = match job.bounty {
        Some(id) => app.ledger.bounty(id).await?,
        None => None,
    };
    if let Some(why) = bounty.as_ref().and_then(no_longer_ours) {
        drop_job(app, &job, NO_PATCH, &why, Branch::Cleared).await?;
        return Ok(true);
    }
    let (owner, name) = super::owner_and_name(&job.repo);
    let facts = match job.number {
        Some(number) => match app.github.issue(owner, name, number).await {
            Ok(facts) => Some(facts),
            Err(trouble) => return put_off(app, &job, &trouble).await.map(|()| true),
        },
        None => None,
    };
    let elsewhere = |facts: &IssueFacts| facts.repo.id != Some(job.repository_id);
    if facts.as_ref().is_some_and(elsewhere) {
        drop_job(
            app,
            &job,
            NO_PATCH,
            "another repository stands under this name now",
            Branch::Cleared,
        )
        .await?;
        return Ok(true);
    }
    let closed = |facts: &IssueFacts| facts.state == Some(IssueState::Closed);
    if facts.as_ref().is_some_and(closed) {
        drop_job(
            app,
            &job,
            NO_PATCH,
            "the issue was closed meanwhile",
            Branch::Cleared,
        )
        .await?;
        return Ok(true);
    }
    let tip = match app.github.upstream(owner, name).await {
        Ok(upstream) if upstream.place.id() == job.repository_id => upstream.default_branch,
        Ok(_) => None,
        Err(trouble) => return put_off(app, &job, &trouble).await.map(|()| true),
    };
    let Some(tip) = tip else {
        let why = "the repository has no default branch, or another stands under its name";
        drop_job(app, &job, NO_PATCH, why, Branch::Cleared).await?;
        return Ok(true);
    };
    let handed_in = match HandedIn::for_job(app, &job).await? {
        Ok(handed_in) => handed_in,
        Err(why) => {
            drop_job(app, &job, NO_PATCH, &why, Branch::Cleared).await?;
            return Ok(true);
        }
    };
    let commit = Some(tip.head.id.to_string());
    let mut order = match (handed_in, &facts) {
        (Some(handed_in), facts) => for_a_patch(&job, facts.as_ref(), handed_in),
        (None, Some(facts)) => Order {
            commit,
            ..order(&job.id, facts, None, false)
        },
        (None, None) => Order {
            commit,
            ..for_a_goal(&job)
        },
    };
    match on_top(app, &job, &tip.head.id).await {
        Ok(None) => {}
        Ok(Some(top)) => {
            order.fork = top.fork;
            order.commit = Some(top.commit);
            order.criteria = top.criteria;
        }
        // The pull request is looked at again, as it stands.
        Err(why) => {
            tracing::info!(job = job.id, "no further attempt: {why}");
            let mut tx = app.ledger.begin().await?;
            let now = tx.now();
            tx.move_job(
                &job,
                JobState::Open,
                Some(&why),
                Some(now.plus(super::FOLLOW_INTERVAL)),
            )
            .await?;
            tx.commit().await?;
            return Ok(true);
        }
    }
    let id = job.id.clone();
    let say = |text: String| tracing::info!(job = id, "{text}");
    let came = make(app, &rules.config, &job, order, say, stop).await?;
    crash::point("job.made");
    settle(app, &job, &came, None).await?;
    Ok(true)
}

/// A job whose issue or repository cannot be read: later, or never.
async fn put_off(app: &App, job: &Job, trouble: &Trouble) -> Result<()> {
    if trouble.is_refusal() {
        return drop_job(app, job, NO_PATCH, &trouble.to_string(), Branch::Cleared).await;
    }
    let at = match trouble {
        Trouble::WaitUntil { at, .. } => waited(*at, app.now()),
        _ => app.now().plus(backoff(job.failures)),
    };
    let mut tx = app.ledger.begin().await?;
    tx.postpone_job(job, at, true).await?;
    tx.commit().await
}

/// Writes down what came of an attempt of a job that goes on by itself. `yes` is whose word a patch has already:
/// without it in the same transaction, another lane could ask him first.
///
/// # Errors
/// The ledger cannot be written.
pub async fn settle(app: &App, job: &Job, came: &Came, yes: Option<&Actor>) -> Result<()> {
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
                return drop_job(app, job, NO_PATCH, why, Branch::Cleared).await;
            }
            let mut tx = app.ledger.begin().await?;
            let now = tx.now();
            let pause = if *missing {
                MISSING_PAUSE
            } else {
                backoff(job.failures)
            };
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
        return drop_job(app, job, NO_PATCH, &why, Branch::Cleared).await;
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
    if let Some(actor) = yes {
        tx.job_approved(job, patch, &actor.to_string()).await?;
    }
    // What the gate holds, or the tests do not prove, is asked about; the reason says which.
    let held = (record.outcome != Some(Outcome::Gated)).then_some(why);
    tx.move_job(job, JobState::Made, held.as_deref(), Some(now))
        .await?;
    tx.commit().await?;
    app.work.notify_one();
    Ok(())
}
