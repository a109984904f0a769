//! Withdraw: a claim that is not followed up is given back, once, in our own comment; where the
//! platform has a word for it, with that word.

use std::time::Duration;

use super::write::{self, Points, Written};
use super::{FOLLOW_INTERVAL, LEASE, StepError, owner_and_name, put_off};
use crate::app::App;
use crate::bounty::appraise::{Me, appraise};
use crate::bounty::judgement::Judgement;
use crate::bounty::platform::Platform;
use crate::bounty::policy::Mode;
use crate::bounty::stage::Stage;
use crate::crash;
use crate::github::{Refusal, Trouble, WriteTrouble};
use crate::ledger::Result;
use crate::ledger::bounties::{Bounty, Lease, Step};
use crate::ledger::effects::{Effect, EffectKind, EffectState};
use crate::ledger::settings::Setting;
use crate::messages::{github, notice};
use crate::telegram::outbox;

const POINTS: Points = Points {
    begun: "withdraw.begun",
    posted: "withdraw.posted",
    done: "withdraw.done",
};

/// How long a withdrawal waits for another mode before it looks again.
const WATCHING: Duration = Duration::from_secs(3600);

/// Takes back one claim that is due; says whether there was one.
///
/// # Errors
/// The ledger cannot be read or written.
pub async fn run(app: &App) -> Result<bool> {
    let mut tx = app.ledger.begin().await?;
    let mut leased = tx
        .lease_due(&app.worker, &[Stage::Withdrawing], LEASE, 1)
        .await?;
    tx.commit().await?;
    let Some((bounty, lease)) = leased.pop() else {
        return Ok(false);
    };
    match take_back(app, &bounty, &lease).await {
        Ok(()) => {}
        Err(StepError::Github(trouble)) => put_off(app, &bounty, &lease, &trouble).await?,
        Err(StepError::Ledger(error)) => return Err(error),
    }
    app.progress();
    Ok(true)
}

async fn take_back(
    app: &App,
    bounty: &Bounty,
    lease: &Lease,
) -> std::result::Result<(), StepError> {
    let effects = app.ledger.effects(bounty.id).await?;
    let claim = effects
        .iter()
        .rev()
        .find(|e| write::claims(e.kind) && e.state == EffectState::Done);
    let (Some(claim), Some(me)) = (claim, app.me().await?) else {
        let what = "no comment of ours is known that could be taken back";
        return Ok(gone(app, bounty, lease, what).await?);
    };
    if app.rules().config.policy.mode == Mode::Watch {
        // `watch` writes nothing, not even this; it is made up for when the mode changes.
        let mut tx = app.ledger.begin().await?;
        let at = tx.now().plus(WATCHING);
        tx.postpone(lease, at, false).await?;
        return Ok(tx.commit().await?);
    }
    if bounty.reason.as_deref() != Some("unwelcome")
        && !effects.iter().any(may_be_taken_back)
        && has_pull_request(app, bounty, &me).await?
    {
        // It may have waited here for long: the work came after all.
        let mut tx = app.ledger.begin().await?;
        let wake_at = Some(tx.now().plus(FOLLOW_INTERVAL));
        let step = Step {
            stage: Stage::Submitted,
            reason: Some("pull_request"),
            wake_at,
        };
        tx.advance(lease, &step).await?;
        return Ok(tx.commit().await?);
    }
    let word = app
        .ledger
        .appraisal(bounty.id)
        .await?
        .and_then(|text| serde_json::from_str::<Judgement>(&text).ok())
        .and_then(|j| j.platform)
        .and_then(Platform::stop_command);
    let written = match word {
        Some(word) => say_stop(app, bounty, lease, &effects, claim, word, &me.login).await?,
        None => edit(app, bounty, lease, &effects, claim, &me.login).await?,
    };
    match written {
        Written::Done { .. } => {
            let what = match bounty.reason.as_deref() {
                Some("unwelcome") => {
                    "the claim was taken back: we are not wanted there. Its organisation is left alone from now on"
                }
                Some("overdue") => "the claim was taken back: it was not followed up in time",
                Some("turned_down") => "the claim was taken back: the pull request was turned down",
                _ => "the claim was taken back",
            };
            Ok(gone(app, bounty, lease, what).await?)
        }
        Written::Refused { kind, .. } => {
            let what = format!("the claim could not be taken back: {kind}");
            Ok(gone(app, bounty, lease, &what).await?)
        }
        Written::Later(at) => {
            let mut tx = app.ledger.begin().await?;
            tx.postpone(lease, at, false).await?;
            Ok(tx.commit().await?)
        }
        Written::NotSent(trouble) => Err(StepError::Github(trouble)),
    }
}

/// A withdrawal whose answer was lost may stand there already: then it is finished.
fn may_be_taken_back(effect: &Effect) -> bool {
    matches!(effect.kind, EffectKind::Withdraw | EffectKind::Stop) && write::is_open(effect)
}

async fn has_pull_request(
    app: &App,
    bounty: &Bounty,
    me: &Me,
) -> std::result::Result<bool, StepError> {
    let (owner, name) = owner_and_name(&bounty.repo);
    let facts = match app.github.issue(owner, name, bounty.number).await {
        Ok(facts) => facts,
        // Where nothing can be read, our comment may still be edited; GitHub will say.
        Err(Trouble::Gone { .. }) => return Ok(false),
        Err(trouble) => return Err(StepError::Github(trouble)),
    };
    let rules = app.rules();
    let appraisal = appraise(&facts, &rules.lists, Some(me), app.now());
    Ok(appraisal.competition.ours_open)
}

