//! A patch by hand: for an issue, or for a goal of the owner's.

use ::fix::job::{Record, Word};
use serde::{Deserialize, Serialize};

use super::super::protocol::{Answer, Failing};
use super::{Tell, github_failed};
use crate::app::{App, Doing};
use crate::bounty::policy::Mode;
use crate::fixer::order::Order;
use crate::github::Trouble;
use crate::ledger::jobs::{Job, JobState, NewJob};
use crate::ledger::{Actor, Result};
use crate::stages::fix::{self, Came};
use crate::stages::{pull, submit, vet};

/// What is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// `owner/name`.
    pub repo: String,
    /// The issue; without one there must be a goal.
    pub number: Option<u64>,
    /// What the owner asks for in his own words.
    pub goal: Option<String>,
    /// Nothing is submitted, whatever comes of it.
    pub dry_run: bool,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fixed {
    /// The job.
    pub job: String,
    /// Everything that is known about the work.
    pub record: Record,
    /// What the gate says, for people.
    pub gate: Option<String>,
    /// The directory with the reports and the patch.
    pub papers: String,
    /// Where the job stands in the ledger.
    pub state: String,
    /// Why.
    pub reason: Option<String>,
    /// The pull request.
    pub pull: Option<u64>,
}

impl Fixed {
    /// Whether there is a patch.
    #[must_use]
    pub fn has_patch(&self) -> bool {
        matches!(self.record.outcome, Some(Word::Gated | Word::Held))
    }
}

/// Has a patch made and, unless it is a dry run, submitted: what the gate lets through goes by the word
/// of whoever asked for it, and about anything else the owner is asked.
///
/// # Errors
/// The ledger cannot be used.
pub async fn by_hand(app: &App, wanted: &Wanted, uid: u32, tell: &Tell) -> Result<Answer> {
    let rules = app.rules();
    let path = rules.config.path.display();
    if rules.config.fix.is_none() {
        let why = format!("{path} has no [fix]: name a coding agent there, see docs/fixing.md");
        return Ok(Answer::failed(Failing::Configuration, why));
    }
    if !wanted.dry_run && rules.config.policy.mode == Mode::Watch {
        let why = format!(
            "the mode is `watch`, which writes nothing on GitHub: add --dry-run, or set another mode in {path}"
        );
        return Ok(Answer::failed(Failing::Configuration, why));
    }
    let (repository_id, mut order) = match read(app, wanted).await {
        Ok(order) => order,
        Err(trouble) => return Ok(github_failed(&trouble)),
    };
    let Some(job) = begin(app, wanted, repository_id, &order, uid).await? else {
        return Ok(Answer::failed(
            Failing::Other,
            "the job is gone from the ledger",
        ));
    };
    order.id.clone_from(&job.id);
    let say = |text: String| {
        let _ = tell.try_send(Doing::one(text));
    };
    let stop = app.vault.brake().held();
    let came = fix::make(app, &rules.config, &job, order, say, stop).await?;
    let (ended, papers) = match came {
        Came::Ended { ended, papers } => (ended, papers),
        Came::Stopped => {
            let why = "the program was told to stop";
            end(app, &job, why).await?;
            return Ok(Answer::failed(Failing::TryLater, why));
        }
        Came::Not {
            may_pass,
            missing,
            why,
        } => {
            end(app, &job, &why).await?;
            let kind = match (may_pass, missing) {
                (_, true) => Failing::Configuration,
                (true, false) => Failing::TryLater,
                (false, false) => Failing::Other,
            };
            return Ok(Answer::failed(kind, why));
        }
    };
    let may_go = ended.record.outcome == Some(Word::Gated);
    if wanted.dry_run {
        let why = ended.record.why.clone();
        let why = why.unwrap_or_else(|| {
            "a patch was made, and nothing submitted: it was a dry run".to_owned()
        });
        end(app, &job, &why).await?;
    } else {
        let came = Came::Ended {
            ended: ended.clone(),
            papers: papers.clone(),
        };
        // Whoever asked for the patch has said that what the gate lets through may go.
        let yes = may_go.then_some(Actor::Operator(uid));
        fix::settle(app, &job, &came, yes.as_ref()).await?;
        drive(app, &job.id, tell).await?;
    }
    let job = app.ledger.job(&job.id).await?.unwrap_or(job);
    Ok(Answer::Fixed {
        fixed: Box::new(Fixed {
            job: job.id,
            gate: ended.gate,
            record: ended.record,
            papers: papers.display().to_string(),
            state: job.state.as_str().to_owned(),
            reason: job.reason,
            pull: job.pull,
        }),
    })
}

