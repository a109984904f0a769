//! Finds out whose chat the owner's is: a code that is shown on the machine comes back from a phone.
//! Whoever sends it has seen the machine; everybody else is refused, with a reason.

mod code;

use std::time::Duration;

use vault::telegram::{IncomingMessage, Telegram, TelegramError, Update, UpdateKind};

pub use self::code::{Refusal, Verdict, judge};
use super::inbox::{is_owner_message, is_owner_tap};
use crate::clock::Clock;
use crate::messages::pairing;

/// How long a code is good for.
pub const LIFETIME: Duration = Duration::from_secs(10 * 60);

/// Wrong codes, after which none is right any more: a guess is one in four thousand million.
pub const TRIES: u32 = 5;

/// How long Telegram may hold a poll open, in seconds.
const POLL: u64 = 25;

/// The pause after a poll that failed.
const PAUSE: Duration = Duration::from_secs(2);

/// Polls that may fail in a row.
const FAILURES: u32 = 5;

/// Whose chat it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paired {
    /// The numeric user id.
    pub user_id: u64,
    /// The private chat with him; the Bot API numbers it as the user.
    pub chat_id: i64,
}

/// What happens meanwhile, for whoever sits at the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// This is the code to send.
    Code(&'a str),
    /// Somebody was refused.
    Refused {
        /// Who; `None` where Telegram does not say.
        from: Option<u64>,
        /// Why.
        why: Refusal,
    },
    /// The code was seen where it does not belong; another one follows.
    Burned,
    /// So many messages and taps that waited in the chat were passed over.
    Dropped(usize),
}

/// Why there is no pair.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PairError {
    /// Nobody sent it in time.
    #[error("nobody sent the code within {} minutes; start again", LIFETIME.as_secs() / 60)]
    Expired,
    /// Too many guesses.
    #[error(
        "{TRIES} wrong codes were sent, so no code counts any more; start again, and look who writes to your bot"
    )]
    TooManyTries,
    /// The daemon would miss them.
    #[error(
        "{0} answers or commands of the owner wait in the chat that bountyd has not read yet; start it once, so that none is lost, and try again. `--new-owner` passes them over"
    )]
    Unread(usize),
    /// Somebody else reads the chat.
    #[error("{0}; a running bountyd is such a program: stop it first (`systemctl stop bountyd`)")]
    Conflict(TelegramError),
    /// The Bot API does not answer as it should.
    #[error("Telegram: {0}")]
    Bot(#[from] TelegramError),
}

