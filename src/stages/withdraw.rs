//! Withdraw: a claim that is not followed up is given back, once, in our own comment; where the
//! platform has a word for it, with that word.

use serde_json::json;

use super::write::{self, Points, Written};
use super::{
    FIRST_BACKOFF, FOLLOW_INTERVAL, LEASE, MOST_FAILURES, StepError, backoff, issue_of, lasting_no,
    out_of_time, put_off, said_no,
};
use crate::app::App;
use crate::bounty::answers;
use crate::bounty::appraise::{Me, appraise};
use crate::bounty::facts::IssueFacts;
use crate::bounty::policy::Mode;
use crate::bounty::stage::Stage;
use crate::clock::UnixMillis;
use crate::github::{Refusal, Trouble};
use crate::health::{self, Gate};
use crate::ledger::bounties::{Bounty, Lease, Step};
use crate::ledger::effects::{Effect, EffectKind, EffectState};
use crate::ledger::{Actor, Entry, Result, Tx};
use crate::messages::notice;
use crate::telegram::outbox;

mod edit;
mod stop;

use edit::{Claim, edit};
use stop::Stop;

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
    let Some(claim) = write::standing(&effects) else {
        let what = "no comment of ours is known that could be taken back";
        return Ok(gone(app, bounty, lease, None, what).await?);
    };
    if app.rules().config.policy.mode == Mode::Watch {
        // `watch` writes nothing, not even this; it is made up for when the mode changes.
        return Ok(wait(app, lease, app.now().plus(write::WATCHING), false).await?);
    }
    // As at the claim: another account may have been connected since.
    if let Gate::Until(at) = health::identify(app).await? {
        return Ok(wait(app, lease, at, false).await?);
    }
    let Some(me) = app.me().await? else {
        return Ok(wait(app, lease, app.now().plus(FIRST_BACKOFF), false).await?);
    };
    let begun = effects.iter().find(|e| may_be_taken_back(e));
    // Where we are not wanted, nothing is looked at any more.
    let unwelcome = bounty.reason.as_deref() == Some("unwelcome");
    let seen = if unwelcome {
        None
    } else {
        read(app, bounty).await?
    };
    if seen.as_ref().is_some_and(|f| is_another(f, bounty)) {
        let what =
            "the claim could not be taken back: another repository stands under this name now";
        return Ok(gone(app, bounty, lease, begun, what).await?);
    }
    let bounty = &present(app, bounty, seen.as_ref()).await?;
    let author = write::author(claim, seen.as_ref(), &me);
    let appraisal = seen
        .as_ref()
        .map(|facts| appraise(facts, &app.rules().lists, Some(&author), app.now()));
    let now_seen = seen.as_ref().zip(appraisal.as_ref());
    if let Some((facts, appraisal)) = now_seen
        && let Some(words) = super::unwelcome(appraisal, &answers::to_us(facts, Some(&author)))
    {
        return Ok(not_wanted(app, bounty, lease, facts, &words).await?);
    }
    if begun.is_none()
        && appraisal
            .as_ref()
            .is_some_and(|a| a.competition.ours_open || a.competition.ours_merged)
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
    if author.id != me.id {
        return Ok(not_as_another(app, bounty, lease, begun, &author, &me).await?);
    }
    // To whoever asked us to stop, and where it is over, another comment would be one too many.
    let settled = now_seen.is_some_and(|(facts, appraisal)| stop::is_settled(facts, appraisal));
    let quiet = unwelcome || settled;
    let word = if quiet && !stop::may_be_said(&effects) {
        None
    } else {
        stop::word(app, bounty).await?
    };
    let said_before = word.zip(seen.as_ref()).and_then(|(word, facts)| {
        let known = effects.iter().any(|e| e.kind == EffectKind::Stop);
        stop::stands(facts, claim, &me, word).filter(|_| !known)
    });
    let written = match (word, said_before) {
        (Some(_), Some(comment)) => Written::Done { comment },
        (Some(word), None) => {
            let said = Stop {
                quiet,
                bounty,
                effects: &effects,
                claim,
                word,
                me: &me,
                issue_at: seen.and_then(|f| f.dated_before_it_was_read()),
            };
            stop::say(app, lease, &said).await?
        }
        (None, _) => {
            let was = Claim {
                effect: claim,
                seen: seen.as_ref(),
                me: &me,
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
        Written::Refused {
            kind: Refusal::Moved { .. },
            ..
        } if bounty.failures < MOST_FAILURES => {
            // Since it was read or followed: the next try goes where GitHub says it is now.
            let seen = read(app, bounty).await?;
            present(app, bounty, seen.as_ref()).await?;
            let at = app.now().plus(backoff(bounty.failures));
            Ok(wait(app, lease, at, true).await?)
        }
        Written::Refused { kind, .. } => {
            let what = format!("the claim could not be taken back: {kind}");
            Ok(refused(app, bounty, lease, &kind, &what).await?)
        }
        Written::Unproven if word.is_none() => {
            let over = bounty.failures >= MOST_FAILURES && out_of_time(app, bounty).await?;
            if !over {
                let at = app.now().plus(backoff(bounty.failures));
                return Ok(wait(app, lease, at, true).await?);
            }
            let what = "whether the claim was taken back cannot be told: GitHub's answer was lost every time. It is not tried again";
            Ok(gone(app, bounty, lease, begun, what).await?)
        }
        Written::Unproven => {
            let what = "whether the claim was taken back cannot be told: GitHub's answer was lost, and the issue has changed since. Nothing is written again";
            Ok(gone(app, bounty, lease, begun, what).await?)
        }
        Written::Later(at) => Ok(wait(app, lease, at, false).await?),
        Written::NotSent(trouble) => Err(StepError::Github(trouble)),
    }
}

async fn wait(app: &App, lease: &Lease, at: UnixMillis, failed: bool) -> Result<()> {
    let mut tx = app.ledger.begin().await?;
    tx.postpone(lease, at, failed).await?;
    tx.commit().await
}

/// The claim is another account's than the one that is connected, and only its own may take it back.
/// The owner is told once; like a claim that cannot be read, it does not keep its hand for ever.
async fn not_as_another(
    app: &App,
    bounty: &Bounty,
    lease: &Lease,
    begun: Option<&Effect>,
    author: &Me,
    me: &Me,
) -> Result<()> {
    if bounty.failures >= MOST_FAILURES && out_of_time(app, bounty).await? {
        let what = "the claim could not be taken back: another account is connected than the one that made it";
        return gone(app, bounty, lease, begun, what).await;
    }
    let mut tx = app.ledger.begin().await?;
    let now = tx.now();
    let text = notice::not_as_another(&bounty.repo, bounty.number, &author.login, &me.login);
    let key = format!("account:{}:{}", bounty.id, me.id);
    tx.notify_owner(&key, &outbox::encode(&text), now).await?;
    tx.postpone(lease, now.plus(FOLLOW_INTERVAL), true).await?;
    tx.commit().await
}

/// A withdrawal whose answer was lost may stand there already: then it is finished.
fn may_be_taken_back(effect: &Effect) -> bool {
    matches!(effect.kind, EffectKind::Withdraw | EffectKind::Stop) && write::is_open(effect)
}

async fn read(app: &App, bounty: &Bounty) -> std::result::Result<Option<IssueFacts>, StepError> {
    match issue_of(app, bounty).await {
        Ok(facts) => Ok(Some(facts)),
        // Where nothing can be read, our comment may still be edited; GitHub will say.
        Err(Trouble::Gone { .. }) => Ok(None),
        Err(trouble) => Err(StepError::Github(trouble)),
    }
}

/// What stands under the name is not the repository that was claimed in: nothing is written there.
fn is_another(facts: &IssueFacts, bounty: &Bounty) -> bool {
    facts.repo.id != Some(bounty.repository_id)
}

/// The bounty under the name its repository has now: a write follows no redirect.
async fn present(app: &App, bounty: &Bounty, seen: Option<&IssueFacts>) -> Result<Bounty> {
    let mut present = bounty.clone();
    if let Some(facts) = seen
        && !is_another(facts, bounty)
        && facts.repo.slug() != bounty.repo
    {
        let mut tx = app.ledger.begin().await?;
        tx.follow_name(bounty, &facts.repo).await?;
        tx.commit().await?;
        present.repo = facts.repo.slug();
    }
    Ok(present)
}

/// Since it was to be taken back, somebody said that we are not wanted there: the next step takes it back
/// as that, with an edit of our own words.
async fn not_wanted(
    app: &App,
    bounty: &Bounty,
    lease: &Lease,
    facts: &IssueFacts,
    words: &str,
) -> Result<()> {
    let mut tx = app.ledger.begin().await?;
    tx.remember_refusal(bounty.id, &said_no(&facts.repo, words))
        .await?;
    let (stage, reason) = (Stage::Withdrawing, "unwelcome");
    let body = json!({ "from": stage, "to": stage, "reason": reason });
    tx.journal(Entry::new(Actor::Daemon, "claim.followed", body).bounty(bounty.id))
        .await?;
    let step = Step {
        stage,
        reason: Some(reason),
        wake_at: Some(tx.now()),
    };
    tx.advance(lease, &step).await?;
    tx.commit().await
}

/// GitHub refuses the withdrawal, perhaps because we are not wanted there.
async fn refused(
    app: &App,
    bounty: &Bounty,
    lease: &Lease,
    kind: &Refusal,
    what: &str,
) -> Result<()> {
    let Some(deny) = lasting_no(kind, &bounty.repo) else {
        return gone(app, bounty, lease, None, what).await;
    };
    let mut tx = app.ledger.begin().await?;
    tx.remember_refusal(bounty.id, &deny).await?;
    let what = format!("{what}; its organisation is left alone from now on");
    end(tx, bounty, lease, &what).await
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
        tx.end_effect(lease, &open.id, EffectState::Unproven, None, what)
            .await?;
    }
    end(tx, bounty, lease, what).await
}

async fn end(mut tx: Tx, bounty: &Bounty, lease: &Lease, what: &str) -> Result<()> {
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