/// A comment of its own: as strictly once as the claim.
async fn say_stop(
    app: &App,
    _bounty: &Bounty,
    lease: &Lease,
    effects: &[Effect],
    claim: &Effect,
    word: &str,
    login: &str,
) -> Result<Written> {
    if let Some(begun) = write::decisive(effects, |k| k == EffectKind::Stop) {
        match begun.state {
            EffectState::Done => {
                return Ok(Written::Done {
                    comment: begun.remote_id.unwrap_or(0),
                });
            }
            EffectState::Begun | EffectState::Unknown => {
                return write::reconcile(app, lease, begun, POINTS).await;
            }
            EffectState::Failed => {}
        }
    }
    let mut tx = app.ledger.begin().await?;
    if let Some(at) = write::hindrance(app, &mut tx).await? {
        return Ok(Written::Later(at));
    }
    let id = tx.fresh_id();
    let body = github::stop(&github::Speaker { login, effect: &id }, word);
    let effect = tx
        .begin_followup(lease, claim, &id, EffectKind::Stop, &body)
        .await?;
    tx.commit().await?;
    write::post(app, lease, &effect, POINTS).await
}

/// Editing our own comment to the same text twice changes nothing, so an unknown outcome is simply
/// tried again.
async fn edit(
    app: &App,
    bounty: &Bounty,
    lease: &Lease,
    effects: &[Effect],
    claim: &Effect,
    login: &str,
) -> Result<Written> {
    let Some(comment) = claim.remote_id else {
        return Ok(Written::Refused {
            kind: Refusal::Gone,
            message: "no comment is known".to_owned(),
        });
    };
    let rules = app.rules();
    let why = match (bounty.reason.as_deref(), claim.kind) {
        (Some("unwelcome"), _) => github::Withdrawal::Unwelcome,
        (Some("turned_down"), _) => github::Withdrawal::TurnedDown,
        (_, EffectKind::AskAssignment) => github::Withdrawal::NoAnswer(rules.config.withdraw_after),
        _ => github::Withdrawal::NoProgress(rules.config.withdraw_after),
    };
    let mut tx = app.ledger.begin().await?;
    if let Some(at) = write::hindrance(app, &mut tx).await? {
        return Ok(Written::Later(at));
    }
    let begun = effects
        .iter()
        .rev()
        .find(|e| e.kind == EffectKind::Withdraw && write::is_open(e));
    let effect = match begun {
        Some(begun) => {
            tx.repeat_effect(lease, &begun.id).await?;
            begun.clone()
        }
        None => {
            let id = tx.fresh_id();
            let body = github::withdrawn(
                &github::Speaker {
                    login,
                    effect: &claim.id,
                },
                why,
            );
            tx.begin_followup(lease, claim, &id, EffectKind::Withdraw, &body)
                .await?
        }
    };
    tx.commit().await?;
    crash::point(POINTS.begun);
    let answer = match write::target(&effect) {
        Some(target) => {
            app.github
                .edit_comment(&target, comment, &effect.body)
                .await
        }
        None => Err(write::no_target()),
    };
    crash::point(POINTS.posted);
    let mut tx = app.ledger.begin().await?;
    let written = match answer {
        Ok(_) => {
            tx.end_effect(
                lease,
                &effect.id,
                EffectState::Done,
                Some(comment),
                "edited",
            )
            .await?;
            Written::Done { comment }
        }
        Err(WriteTrouble::Refused { kind, message }) => {
            let detail = format!("{kind}: {message}");
            tx.end_effect(lease, &effect.id, EffectState::Failed, None, &detail)
                .await?;
            Written::Refused { kind, message }
        }
        Err(WriteTrouble::WaitUntil { at, why }) => {
            tx.put_setting(&Setting::NoWriteBefore, &at).await?;
            tx.end_effect(lease, &effect.id, EffectState::Failed, None, &why)
                .await?;
            Written::Later(at)
        }
        Err(WriteTrouble::NotSent(trouble)) => {
            tx.end_effect(
                lease,
                &effect.id,
                EffectState::Failed,
                None,
                &trouble.to_string(),
            )
            .await?;
            Written::NotSent(trouble)
        }
        Err(WriteTrouble::Unknown(why)) => {
            tx.end_effect(lease, &effect.id, EffectState::Unknown, None, &why)
                .await?;
            Written::Later(tx.now().plus(super::FIRST_BACKOFF))
        }
    };
    tx.commit().await?;
    crash::point(POINTS.done);
    Ok(written)
}

async fn gone(app: &App, bounty: &Bounty, lease: &Lease, what: &str) -> Result<()> {
    let mut tx = app.ledger.begin().await?;
    let now = tx.now();
    let reason = bounty.reason.as_deref().unwrap_or("overdue");
    tx.advance(
        lease,
        &Step {
            stage: Stage::Withdrawn,
            reason: Some(reason),
            wake_at: None,
        },
    )
    .await?;
    let text = notice::ended(&bounty.repo, bounty.number, what);
    tx.notify_owner(
        &format!("withdrawn:{}", bounty.id),
        &outbox::encode(&text),
        now,
    )
    .await?;
    tx.commit().await
}
