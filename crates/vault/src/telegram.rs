//! The bot behind five typed verbs. The token is in the URL of every Bot API call, so neither the
//! client nor its errors leave this module.

mod error;
mod text;
mod update;

use std::fmt;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use teloxide::Bot;
use teloxide::payloads::{
    AnswerCallbackQuerySetters, EditMessageTextSetters, GetUpdatesSetters, SendMessageSetters,
};
use teloxide::requests::Requester;
use teloxide::types::{
    AllowedUpdate, CallbackQueryId, ChatId, InlineKeyboardButton, InlineKeyboardMarkup,
    LinkPreviewOptions, MessageId,
};

pub use self::error::TelegramError;
pub use self::text::{Entity, EntityKind, RichText};
pub use self::update::{IncomingMessage, IncomingTap, Update, UpdateKind};
use crate::settings::{OpenError, Settings};

/// Longest a poll may wait at Telegram, in seconds.
const LONGEST_POLL: u32 = 60;
/// Time an ordinary call may take; a poll may take this much longer than its wait.
const PATIENCE: Duration = Duration::from_secs(30);
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

/// The bot. Clones share one connection pool.
#[derive(Clone)]
pub struct Telegram {
    bot: Bot,
    /// Same bot, with the patience a long poll needs.
    poller: Bot,
}

impl fmt::Debug for Telegram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telegram").finish_non_exhaustive()
    }
}

impl Telegram {
    pub(crate) fn new(token: SecretString, settings: &Settings) -> Result<Self, OpenError> {
        if !looks_like_a_token(token.expose_secret()) {
            return Err(OpenError::Setting {
                setting: "telegram_token",
                value: "(not shown)".to_owned(),
                reason: "does not look like a bot token (digits, a colon, letters); copy it again from @BotFather",
            });
        }
        let client = |patience: Duration| {
            reqwest012::Client::builder()
                .user_agent(settings.user_agent.as_str())
                .https_only(!settings.allow_insecure_loopback)
                .redirect(reqwest012::redirect::Policy::none())
                .no_proxy()
                .connect_timeout(crate::http_client::PATIENCE.connect)
                .timeout(patience)
                .build()
                .map_err(|e| OpenError::Http(e.to_string()))
        };
        let bot = |client| {
            Bot::with_client(token.expose_secret(), client)
                .set_api_url(settings.telegram_api.clone())
        };
        Ok(Self {
            bot: bot(client(PATIENCE)?),
            poller: bot(client(
                PATIENCE + Duration::from_secs(u64::from(LONGEST_POLL)),
            )?),
        })
    }

    /// Asks Telegram who the bot is.
    ///
    /// # Errors
    /// See [`TelegramError`].
    pub async fn me(&self) -> Result<BotIdentity, TelegramError> {
        let me = self.bot.get_me().await.map_err(|e| self.scrubbed(e))?;
        Ok(BotIdentity {
            id: me.user.id.0,
            username: me.user.username.unwrap_or_default(),
        })
    }

    /// Waits up to `timeout_s` seconds (at most 60) for messages and taps from `offset` on. An
    /// update this version cannot read comes as [`UpdateKind::Other`], so that it can be passed.
    ///
    /// # Errors
    /// See [`TelegramError`].
    pub async fn updates(&self, offset: i64, timeout_s: u32) -> Result<Vec<Update>, TelegramError> {
        // Telegram's ids are positive 31-bit numbers in practice and teloxide's type agrees.
        let offset = i32::try_from(offset)
            .map_err(|_| TelegramError::Refused(format!("offset {offset} is out of range")))?;
        let updates = self
            .poller
            .get_updates()
            .offset(offset)
            .timeout(timeout_s.min(LONGEST_POLL))
            .allowed_updates([AllowedUpdate::Message, AllowedUpdate::CallbackQuery])
            .await
            .map_err(|e| self.scrubbed(e))?;
        Ok(updates.into_iter().map(Update::from_wire).collect())
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
        let mut call = self
            .bot
            .send_message(ChatId(chat), text.text())
            .entities(text.to_wire())
            .link_preview_options(no_preview());
        if !buttons.is_empty() {
            call = call.reply_markup(markup);
        }
        let message = call.await.map_err(|e| self.scrubbed(e))?;
        Ok(i64::from(message.id.0))
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
        let message = i32::try_from(message)
            .map_err(|_| TelegramError::Refused(format!("message id {message} is out of range")))?;
        let result = self
            .bot
            .edit_message_text(ChatId(chat), MessageId(message), text.text())
            .entities(text.to_wire())
            .link_preview_options(no_preview())
            .reply_markup(keyboard(buttons)?)
            .await;
        match result {
            Ok(_) => Ok(()),
            Err(error) if error::is_not_modified(&error) => Ok(()),
            Err(error) => Err(self.scrubbed(error)),
        }
    }

    /// Ends the spinner on a tapped button; `text` (up to 200 characters) is shown briefly.
    ///
    /// # Errors
    /// See [`TelegramError`].
    pub async fn answer(&self, query_id: &str, text: &str) -> Result<(), TelegramError> {
        let text: String = text.chars().take(LONGEST_ANSWER).collect();
        self.bot
            .answer_callback_query(CallbackQueryId(query_id.to_owned()))
            .text(text)
            .await
            .map_err(|e| self.scrubbed(e))?;
        Ok(())
    }

    fn scrubbed(&self, error: teloxide::RequestError) -> TelegramError {
        TelegramError::from_wire(error, self.bot.token())
    }
}

/// `123456:ABC-…` (Telegram docs, "Authorizing your bot").
fn looks_like_a_token(token: &str) -> bool {
    token.split_once(':').is_some_and(|(id, key)| {
        !id.is_empty()
            && id.bytes().all(|b| b.is_ascii_digit())
            && !key.is_empty()
            && key
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    })
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
