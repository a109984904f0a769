//! A patch by hand: for an issue, or for a goal of the owner's.

use ::fix::job::{Record, Word};
use serde::{Deserialize, Serialize};

use super::super::protocol::{Answer, Failing};
use super::{Tell, github_failed};
use crate::app::{App, Doing};
use crate::fixer::order::Order;
use crate::github::Trouble;
use crate::ledger::jobs::{JobState, NewJob};
use crate::ledger::{Actor, Result};
use crate::stages::fix::{self, Came};

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
    /// Everything that is known about it.
    pub record: Record,
    /// What the gate says, for people.
    pub gate: Option<String>,
    /// The directory with the reports and the patch.
    pub papers: String,
}

impl Fixed {
    /// Whether there is a patch.
    #[must_use]
    pub fn has_patch(&self) -> bool {
        matches!(self.record.outcome, Some(Word::Gated | Word::Held))
    }
}

/// Has a patch made, and ends the job with that.
///
/// # Errors
/// The ledger cannot be used.
pub async fn by_hand(app: &App, wanted: &Wanted, uid: u32, tell: &Tell) -> Result<Answer> {
    let rules = app.rules();
    if rules.config.fix.is_none() {
        let why = format!(
            "{} has no [fix]: name a coding agent there, see docs/fixing.md",
            rules.config.path.display()
        );
        return Ok(Answer::failed(Failing::Configuration, why));
    }
    let order = match read(app, wanted).await {
        Ok(order) => order,
        Err(trouble) => return Ok(github_failed(&trouble)),
    };
    let (repository_id, mut order) = order;
    let title = match (&order.issue, &wanted.goal) {
        (Some(issue), _) => issue.title.clone(),
        (None, goal) => goal.clone().unwrap_or_default(),
    };
    let mut tx = app.ledger.begin().await?;
    let id = tx
        .begin_job(&NewJob {
            bounty: None,
            repository_id,
            repo: &order.repository,
            number: wanted.number,
            title: &title,
            actor: Actor::Operator(uid),
            wake_at: None,
        })
        .await?;
    tx.commit().await?;
    order.id.clone_from(&id);
    let Some(job) = app.ledger.job(&id).await? else {
        return Ok(Answer::failed(Failing::Other, "the job is gone from the ledger"));
    };
    let say = |text: String| {
        let _ = tell.try_send(Doing::one(text));
    };
    let came = fix::make(app, &rules.config, &job, order, say).await?;
    let why = match &came {
        Came::Ended { ended, .. } => match &ended.record.why {
            Some(why) => why.clone(),
            None => "a patch was made, and nothing submitted: it was a dry run".to_owned(),
        },
        Came::Not { why, .. } => why.clone(),
    };
    let mut tx = app.ledger.begin().await?;
    tx.move_job(&job, JobState::Dropped, Some(&why), None).await?;
    tx.commit().await?;
    Ok(match came {
        Came::Ended { ended, papers } => Answer::Fixed {
            fixed: Box::new(Fixed {
                job: id,
                gate: ended.gate,
                record: ended.record,
                papers: papers.display().to_string(),
            }),
        },
        Came::Not {
            may_pass,
            missing,
            why,
        } => {
            let kind = match (may_pass, missing) {
                (_, true) => Failing::Configuration,
                (true, false) => Failing::TryLater,
                (false, false) => Failing::Other,
            };
            Answer::failed(kind, why)
        }
    })
}

/// Reads what is to be done from GitHub; gives the repository's number with it.
async fn read(app: &App, wanted: &Wanted) -> std::result::Result<(u64, Order), Trouble> {
    let (owner, name) = wanted.repo.split_once('/').unwrap_or((&wanted.repo, ""));
    let Some(number) = wanted.number else {
        let order = Order {
            id: String::new(),
            repository: wanted.repo.clone(),
            commit: None,
            goal: wanted.goal.clone(),
            issue: None,
            criteria: Vec::new(),
            unattended: false,
        };
        let upstream = app.github.upstream(owner, name).await?;
        return Ok((upstream.place.id(), order));
    };
    let facts = app.github.issue(owner, name, number).await?;
    let id = facts.repo.id.ok_or_else(|| Trouble::Malformed {
        why: format!("{} came without its repository's id", wanted.repo),
    })?;
    Ok((id, fix::order("", &facts, wanted.goal.clone(), false)))
}
