//! Push: has the owner's phone ask him about what a client wants, hears his answer, and says why it cannot be heard.
//!
//! The answer is applied like one from the chat, in one transaction with what the journal says of it. A yes that
//! was given just before a crash is either in the ledger, or lost with the process that heard it: then the
//! phone asks again, with another code, a few times in all.

use std::time::Duration;

use serde_json::json;
use vault::Failure;
use vault::ciba::{BindingCode, BindingMessage, Heard, NotAsked, WhyNotAsked};

use crate::app::App;
use crate::broker::policy::WhenDown;
use crate::clock::UnixMillis;
use crate::config;
use crate::crash;
use crate::ledger::asked::{Answer, ApprovalState};
use crate::ledger::pushes::{PUSH, Push, PushState};
use crate::ledger::questions::About;
use crate::ledger::{Actor, Result, Tx};
use crate::messages::push as words;
use crate::telegram::outbox::{self, pause_after};

/// Times that the phone is asked about one thing, restarts and lost answers among them.
const MOST_TIMES: i64 = 3;

/// The card shows all of it, and the phone a few words: the card goes first. It is looked for so often,
const LOOK: Duration = Duration::from_secs(2);

/// or so often where it takes longer than this.
const LOOK_LATER: Duration = Duration::from_secs(20);

/// What was begun and not recorded is looked at again: longer than a call takes.
const RECOVER: Duration = Duration::from_secs(45);

/// The longest pause before the tenant is tried again that could not be reached.
const LONGEST_PAUSE: Duration = Duration::from_secs(10 * 60);

/// Does what is due about one push; says whether there was one.
///
/// # Errors
/// The ledger cannot be read or written.
pub async fn run(app: &App) -> Result<bool> {
    let Some(push) = app.ledger.due_push(app.now()).await? else {
        return Ok(false);
    };
    let question = app.ledger.question::<About>(&push.question).await?;
    let Some(question) = question.filter(|q| q.state == ApprovalState::Pending) else {
        // Denied in the chat, out of time, or taken back: the phone is left to its own end.
        app.vault.ciba().let_go(&push.question);
        let mut tx = app.ledger.begin().await?;
        tx.push_over(&push, PushState::Over).await?;
        tx.note_push(&push, Actor::Daemon, "push.let_go", json!({}))
            .await?;
        tx.commit().await?;
        return Ok(true);
    };
    let rules = app.rules();
    let Some(set) = &rules.config.mcp.push else {
        let why = "asking by push was switched off";
        fail(app, &push, "push.switched_off", why, None).await?;
        return Ok(true);
    };
    match push.state {
        PushState::Due => {
            let quiet = rules.config.approvals.quiet_hours;
            let now = app.now();
            let until = quiet.and_then(|quiet| quiet.next_end(now)).or_else(|| {
                let unseen = app.telegram.is_some() && question.delivered_at.is_none();
                let young = now < question.created_at.plus(LOOK_LATER);
                unseen.then(|| now.plus(if young { LOOK } else { LOOK_LATER }))
            });
            match until {
                Some(until) => put_off(app, &push, until).await?,
                None => ask(app, &push, set).await?,
            }
        }
        PushState::Asked => hear(app, &push, set).await?,
        // It would be due for ever, and nothing behind it.
        PushState::Answered | PushState::Over => {
            let mut tx = app.ledger.begin().await?;
            tx.push_over(&push, push.state).await?;
            tx.commit().await?;
        }
    }
    app.progress();
    Ok(true)
}

async fn put_off(app: &App, push: &Push, until: UnixMillis) -> Result<()> {
    let mut tx = app.ledger.begin().await?;
    tx.push_polls(push, until, None).await?;
    tx.commit().await
}

/// Has the phone ask, if it was not asked too often.
async fn ask(app: &App, push: &Push, set: &config::Push) -> Result<()> {
    if push.asked >= MOST_TIMES {
        let why = "the phone was asked several times, and no answer could be heard";
        return fail(app, push, "push.given_up", why, None).await;
    }
    let mut taken = app.ledger.push_codes().await?;
    taken.extend(push.code.clone());
    let code = BindingCode::fresh(&*app.entropy, &taken);
    let mut tx = app.ledger.begin().await?;
    let again = tx.now().plus(RECOVER);
    tx.push_leaves(push, code.as_str(), again).await?;
    tx.pending_because(&push.request, "the owner is asked by push")
        .await?;
    tx.commit().await?;
    crash::point("push.begun");
    let begun = Push {
        state: PushState::Asked,
        code: Some(code.as_str().to_owned()),
        asked: push.asked + 1,
        until: None,
        ..push.clone()
    };
    let message = BindingMessage::new(&code, &push.words);
    let asked = app
        .vault
        .ciba()
        .ask(&push.question, &message, set.answer_within)
        .await;
    crash::point("push.sent");
    match asked {
        Ok(asked) => {
            let mut tx = app.ledger.begin().await?;
            tx.push_polls(&begun, asked.next, Some(asked.until)).await?;
            say_asked(&mut tx, &begun, set).await?;
            tx.commit().await
        }
        Err(refused) => not_asked(app, &begun, set, refused).await,
    }
}

