//! Withdraw: a claim that is not followed up is given back, once, in our own comment; where the
//! platform has a word for it, with that word.

use super::write::{self, Points, Written};
use super::{
    FOLLOW_INTERVAL, LEASE, MOST_FAILURES, StepError, backoff, out_of_time, owner_and_name, put_off,
};
use crate::app::App;
use crate::bounty::appraise::{Me, appraise};
use crate::bounty::facts::IssueFacts;
use crate::bounty::judgement::Judgement;
use crate::bounty::platform::Platform;
use crate::bounty::policy::Mode;
use crate::bounty::stage::Stage;
use crate::clock::UnixMillis;
use crate::crash;
use crate::github::{Refusal, Trouble, WriteTrouble};
use crate::ledger::Result;
use crate::ledger::bounties::{Bounty, Lease, Step};
use crate::ledger::effects::{Effect, EffectKind, EffectState, NewEffect};
use crate::ledger::settings::Setting;
use crate::messages::{github, notice};
use crate::telegram::outbox;

const POINTS: Points = Points {
    begun: "withdraw.begun",
    posted: "withdraw.posted",
    done: "withdraw.done",
};

/// Takes back one claim that is due; says whether there was one.
///
/// # Errors
/// The ledger cannot be read or written.
pub async fn run(app: &App) -> Result<bool> {
    let (tx, mut leased) = app
        .ledger
        .begin_leasing(&app.worker, &[Stage::Withdrawing], LEASE, 1)
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
        return Ok(gone(app, bounty, lease, None, what).await?);
    };
    if app.rules().config.policy.mode == Mode::Watch {
        // `watch` writes nothing, not even this; it is made up for when the mode changes.
        let mut tx = app.ledger.begin().await?;
        let at = tx.now().plus(write::WATCHING);
        tx.postpone(lease, at, false).await?;
        return Ok(tx.commit().await?);
    }
    let begun = effects.iter().find(|e| may_be_taken_back(e));
    // Where we are not wanted, nothing is looked at any more.
    let seen = match bounty.reason.as_deref() {
        Some("unwelcome") => None,
        _ => read(app, bounty).await?,
    };
    if begun.is_none() && seen.as_ref().is_some_and(|f| has_pull_request(app, f, &me)) {
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
        Some(word) => {
            let said = Stop {
                effects: &effects,
                claim,
                word,
                login: &me.login,
                issue_at: seen.and_then(|f| f.dated_before_it_was_read()),
            };
            say_stop(app, lease, &said).await?
        }
        None => {
            let was = Claim {
                effect: claim,
                seen: seen.as_ref(),
                login: &me.login,
            };
            edit(app, bounty, lease, &effects, &was).await?
        }
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
            Ok(gone(app, bounty, lease, None, what).await?)
        }
        Written::Refused { kind, .. } => {
            let what = format!("the claim could not be taken back: {kind}");
            Ok(gone(app, bounty, lease, None, &what).await?)
        }
        Written::Unproven if word.is_none() => {
            let over = bounty.failures >= MOST_FAILURES && out_of_time(app, bounty).await?;
            if !over {
                let mut tx = app.ledger.begin().await?;
                let at = tx.now().plus(backoff(bounty.failures));
                tx.postpone(lease, at, true).await?;
                return Ok(tx.commit().await?);
            }
            let what = "whether the claim was taken back cannot be told: GitHub's answer was lost every time. It is not tried again";
            Ok(gone(app, bounty, lease, begun, what).await?)
        }
        Written::Unproven => {
            let what = "whether the claim was taken back cannot be told: GitHub's answer was lost, and the issue has changed since. Nothing is written again";
            Ok(gone(app, bounty, lease, begun, what).await?)
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

async fn read(app: &App, bounty: &Bounty) -> std::result::Result<Option<IssueFacts>, StepError> {
    let (owner, name) = owner_and_name(&bounty.repo);
    match app.github.issue(owner, name, bounty.number).await {
        Ok(facts) => Ok(Some(facts)),
        // Where nothing can be read, our comment may still be edited; GitHub will say.
        Err(Trouble::Gone { .. }) => Ok(None),
        Err(trouble) => Err(StepError::Github(trouble)),
    }
}

fn has_pull_request(app: &App, facts: &IssueFacts, me: &Me) -> bool {
    let ours = appraise(facts, &app.rules().lists, Some(me), app.now()).competition;
    ours.ours_open || ours.ours_merged
}

/// The platform's word for giving back, and what is known before it is said.
struct Stop<'a> {
    effects: &'a [Effect],
    claim: &'a Effect,
    word: &'a str,
    login: &'a str,
    issue_at: Option<UnixMillis>,
}

/// A comment of its own: as strictly once as the claim.
async fn say_stop(app: &App, lease: &Lease, said: &Stop<'_>) -> Result<Written> {
    if let Some(begun) = write::decisive(said.effects, |k| k == EffectKind::Stop) {
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
    let speaker = github::Speaker {
        login: said.login,
        effect: &id,
    };
    let new = NewEffect {
        id: &id,
        kind: EffectKind::Stop,
        body: &github::stop(&speaker, said.word),
        issue_at: said.issue_at,
    };
    let effect = tx.begin_followup(lease, said.claim, &new).await?;
    tx.commit().await?;
    write::post(app, lease, &effect, POINTS).await
}

/// The comment that is to be edited.
struct Claim<'a> {
    effect: &'a Effect,
    /// The issue as it was just read, where it was.
    seen: Option<&'a IssueFacts>,
    login: &'a str,
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
async fn edit(
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
    if let Some(at) = write::hindrance(app, &mut tx).await? {
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
                    login: was.login,
                    effect: &claim.id,
                },
                why,
            );
            let new = NewEffect {
                id: &id,
                kind: EffectKind::Withdraw,
                body: &body,
                issue_at: None,
            };
            tx.begin_followup(lease, claim, &new).await?
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

/// Ends the withdrawal, and with it an effect that was left open.
async fn gone(
    app: &App,
    bounty: &Bounty,
    lease: &Lease,
    open: Option<&Effect>,
    what: &str,
) -> Result<()> {
    let mut tx = app.ledger.begin().await?;
    if let Some(open) = open {
        tx.end_effect(lease, &open.id, EffectState::Failed, None, what)
            .await?;
    }
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
