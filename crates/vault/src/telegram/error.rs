//! What went wrong with Telegram, without the token that is in every URL.

use std::error::Error;
use std::time::Duration;

use teloxide::{ApiError, RequestError};

use crate::redact;

/// Why a call to the Bot API failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TelegramError {
    /// The bot token is wrong or was revoked (401, and 404 for a token that names no bot).
    #[error("Telegram does not know this bot token; copy it again from @BotFather")]
    Unauthorized,
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

impl TelegramError {
    pub(crate) fn from_wire(error: RequestError, token: &str) -> Self {
        let clean = |text: &str| {
            let key = token.split_once(':').map_or(token, |(_, key)| key);
            redact::clean(text, &[token, key])
        };
        match error {
            RequestError::RetryAfter(wait) => Self::RetryAfter(wait.duration()),
            RequestError::MigrateToChatId(chat) => {
                Self::Refused(format!("the chat has become the supergroup {chat}"))
            }
            RequestError::Network(error) => {
                let said = clean(&chain(&*error));
                if error.is_connect() || error.is_builder() {
                    Self::NotSent(said)
                } else {
                    Self::Unknown(said)
                }
            }
            // The answer's text is left out: it may be a page that quotes the URL.
            RequestError::InvalidJson { source, .. } => Self::Unknown(format!(
                "an answer that is no JSON Telegram would send (line {}, column {})",
                source.line(),
                source.column()
            )),
            RequestError::Io(error) => Self::NotSent(clean(&error.to_string())),
            RequestError::Api(error) => Self::from_api(&error, &clean),
        }
    }

    fn from_api(error: &ApiError, clean: &dyn Fn(&str) -> String) -> Self {
        match error {
            ApiError::InvalidToken => Self::Unauthorized,
            ApiError::TerminatedByOtherGetUpdates | ApiError::CantGetUpdates => Self::Conflict,
            ApiError::BotBlocked
            | ApiError::BotKicked
            | ApiError::BotKickedFromSupergroup
            | ApiError::BotKickedFromChannel
            | ApiError::UserDeactivated
            | ApiError::CantInitiateConversation
            | ApiError::CantTalkWithBots => Self::Blocked,
            other => Self::from_words(clean(&other.to_string())),
        }
    }

    /// For descriptions teloxide has no name for: Telegram starts them with the status's name.
    fn from_words(said: String) -> Self {
        let told = said.trim_start_matches("Unknown error: ").trim_matches('"');
        match told {
            _ if told.starts_with("Unauthorized") || told.starts_with("Not Found") => {
                Self::Unauthorized
            }
            _ if told.starts_with("Conflict") => Self::Conflict,
            _ if told.starts_with("Forbidden") => Self::Blocked,
            _ if told.starts_with("Internal Server Error") || told.starts_with("Bad Gateway") => {
                Self::Unknown(said)
            }
            _ => Self::Refused(said),
        }
    }
}

/// Whether an edit failed only because there was nothing to change.
pub(crate) fn is_not_modified(error: &RequestError) -> bool {
    match error {
        RequestError::Api(ApiError::MessageNotModified) => true,
        RequestError::Api(other) => other.to_string().contains("message is not modified"),
        _ => false,
    }
}

fn chain(error: &dyn Error) -> String {
    let mut said = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        said = format!("{said}: {cause}");
        source = cause.source();
    }
    said
}