/// Has the owner send a code, and says whose chat it came from. `codes` makes one, `owner` is the one
/// the configuration names already; `tell` shows what happens.
///
/// # Errors
/// See [`PairError`].
pub async fn pair(
    bot: &Telegram,
    clock: &dyn Clock,
    codes: &dyn Fn() -> String,
    owner: Option<u64>,
    mut tell: impl FnMut(Event<'_>),
) -> Result<Paired, PairError> {
    let end = clock.monotonic().saturating_add(LIFETIME);
    let mut offset = drain(bot, owner, &mut tell).await?;
    let mut code = codes();
    tell(Event::Code(&code));
    let (mut tries, mut failures) = (0, 0);
    loop {
        let left = end.saturating_sub(clock.monotonic());
        if left.is_zero() {
            return Err(PairError::Expired);
        }
        let wait = u32::try_from(left.as_secs().clamp(1, POLL)).unwrap_or(1);
        let updates = match bot.updates(offset, wait).await {
            Ok(updates) => updates,
            Err(error) => {
                failures += 1;
                let pause = pause_after(error, failures)?;
                clock
                    .sleep_until(clock.monotonic().saturating_add(pause.min(left)))
                    .await;
                continue;
            }
        };
        failures = 0;
        for update in updates {
            offset = offset.max(update.id.saturating_add(1));
            let message = match update.kind {
                UpdateKind::Message(message) => message,
                UpdateKind::Tap(tap) => {
                    // He knows that nobody took it, and taps again.
                    if owner.is_some() && is_owner_tap(&tap, owner) {
                        let _ = bot.answer(&tap.query_id, pairing::NOT_HEARD).await;
                    }
                    continue;
                }
                UpdateKind::Other => continue,
            };
            let verdict = judge(&message, &code, owner);
            answer(bot, &message, &verdict, TRIES.saturating_sub(tries + 1)).await;
            match verdict {
                Verdict::Owner(paired) => {
                    // Taken, so that the daemon does not meet the code as a command.
                    let _ = bot.updates(offset, 0).await;
                    return Ok(paired);
                }
                Verdict::Hello => {}
                Verdict::Refused(why) => {
                    tell(Event::Refused {
                        from: message.from,
                        why,
                    });
                    if why.is_a_guess() {
                        tries += 1;
                    }
                }
                Verdict::Burned(why) => {
                    tell(Event::Refused {
                        from: message.from,
                        why,
                    });
                    tries += 1;
                    tell(Event::Burned);
                    code = codes();
                    if tries < TRIES {
                        tell(Event::Code(&code));
                    }
                }
            }
            if tries >= TRIES {
                let _ = bot.updates(offset, 0).await;
                return Err(PairError::TooManyTries);
            }
        }
    }
}

/// Passes over what was written before, unless the owner's word is among it; gives the next offset.
async fn drain(
    bot: &Telegram,
    owner: Option<u64>,
    tell: &mut impl FnMut(Event<'_>),
) -> Result<i64, PairError> {
    let (mut offset, mut dropped) = (0, 0);
    loop {
        let waiting = match bot.updates(offset, 0).await {
            Ok(waiting) => waiting,
            Err(error @ TelegramError::Conflict) => return Err(PairError::Conflict(error)),
            Err(error) => return Err(error.into()),
        };
        let Some(last) = waiting.iter().map(|update| update.id).max() else {
            break;
        };
        // Before the next poll, with which these count as read.
        let his = waiting.iter().filter(|update| is_his_word(update, owner));
        match his.count() {
            0 => {}
            unread => return Err(PairError::Unread(unread)),
        }
        dropped += waiting.len();
        offset = last.saturating_add(1);
    }
    if dropped > 0 {
        tell(Event::Dropped(dropped));
    }
    Ok(offset)
}

/// Whether it is an answer of the owner's, or a command, which the daemon would obey; a code that came too late is
/// neither.
fn is_his_word(update: &Update, owner: Option<u64>) -> bool {
    if owner.is_none() {
        return false;
    }
    match &update.kind {
        UpdateKind::Tap(tap) => is_owner_tap(tap, owner),
        UpdateKind::Message(message) => {
            let text = message.text.as_deref().unwrap_or_default().trim_start();
            is_owner_message(message, owner) && text.starts_with('/') && !text.starts_with("/start")
        }
        UpdateKind::Other => false,
    }
}

/// How long to wait after a poll that failed; or that it will not get better.
fn pause_after(error: TelegramError, failures: u32) -> Result<Duration, PairError> {
    match error {
        TelegramError::Conflict => Err(PairError::Conflict(error)),
        TelegramError::Unauthorized | TelegramError::NoBotApi(_) => Err(error.into()),
        error if failures >= FAILURES => Err(error.into()),
        error => Ok(super::asked_pause(&error).unwrap_or(PAUSE)),
    }
}

/// Says in the chat what came of it. Nothing is said in groups, where strangers read it.
async fn answer(bot: &Telegram, message: &IncomingMessage, verdict: &Verdict, left: u32) {
    if !message.private || message.from_is_bot {
        return;
    }
    let words = match verdict {
        Verdict::Owner(_) => pairing::paired(),
        Verdict::Hello => pairing::send_the_code(),
        Verdict::Refused(why) | Verdict::Burned(why) => {
            pairing::refused(&why.to_string(), why.is_a_guess().then_some(left))
        }
    };
    if let Err(error) = bot.send(message.chat_id, &words, &[]).await {
        tracing::warn!("an answer in the chat was not delivered: {error}");
    }
}
