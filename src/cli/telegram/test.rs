//! `bountyd telegram test`: a sample question, and the tap that comes back.

use clap::Args;
use clock::OsEntropy;
use serde::Serialize;
use vault::telegram::Telegram;

use super::{introduced, nobody_polls, settings, stored, unfit};
use crate::cli::Context;
use crate::cli::session::Stop;
use crate::clock::{Entropy as _, SystemClock};
use crate::exit::Exit;
use crate::messages::span;
use crate::telegram::sample::{Tapped, try_out};

/// Send yourself a sample question, and see your tap arrive
///
/// Nothing is done, whatever you tap. While bountyd runs it reads the chat itself: stop it first.
#[derive(Debug, Args)]
pub(super) struct Test {}

/// The tap for a program.
#[derive(Serialize)]
struct Report {
    bot: String,
    owner_id: u64,
    tapped: &'static str,
    after_ms: u128,
}

impl Test {
    pub(super) async fn run(self, context: &Context) -> Result<Exit, Stop> {
        vault::harden()
            .map_err(|e| Stop::Say(Exit::Failure, format!("cannot protect this process: {e}")))?;
        let config = context.config()?;
        let Some(chat) = config.telegram.clone() else {
            return Err(Stop::Say(
                Exit::Config,
                "no chat is set up: run `bountyd telegram pair` first".to_owned(),
            ));
        };
        nobody_polls(&config).await?;
        let settings = settings(&config, chat.api_url);
        let bot = Telegram::stored(&stored(chat.token_file), &settings)
            .await
            .map_err(|e| unfit(&e))?;
        let me = introduced(&bot).await?;
        let id = hex::encode(OsEntropy.id128());
        let tapped = try_out(&bot, &SystemClock, chat.owner_id, &id, || {
            eprintln!(
                "A sample question is in your chat with @{}. Tap one of its buttons.",
                me.username
            );
        });
        let Tapped { approve, after } = tapped.await?;
        let said = if approve { "approve" } else { "deny" };
        if context.json {
            return Ok(context.print_json(&Report {
                bot: me.username,
                owner_id: chat.owner_id,
                tapped: said,
                after_ms: after.as_millis(),
            }));
        }
        Ok(context.print(&format!(
            "Your tap arrived: {said}, after {}.\n",
            span(after)
        )))
    }
}
