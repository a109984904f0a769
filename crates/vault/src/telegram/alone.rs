//! The bot by itself, for a command that needs nothing else of the vault: while it is set up there may
//! be no key yet.

use secrecy::SecretString;
use url::Url;

use super::{Telegram, token};
use crate::http_client::{self, PATIENCE, Reuse};
use crate::prompt::EnteredSecret;
use crate::secret::SecretSource;
use crate::settings::{OpenError, check_url};

/// Where the Bot API is, and what we call ourselves.
#[derive(Clone, Debug)]
pub struct BotSettings {
    /// Such as `https://api.telegram.org`.
    pub api: Url,
    /// What we call ourselves.
    pub user_agent: String,
    /// Allows plain http to this machine, for tests and the demo.
    pub allow_insecure_loopback: bool,
}

impl Telegram {
    /// The bot of a token that was entered just now. Nothing is sent yet.
    ///
    /// # Errors
    /// It is no bot token, or the address will not do.
    pub async fn entered(
        secret: &EnteredSecret,
        settings: &BotSettings,
    ) -> Result<Self, OpenError> {
        let token = secret.secret().clone();
        token::fit(&token, &settings.api)?;
        Self::alone(token, settings).await
    }

    /// The bot of the token that the daemon would use. Nothing is sent yet.
    ///
    /// # Errors
    /// It cannot be read or is no bot token, or the address will not do.
    pub async fn stored(source: &SecretSource, settings: &BotSettings) -> Result<Self, OpenError> {
        Self::alone(token::load(source, &settings.api)?, settings).await
    }

    async fn alone(token: SecretString, settings: &BotSettings) -> Result<Self, OpenError> {
        let BotSettings {
            api,
            user_agent,
            allow_insecure_loopback,
        } = settings;
        check_url(api, *allow_insecure_loopback).map_err(|reason| OpenError::Setting {
            setting: "telegram_api",
            value: api.host_str().unwrap_or_default().to_owned(),
            reason,
        })?;
        let trust = http_client::trust().await?;
        let client = |reuse| {
            http_client::build(
                &trust,
                user_agent,
                !allow_insecure_loopback,
                reuse,
                PATIENCE,
            )
        };
        Ok(Self::new(
            token,
            api.clone(),
            client(Reuse::Pool)?,
            client(Reuse::Fresh)?,
        ))
    }
}