/// Ends the job that [`by_hand`] was given up on; to be called where nobody else works on one. What is
/// made already stays, and goes on with the daemon.
///
/// # Errors
/// The ledger cannot be written.
pub async fn interrupted(app: &App) -> Result<Answer> {
    let mut tx = app.ledger.begin().await?;
    tx.drop_interrupted_jobs().await?;
    tx.commit().await?;
    let why = "interrupted: `bountyd jobs` shows what stands, ask again for what was dropped";
    Ok(Answer::failed(Failing::Other, why))
}

async fn begin(
    app: &App,
    wanted: &Wanted,
    repository_id: u64,
    order: &Order,
    uid: u32,
) -> Result<Option<Job>> {
    let title = match (&order.issue, &wanted.goal) {
        (Some(issue), _) => issue.title.as_str(),
        (None, goal) => goal.as_deref().unwrap_or_default(),
    };
    let mut tx = app.ledger.begin().await?;
    let id = tx
        .begin_job(&NewJob {
            bounty: None,
            repository_id,
            repo: &order.repository,
            number: wanted.number,
            title,
            actor: Actor::Operator(uid),
            wake_at: None,
        })
        .await?;
    tx.commit().await?;
    app.ledger.job(&id).await
}

async fn end(app: &App, job: &Job, why: &str) -> Result<()> {
    let mut tx = app.ledger.begin().await?;
    tx.move_job(job, JobState::Dropped, Some(why), None).await?;
    tx.commit().await
}

/// Takes the job as far as it goes without anybody's answer. Where the daemon's lanes run, they do it.
async fn drive(app: &App, id: &str, tell: &Tell) -> Result<()> {
    if app.lanes(|lanes| !lanes.is_empty()) {
        app.work.notify_one();
        let _ = tell.try_send(Doing::one("the daemon goes on with it"));
        return Ok(());
    }
    loop {
        let Some(job) = app.ledger.job(id).await? else {
            return Ok(());
        };
        let _ = tell.try_send(Doing::one(job.state.as_str()));
        match (job.state, job.wake_at) {
            (JobState::Made | JobState::Submitting, Some(at)) => {
                app.clock.sleep_until_wall(at).await;
                if !vet::run(app).await? {
                    submit::run(app).await?;
                }
            }
            // One try to clear away what was written: where it fails, the daemon goes on with it.
            (JobState::Dropped, Some(_)) => return pull::run(app).await.map(drop),
            _ => return Ok(()),
        }
    }
}

/// Reads what is to be done from GitHub; gives the repository's number with it.
async fn read(app: &App, wanted: &Wanted) -> std::result::Result<(u64, Order), Trouble> {
    let (owner, name) = wanted.repo.split_once('/').unwrap_or((&wanted.repo, ""));
    let upstream = app.github.upstream(owner, name).await?;
    let tip = upstream.default_branch.ok_or_else(|| Trouble::Invalid {
        why: format!("{} has no default branch", wanted.repo),
    })?;
    let commit = Some(tip.head.id.to_string());
    let id = upstream.place.id();
    let Some(number) = wanted.number else {
        let order = Order {
            id: String::new(),
            repository: upstream.place.slug(),
            fork: None,
            commit,
            goal: wanted.goal.clone(),
            issue: None,
            criteria: Vec::new(),
            unattended: false,
            patch: None,
        };
        return Ok((id, order));
    };
    let facts = app.github.issue(owner, name, number).await?;
    if facts.repo.id != Some(id) {
        return Err(Trouble::Malformed {
            why: format!("{} came without its repository's id", wanted.repo),
        });
    }
    let order = Order {
        commit,
        ..fix::order("", &facts, wanted.goal.clone(), false)
    };
    Ok((id, order))
}
