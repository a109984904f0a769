//! Submit: a gated patch becomes one pull request from the owner's fork, through the API alone.
//!
//! A step looks at what stands at GitHub, makes the next write that is missing, and looks again. So a
//! step after a crash, after a lost answer and after a success is the same step: a fork is found by its
//! parent, a commit by the branch's name and its tree, a pull request by its branch.

mod fork;
mod patch;
mod pull;
mod push;
mod wanted;
mod write;

use std::time::Duration;

use super::{StepError, backoff, drop_job, waited};
use crate::app::App;
use crate::bounty::appraise::Me;
use crate::clock::UnixMillis;
use crate::crash;
use crate::github::work::{Place, Upstream, WorkBranch};
use crate::github::{Refusal, Trouble};
use crate::health::{self, Gate};
use crate::ledger::Result;
use crate::ledger::jobs::{Branch, Job, JobState};
use crate::ledger::restored::FromBackup;
use crate::ledger::settings::Setting;

/// How long something that GitHub is still making is waited for before it is looked at again; twice as
/// long after each look.
const SOON: Duration = Duration::from_secs(5);

/// Steps that may fail in a row before a job is given up.
const MOST_FAILURES: i64 = 12;

/// How a step ends.
enum End {
    /// The pull request stands.
    Open,
    /// To be gone on with at this time.
    Later(UnixMillis),
    /// The same soon, but not for ever: what is waited for.
    Again(String),
    /// Never: why.
    Not(String),
    /// Not before the owner has said yes to exactly this patch: why.
    Ask(String),
    /// This connection may not, and the owner may: why.
    Barred(String),
    /// Never by us, and the branch stands for the owner to go on with: why.
    Kept(String),
}

/// What stops a step early.
enum Halt {
    End(End),
    Error(StepError),
}

impl<E: Into<StepError>> From<E> for Halt {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

impl Halt {
    fn not(why: impl Into<String>) -> Self {
        Self::End(End::Not(why.into()))
    }
}

type Flow<T> = std::result::Result<T, Halt>;

/// What every part of a step knows.
struct Scene<'a> {
    app: &'a App,
    job: &'a Job,
    me: &'a Me,
    upstream: &'a Upstream,
    branch: &'a WorkBranch,
}

/// Where the branch is.
struct Home {
    place: Place,
}

/// Takes one due job a step on; says whether there was one.
///
/// # Errors
/// The ledger cannot be read or written.
pub async fn run(app: &App) -> Result<bool> {
    let Some(job) = app
        .ledger
        .due_job([JobState::Submitting, JobState::Submitting])
        .await?
    else {
        return Ok(false);
    };
    crash::point("submit.before");
    let end = match step(app, &job).await {
        Ok(end) | Err(Halt::End(end)) => end,
        Err(Halt::Error(StepError::Ledger(error))) => return Err(error),
        Err(Halt::Error(StepError::Github(trouble))) => put_off(app, &job, &trouble).await?,
    };
    match end {
        End::Open => {}
        End::Later(at) => {
            let mut tx = app.ledger.begin().await?;
            tx.postpone_job(&job, at, false).await?;
            tx.commit().await?;
        }
        End::Again(_) if job.failures < MOST_FAILURES => {
            let doublings = u32::try_from(job.failures.clamp(0, 6)).unwrap_or(6);
            let mut tx = app.ledger.begin().await?;
            let at = tx.now().plus(SOON.saturating_mul(1 << doublings));
            tx.postpone_job(&job, at, true).await?;
            tx.commit().await?;
        }
        End::Again(why) | End::Not(why) | End::Barred(why) => {
            drop_job(app, &job, "not_submitted", &why, Branch::Cleared).await?;
        }
        End::Kept(why) => drop_job(app, &job, "not_submitted", &why, Branch::Kept).await?,
        End::Ask(why) => {
            let mut tx = app.ledger.begin().await?;
            let now = tx.now();
            tx.move_job(&job, JobState::Made, Some(&why), Some(now))
                .await?;
            tx.commit().await?;
        }
    }
    app.progress();
    Ok(true)
}

