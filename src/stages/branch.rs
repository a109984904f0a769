//! The branch of a job in the owner's fork, taken away when it is of no more use. One try: what is left is
//! the owner's to see, and nobody is told of it.

use super::owner_and_name;
use super::write::hindrance;
use crate::app::App;
use crate::bounty::appraise::Me;
use crate::crash;
use crate::github::work::{BranchTarget, ForkOf, Place, WorkBranch};
use crate::ledger::Result;
use crate::ledger::jobs::{Job, JobEffectKind};

/// Where the branches of a job's repository are: in itself, if it is the owner's, else in his fork. Trouble
/// on the way is the end of the search.
pub(super) async fn home(app: &App, job: &Job, me: &Me) -> Option<Place> {
    let (owner, name) = owner_and_name(&job.repo);
    let upstream = Place::new(owner, name, job.repository_id)?;
    if owner.eq_ignore_ascii_case(&me.login) {
        return Some(upstream);
    }
    match app.github.fork_of(&upstream, me).await {
        Ok(ForkOf::Standing(fork)) => Some(fork.place),
        _ => None,
    }
}

/// Deletes it. Whoever calls has seen that it is ours and as we left it.
pub(super) async fn take_away(
    app: &App,
    job: &Job,
    place: &Place,
    branch: &WorkBranch,
) -> Result<()> {
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
    let target = BranchTarget::new(place, branch);
    let deleted = app.github.delete_branch(&target).await;
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
