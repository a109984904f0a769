//! What a job leaves at GitHub that is given up before it had a pull request: its branch, if it got that
//! far, is taken away again.

use super::super::write::hindrance;
use crate::app::App;
use crate::crash;
use crate::github::work::{BranchTarget, ForkOf, ObjectId, Place, WorkBranch};
use crate::ledger::Result;
use crate::ledger::jobs::{Job, JobEffectKind};

/// Takes the branch of a given-up job away, where it stands as we made it. One try: what is left lies in
/// the owner's fork, and nobody is told of it.
pub(super) async fn branch(app: &App, job: &Job) -> Result<()> {
    if job.pull.is_some() || !app.ledger.job_began(&job.id, JobEffectKind::Branch).await? {
        return Ok(());
    }
    let Some((place, branch)) = find(app, job).await? else {
        return Ok(());
    };
    let mut tx = app.ledger.begin().await?;
    if hindrance(app, &mut tx, false).await?.is_some() {
        return Ok(());
    }
    let shown = format!("{}:{}", place.slug(), branch.as_str());
    let effect = tx
        .begin_job_effect(job, JobEffectKind::DeleteBranch, &shown)
        .await?;
    tx.commit().await?;
    crash::point("delete.begun");
    let deleted = app
        .github
        .delete_branch(&BranchTarget::new(&place, &branch))
        .await;
    crash::point("delete.made");
    let mut tx = app.ledger.begin().await?;
    match deleted {
        Ok(()) => tx.end_job_effect(&effect, "done", "").await?,
        Err(error) => {
            tx.end_job_effect(&effect, "failed", &error.to_string())
                .await?;
        }
    }
    tx.commit().await
}

/// Where the branch is, if it is there and holds nothing but the base or one commit on it. Trouble on the
/// way is the end of the search.
async fn find(app: &App, job: &Job) -> Result<Option<(Place, WorkBranch)>> {
    let (owner, name) = super::super::owner_and_name(&job.repo);
    let upstream = Place::new(owner, name, job.repository_id);
    let base = job.base_commit.as_deref().and_then(ObjectId::parse);
    let me = app.me().await?;
    let (Some(upstream), Some(branch), Some(base), Some(me)) =
        (upstream, WorkBranch::new(&job.id), base, me)
    else {
        return Ok(None);
    };
    let place = if owner.eq_ignore_ascii_case(&me.login) {
        upstream
    } else {
        match app.github.fork_of(&upstream, &me).await {
            Ok(ForkOf::Standing(fork)) => fork.place,
            _ => return Ok(None),
        }
    };
    let Ok(Some(head)) = app.github.branch_head(&place, branch.as_str()).await else {
        return Ok(None);
    };
    let ours = head.id == base || head.parents == [base];
    Ok(ours.then_some((place, branch)))
}