async fn step(app: &App, job: &Job) -> Flow<End> {
    if let Gate::Until(at) = health::identify(app).await? {
        return Ok(End::Later(at));
    }
    let Some(me) = app.me().await? else {
        return Ok(End::Later(app.now().plus(super::FIRST_BACKOFF)));
    };
    let Some(branch) = WorkBranch::new(&job.id) else {
        return Err(Halt::not("its name cannot be a branch's"));
    };
    let (owner, name) = super::owner_and_name(&job.repo);
    let upstream = app.github.upstream(owner, name).await?;
    if upstream.place.id() != job.repository_id {
        return Err(Halt::not("another repository stands under this name now"));
    }
    let scene = Scene {
        app,
        job,
        me: &me,
        upstream: &upstream,
        branch: &branch,
    };
    let standing = pull::standing(&scene).await?;
    if let Some(pull) = standing.as_ref().filter(|pull| !pull::awaits(job, pull)) {
        pull::record(&scene, pull).await?;
        return Ok(End::Open);
    }
    let restored: Option<FromBackup> = app.ledger.setting(&Setting::Restored).await?;
    let from_before = restored.is_some_and(|from| job.begun_at <= from.at);
    if from_before && job.approved_by.is_none() {
        // The yes from before is void, and so is that none was needed: it may have been closed since.
        let why = "the ledger was restored from a backup";
        return Ok(End::Ask(why.to_owned()));
    }
    if upstream.archived || upstream.disabled || upstream.locked {
        return Err(Halt::not(
            "nothing can be written in the repository any more",
        ));
    }
    let passed = patch::passed(app, job).await?;
    let command = wanted::still(&scene).await?;
    let home = fork::home(&scene).await?;
    push::branch(&scene, &home, &passed).await?;
    match &standing {
        // It shows the new commit by itself.
        Some(pull) => pull::record(&scene, pull).await?,
        None => pull::open(&scene, &home, &passed, command.as_deref()).await?,
    }
    Ok(End::Open)
}

/// When a step that met trouble is made again, if at all.
async fn put_off(app: &App, job: &Job, trouble: &Trouble) -> Result<End> {
    let now = app.now();
    Ok(match trouble {
        Trouble::WaitUntil { at, .. } => End::Later(waited(*at, now)),
        Trouble::Reconnect(failure) | Trouble::Configuration(failure) => {
            health::report(app, failure).await?;
            End::Later(now.plus(super::FIRST_BACKOFF))
        }
        Trouble::Retry { .. } | Trouble::Malformed { .. } if job.failures < MOST_FAILURES => {
            let at = now.plus(backoff(job.failures));
            let mut tx = app.ledger.begin().await?;
            tx.postpone_job(job, at, true).await?;
            tx.commit().await?;
            End::Later(at)
        }
        other => End::Not(other.to_string()),
    })
}

/// What GitHub's no to a write means for the step.
fn refused(kind: &Refusal, message: &str) -> Halt {
    match kind {
        // Somebody was faster, perhaps we ourselves: look again.
        Refusal::RefExists
        | Refusal::PullExists
        | Refusal::Stale
        | Refusal::BranchGone
        | Refusal::NotReady => {
            let why = format!("GitHub refuses again and again: {kind} ({message})");
            Halt::End(End::Again(why))
        }
        Refusal::AppCannotAct
        | Refusal::AppRestricted
        | Refusal::ScopeMissing { .. }
        | Refusal::Forbidden => {
            Halt::End(End::Barred(format!("GitHub refuses: {kind} ({message})")))
        }
        // It was read a moment ago. GitHub says no more where a limit on pull requests is reached.
        Refusal::Gone => Halt::not(format!(
            "GitHub refuses: it shows this account the place and lets it not write there ({message}); as a \
             rule that is a limit on open pull requests, or a block"
        )),
        kind => Halt::not(format!("GitHub refuses: {kind} ({message})")),
    }
}
