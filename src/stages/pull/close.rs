//! The end of a pull request at our hands: closed where we are not wanted.

use super::super::write::hindrance;
use super::{Job, JobState, end, wake_bounty};
use crate::app::App;
use crate::bounty::policy::Deny;
use crate::crash;
use crate::github::WriteTrouble;
use crate::github::work::{Place, PullRequest, PullTarget};
use crate::ledger::Result;
use crate::ledger::effects::SETTLING;
use crate::ledger::jobs::JobEffectKind;

/// A maintainer said no: the pull request is closed, once, without a word, and its organisation left
/// alone.
pub(super) async fn because_of_a_no(
    app: &App,
    job: &Job,
    pull: &PullRequest,
    words: &str,
) -> Result<()> {
    let (owner, name) = super::super::owner_and_name(&job.repo);
    let target = Place::new(owner, name, job.repository_id)
        .and_then(|place| PullTarget::new(&place, pull.number, &pull.node_id));
    let mut tx = app.ledger.begin().await?;
    let now = tx.now();
    if let Some(bounty) = job.bounty {
        let deny = Deny {
            name: owner.to_lowercase(),
            reason: format!("a maintainer said no: {words}"),
        };
        tx.remember_refusal(bounty, &deny).await?;
    }
    let Some(target) = target else {
        end(&mut tx, job, JobState::Closed, "its address cannot be made").await?;
        return tx.commit().await;
    };
    if let Some(at) = hindrance(app, &mut tx, false).await? {
        tx.postpone_job(job, at, false).await?;
        return tx.commit().await;
    }
    // Begun before, by a process that is gone, or of unknown outcome: it is open, so that did not happen.
    tx.settle_job_effects(job, JobEffectKind::Close, false)
        .await?;
    let shown = format!("{}#{}", job.repo, pull.number);
    let effect = tx
        .begin_job_effect(job, JobEffectKind::Close, &shown)
        .await?;
    tx.commit().await?;
    crash::point("close.begun");
    // To close what is closed changes nothing, so a lost answer is no harm.
    let closed = app.github.close_pull(&target).await;
    crash::point("close.made");
    let mut tx = app.ledger.begin().await?;
    match closed {
        Ok(()) => {
            tx.end_job_effect(&effect, "done", "").await?;
            let why = format!("closed by us, because a maintainer said no: {words}");
            end(&mut tx, job, JobState::Closed, &why).await?;
            wake_bounty(&mut tx, job).await?;
        }
        Err(WriteTrouble::Refused { kind, message }) => {
            tx.end_job_effect(&effect, "failed", &format!("{kind}: {message}"))
                .await?;
            let why = format!("a maintainer said no, and GitHub lets us not close it: {kind}");
            end(&mut tx, job, JobState::Closed, &why).await?;
            wake_bounty(&mut tx, job).await?;
        }
        Err(error) => {
            tx.end_job_effect(&effect, "unknown", &error.to_string())
                .await?;
            tx.postpone_job(job, now.plus(SETTLING), true).await?;
        }
    }
    tx.commit().await
}
