//! What went wrong with Telegram, without the token that is in every URL.

use std::time::Duration;

/// The pause after a 429 that names none.
const UNNAMED_WAIT: u64 = 30;

/// Why a call to the Bot API failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TelegramError {
    /// The bot token is wrong or was revoked (401, and the Bot API's own 404 for a token that
    /// names no bot).
    #[error("Telegram does not know this bot token; copy it again from @BotFather")]
    Unauthorized,
    /// Something answers 404 that is not the Bot API; holds the address without the token.
    #[error("no Bot API at {0}: check telegram.api_url")]
    NoBotApi(String),
    /// Somebody else polls with the same token, or a webhook is set (409).
    #[error("another program polls with this bot token, or it has a webhook; only one may")]
    Conflict,
    /// Too many calls (429): wait this long.
    #[error("Telegram asks to wait {} s", .0.as_secs())]
    RetryAfter(Duration),
    /// The person has not started the bot, or blocked it (403).
    #[error("the bot may not write to this chat: the person must open it and press Start")]
    Blocked,
    /// Telegram refused the call itself (400); repeating it is useless.
    #[error("Telegram refused: {0}")]
    Refused(String),
    /// The call cannot have reached Telegram.
    #[error("not sent: {0}")]
    NotSent(String),
    /// The call may have been executed.
    #[error("sent, but without a whole answer: {0}")]
    Unknown(String),
}

/// A refusal as it came, its words already fit to be shown.
#[derive(Debug)]
pub(super) struct Refusal {
    /// The envelope's `error_code`, else the HTTP status.
    pub(super) code: u64,
    /// The envelope's `description`; `None` if the answer was no envelope.
    pub(super) said: Option<String>,
    /// Seconds, from the envelope's `parameters` or the header `Retry-After`.
    pub(super) retry_after: Option<u64>,
    /// The supergroup that the chat has become.
    pub(super) migrate_to: Option<i64>,
}

impl TelegramError {
    /// What a refusal means. Only an envelope says that the Bot API did not do what it was asked: a
    /// page may come from anything in between, after the fact.
    pub(super) fn from_refusal(refusal: Refusal, base: &str) -> Self {
        let wait = |seconds: Option<u64>| {
            // As a number of 32 bits it can be added to any time of ours.
            let seconds = seconds.unwrap_or(UNNAMED_WAIT).min(u64::from(u32::MAX));
            Self::RetryAfter(Duration::from_secs(seconds))
        };
        let Some(said) = refusal.said else {
            return match refusal.code {
                401 => Self::Unauthorized,
                404 => Self::NoBotApi(base.to_owned()),
                429 => wait(refusal.retry_after),
                code => Self::Unknown(format!("HTTP {code} without an answer of the Bot API")),
            };
        };
        if let Some(chat) = refusal.migrate_to {
            return Self::Refused(format!("the chat has become the supergroup {chat}"));
        }
        match refusal.code {
            401 | 404 => Self::Unauthorized,
            403 => Self::Blocked,
            409 => Self::Conflict,
            429 => wait(refusal.retry_after),
            500.. => Self::Unknown(said),
            _ => Self::Refused(said),
        }
    }

    /// Whether an edit failed only because there was nothing to change.
    pub(super) fn is_not_modified(&self) -> bool {
        matches!(self, Self::Refused(said) if said.contains("message is not modified"))
    }
}
