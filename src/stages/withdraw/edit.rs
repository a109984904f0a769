//! Withdrawn in our own comment: its text is replaced, and an edit whose answer was lost is made again.

use super::super::write::{self, Written};
use super::POINTS;
use crate::app::App;
use crate::bounty::appraise::Me;
use crate::bounty::facts::IssueFacts;
use crate::crash;
use crate::github::{Refusal, WriteTrouble};
use crate::ledger::Result;
use crate::ledger::bounties::{Bounty, Lease};
use crate::ledger::effects::{Effect, EffectKind, EffectState, NewEffect};
use crate::ledger::settings::Setting;
use crate::messages::github;

/// The comment that is to be edited.
pub(super) struct Claim<'a> {
    pub(super) effect: &'a Effect,
    /// The issue as it was just read, where it was.
    pub(super) seen: Option<&'a IssueFacts>,
    pub(super) me: &'a Me,
}

impl Claim<'_> {
    /// Our comment reads so already.
    fn reads(&self, text: &str) -> bool {
        let comments = self.seen.map(|facts| facts.comments.as_slice());
        comments.into_iter().flatten().any(|c| {
            c.id.is_some() && c.id == self.effect.remote_id && c.body.trim() == text.trim()
        })
    }
}

/// Editing our own comment to the same text twice changes nothing, so an edit of unknown outcome that
/// is not seen to stand there is simply tried again, by and by.
pub(super) async fn edit(
    app: &App,
    bounty: &Bounty,
    lease: &Lease,
    effects: &[Effect],
    was: &Claim<'_>,
) -> Result<Written> {
    let claim = was.effect;
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
    let begun = effects
        .iter()
        .rev()
        .find(|e| e.kind == EffectKind::Withdraw && write::is_open(e));
    let mut tx = app.ledger.begin().await?;
    if let Some(begun) = begun.filter(|begun| was.reads(&begun.body)) {
        let (id, done) = (Some(comment), EffectState::Done);
        tx.end_effect(lease, &begun.id, done, id, "found edited")
            .await?;
        tx.commit().await?;
        return Ok(Written::Done { comment });
    }
    if let Some(at) = write::hindrance(app, &mut tx, true).await? {
        return Ok(Written::Later(at));
    }
    let effect = match begun {
        Some(begun) => {
            tx.repeat_effect(lease, &begun.id).await?;
            begun.clone()
        }
        None => {
            let id = tx.fresh_id();
            let body = github::withdrawn(
                &github::Speaker {
                    login: &was.me.login,
                    effect: &claim.id,
                },
                why,
            );
            let new = NewEffect {
                id: &id,
                kind: EffectKind::Withdraw,
                body: &body,
                author: was.me,
                issue_at: None,
            };
            tx.begin_followup(lease, claim, bounty, &new).await?
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
            Written::Unproven
        }
    };
    tx.commit().await?;
    crash::point(POINTS.done);
    Ok(written)
}
