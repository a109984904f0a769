//! One outside write of a job: intent, request, outcome.

use std::time::Duration;

use super::super::write::hindrance;
use super::{End, Flow, Halt, Scene};
use crate::crash;
use crate::github::WriteTrouble;
use crate::ledger::jobs::JobEffectKind;
use crate::ledger::settings::Setting;

/// How long a write of unknown outcome is left alone before it is looked for: it may still land.
const SETTLING: Duration = crate::ledger::effects::SETTLING;

/// The write's names for the crash tests.
const fn points(kind: JobEffectKind) -> (&'static str, &'static str) {
    match kind {
        JobEffectKind::Fork => ("fork.begun", "fork.made"),
        JobEffectKind::Branch => ("branch.begun", "branch.made"),
        JobEffectKind::Commit => ("commit.begun", "commit.made"),
        JobEffectKind::PullRequest => ("pull.begun", "pull.made"),
        JobEffectKind::Close | JobEffectKind::Withdraw => ("close.begun", "close.made"),
        JobEffectKind::DeleteBranch => ("delete.begun", "delete.made"),
    }
}

/// Whether a write of this kind may be made now: one whose outcome is not known is first waited for,
/// and whoever calls has just seen that it does not stand there.
pub(super) async fn may_begin(scene: &Scene<'_>, kind: JobEffectKind) -> Flow<()> {
    let (app, job) = (scene.app, scene.job);
    if let Some(begun) = app.ledger.open_job_effect(&job.id, kind).await? {
        let settled = begun.plus(SETTLING);
        if app.now() < settled {
            return Err(Halt::End(End::Later(settled)));
        }
        let mut tx = app.ledger.begin().await?;
        tx.settle_job_effects(job, kind, false).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Records that what was looked for stands there.
pub(super) async fn found(scene: &Scene<'_>, kind: JobEffectKind) -> Flow<()> {
    let (app, job) = (scene.app, scene.job);
    if app.ledger.open_job_effect(&job.id, kind).await?.is_some() {
        let mut tx = app.ledger.begin().await?;
        tx.settle_job_effects(job, kind, true).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Makes a write: `send` is started once its intent is durable, and runs to its end. `seen` is whether
/// others are told of it, so that the owner's spacing holds.
pub(super) async fn make<T>(
    scene: &Scene<'_>,
    kind: JobEffectKind,
    target: &str,
    seen: bool,
    send: impl Future<Output = std::result::Result<T, WriteTrouble>>,
) -> Flow<T> {
    let (app, job) = (scene.app, scene.job);
    may_begin(scene, kind).await?;
    let mut tx = app.ledger.begin().await?;
    if let Some(at) = hindrance(app, &mut tx, seen).await? {
        return Err(Halt::End(End::Later(at)));
    }
    let effect = tx.begin_job_effect(job, kind, target).await?;
    tx.commit().await?;
    let (begun, made) = points(kind);
    crash::point(begun);
    let answer = send.await;
    crash::point(made);
    let mut tx = app.ledger.begin().await?;
    let halt = match answer {
        Ok(done) => {
            tx.end_job_effect(&effect, "done", "").await?;
            tx.commit().await?;
            return Ok(done);
        }
        Err(WriteTrouble::Refused { kind, message }) => {
            tx.end_job_effect(&effect, "failed", &format!("{kind}: {message}"))
                .await?;
            super::refused(&kind, &message)
        }
        Err(WriteTrouble::WaitUntil { at, why }) => {
            tx.put_setting(&Setting::NoWriteBefore, &at).await?;
            tx.end_job_effect(&effect, "failed", &why).await?;
            Halt::End(End::Later(at))
        }
        Err(WriteTrouble::NotSent(trouble)) => {
            tx.end_job_effect(&effect, "failed", &format!("not sent: {trouble}"))
                .await?;
            trouble.into()
        }
        Err(WriteTrouble::Unknown(why)) => {
            tx.end_job_effect(&effect, "unknown", &why).await?;
            Halt::End(End::Later(tx.now().plus(SETTLING)))
        }
    };
    tx.commit().await?;
    Err(halt)
}
