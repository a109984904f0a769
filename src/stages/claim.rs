//! Claim: check everything once more, then one comment, exactly once.

use std::sync::Arc;
use std::time::Duration;

use super::write::{self, Points, Written};
use super::{LEASE, StepError, backoff, issue_of, put_off};
use crate::app::App;
use crate::bounty::appraise::{Appraisal, Me, appraise};
use crate::bounty::claim::ClaimPlan;
use crate::bounty::facts::IssueFacts;
use crate::bounty::permit::{Authority, Permit, PermitRecord, approval_hash};
use crate::bounty::policy::{Decision, Deny, Mode, SkipReason, cap_reached, decide};
use crate::bounty::stage::Stage;
use crate::crash;
use crate::github::Refusal;
use crate::health::{self, Gate};
use crate::ledger::Result;
use crate::ledger::bounties::{Bounty, Lease, Step};
use crate::ledger::effects::{Effect, EffectKind, EffectState, NewEffect, Reconcile};
use crate::ledger::tally::DAY;
use crate::messages::github;
use crate::rules::Rules;

mod end;
mod refusal;

use end::{again, claimed, let_go, unproven, yes_waits};

const POINTS: Points = Points {
    begun: "claim.begun",
    posted: "claim.posted",
    done: "claim.done",
};

/// How long a permitted claim waits for a free hand before it looks again.
const CAP_PAUSE: Duration = Duration::from_secs(15 * 60);

/// Moves one permitted or half-claimed bounty; says whether there was one.
///
/// # Errors
/// The ledger cannot be read or written.
pub async fn run(app: &App) -> Result<bool> {
    let (tx, mut leased) = app
        .ledger
        .begin_leasing(&app.worker, &[Stage::Claiming, Stage::Permitted], LEASE, 1)
        .await?;
    tx.commit().await?;
    let Some((bounty, lease)) = leased.pop() else {
        return Ok(false);
    };
    let done = match bounty.stage {
        Stage::Claiming => resume(app, &bounty, &lease).await,
        _ => start(app, &bounty, &lease).await,
    };
    match done {
        Ok(()) => {}
        Err(StepError::Github(trouble)) => put_off(app, &bounty, &lease, &trouble).await?,
        Err(StepError::Ledger(error)) => return Err(error),
    }
    app.progress();
    Ok(true)
}

/// A claim was begun by a process that is gone, or its answer was lost.
async fn resume(app: &App, bounty: &Bounty, lease: &Lease) -> std::result::Result<(), StepError> {
    let effects = app.ledger.effects(bounty.id).await?;
    let Some(effect) = write::decisive(&effects, write::claims) else {
        // The stage and the effect are written together, so this row was changed by hand.
        let why = "the claim has no record";
        return Ok(let_go(app, bounty, lease, "no_effect", why, None).await?);
    };
    if effect.state == EffectState::Failed && app.ledger.live_permit(bounty.id).await?.is_some() {
        // It surely did not happen, and is still permitted: from the start, checks included.
        return start(app, bounty, lease).await;
    }
    if write::is_open(effect) && effect.reconcile(app.now()) == Reconcile::Repeat {
        if !write::never_stood(app, effect).await? {
            return Ok(unproven(app, bounty, lease, effect).await?);
        }
        // It surely did not happen. Much may have changed since it was permitted, so it is not
        // repeated as it is: everything is checked once more.
        let mut tx = app.ledger.begin().await?;
        tx.end_effect(
            lease,
            &effect.id,
            EffectState::Failed,
            None,
            "it did not happen",
        )
        .await?;
        tx.commit().await?;
        return start(app, bounty, lease).await;
    }
    let written = if write::is_open(effect) {
        write::reconcile(app, lease, effect, POINTS).await?
    } else {
        settled(effect)
    };
    finish(app, bounty, lease, effect, written).await
}

/// What a recorded outcome means, when the step after it was not made.
fn settled(effect: &Effect) -> Written {
    match effect.remote_id {
        Some(comment) => Written::Done { comment },
        None => Written::Refused {
            kind: Refusal::Invalid("see the journal".to_owned()),
            message: effect.detail.clone().unwrap_or_default(),
        },
    }
}

