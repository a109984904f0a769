//! How a claim ends: it stands, it was refused, it goes back to the judge, or it is let go. Whoever
//! said yes is told each of them.

use serde_json::json;

use crate::app::App;
use crate::bounty::facts::IssueFacts;
use crate::bounty::permit::PermitRecord;
use crate::bounty::stage::{Stage, YES_WAITS};
use crate::github::Refusal;
use crate::ledger::bounties::{Bounty, Lease, Step};
use crate::ledger::effects::{Effect, EffectKind, EffectState};
use crate::ledger::tally::DAY;
use crate::ledger::{Actor, Entry, Result};
use crate::messages::notice;
use crate::stages::{lasting_no, owner_and_name};
use crate::telegram::outbox;

/// The comment stands.
pub(super) async fn claimed(
    app: &App,
    bounty: &Bounty,
    lease: &Lease,
    kind: EffectKind,
) -> Result<()> {
    let rules = app.rules();
    let mut tx = app.ledger.begin().await?;
    let now = tx.now();
    let requested = kind == EffectKind::AskAssignment;
    let stage = if requested {
        Stage::Requested
    } else {
        Stage::Claimed
    };
    tx.end_permits(bounty.id, "used").await?;
    tx.set_deadline(lease, now.plus(rules.config.withdraw_after))
        .await?;
    let wake_at = Some(now.plus(crate::stages::FOLLOW_INTERVAL.min(rules.config.withdraw_after)));
    tx.advance(
        lease,
        &Step {
            stage,
            reason: Some("claimed"),
            wake_at,
        },
    )
    .await?;
    if !requested && rules.config.fix.is_some() {
        tx.begin_job_for(bounty).await?;
    }
    let text = if requested {
        notice::requested(&bounty.repo, bounty.number, bounty.usd)
    } else {
        notice::claimed(
            &bounty.repo,
            bounty.number,
            bounty.usd,
            rules.config.withdraw_after,
        )
    };
    tx.notify_owner(
        &format!("claimed:{}:{}", bounty.id, now.0),
        &outbox::encode(&text),
        now,
    )
    .await?;
    tx.commit().await?;
    app.fix.notify_one();
    Ok(())
}

/// GitHub said no.
pub(super) async fn refused(
    app: &App,
    bounty: &Bounty,
    lease: &Lease,
    effect: &Effect,
    kind: &Refusal,
    message: &str,
) -> Result<()> {
    let mut tx = app.ledger.begin().await?;
    if let Some(deny) = &lasting_no(kind, &effect.target.repo) {
        tx.remember_refusal(bounty.id, deny).await?;
    }
    tx.end_permits(bounty.id, "void").await?;
    let step = Step {
        stage: Stage::Lost,
        reason: Some("refused"),
        wake_at: None,
    };
    tx.advance(lease, &step).await?;
    tx.drop_facts(bounty.id).await?;
    let now = tx.now();
    let text = notice::not_claimed(&bounty.repo, bounty.number, &format!("{kind}: {message}"));
    tx.notify_owner(
        &format!("refused:{}:{}", bounty.id, now.0),
        &outbox::encode(&text),
        now,
    )
    .await?;
    tx.commit().await
}

/// GitHub lets nobody comment for a while. That passes: what was permitted waits for a day, or as long as
/// its permit is good, and everything is asked again then.
pub(super) async fn limited(
    app: &App,
    bounty: &Bounty,
    lease: &Lease,
    permit: &PermitRecord,
) -> Result<()> {
    let zone = app.rules().config.timezone;
    let mut tx = app.ledger.begin().await?;
    let now = tx.now();
    let again = now.plus(DAY).min(permit.expires_at);
    let step = Step {
        stage: Stage::Permitted,
        reason: Some("interaction_limit"),
        wake_at: Some(again),
    };
    tx.advance(lease, &step).await?;
    let text = notice::limited(&bounty.repo, bounty.number, &zone.format(again));
    let key = format!("limited:{}:{}", bounty.id, permit.given_at.0);
    tx.notify_owner(&key, &outbox::encode(&text), now).await?;
    tx.commit().await
}

