//! The one pull request of a job: looked for by its branch, and opened if it is not there.

use super::patch::Passed;
use super::write::{found, make};
use super::{End, Flow, Halt, Home, Scene};
use crate::bounty::facts::PullRequestState;
use crate::crash;
use crate::fixer::papers;
use crate::github::work::{BranchTarget, NewPull, PullRequest, UpstreamTarget};
use crate::ledger::jobs::{Job, JobEffectKind, JobState};
use crate::messages::{notice, pull as text};
use crate::telegram::outbox;

/// The pull request of the branch, if it was opened already.
pub(super) async fn standing(scene: &Scene<'_>) -> Flow<Option<PullRequest>> {
    let mut pulls = scene
        .app
        .github
        .pulls_from(&scene.upstream.place, scene.me.id, scene.branch)
        .await?;
    if pulls.is_empty() {
        return Ok(None);
    }
    found(scene, JobEffectKind::PullRequest).await?;
    // Of several, which nobody but the owner could have made, the open one counts.
    let open = |pull: &PullRequest| pull.state == PullRequestState::Open;
    let at = pulls.iter().position(open).unwrap_or(0);
    Ok(Some(pulls.swap_remove(at)))
}

/// Whether the patch is a further one for this pull request, on top of what it shows or in place of it. Whether it
/// is there already, its branch tells.
pub(super) fn awaits(job: &Job, pull: &PullRequest) -> bool {
    pull.state == PullRequestState::Open && job.pull.is_some()
}

pub(super) async fn open(
    scene: &Scene<'_>,
    home: &Home,
    passed: &Passed,
    command: Option<&str>,
) -> Flow<()> {
    let (app, job) = (scene.app, scene.job);
    let Some(base) = &scene.upstream.default_branch else {
        return Err(Halt::not("the repository has no default branch"));
    };
    let rules = app.rules();
    let record_of_work = {
        let place = papers::place(&rules.config, &job.id);
        tokio::task::spawn_blocking(move || papers::record(&place)).await
    };
    let worked = match record_of_work {
        Ok(Ok(worked)) => worked,
        Ok(Err(error)) => return Err(Halt::not(error.to_string())),
        Err(error) => return Err(Halt::not(error.to_string())),
    };
    let new = NewPull {
        from: BranchTarget::new(&home.place, scene.branch),
        base: base.name.clone(),
        title: text::title(job.number, &job.title),
        body: text::body(&text::Pull {
            job: &job.id,
            login: &scene.me.login,
            number: job.number,
            command,
            template: scene
                .upstream
                .template()
                .map(|template| template.body.as_str()),
            record: &worked,
            gate: &passed.verdict.summary(),
        }),
        draft: rules.config.fix.as_ref().is_some_and(|fix| fix.draft),
        maintainer_can_modify: true,
    };
    // Its proof stays with the patch until the patch has left.
    if passed.pass.base_commit() != passed.base.as_str() {
        return Err(Halt::not("the pass is for another commit"));
    }
    let target = UpstreamTarget::new(&scene.upstream.place);
    let shown = format!(
        "{} from {}",
        scene.upstream.place.slug(),
        scene.branch.as_str()
    );
    let send = app.github.open_pull(&target, &new);
    let opened = make(scene, JobEffectKind::PullRequest, &shown, true, send).await;
    let opened = opened.map_err(|halt| by_hand(scene, home, &base.name, halt))?;
    written(scene, opened.number, &opened.node_id).await
}

/// Where only this connection may not open it, the owner can, from the branch that stands.
fn by_hand(scene: &Scene<'_>, home: &Home, base: &str, halt: Halt) -> Halt {
    let Halt::End(End::Barred(why)) = halt else {
        return halt;
    };
    Halt::End(End::Kept(format!(
        "{why}. The branch stands; you can open it: https://github.com/{}/compare/{base}...{}:{}?expand=1",
        scene.upstream.place.slug(),
        home.place.owner(),
        scene.branch.as_str()
    )))
}

/// Writes down that the pull request stands.
pub(super) async fn record(scene: &Scene<'_>, pull: &PullRequest) -> Flow<()> {
    written(scene, pull.number, &pull.node_id).await
}

async fn written(scene: &Scene<'_>, number: u64, node: &str) -> Flow<()> {
    let (app, job) = (scene.app, scene.job);
    let mut tx = app.ledger.begin().await?;
    tx.job_opened(job, number, node).await?;
    let now = tx.now();
    tx.move_job(
        job,
        JobState::Open,
        Some("its pull request is open"),
        Some(now),
    )
    .await?;
    tx.job_submitted_bounty(job, now.plus(super::super::FOLLOW_INTERVAL))
        .await?;
    let text = notice::submitted(&job.slug(), number);
    tx.notify_owner(&format!("job:{}:open", job.id), &outbox::encode(&text), now)
        .await?;
    tx.commit().await?;
    crash::point("pull.recorded");
    Ok(())
}
