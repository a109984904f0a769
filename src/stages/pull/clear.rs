//! After the end of a job: its branch is cleared away, where it is as we left it.
//!
//! A step of its own that is due once the end is recorded, so that neither a crash nor a pause in between
//! leaves the branch behind. What somebody else has done to it stays.

use super::super::write::hindrance;
use super::super::{FIRST_BACKOFF, StepError, backoff, owner_and_name, waited};
use crate::app::App;
use crate::bounty::appraise::Me;
use crate::clock::UnixMillis;
use crate::crash;
use crate::github::work::{BranchTarget, Commit, ForkOf, Place, WorkBranch};
use crate::github::{Refusal, Trouble, WriteTrouble};
use crate::health::{self, Gate};
use crate::ledger::Result;
use crate::ledger::effects::SETTLING;
use crate::ledger::jobs::{Job, JobEffectKind, JobState};
use crate::ledger::settings::Setting;

/// Looks that may fail; what is left then is the owner's to see in his fork, and harms nobody.
const MOST_FAILURES: i64 = 6;

/// When to look again, and whether something failed; nothing: it is cleared, or to be left alone.
type Again = Option<(UnixMillis, bool)>;

/// Clears after one ended job that is due; says whether there was one.
///
/// # Errors
/// The ledger cannot be read or written.
pub(super) async fn run(app: &App) -> Result<bool> {
    let mut due = Vec::new();
    for state in [JobState::Merged, JobState::Closed, JobState::Dropped] {
        due.append(&mut app.ledger.due_jobs(state, 1).await?);
    }
    let Some(job) = due.first() else {
        return Ok(false);
    };
    let again = match step(app, job).await {
        Ok(again) => again,
        Err(StepError::Ledger(error)) => return Err(error),
        Err(StepError::Github(trouble)) => put_off(app, job, &trouble).await?,
    };
    let mut tx = app.ledger.begin().await?;
    match again {
        Some((at, failed)) => tx.postpone_job(job, at, failed).await?,
        None => tx.rest_job(job).await?,
    }
    tx.commit().await?;
    Ok(true)
}

async fn put_off(app: &App, job: &Job, trouble: &Trouble) -> Result<Again> {
    let now = app.now();
    Ok(match trouble {
        Trouble::WaitUntil { at, .. } => Some((waited(*at, now), false)),
        Trouble::Reconnect(failure) | Trouble::Configuration(failure) => {
            health::report(app, failure).await?;
            Some((now.plus(FIRST_BACKOFF), false))
        }
        trouble if trouble.is_refusal() || job.failures >= MOST_FAILURES => None,
        _ => Some((now.plus(backoff(job.failures)), true)),
    })
}

async fn step(app: &App, job: &Job) -> std::result::Result<Again, StepError> {
    if let Gate::Until(at) = health::identify(app).await? {
        return Ok(Some((at, false)));
    }
    let (Some(me), Some(branch)) = (app.me().await?, WorkBranch::new(&job.id)) else {
        return Ok(None);
    };
    let Some(place) = home(app, job, &me).await? else {
        return Ok(None);
    };
    let Some(head) = app.github.branch_head(&place, branch.as_str()).await? else {
        let mut tx = app.ledger.begin().await?;
        tx.settle_job_effects(job, JobEffectKind::DeleteBranch, true)
            .await?;
        tx.commit().await?;
        return Ok(None);
    };
    if !is_ours(job, &head) {
        return Ok(None);
    }
    delete(app, job, &BranchTarget::new(&place, &branch)).await
}

/// Where the branch is, if it can be written to.
async fn home(app: &App, job: &Job, me: &Me) -> std::result::Result<Option<Place>, StepError> {
    let (owner, name) = owner_and_name(&job.repo);
    let Some(upstream) = Place::new(owner, name, job.repository_id) else {
        return Ok(None);
    };
    if owner.eq_ignore_ascii_case(&me.login) {
        return Ok(Some(upstream));
    }
    Ok(match app.github.fork_of(&upstream, me).await? {
        ForkOf::Standing(fork) => Some(fork.place),
        _ => None,
    })
}

/// The commit that we left there: recorded, or the base commit, or the gated tree on it.
fn is_ours(job: &Job, head: &Commit) -> bool {
    let id = Some(head.id.as_str());
    if job.head.is_some() {
        return job.head.as_deref() == id;
    }
    let on_base =
        matches!(&head.parents[..], [one] if Some(one.as_str()) == job.base_commit.as_deref());
    job.base_commit.as_deref() == id || on_base && job.tree.as_deref() == Some(head.tree.as_str())
}

async fn delete(
    app: &App,
    job: &Job,
    target: &BranchTarget,
) -> std::result::Result<Again, StepError> {
    let mut tx = app.ledger.begin().await?;
    if let Some(at) = hindrance(app, &mut tx, false).await? {
        return Ok(Some((at, false)));
    }
    // It is there, so what was begun before did not happen; to delete it twice does no harm.
    tx.settle_job_effects(job, JobEffectKind::DeleteBranch, false)
        .await?;
    let shown = format!("{}:{}", target.repo().slug(), target.branch().as_str());
    let effect = tx
        .begin_job_effect(job, JobEffectKind::DeleteBranch, &shown)
        .await?;
    tx.commit().await?;
    crash::point("delete.begun");
    let deleted = app.github.delete_branch(target).await;
    crash::point("delete.made");
    let mut tx = app.ledger.begin().await?;
    let now = tx.now();
    let (state, detail, then) = match deleted {
        Ok(()) => ("done", String::new(), Ok(None)),
        Err(WriteTrouble::Refused {
            kind: Refusal::BranchGone,
            ..
        }) => ("done", "it was gone".to_owned(), Ok(None)),
        Err(WriteTrouble::Refused { kind, message }) => {
            ("failed", format!("{kind}: {message}"), Ok(None))
        }
        Err(WriteTrouble::WaitUntil { at, why }) => {
            tx.put_setting(&Setting::NoWriteBefore, &at).await?;
            ("failed", why, Ok(Some((at, false))))
        }
        Err(WriteTrouble::NotSent(trouble)) => {
            let detail = format!("not sent: {trouble}");
            ("failed", detail, Err(StepError::Github(trouble)))
        }
        Err(WriteTrouble::Unknown(why)) => ("unknown", why, Ok(Some((now.plus(SETTLING), true)))),
    };
    tx.end_job_effect(&effect, state, &detail).await?;
    tx.commit().await?;
    then
}