/// The chat names the code once the phone asks, or may: before, it would send the owner to a phone that is silent.
async fn say_asked(tx: &mut Tx, push: &Push, set: &config::Push) -> Result<()> {
    let code = push.code.as_deref().unwrap_or_default();
    let text = words::asked(code, &push.words, set.answer_within, push.asked > 1);
    let key = format!("push:{}:{code}", push.question);
    let now = tx.now();
    tx.notify_owner(&key, &outbox::encode(&text), now)
        .await
        .map(drop)
}

async fn not_asked(app: &App, push: &Push, set: &config::Push, refused: NotAsked) -> Result<()> {
    let NotAsked { why, failure } = refused;
    let (kind, said) = match why {
        WhyNotAsked::Passing => {
            // What may have arrived counts as asked, and so does what was taken with an answer that says nothing.
            let silent = failure.status.is_none_or(|status| status < 300);
            let reached =
                silent && !matches!(failure.code.as_str(), "unreachable" | vault::EMERGENCY_STOP);
            return down(app, push, set, &failure, Some(reached)).await;
        }
        WhyNotAsked::NotEnrolled => (
            "push.not_enrolled",
            "the owner's phone is not enrolled for push",
        ),
        WhyNotAsked::UnknownOwner => ("push.unknown_owner", "the tenant does not know the owner"),
        WhyNotAsked::NotGranted => (
            "push.not_granted",
            "the tenant does not let bountyd ask by push",
        ),
        WhyNotAsked::Refused => ("push.refused", "the tenant refuses to ask by push"),
    };
    fail(app, push, kind, said, Some(&failure)).await
}

/// The tenant cannot be reached: the question stays, and the owner and the client see why; or, if the owner wants
/// that, it comes to nothing. It is never asked in a weaker way. `reached`: the phone is to be asked again, and
/// whether it may have been asked; `None`: it was asked, and is polled for on.
async fn down(
    app: &App,
    push: &Push,
    set: &config::Push,
    failure: &Failure,
    reached: Option<bool>,
) -> Result<()> {
    let retry_after = match failure.class {
        vault::FailureClass::Transient { retry_after } => retry_after,
        _ => None,
    };
    let body = json!({ "why": failure.to_string(), "asked_again": reached.is_some() });
    if set.when_down == WhenDown::Refuse && reached.is_some() {
        let why = "the owner's phone cannot be asked, and without it this is not done";
        return fail(app, push, "push.down", why, Some(failure)).await;
    }
    let mut tx = app.ledger.begin().await?;
    let now = tx.now();
    let waits = "the owner is asked by push; the tenant cannot be reached, and is tried again";
    tx.pending_because(&push.request, waits).await?;
    let text = words::down(&push.words, &failure.to_string());
    // Said once for each time that the phone is asked.
    let key = format!("push-down:{}:{}", push.question, push.asked);
    let new = tx.notify_owner(&key, &outbox::encode(&text), now).await?;
    if new || reached.is_some() {
        tx.note_push(push, Actor::Daemon, "push.down", body).await?;
    }
    if let Some(reached) = reached {
        let pause = pause_after(push.failures).min(LONGEST_PAUSE);
        let at = retry_after.unwrap_or(now).max(now.plus(pause));
        tx.push_again(push, at, reached, true).await?;
    } else {
        let next = app.vault.ciba().next_poll(&push.question);
        tx.push_polls(push, next.unwrap_or(now.plus(pause_after(0))), None)
            .await?;
    }
    tx.commit().await
}