async fn start(app: &App, bounty: &Bounty, lease: &Lease) -> std::result::Result<(), StepError> {
    crash::point("claim.before");
    let rules = app.rules();
    let Some(stored) = app.ledger.live_permit(bounty.id).await? else {
        return Ok(again(app, bounty, lease, "no_permit", None, false).await?);
    };
    if rules.config.policy.mode == Mode::Watch {
        let why = "the mode is `watch` now";
        return Ok(let_go(app, bounty, lease, "watch", why, None).await?);
    }
    // Another account may have been connected since; it would speak under the old one's name, and
    // its comment would not be found again.
    if let Gate::Until(at) = health::identify(app).await? {
        let mut tx = app.ledger.begin().await?;
        tx.postpone(lease, at, false).await?;
        return Ok(tx.commit().await?);
    }
    let Some(me) = app.me().await? else {
        return Ok(wait(app, lease, super::FIRST_BACKOFF).await?);
    };
    let facts = issue_of(app, bounty).await?;
    if facts.repo.id != Some(bounty.repository_id) {
        // Judged anew as this row, it would be claimed a second time beside its own.
        let why = "another repository stands under this name now";
        return Ok(let_go(app, bounty, lease, "moved", why, None).await?);
    }
    let now = app.now();
    let appraisal = appraise(&facts, &rules.lists, Some(&me), now);
    let current = approval_hash(&facts, &appraisal, &rules.config.policy.limits(&appraisal));
    let asked = matches!(stored.authority, Authority::Approval { .. });
    let permit = match Permit::restore(stored, &current, now) {
        Ok(permit) => permit,
        Err(error) => {
            return Ok(again(
                app,
                bounty,
                lease,
                "superseded",
                Some((&facts, &error.to_string())),
                asked,
            )
            .await?);
        }
    };
    if let Some(reason) = objection(app, bounty, &facts, &appraisal, asked).await? {
        return Ok(object(app, bounty, lease, &facts, permit.record(), reason).await?);
    }
    comment(app, bounty, lease, &facts, &permit, &me, &rules).await
}

enum Objection {
    /// No hand is free: which cap, in words.
    Cap(String),
    /// A threshold was passed meanwhile.
    ToBeAsked,
    /// The contribution rules could not be read.
    Unread,
    Never(SkipReason, Option<Deny>),
}

async fn object(
    app: &App,
    bounty: &Bounty,
    lease: &Lease,
    facts: &IssueFacts,
    permit: &PermitRecord,
    objection: Objection,
) -> Result<()> {
    let asked = matches!(permit.authority, Authority::Approval { .. });
    match objection {
        // The yes stands while its permit does; a hand may become free until then.
        Objection::Cap(what) if asked => yes_waits(app, bounty, lease, permit, &what).await,
        Objection::Unread if asked => wait(app, lease, CAP_PAUSE).await,
        Objection::Cap(what) => {
            let reason = SkipReason::Cap { what }.code();
            again(app, bounty, lease, reason, Some((facts, reason)), false).await
        }
        // Not back to the judge: it has read them a moment ago and would permit it again at once.
        Objection::Unread => {
            let mut tx = app.ledger.begin().await?;
            let at = tx.now().plus(backoff(bounty.failures));
            tx.postpone(lease, at, true).await?;
            tx.commit().await
        }
        Objection::ToBeAsked => {
            let why = "to_be_asked";
            again(app, bounty, lease, why, Some((facts, why)), false).await
        }
        Objection::Never(why, remember) => {
            if let Some(deny) = remember {
                let mut tx = app.ledger.begin().await?;
                tx.remember_refusal(bounty.id, &deny).await?;
                tx.commit().await?;
            }
            let code = why.code();
            match why {
                // The owner did it himself, or a ledger did that this one knows nothing of.
                SkipReason::ClaimedByUs { what } => {
                    let_go(app, bounty, lease, code, &what, Some(&what)).await
                }
                why => let_go(app, bounty, lease, code, &format!("{why:?}"), None).await,
            }
        }
    }
}

async fn wait(app: &App, lease: &Lease, pause: Duration) -> Result<()> {
    let mut tx = app.ledger.begin().await?;
    let at = tx.now().plus(pause);
    tx.postpone(lease, at, false).await?;
    tx.commit().await
}

