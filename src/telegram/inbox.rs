//! The poll loop. An update is taken when its effect and the next offset are durable, together;
//! only then is the next one asked for. A crash at any instant takes each tap exactly once.

use std::time::Duration;

use futures_util::future::join_all;
use vault::telegram::{
    IncomingMessage, IncomingTap, MOST_UPDATES, RichText, Telegram, TelegramError, Update,
    UpdateKind,
};

use crate::app::App;
use crate::clock::UnixMillis;
use crate::control::{self, Command};
use crate::crash;
use crate::ledger::asked::TELEGRAM;
use crate::ledger::settings::Setting;
use crate::ledger::{Actor, Ledger, Result};
use crate::messages::{lease, reply};
use crate::status;

/// How long Telegram may hold a poll open, in seconds.
const POLL: u32 = 50;

/// How long the answer to a poll can be on its way: the vault waits no longer than 90 s for both.
const LONGEST_WAY: Duration = Duration::from_secs(40);

/// The pause after a poll that failed.
const PAUSE: Duration = Duration::from_secs(5);

/// The pause while somebody else polls with the same bot token.
const CONFLICT: Duration = Duration::from_secs(30);

/// How often it is noted that the chat was read, when nothing waits for it.
const SEEN_EVERY: Duration = Duration::from_secs(10 * 60);

/// What an update asks for.
#[derive(Debug, PartialEq, Eq)]
enum Wish {
    Change(Command),
    Status,
    Pending,
    Why(String),
    Leases,
    Help,
    NoSuchQuestion,
    /// A verb that wants to know which question, without saying which.
    Which,
    NotUnderstood,
}

/// Polls once and takes what came. Gives the pause before the next poll.
///
/// # Errors
/// The ledger cannot be read or written: nothing was taken, and the same updates come again.
pub async fn poll(app: &App, telegram: &Telegram) -> Result<Option<Duration>> {
    let offset: i64 = app
        .ledger
        .setting(&Setting::TelegramOffset)
        .await?
        .unwrap_or(0);
    let begun = app.now();
    match telegram.updates(offset, POLL).await {
        Ok(updates) => {
            let answered_at = app.now();
            app.live(|l| l.telegram_trouble = None);
            let mut replies = Vec::new();
            let mut taken = Ok(());
            for update in &updates {
                match take(app, update).await {
                    Ok(reply) => replies.push(respond(telegram, update, reply)),
                    Err(error) => {
                        taken = Err(error);
                        break;
                    }
                }
            }
            // All at once: what hangs for one hangs for the next, and taps wait behind it.
            join_all(replies).await;
            taken?;
            // Behind a full page there may be more, the owner's answer among it.
            if updates.len() < MOST_UPDATES {
                // What was written before the poll began is in its answer, which may have been long on
                // its way; an empty one left Telegram at the poll's end.
                let heard_at = match updates.is_empty() {
                    true => begun.max(answered_at.minus(LONGEST_WAY)),
                    false => begun,
                };
                note_seen(app, heard_at).await?;
            }
            Ok(None)
        }
        Err(error) => {
            let pause = match &error {
                TelegramError::Conflict => CONFLICT,
                other => super::asked_pause(other).unwrap_or(PAUSE),
            };
            let told = app.live(|l| l.telegram_trouble.replace(error.to_string()));
            if told.as_deref() != Some(error.to_string().as_str()) {
                tracing::error!(
                    "Telegram cannot be read: {error}; answer on this machine with `bountyd approve` or `bountyd deny`"
                );
            }
            Ok(Some(pause))
        }
    }
}

/// Notes that everything written until `now` was heard.
async fn note_seen(app: &App, now: UnixMillis) -> Result<()> {
    let before: Option<UnixMillis> = app.ledger.setting(&Setting::TelegramSeen).await?;
    let waiting = app.ledger.questions_waiting().await? > 0;
    if waiting || before.is_none_or(|b| now.since(b) >= SEEN_EVERY) {
        let mut tx = app.ledger.begin().await?;
        tx.put_setting(&Setting::TelegramSeen, &now).await?;
        tx.commit().await?;
        app.progress();
        app.work.notify_one();
    }
    Ok(())
}