/// The comment does not stand there, but may have stood there until somebody deleted it. The effect
/// ends with the claim in one transaction: a failed one beside a living permit would be made again.
pub(super) async fn unproven(
    app: &App,
    bounty: &Bounty,
    lease: &Lease,
    effect: &Effect,
) -> Result<()> {
    let why = "GitHub's answer was lost, and the issue has changed since: the comment may have stood there and been deleted. It is not written again";
    let mut tx = app.ledger.begin().await?;
    tx.end_effect(lease, &effect.id, EffectState::Unproven, None, why)
        .await?;
    tx.end_permits(bounty.id, "void").await?;
    let step = Step {
        stage: Stage::Lost,
        reason: Some("unproven"),
        wake_at: None,
    };
    tx.advance(lease, &step).await?;
    tx.drop_facts(bounty.id).await?;
    let now = tx.now();
    let text = notice::not_claimed(&bounty.repo, bounty.number, why);
    let key = format!("unproven:{}:{}", bounty.id, now.0);
    tx.notify_owner(&key, &outbox::encode(&text), now).await?;
    tx.commit().await
}

/// The owner said yes, and no hand is free: it waits while the yes is good. He is told once a yes.
pub(super) async fn yes_waits(
    app: &App,
    bounty: &Bounty,
    lease: &Lease,
    permit: &PermitRecord,
    cap: &str,
) -> Result<()> {
    let zone = app.rules().config.timezone;
    let mut tx = app.ledger.begin().await?;
    let now = tx.now();
    let step = Step {
        stage: Stage::Permitted,
        reason: Some(YES_WAITS),
        wake_at: Some(now.plus(super::CAP_PAUSE)),
    };
    tx.advance(lease, &step).await?;
    let until = zone.format(permit.expires_at);
    let owner = owner_and_name(&permit.repository).0;
    let cap = cap.replace("in this organisation", &format!("at {owner}"));
    let text = notice::yes_waits(&bounty.repo, bounty.number, &cap, &until);
    let key = format!("yes-waits:{}:{}", bounty.id, permit.given_at.0);
    tx.notify_owner(&key, &outbox::encode(&text), now).await?;
    tx.commit().await
}

/// Back to the judge, because what was permitted is no longer what stands there.
pub(super) async fn again(
    app: &App,
    bounty: &Bounty,
    lease: &Lease,
    reason: &'static str,
    seen: Option<(&IssueFacts, &str)>,
    asked: bool,
) -> Result<()> {
    let mut tx = app.ledger.begin().await?;
    tx.end_permits(bounty.id, "void").await?;
    tx.a_hand_may_be_free().await?;
    if let Some((facts, why)) = seen {
        tx.put_facts(bounty, facts).await?;
        let body = json!({ "reason": reason, "why": why });
        tx.journal(Entry::new(Actor::Daemon, "claim.not_made", body).bounty(bounty.id))
            .await?;
        if asked {
            // He said yes and believes that it is claimed.
            let now = tx.now();
            let text = notice::not_claimed(&bounty.repo, bounty.number, why);
            let key = format!("again:{}:{}", bounty.id, now.0);
            tx.notify_owner(&key, &outbox::encode(&text), now).await?;
        }
    }
    let wake_at = Some(tx.now());
    tx.advance(
        lease,
        &Step {
            stage: Stage::Found,
            reason: Some(reason),
            wake_at,
        },
    )
    .await?;
    tx.commit().await
}

/// Not to be claimed any more. The owner is told the reason's name, or what is better `told`.
pub(super) async fn let_go(
    app: &App,
    bounty: &Bounty,
    lease: &Lease,
    reason: &str,
    why: &str,
    told: Option<&str>,
) -> Result<()> {
    let mut tx = app.ledger.begin().await?;
    tx.end_permits(bounty.id, "void").await?;
    tx.a_hand_may_be_free().await?;
    let body = json!({ "reason": reason, "why": why });
    tx.journal(Entry::new(Actor::Daemon, "claim.not_made", body).bounty(bounty.id))
        .await?;
    tx.advance(
        lease,
        &Step {
            stage: Stage::Skipped,
            reason: Some(reason),
            wake_at: None,
        },
    )
    .await?;
    tx.drop_facts(bounty.id).await?;
    let now = tx.now();
    let name = reason.replace(['_', '-'], " ");
    let text = notice::not_claimed(&bounty.repo, bounty.number, told.unwrap_or(&name));
    tx.notify_owner(
        &format!("let-go:{}:{}", bounty.id, now.0),
        &outbox::encode(&text),
        now,
    )
    .await?;
    tx.commit().await
}