/// Everything that decided is asked again, as it is now. A human answer stands in for the
/// questions, never for the refusals.
async fn objection(
    app: &App,
    bounty: &Bounty,
    facts: &IssueFacts,
    appraisal: &Appraisal,
    asked: bool,
) -> Result<Option<Objection>> {
    let mut tx = app.ledger.begin().await?;
    // Not before: others may be put in force while the ledger is waited for.
    let rules = app.rules();
    let tally = tx.tally_at_claim(bounty.id, &facts.repo).await?;
    let now = tx.now();
    drop(tx);
    Ok(
        match decide(appraisal, facts, &rules.config.policy, &tally, now) {
            Decision::Skip {
                reason: SkipReason::Cap { what },
                ..
            } => Some(Objection::Cap(what)),
            Decision::Skip {
                reason: SkipReason::PoliciesNotRead,
                ..
            } => Some(Objection::Unread),
            Decision::Skip { reason, remember } => Some(Objection::Never(reason, remember)),
            Decision::Claim { .. } => None,
            // What is only reported passes by the caps; a claim of it does not.
            Decision::Ask { .. } | Decision::Report { .. } if asked => {
                cap_reached(&rules.config.policy, &tally).map(Objection::Cap)
            }
            // It was permitted below the thresholds and no longer is.
            Decision::Ask { .. } | Decision::Report { .. } => Some(Objection::ToBeAsked),
        },
    )
}

async fn comment(
    app: &App,
    bounty: &Bounty,
    lease: &Lease,
    facts: &IssueFacts,
    permit: &Permit,
    me: &Me,
    rules: &Arc<Rules>,
) -> std::result::Result<(), StepError> {
    let mut tx = app.ledger.begin().await?;
    if app.outdated(rules) {
        // It was judged by others, some of which are gone: by those in force, from the start.
        let now = tx.now();
        tx.postpone(lease, now, false).await?;
        return Ok(tx.commit().await?);
    }
    if let Some(at) = write::hindrance(app, &mut tx, true).await? {
        tx.postpone(lease, at, false).await?;
        return Ok(tx.commit().await?);
    }
    // Counted again in the transaction that begins the write: two permits given at the same time
    // must not slip through the same gap.
    let claims = tx
        .claims_since(tx.now().minus(DAY), Some(bounty.id))
        .await?;
    if claims >= i64::from(rules.config.policy.max_claims_per_day) {
        let at = tx.now().plus(Duration::from_secs(3600));
        tx.postpone(lease, at, false).await?;
        return Ok(tx.commit().await?);
    }
    let id = tx.fresh_id();
    let speaker = github::Speaker {
        login: &me.login,
        effect: &id,
    };
    let plan = &permit.record().action;
    let (kind, body) = match plan {
        ClaimPlan::CommentFirst { command } => (
            EffectKind::Claim,
            github::claim(&speaker, &facts.title, command.as_deref()),
        ),
        ClaimPlan::AskAssignmentAndWait { command } => {
            let body = github::ask_assignment(&speaker, &facts.title, command.as_deref());
            (EffectKind::AskAssignment, body)
        }
        ClaimPlan::WithSubmission if rules.config.fix.is_some() => {
            // The claim is the pull request: work comes first, and nothing is said before there is some.
            tx.begin_job_for(bounty).await?;
            let step = Step {
                stage: Stage::Fixing,
                reason: Some("with_submission"),
                wake_at: None,
            };
            tx.advance(lease, &step).await?;
            tx.commit().await?;
            app.fix.notify_one();
            return Ok(());
        }
        ClaimPlan::WithSubmission => {
            drop(tx);
            return Ok(let_go(
                app,
                bounty,
                lease,
                "needs-fixer",
                "claimed with the pull request",
                None,
            )
            .await?);
        }
    };
    let new = NewEffect {
        id: &id,
        kind,
        body: &body,
        author: me,
        issue_at: facts.dated_before_it_was_read(),
    };
    let effect = tx.begin_effect(lease, permit, &new).await?;
    tx.mark_stage(lease, Stage::Claiming).await?;
    tx.commit().await?;
    let written = write::post(app, lease, &effect, POINTS).await?;
    finish(app, bounty, lease, &effect, written).await
}

async fn finish(
    app: &App,
    bounty: &Bounty,
    lease: &Lease,
    effect: &Effect,
    written: Written,
) -> std::result::Result<(), StepError> {
    match written {
        Written::Done { .. } => Ok(claimed(app, bounty, lease, effect.kind).await?),
        Written::Unproven => Ok(unproven(app, bounty, lease, effect).await?),
        Written::Refused { kind, message } => {
            refusal::settle(app, bounty, lease, effect, &kind, &message).await
        }
        Written::Later(at) => {
            let mut tx = app.ledger.begin().await?;
            tx.postpone(lease, at, false).await?;
            Ok(tx.commit().await?)
        }
        // The effect is open and could not be looked for, or surely did not leave: either way
        // the row waits where it is, and the permit with it.
        Written::NotSent(trouble) => Err(StepError::Github(trouble)),
    }
}
