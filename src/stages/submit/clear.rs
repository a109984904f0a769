//! What a job leaves at GitHub that is given up before it had a pull request.

use super::super::branch::{home, take_away};
use crate::app::App;
use crate::github::work::{ObjectId, WorkBranch};
use crate::ledger::Result;
use crate::ledger::jobs::{Job, JobEffectKind};

/// Takes the branch of a given-up job away, if it got that far, and where it holds nothing but the base or
/// one commit on it.
pub(super) async fn branch(app: &App, job: &Job) -> Result<()> {
    if job.pull.is_some() || !app.ledger.job_began(&job.id, JobEffectKind::Branch).await? {
        return Ok(());
    }
    let base = job.base_commit.as_deref().and_then(ObjectId::parse);
    let (Some(branch), Some(base), Some(me)) = (WorkBranch::new(&job.id), base, app.me().await?)
    else {
        return Ok(());
    };
    let Some(place) = home(app, job, &me).await else {
        return Ok(());
    };
    match app.github.branch_head(&place, branch.as_str()).await {
        Ok(Some(head)) if head.id == base || head.parents == [base] => {
            take_away(app, job, &place, &branch).await
        }
        _ => Ok(()),
    }
}