/// What is said in reply, and in which private chat.
struct Reply {
    owner: Option<u64>,
    text: Option<RichText>,
}

async fn take(app: &App, update: &Update) -> Result<Reply> {
    let owner = app.rules().config.telegram.as_ref().map(|t| t.owner_id);
    let wish = match &update.kind {
        UpdateKind::Tap(tap) if is_owner_tap(tap, owner) => Some(tapped(tap)),
        UpdateKind::Message(message) if is_owner_message(message, owner) => {
            Some(said(&app.ledger, message.text.as_deref().unwrap_or_default()).await?)
        }
        UpdateKind::Tap(tap) => {
            // The number is logged so that an owner who set up the wrong one can copy his own.
            tracing::warn!(from = tap.from, "{} was refused", refused(tap, owner));
            None
        }
        UpdateKind::Message(message) => {
            tracing::warn!(
                from = message.from,
                private = message.private,
                forwarded = message.forwarded,
                "a message that is not the owner's own in the private chat was refused"
            );
            None
        }
        UpdateKind::Other => None,
    };
    crash::point("tap.before");
    let mut tx = app.ledger.begin().await?;
    let mut outcome = None;
    if let (Some(Wish::Change(command)), Some(owner)) = (&wish, owner) {
        let lifetime = app.rules().config.policy.permit_lifetime;
        let actor = Actor::Telegram(owner);
        outcome = Some(control::apply(&mut tx, command, &actor, TELEGRAM, lifetime).await?);
    }
    tx.put_setting(&Setting::TelegramOffset, &update.id.saturating_add(1))
        .await?;
    tx.commit().await?;
    crash::point("tap.recorded");
    app.progress();
    app.work.notify_one();
    if outcome.is_some() {
        app.scan.notify_one();
    }
    // From here on it is courtesy: what was decided is decided.
    let text = match outcome {
        Some(outcome) => Some(RichText::new().plain(&reply::outcome(&outcome))),
        None => match wish {
            Some(wish) => Some(answer(app, &wish).await?),
            None => None,
        },
    };
    Ok(Reply { owner, text })
}

async fn respond(telegram: &Telegram, update: &Update, reply: Reply) {
    let Reply { owner, text } = reply;
    let done = match (&update.kind, &text) {
        (UpdateKind::Tap(tap), Some(text)) => telegram.answer(&tap.query_id, text.text()).await,
        // A stranger's button must not spin for ever, and he learns nothing.
        (UpdateKind::Tap(tap), None) => telegram.answer(&tap.query_id, "").await,
        (UpdateKind::Message(_), Some(text)) => {
            let chat = owner.and_then(|id| i64::try_from(id).ok()).unwrap_or(0);
            telegram.send(chat, text, &[]).await.map(|_| ())
        }
        _ => Ok(()),
    };
    if let Err(error) = done {
        tracing::warn!("reply not delivered: {error}");
    }
}

pub(super) fn is_owner_tap(tap: &IncomingTap, owner: Option<u64>) -> bool {
    let Some(owner) = owner else { return false };
    tap.from == owner && tap.private && tap.chat_id == i64::try_from(owner).ok()
}

/// What was wrong with a tap that was refused.
fn refused(tap: &IncomingTap, owner: Option<u64>) -> &'static str {
    if owner != Some(tap.from) {
        "a tap by somebody who is not the owner"
    } else if tap.chat_id.is_none() {
        // The Bot API may leave it out; then the chat it was made in cannot be seen.
        "a tap without its message"
    } else {
        "a tap by the owner outside his private chat"
    }
}

pub(super) fn is_owner_message(message: &IncomingMessage, owner: Option<u64>) -> bool {
    let Some(owner) = owner else { return false };
    message.from == Some(owner)
        && !message.from_is_bot
        && message.private
        && !message.forwarded
        && i64::try_from(owner) == Ok(message.chat_id)
}

