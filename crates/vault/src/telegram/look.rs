//! What can be seen of the bot's surroundings without changing them, and the one change that is made
//! at the owner's word: who polls, whether a webhook takes everything away, who the owner's chat is
//! (<https://core.telegram.org/bots/api#getwebhookinfo>, `getChat`, `deleteWebhook`).

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;
use url::Url;

use super::api::Kind;
use super::{Telegram, TelegramError, load_token};
use crate::http_client::{self, PATIENCE, Reuse};
use crate::settings::{OpenError, Settings};

/// Where updates go instead of to whoever polls. The address itself often holds a secret and stays here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// The host that is called.
    pub host: String,
}

/// A chat as the bot sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenChat {
    /// A chat with one person.
    pub private: bool,
    /// Its kind, as Telegram calls it.
    pub kind: String,
}

#[derive(Deserialize)]
struct Info {
    #[serde(default)]
    url: String,
}

#[derive(Deserialize)]
struct Chat {
    #[serde(rename = "type", default)]
    kind: String,
}

impl Telegram {
    /// The bot alone, for a look at it where the rest of the vault cannot be opened; `None` if none is
    /// configured. Nothing is sent.
    ///
    /// # Errors
    /// The bot token, or an address, cannot be used.
    pub async fn open(settings: &Settings) -> Result<Option<Self>, OpenError> {
        let Some(source) = &settings.telegram_token else {
            return Ok(None);
        };
        settings.check()?;
        let token = load_token(source, &settings.telegram_api)?;
        let trust = http_client::trust().await?;
        let https_only = !settings.allow_insecure_loopback;
        let client =
            |reuse| http_client::build(&trust, &settings.user_agent, https_only, reuse, PATIENCE);
        let (reads, writes) = (client(Reuse::Pool)?, client(Reuse::Fresh)?);
        let base = settings.telegram_api.clone();
        Ok(Some(Self::new(token, base, reads, writes)))
    }

    /// The webhook, if one is set: then no poll gets anything.
    ///
    /// # Errors
    /// See [`TelegramError`].
    pub async fn webhook(&self) -> Result<Option<Webhook>, TelegramError> {
        let info: Info = self
            .api
            .call(Kind::Read, "getWebhookInfo", &json!({}))
            .await?;
        if info.url.is_empty() {
            return Ok(None);
        }
        let host = Url::parse(&info.url)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned))
            .unwrap_or_else(|| "an address that cannot be read".to_owned());
        Ok(Some(Webhook { host }))
    }

    /// Removes the webhook; updates that wait stay.
    ///
    /// # Errors
    /// See [`TelegramError`].
    pub async fn delete_webhook(&self) -> Result<(), TelegramError> {
        let body = json!({ "drop_pending_updates": false });
        let IgnoredAny = self.api.call(Kind::Write, "deleteWebhook", &body).await?;
        Ok(())
    }

    /// Looks a chat up.
    ///
    /// # Errors
    /// See [`TelegramError`]; a chat that the bot has never met is [`TelegramError::Refused`].
    pub async fn chat(&self, id: i64) -> Result<SeenChat, TelegramError> {
        let body = json!({ "chat_id": id });
        let chat: Chat = self.api.call(Kind::Read, "getChat", &body).await?;
        Ok(SeenChat {
            private: chat.kind == "private",
            kind: chat.kind.chars().filter(char::is_ascii_lowercase).collect(),
        })
    }
}
