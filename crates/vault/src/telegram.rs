//! The bot behind typed verbs: five for the work, and those of `look` for whoever examines it. The
//! token is in the URL of every Bot API call, so neither the client nor its errors leave this module.

mod alone;
mod api;
mod error;
mod look;
mod text;
mod token;
mod update;

use std::fmt;
use std::sync::Arc;

use secrecy::SecretString;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;
use teloxide::payloads::{
    AnswerCallbackQuery, AnswerCallbackQuerySetters, SendMessage, SendMessageSetters,
};
use teloxide::types::{
    CallbackQueryId, ChatId, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions,
    MessageEntity,
};
use url::Url;

pub use self::alone::BotSettings;
use self::api::{Api, Kind, LONGEST_POLL};
pub use self::error::TelegramError;
pub use self::look::{SeenChat, Webhook};
pub use self::text::{Entity, EntityKind, RichText};
pub use self::token::check_bot_token;
pub(crate) use self::token::load as load_token;
pub use self::update::{IncomingMessage, IncomingTap, Update, UpdateKind};

/// How many updates a poll takes at most, so that no number of strangers' words is too long to read.
pub const MOST_UPDATES: usize = 20;
/// Telegram's cap on `callback_data`, in bytes.
const LONGEST_DATA: usize = 64;
/// Telegram's cap on the text of an answered tap, in characters.
const LONGEST_ANSWER: usize = 200;

/// Who the bot is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BotIdentity {
    /// Numeric id.
    pub id: u64,
    /// Without the `@`.
    pub username: String,
}

/// A button under a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    /// What it says.
    pub label: String,
    /// What comes back when it is tapped: 1 to 64 bytes.
    pub data: String,
}

/// A bot as `getMe` shows it.
#[derive(Deserialize)]
struct Me {
    id: u64,
    username: Option<String>,
}

/// A sent message.
#[derive(Deserialize)]
struct Sent {
    message_id: i64,
}

/// `editMessageText`. Message ids of 64 bits, unlike teloxide's.
#[derive(Serialize)]
struct Edit<'a> {
    chat_id: i64,
    message_id: i64,
    text: &'a str,
    entities: Vec<MessageEntity>,
    link_preview_options: LinkPreviewOptions,
    reply_markup: InlineKeyboardMarkup,
}

/// The bot. Clones share one connection pool.
#[derive(Clone)]
pub struct Telegram {
    api: Arc<Api>,
}

impl fmt::Debug for Telegram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telegram").finish_non_exhaustive()
    }
}

impl Telegram {
    pub(crate) fn new(
        token: SecretString,
        base: Url,
        reads: reqwest::Client,
        writes: reqwest::Client,
    ) -> Self {
        Self {
            api: Arc::new(Api::new(token, base, reads, writes)),
        }
    }

    /// Asks Telegram who the bot is.
    ///
    /// # Errors
    /// See [`TelegramError`].
    pub async fn me(&self) -> Result<BotIdentity, TelegramError> {
        let me: Me = self.api.call(Kind::Read, "getMe", &json!({})).await?;
        Ok(BotIdentity {
            id: me.id,
            username: me.username.unwrap_or_default(),
        })
    }

    /// Waits up to `timeout_s` seconds (at most 60) for messages and taps from `offset` on. An
    /// update this version cannot read comes as [`UpdateKind::Other`], so that it can be passed.
    ///
    /// # Errors
    /// See [`TelegramError`].
    pub async fn updates(&self, offset: i64, timeout_s: u32) -> Result<Vec<Update>, TelegramError> {
        let body = json!({
            "offset": offset,
            "limit": MOST_UPDATES,
            "timeout": timeout_s.min(LONGEST_POLL),
            "allowed_updates": ["message", "callback_query"],
        });
        let batch: Vec<Box<RawValue>> = self.api.call(Kind::Poll, "getUpdates", &body).await?;
        let updates: Vec<_> = batch
            .iter()
            .filter_map(|raw| Update::from_wire(raw))
            .collect();
        // Nothing of it can be passed, so that it would come again and again without a pause.
        if updates.is_empty() && !batch.is_empty() {
            return Err(TelegramError::Unknown(format!(
                "none of {} updates has an update_id that can be read",
                batch.len()
            )));
        }
        Ok(updates)
    }

    /// Sends a message and says its id.
    ///
    /// # Errors
    /// See [`TelegramError`]; after [`TelegramError::Unknown`] it may have been delivered.
    pub async fn send(
        &self,
        chat: i64,
        text: &RichText,
        buttons: &[Vec<Button>],
    ) -> Result<i64, TelegramError> {
        let markup = keyboard(buttons)?;
        let mut message = SendMessage::new(ChatId(chat), text.text())
            .entities(text.to_wire())
            .link_preview_options(no_preview());
        if !buttons.is_empty() {
            message = message.reply_markup(markup);
        }
        let sent: Sent = self.api.call(Kind::Write, "sendMessage", &message).await?;
        Ok(sent.message_id)
    }

    /// Replaces a message's text and buttons; no change counts as done.
    ///
    /// # Errors
    /// See [`TelegramError`].
    pub async fn edit(
        &self,
        chat: i64,
        message: i64,
        text: &RichText,
        buttons: &[Vec<Button>],
    ) -> Result<(), TelegramError> {
        let edit = Edit {
            chat_id: chat,
            message_id: message,
            text: text.text(),
            entities: text.to_wire(),
            link_preview_options: no_preview(),
            reply_markup: keyboard(buttons)?,
        };
        let edited = self.api.call(Kind::Write, "editMessageText", &edit).await;
        match edited {
            Ok(IgnoredAny) => Ok(()),
            Err(error) if error.is_not_modified() => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Ends the spinner on a tapped button; `text` (up to 200 characters) is shown briefly.
    ///
    /// # Errors
    /// See [`TelegramError`].
    pub async fn answer(&self, query_id: &str, text: &str) -> Result<(), TelegramError> {
        let text: String = text.chars().take(LONGEST_ANSWER).collect();
        let answer = AnswerCallbackQuery::new(CallbackQueryId(query_id.to_owned())).text(text);
        let IgnoredAny = self
            .api
            .call(Kind::Write, "answerCallbackQuery", &answer)
            .await?;
        Ok(())
    }
}

/// A preview would have Telegram fetch pages named by strangers, and hide the text below a picture.
fn no_preview() -> LinkPreviewOptions {
    LinkPreviewOptions {
        is_disabled: true,
        url: None,
        prefer_small_media: false,
        prefer_large_media: false,
        show_above_text: false,
    }
}

fn keyboard(buttons: &[Vec<Button>]) -> Result<InlineKeyboardMarkup, TelegramError> {
    let bad = buttons
        .iter()
        .flatten()
        .find(|button| button.data.is_empty() || button.data.len() > LONGEST_DATA);
    if let Some(bad) = bad {
        return Err(TelegramError::Refused(format!(
            "button {:?}: its data has {} bytes, Telegram takes 1 to 64",
            bad.label,
            bad.data.len()
        )));
    }
    Ok(InlineKeyboardMarkup::new(buttons.iter().map(|row| {
        row.iter()
            .map(|button| InlineKeyboardButton::callback(&button.label, &button.data))
            .collect::<Vec<_>>()
    })))
}
