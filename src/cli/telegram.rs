//! `bountyd telegram pair` and `bountyd telegram test`: the owner's chat, set up and tried.

mod pair;
mod test;

use clap::{Args, Subcommand};
use url::Url;
use vault::telegram::{BotIdentity, BotSettings, Telegram, TelegramError};
use vault::{OpenError, SecretSource};

use super::session::{Stop, daemon_listens};
use super::{Context, session};
use crate::config::Config;
use crate::exit::Exit;
use crate::telegram::pair::PairError;
use crate::telegram::sample::SampleError;

/// Where Telegram's own servers are.
const API: &str = "https://api.telegram.org/";

/// The credential that the unit passes on.
const CREDENTIAL: &str = "telegram-token";

/// Set up the chat in which you are asked, and try it
///
/// bountyd asks you through a bot of your own, in your private chat with it. Make the bot with
/// @BotFather in Telegram (`/newbot`); it gives you a token.
#[derive(Debug, Args)]
pub(super) struct Chat {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Pair(pair::Pair),
    Test(test::Test),
}

impl Chat {
    pub(super) fn run(self, context: &Context) -> Exit {
        match self.what {
            What::Pair(pair) => session::run(context, pair.run(context)),
            What::Test(test) => session::run(context, test.run(context)),
        }
    }
}

/// The bot's settings for the Bot API at `api`.
fn settings(config: &Config, api: Url) -> BotSettings {
    BotSettings {
        api,
        user_agent: concat!("bountyd/", env!("CARGO_PKG_VERSION")).to_owned(),
        allow_insecure_loopback: config.allow_insecure_loopback,
    }
}

/// Only one program may read a bot's messages.
async fn nobody_polls(config: &Config) -> Result<(), Stop> {
    if config.telegram.is_some() && daemon_listens(config).await? {
        return Err(Stop::Say(
            Exit::TryLater,
            format!(
                "bountyd runs (it listens at {}) and reads the chat, and only one program can; stop it for \
                 the moment: systemctl stop bountyd",
                config.control_socket().display()
            ),
        ));
    }
    Ok(())
}

/// Who the bot is, by its own word.
async fn introduced(bot: &Telegram) -> Result<BotIdentity, Stop> {
    bot.me().await.map_err(|error| stop(&error))
}

fn stop(error: &TelegramError) -> Stop {
    Stop::Say(exit(error), error.to_string())
}

fn exit(error: &TelegramError) -> Exit {
    match error {
        TelegramError::Unauthorized => Exit::Data,
        TelegramError::NoBotApi(_) => Exit::Config,
        TelegramError::Conflict | TelegramError::RetryAfter(_) => Exit::TryLater,
        TelegramError::NotSent(_) | TelegramError::Unknown(_) => Exit::Unavailable,
        _ => Exit::Failure,
    }
}

impl From<PairError> for Stop {
    fn from(error: PairError) -> Self {
        let exit = match &error {
            PairError::Expired | PairError::Unread(_) => Exit::TryLater,
            PairError::TooManyTries => Exit::NotAllowed,
            PairError::Conflict(error) | PairError::Bot(error) => exit(error),
        };
        Self::Say(exit, error.to_string())
    }
}

impl From<SampleError> for Stop {
    fn from(error: SampleError) -> Self {
        let exit = match &error {
            SampleError::Unread(_) | SampleError::NoTap => Exit::TryLater,
            SampleError::Conflict(error) | SampleError::Bot(error) => exit(error),
        };
        Self::Say(exit, error.to_string())
    }
}

/// A token or an address that cannot be used.
fn unfit(error: &OpenError) -> Stop {
    let exit = match error {
        OpenError::Setting { .. } => Exit::Data,
        _ => Exit::Config,
    };
    Stop::Say(exit, error.to_string())
}

/// The token that the daemon would use.
fn stored(file: Option<std::path::PathBuf>) -> SecretSource {
    SecretSource {
        credential: CREDENTIAL.to_owned(),
        file,
    }
}