/// Looks whether the owner has answered.
async fn hear(app: &App, push: &Push, set: &config::Push) -> Result<()> {
    let heard = app.vault.ciba().poll(&push.question).await;
    if !matches!(heard, Heard::Waiting { .. } | Heard::NotHeld) {
        crash::point("push.heard");
    }
    match heard {
        Heard::Waiting { next } => put_off(app, push, next).await,
        Heard::SlowDown { interval, next } => {
            let mut tx = app.ledger.begin().await?;
            let body = json!({ "interval_s": interval.as_secs() });
            tx.note_push(push, Actor::Daemon, "push.slow_down", body)
                .await?;
            tx.push_polls(push, next, None).await?;
            tx.commit().await
        }
        Heard::Approved { sub } => {
            let mut tx = app.ledger.begin().await?;
            let by = Actor::Push(sub);
            tx.push_over(push, PushState::Answered).await?;
            tx.note_push(push, by.clone(), "push.approved", json!({}))
                .await?;
            let permit_until = tx.now().plus(app.rules().config.policy.permit_lifetime);
            let yes = Answer::Approve { permit_until };
            tx.decide(&push.question, &yes, &by, PUSH).await?;
            tx.commit().await?;
            crash::point("push.recorded");
            app.work.notify_one();
            Ok(())
        }
        Heard::Denied => {
            let mut tx = app.ledger.begin().await?;
            let by = Actor::Push(app.rules().config.auth0.user_id.clone());
            tx.push_over(push, PushState::Over).await?;
            tx.note_push(push, by.clone(), "push.denied", json!({}))
                .await?;
            let why = Some("denied on the phone".to_owned());
            tx.decide(&push.question, &Answer::Deny { why }, &by, PUSH)
                .await?;
            tx.commit().await
        }
        Heard::Expired => {
            let mut tx = app.ledger.begin().await?;
            tx.push_over(push, PushState::Over).await?;
            tx.note_push(push, Actor::Daemon, "push.expired", json!({}))
                .await?;
            if let Some(question) = tx.question::<About>(&push.question).await? {
                tx.expire(&question).await?;
            }
            tx.commit().await
        }
        Heard::NotHeld => again(app, push, "push.lost", "bountyd was started anew").await,
        Heard::UsedUp => {
            let why = "its answer was given out before, and got lost";
            again(app, push, "push.used_up", why).await
        }
        Heard::Unheard {
            failure,
            next: None,
        } => down(app, push, set, &failure, Some(true)).await,
        Heard::Unheard { failure, .. } => down(app, push, set, &failure, None).await,
        Heard::Refused(failure) => {
            let why = "the tenant refuses to say what the owner answered";
            fail(app, push, "push.refused", why, Some(&failure)).await
        }
        Heard::NotBelieved(bad) => not_believed(app, push, &bad).await,
    }
}

/// The phone is to be asked anew: what it was asked before leads nowhere any more.
async fn again(app: &App, push: &Push, kind: &'static str, why: &str) -> Result<()> {
    let mut tx = app.ledger.begin().await?;
    let now = tx.now();
    tx.note_push(push, Actor::Daemon, kind, json!({ "why": why }))
        .await?;
    tx.push_again(push, now, true, false).await?;
    tx.commit().await
}

async fn not_believed(app: &App, push: &Push, bad: &vault::ciba::BadToken) -> Result<()> {
    use vault::ciba::BadToken;
    let (kind, said) = match bad {
        BadToken::WrongUser { .. } => ("push.wrong_user", "a yes came from somebody else"),
        BadToken::BadSignature(_) => ("push.bad_signature", "a yes came that nobody vouches for"),
        BadToken::NotForUs(_) | BadToken::Unreadable(_) => {
            ("push.bad_token", "a yes came that is not to this")
        }
    };
    let mut tx = app.ledger.begin().await?;
    let body = json!({ "why": bad.to_string() });
    tx.note_push(push, Actor::Daemon, kind, body).await?;
    let text = words::not_believed(&push.words, &bad.to_string());
    end(&mut tx, push, said, &text).await?;
    tx.commit().await
}

async fn fail(
    app: &App,
    push: &Push,
    kind: &'static str,
    said: &str,
    failure: Option<&Failure>,
) -> Result<()> {
    app.vault.ciba().let_go(&push.question);
    let why = failure.map_or_else(|| said.to_owned(), ToString::to_string);
    let mut tx = app.ledger.begin().await?;
    tx.note_push(push, Actor::Daemon, kind, json!({ "why": why }))
        .await?;
    let text = words::failed(&push.words, &why);
    end(&mut tx, push, said, &text).await?;
    tx.commit().await
}

/// Nothing comes of it; the owner is told, the client gets `said`.
async fn end(tx: &mut Tx, push: &Push, said: &str, text: &vault::telegram::RichText) -> Result<()> {
    tx.push_fails(push, said).await?;
    let now = tx.now();
    let key = format!("push-over:{}", push.question);
    tx.notify_owner(&key, &outbox::encode(text), now)
        .await
        .map(drop)
}