fn tapped(tap: &IncomingTap) -> Wish {
    let data = tap.data.as_deref().unwrap_or_default();
    let (verb, id) = data.split_once(':').unwrap_or_default();
    if id.len() != 32 || !id.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Wish::NoSuchQuestion;
    }
    let id = id.to_ascii_lowercase();
    match verb {
        "a" => Wish::Change(Command::Approve { id }),
        "l" => Wish::Change(Command::Lease { id }),
        "d" => Wish::Change(Command::Deny { id, why: None }),
        _ => Wish::NoSuchQuestion,
    }
}

async fn said(ledger: &Ledger, text: &str) -> Result<Wish> {
    let text = text.trim();
    let (verb, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    // In a private chat Telegram may still add the bot's name: `/status@the_bot`.
    let verb = verb.split('@').next().unwrap_or(verb).to_ascii_lowercase();
    let (first, more) = rest
        .trim()
        .split_once(char::is_whitespace)
        .unwrap_or((rest.trim(), ""));
    Ok(match verb.as_str() {
        "/status" => Wish::Status,
        "/pending" => Wish::Pending,
        "/pause" => Wish::Change(Command::Pause),
        "/resume" => Wish::Change(Command::Resume),
        "/help" | "/start" => Wish::Help,
        "/leases" => Wish::Leases,
        "/why" | "/approve" | "/lease" | "/deny" | "/end" if first.is_empty() => Wish::Which,
        "/end" => Wish::Change(Command::EndLease {
            id: first.to_ascii_lowercase(),
        }),
        "/why" => Wish::Why(first.to_owned()),
        "/approve" | "/lease" | "/deny" => match ledger.asked_by_prefix(first).await? {
            None => Wish::NoSuchQuestion,
            Some(asked) if verb == "/approve" => Wish::Change(Command::Approve {
                id: asked.id().to_owned(),
            }),
            Some(asked) if verb == "/lease" => Wish::Change(Command::Lease {
                id: asked.id().to_owned(),
            }),
            Some(asked) => {
                let why = Some(more.trim())
                    .filter(|w| !w.is_empty())
                    .map(ToOwned::to_owned);
                Wish::Change(Command::Deny {
                    id: asked.id().to_owned(),
                    why,
                })
            }
        },
        _ => Wish::NotUnderstood,
    })
}

async fn answer(app: &App, wish: &Wish) -> Result<RichText> {
    Ok(match wish {
        Wish::Status => reply::lines(
            "Status",
            &status::gather(app)
                .await?
                .lines(app.rules().config.timezone),
        ),
        Wish::Pending => reply::pending(&status::waiting(app).await?),
        Wish::Why(id) => match app.ledger.asked_by_prefix(id).await? {
            None => reply::lines("I do not know this question.", &[]),
            Some(asked) => {
                let (name, lines) = status::why_asked(app, &asked).await?;
                reply::why(&name, &lines)
            }
        },
        Wish::Leases => {
            let now = app.now();
            lease::list(&app.ledger.request_leases(now).await?, now)
        }
        Wish::Help => reply::help(),
        Wish::Which => reply::which(),
        Wish::NoSuchQuestion => {
            RichText::new().plain(&reply::outcome(&control::Outcome::NoSuchApproval))
        }
        Wish::Change(_) | Wish::NotUnderstood => reply::not_understood(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_tap_is_called_what_it_is() {
        let tap = |from, chat_id: Option<i64>| IncomingTap {
            query_id: "q".to_owned(),
            from,
            chat_id,
            private: chat_id == Some(5),
            message_id: chat_id.map(|_| 77),
            data: Some("a:1".to_owned()),
        };
        assert!(is_owner_tap(&tap(5, Some(5)), Some(5)));
        for (tap, said) in [
            (tap(5, None), "a tap without its message"),
            (
                tap(5, Some(-9)),
                "a tap by the owner outside his private chat",
            ),
            (tap(6, None), "a tap by somebody who is not the owner"),
            (tap(6, Some(5)), "a tap by somebody who is not the owner"),
        ] {
            assert!(!is_owner_tap(&tap, Some(5)));
            assert_eq!(refused(&tap, Some(5)), said);
        }
        let nobody = refused(&tap(5, Some(5)), None);
        assert_eq!(nobody, "a tap by somebody who is not the owner");
    }
}
