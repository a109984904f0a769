//! Withdrawn with the platform's own word, where it has one and somebody may still want to hear it.

use super::super::write::{self, Written};
use super::POINTS;
use crate::app::App;
use crate::bounty::MARK;
use crate::bounty::appraise::{Appraisal, Me};
use crate::bounty::facts::{Comment, IssueFacts, IssueState};
use crate::bounty::judgement::Judgement;
use crate::bounty::platform::Platform;
use crate::clock::UnixMillis;
use crate::ledger::Result;
use crate::ledger::bounties::{Bounty, Lease};
use crate::ledger::effects::{Effect, EffectKind, EffectState, NewEffect, Reconcile};
use crate::messages::github;

/// The platform's word for giving back, where it has one.
pub(super) async fn word(app: &App, bounty: &Bounty) -> Result<Option<&'static str>> {
    let text = app.ledger.appraisal(bounty.id).await?;
    let judgement = text.and_then(|text| serde_json::from_str::<Judgement>(&text).ok());
    Ok(judgement
        .and_then(|j| j.platform)
        .and_then(Platform::stop_command))
}

/// Nothing waits for a word of ours any more: the issue is closed, locked, or somebody else's.
pub(super) fn is_settled(facts: &IssueFacts, appraisal: &Appraisal) -> bool {
    let ours = &appraisal.competition;
    facts.state == Some(IssueState::Closed)
        || facts.locked == Some(true)
        || !ours.assignees.is_empty() && !ours.assigned_to_me
}

/// The word may be on its way already.
pub(super) fn may_be_said(effects: &[Effect]) -> bool {
    let open = |e: &&Effect| e.kind == EffectKind::Stop && write::is_open(e);
    effects.iter().any(|e| open(&e))
}

/// The word as it stands there already, after the claim: said by a ledger that this one knows nothing of.
pub(super) fn stands(facts: &IssueFacts, claim: &Effect, me: &Me, word: &str) -> Option<u64> {
    let ours = |c: &&Comment| {
        c.author.id == Some(me.id)
            && c.id > claim.remote_id
            && c.body.contains(MARK)
            && c.body.lines().any(|line| line.trim() == word)
    };
    facts.comments.iter().find(ours).and_then(|c| c.id)
}

/// The word, and what is known before it is said.
pub(super) struct Stop<'a> {
    pub(super) bounty: &'a Bounty,
    pub(super) effects: &'a [Effect],
    pub(super) claim: &'a Effect,
    pub(super) word: &'a str,
    pub(super) me: &'a Me,
    pub(super) issue_at: Option<UnixMillis>,
    /// It is too late for it: one that is on its way is looked for, and none is sent.
    pub(super) quiet: bool,
}

/// A comment of its own: as strictly once as the claim.
pub(super) async fn say(app: &App, lease: &Lease, said: &Stop<'_>) -> Result<Written> {
    if let Some(begun) = write::decisive(said.effects, |k| k == EffectKind::Stop) {
        match begun.state {
            EffectState::Done => {
                return Ok(Written::Done {
                    comment: begun.remote_id.unwrap_or(0),
                });
            }
            EffectState::Begun | EffectState::Unknown => {
                if said.quiet && begun.reconcile(app.now()) == Reconcile::Repeat {
                    return Ok(Written::Unproven);
                }
                return write::reconcile(app, lease, begun, POINTS).await;
            }
            EffectState::Unproven => return Ok(Written::Unproven),
            EffectState::Failed => {}
        }
    }
    let mut tx = app.ledger.begin().await?;
    if let Some(at) = write::hindrance(app, &mut tx, true).await? {
        return Ok(Written::Later(at));
    }
    let id = tx.fresh_id();
    let speaker = github::Speaker {
        login: &said.me.login,
        effect: &id,
    };
    let new = NewEffect {
        id: &id,
        kind: EffectKind::Stop,
        body: &github::stop(&speaker, said.word),
        author: said.me,
        issue_at: said.issue_at,
    };
    let effect = tx
        .begin_followup(lease, said.claim, said.bounty, &new)
        .await?;
    tx.commit().await?;
    write::post(app, lease, &effect, POINTS).await
}
