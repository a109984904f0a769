//! The bot: whether it is one, whether anybody else takes what is meant for it, and whether the owner's
//! chat stands. Nothing is sent, and no update is taken.

use vault::telegram::{Telegram, TelegramError};

use super::check::Check;
use super::finding::Finding;
use super::mend::Mend;
use super::report::Report;
use crate::config::Config;

/// Seconds for which a poll of ours is held open: another poller that is put out by it comes back
/// within this time, and puts ours out.
const HELD: u32 = 4;

/// Who polls at the moment.
#[derive(Clone, Copy, Debug)]
pub(super) enum Poller<'a> {
    /// Nobody on this machine: a poll of our own shows whether anybody else does. It takes nothing; this
    /// is the first update that was not taken yet.
    Nobody(i64),
    /// The daemon, and how its last poll ended, if not well.
    Daemon(Option<&'a str>),
    /// Something that holds the ledger and does not answer.
    Unknown,
}

/// Looks at everything.
pub(super) async fn look(
    report: &mut Report,
    config: &Config,
    telegram: &Telegram,
    poller: Poller<'_>,
) {
    let id = match telegram.me().await {
        Ok(me) => {
            report.put(Finding::ok(
                Check::TelegramBot,
                format!("@{} (bot id {})", me.username, me.id),
            ));
            me.id
        }
        Err(error) => {
            report.put(refused(Check::TelegramBot, &error));
            return;
        }
    };
    report.put(match telegram.webhook().await {
        Ok(None) => Finding::ok(Check::TelegramWebhook, "none is set"),
        Ok(Some(webhook)) => Finding::failure(
            Check::TelegramWebhook,
            format!(
                "a webhook leads to {}: what is tapped goes there, and polling is refused",
                webhook.host
            ),
            "if no other program needs this bot, remove the webhook with `bountyd doctor --fix`; else make \
             bountyd a bot of its own",
        )
        .link("bountyd doctor --fix")
        .mend(Mend::Webhook),
        Err(error) => refused(Check::TelegramWebhook, &error),
    });
    if report.may(Check::TelegramPoller) {
        report.put(others(telegram, poller).await);
    }
    report.put(pairing(config, telegram, id).await);
}

async fn others(telegram: &Telegram, poller: Poller<'_>) -> Finding {
    let check = Check::TelegramPoller;
    let somebody = |found: String| {
        Finding::failure(
            check,
            found,
            "another program polls with this bot token: end it, or make bountyd a bot of its own with \
             @BotFather",
        )
        .link("https://core.telegram.org/bots/api#getupdates")
    };
    match poller {
        Poller::Unknown => {
            Finding::not_tried(check, "a bountyd may be polling, and does not answer")
        }
        Poller::Daemon(None) => Finding::ok(check, "the daemon polls, and nobody disturbs it"),
        Poller::Daemon(Some(trouble)) if trouble.contains("another program polls") => {
            somebody(format!("the daemon says: {trouble}"))
        }
        Poller::Daemon(Some(trouble)) => Finding::warning(
            check,
            format!("the daemon says: {trouble}"),
            "answer with `bountyd approve` until it passes",
        ),
        Poller::Nobody(offset) => match telegram.updates(offset, HELD).await {
            Ok(updates) if updates.is_empty() => {
                Finding::ok(check, format!("nobody else polled within {HELD} s"))
            }
            Ok(updates) => Finding::ok(
                check,
                format!(
                    "nobody else took them: {} wait for the daemon",
                    updates.len()
                ),
            ),
            Err(TelegramError::Conflict) => {
                somebody("somebody else polls with this bot token".to_owned())
            }
            Err(error) => refused(check, &error),
        },
    }
}

async fn pairing(config: &Config, telegram: &Telegram, bot: u64) -> Finding {
    let check = Check::TelegramPairing;
    let Some(owner) = config.telegram.as_ref().map(|t| t.owner_id) else {
        return Finding::not_applicable(check, "no [telegram] is configured");
    };
    let own =
        "write to the bot, and copy the numeric id that the log names for the stranger it refused";
    if owner == bot {
        return Finding::failure(
            check,
            format!("telegram.owner_id is {owner}, which is the bot itself"),
            format!("set telegram.owner_id to your own id: {own}"),
        );
    }
    let chat = i64::try_from(owner).unwrap_or(i64::MAX);
    match telegram.chat(chat).await {
        Ok(chat) if chat.private => Finding::ok(
            check,
            format!("user {owner} has a private chat with the bot"),
        ),
        Ok(chat) => Finding::failure(
            check,
            format!(
                "telegram.owner_id is {owner}, which is a {} and no person",
                chat.kind
            ),
            format!("set telegram.owner_id to your own id: {own}"),
        ),
        Err(TelegramError::Refused(_)) => Finding::failure(
            check,
            format!("the bot has never met user {owner}"),
            format!(
                "open the bot on your phone and press Start; if you have, telegram.owner_id is not your id: {own}"
            ),
        ),
        Err(error) => refused(check, &error),
    }
}

fn refused(check: Check, error: &TelegramError) -> Finding {
    let said = error.to_string();
    match error {
        TelegramError::Unauthorized => Finding::failure(
            check,
            said,
            "copy the bot token again from @BotFather into its file; one that was revoked is dead",
        )
        .link("https://core.telegram.org/bots/features#botfather"),
        TelegramError::NoBotApi(_) => {
            Finding::failure(check, said, "correct telegram.api_url, or leave it out")
        }
        TelegramError::NotSent(_) | TelegramError::Unknown(_) => Finding::failure(
            check,
            said,
            "Telegram cannot be reached: see the network, and telegram.api_url if you set it; questions \
             can be answered with `bountyd approve`",
        ),
        TelegramError::RetryAfter(_) => {
            Finding::warning(check, said, "wait; nothing needs to be mended")
        }
        TelegramError::Blocked => Finding::failure(
            check,
            said,
            "open the bot on your phone, unblock it and press Start",
        ),
        TelegramError::Conflict | TelegramError::Refused(_) => Finding::failure(
            check,
            said,
            "see what Telegram says, and whether another program uses this bot",
        ),
    }
}
