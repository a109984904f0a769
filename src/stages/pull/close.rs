//! The end of a pull request at our hands: closed where we are not wanted, or where nobody looks at it.
//!
//! Once, without a word. To close what is closed changes nothing, so a lost answer is no harm.

use super::super::write::hindrance;
use super::{Job, JobState, end, wake_bounty};
use crate::app::App;
use crate::bounty::policy::Deny;
use crate::crash;
use crate::github::WriteTrouble;
use crate::github::work::{Place, PullRequest, PullTarget};
use crate::ledger::effects::SETTLING;
use crate::ledger::jobs::JobEffectKind;
use crate::ledger::{Result, Tx};

/// Why it is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Because {
    /// A maintainer said no.
    No,
    /// Nobody has said a word for long.
    Silence,
}

impl Because {
    pub(super) const fn kind(self) -> JobEffectKind {
        match self {
            Self::No => JobEffectKind::Close,
            Self::Silence => JobEffectKind::Withdraw,
        }
    }

    const fn what(self) -> &'static str {
        match self {
            Self::No => "a maintainer said no",
            Self::Silence => "nobody had said a word for long",
        }
    }

    /// What the owner is told, and the ledger keeps.
    pub(super) fn in_words(self) -> String {
        format!("closed by us, because {}", self.what())
    }
}

/// Whether a closing of ours was begun of which the outcome is not known.
pub(super) async fn begun(app: &App, job: &Job) -> Result<Option<Because>> {
    for because in [Because::No, Because::Silence] {
        let open = app.ledger.open_job_effect(&job.id, because.kind()).await?;
        if open.is_some() {
            return Ok(Some(because));
        }
    }
    Ok(None)
}

/// A maintainer said no: the pull request is closed, and its organisation left alone.
pub(super) async fn because_of_a_no(
    app: &App,
    job: &Job,
    pull: &PullRequest,
    words: &str,
) -> Result<()> {
    let (owner, _) = super::super::owner_and_name(&job.repo);
    let mut tx = app.ledger.begin().await?;
    if let Some(bounty) = job.bounty {
        let deny = Deny {
            name: owner.to_lowercase(),
            reason: format!("a maintainer said no: {words}"),
        };
        tx.remember_refusal(bounty, &deny).await?;
    }
    close(app, tx, job, pull, Because::No, Some(words)).await
}

/// Closes it in the transaction's wake.
pub(super) async fn close(
    app: &App,
    mut tx: Tx,
    job: &Job,
    pull: &PullRequest,
    because: Because,
    words: Option<&str>,
) -> Result<()> {
    let (owner, name) = super::super::owner_and_name(&job.repo);
    let target = Place::new(owner, name, job.repository_id)
        .and_then(|place| PullTarget::new(&place, pull.number, &pull.node_id));
    let now = tx.now();
    let Some(target) = target else {
        end(&mut tx, job, JobState::Closed, "its address cannot be made").await?;
        return tx.commit().await;
    };
    if let Some(at) = hindrance(app, &mut tx, false).await? {
        tx.postpone_job(job, at, false).await?;
        return tx.commit().await;
    }
    // Begun before, by a process that is gone, or of unknown outcome: it is open, so that did not happen.
    for because in [Because::No, Because::Silence] {
        tx.settle_job_effects(job, because.kind(), false).await?;
    }
    let shown = format!("{}#{}", job.repo, pull.number);
    let effect = tx.begin_job_effect(job, because.kind(), &shown).await?;
    tx.commit().await?;
    crash::point("close.begun");
    let closed = app.github.close_pull(&target).await;
    crash::point("close.made");
    let said = words.map(|words| format!(": {words}")).unwrap_or_default();
    let mut tx = app.ledger.begin().await?;
    match closed {
        Ok(()) => {
            tx.end_job_effect(&effect, "done", "").await?;
            let why = format!("{}{said}", because.in_words());
            end(&mut tx, job, JobState::Closed, &why).await?;
            wake_bounty(&mut tx, job).await?;
        }
        Err(WriteTrouble::Refused { kind, message }) => {
            tx.end_job_effect(&effect, "failed", &format!("{kind}: {message}"))
                .await?;
            let why = format!(
                "{}, and GitHub lets us not close it: {kind}",
                because.what()
            );
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
