//! `bountyd connections` and `bountyd disconnect`: what your tenant keeps for you, and taking it back.
//!
//! Both log in each time. The Management API could list without a login, but its token can do far more
//! than look, and it has no way to delete; so nothing that is kept on this machine can end a connection.

use std::sync::Arc;

use clap::Args;
use clock::OsEntropy;
use serde::Serialize;
use vault::{AccountSession, ConnectOptions, Connected, Page, Vault};

use super::pages::{Pages, Pasting};
use super::proof::{NoExchange, open_vault};
use super::{Browser, Trouble, trouble};
use crate::cli::session::{Stop, ask_daemon, beside_the_point, daemon_listens, read_ledger};
use crate::cli::table::{Table, one_line};
use crate::cli::{Context, session, terminal};
use crate::clock::UnixMillis;
use crate::config::Config;
use crate::control_socket::{Answer, Request};
use crate::exit::Exit;
use crate::messages::span;

/// Where the owner ends what GitHub granted.
const AT_GITHUB: &str = "https://github.com/settings/applications";

/// List the accounts that your tenant keeps connected for you
///
/// Has you log in to your tenant in the browser, because only you may see them.
#[derive(Debug, Args)]
pub(in crate::cli) struct Connections {
    #[command(flatten)]
    browser: Browser,
}

/// End the connection to your GitHub account
///
/// Pauses the running bountyd, has you log in to your tenant in the browser, and removes the connected
/// account there: the tenant hands out no token of it any more. GitHub itself is not told; what you may
/// revoke there is printed.
#[derive(Debug, Args)]
pub(in crate::cli) struct Disconnect {
    /// What to disconnect; there is only GitHub
    #[arg(default_value = "github", value_parser = ["github"])]
    what: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    browser: Browser,
}

/// An account for a program.
#[derive(Serialize)]
struct Shown {
    id: String,
    connection: String,
    scopes: Vec<String>,
    created_at: Option<String>,
    expires_at: Option<String>,
    /// It is the one that bountyd uses.
    ours: bool,
    /// The last exchange for it in our journal.
    last_used: Option<UnixMillis>,
}

/// What was taken back, for a program.
#[derive(Serialize)]
struct Removed {
    removed: Vec<String>,
    paused: bool,
    also_revoke_at: &'static str,
}

impl Connections {
    pub(in crate::cli) fn run(self, context: &Context) -> Exit {
        session::run(context, self.list(context))
    }

    async fn list(self, context: &Context) -> Result<Exit, Stop> {
        let config = prepared(context)?;
        let vault = vault(context, &config).await?;
        let session = signed_in(&config, &vault, &self.browser, false).await?;
        let accounts = session.accounts().await.map_err(|e| said(trouble(&e)))?;
        let last_used = last_used(&config).await;
        let shown: Vec<Shown> = accounts
            .into_iter()
            .map(|account| {
                let ours = account.connection == config.auth0.connection;
                Shown {
                    last_used: last_used.filter(|_| ours),
                    ours,
                    id: account.id,
                    connection: account.connection,
                    scopes: account.scopes,
                    created_at: account.created_at,
                    expires_at: account.expires_at,
                }
            })
            .collect();
        if context.json {
            return Ok(context.print_json(&shown));
        }
        Ok(context.print(&text(&shown, context.color)))
    }
}

fn text(shown: &[Shown], color: bool) -> String {
    if shown.is_empty() {
        return "Nothing is connected. To connect: `bountyd connect github`.\n".to_owned();
    }
    let mut table = Table::new(["connection", "created", "last used", "expires", "scopes"]);
    for account in shown {
        // Only the day: RFC 3339 begins with it.
        let day = |time: &Option<String>, else_: &str| {
            time.as_deref()
                .map_or(else_, |time| time.get(..10).unwrap_or(time))
                .to_owned()
        };
        let last = match account.last_used {
            Some(at) => format!("{} ago", span(session::now().since(at))),
            None if account.ours => "never".to_owned(),
            None => "not by us".to_owned(),
        };
        table.row([
            account.connection.clone(),
            day(&account.created_at, "?"),
            last,
            day(&account.expires_at, "never"),
            account.scopes.join(" "),
        ]);
    }
    table.render(color)
}

impl Disconnect {
    pub(in crate::cli) fn run(self, context: &Context) -> Exit {
        session::run(context, self.end(context))
    }

    async fn end(self, context: &Context) -> Result<Exit, Stop> {
        let config = prepared(context)?;
        // Better now than after the login.
        let mut seat = match self.yes {
            true => None,
            false => Some(terminal::open()?),
        };
        let vault = vault(context, &config).await?;
        let session = signed_in(&config, &vault, &self.browser, true).await?;
        let accounts = session.accounts().await.map_err(|e| said(trouble(&e)))?;
        let ours: Vec<Connected> = accounts
            .into_iter()
            .filter(|account| account.connection == config.auth0.connection)
            .collect();
        if ours.is_empty() {
            let why = format!(
                "nothing is connected through {}, so there is nothing to take back",
                one_line(&config.auth0.connection)
            );
            return Err(Stop::Say(Exit::Failure, why));
        }
        if let Some(seat) = &mut seat {
            for account in &ours {
                eprintln!(
                    "{} ({}), scopes: {}",
                    one_line(&account.connection),
                    one_line(&account.id),
                    one_line(&account.scopes.join(" "))
                );
            }
            terminal::forget_typed(seat);
            let code = terminal::code(&OsEntropy);
            let typed = terminal::confirm(seat, "disconnect", &code);
            if !typed.map_err(|e| Stop::Say(Exit::Failure, format!("the terminal: {e}")))? {
                return Err(Stop::Say(
                    Exit::Failure,
                    "that is not the code; nothing was changed".to_owned(),
                ));
            }
        }
        let paused = paused(&config).await?;
        for account in &ours {
            session
                .remove(account)
                .await
                .map_err(|e| said(trouble(&e)))?;
        }
        let removed = Removed {
            removed: ours.into_iter().map(|account| account.id).collect(),
            paused,
            also_revoke_at: AT_GITHUB,
        };
        if context.json {
            return Ok(context.print_json(&removed));
        }
        let mut text =
            "Disconnected: your tenant hands out no token of this account any more.\n".to_owned();
        if paused {
            text += "bountyd is paused, so that it writes nothing with a token it may still hold. After you \
                     have\nconnected again: `bountyd resume`.\n";
        }
        text += &format!(
            "GitHub has not been told. To end what it granted, and every token that is still out,\nrevoke the \
             application there: {AT_GITHUB}\n"
        );
        Ok(context.print(&text))
    }
}

/// No write from now on, whatever token is held.
async fn paused(config: &Config) -> Result<bool, Stop> {
    if !daemon_listens(config).await? {
        return Ok(false);
    }
    match ask_daemon(config, &Request::Pause {}, |_| {}).await? {
        Some(Answer::Changed { .. }) => Ok(true),
        Some(other) => Err(beside_the_point(&other)),
        None => Ok(false),
    }
}

fn prepared(context: &Context) -> Result<Config, Stop> {
    vault::harden()
        .map_err(|e| Stop::Say(Exit::Failure, format!("cannot protect this process: {e}")))?;
    context.config()
}

async fn vault(context: &Context, config: &Config) -> Result<Vault, Stop> {
    open_vault(context, config, Arc::new(NoExchange))
        .await
        .map_err(said)
}

async fn signed_in<'a>(
    config: &Config,
    vault: &'a Vault,
    browser: &Browser,
    remove: bool,
) -> Result<AccountSession<'a>, Stop> {
    let pasting = Pasting::begin();
    let can_paste = pasting.is_some();
    let pages = Pages::new(browser.no_browser, can_paste);
    let show = |page: Page, url: &url::Url| pages.show(page, url);
    let options = ConnectOptions {
        ports: browser.ports(),
        client_id: config.auth0.login_client_id.clone(),
        scopes: Vec::new(),
        open: &show,
        pasted: pasting.as_ref().map(|pasting| &pasting.lines),
    };
    vault::sign_in(vault, &options, remove)
        .await
        .map_err(|e| said(trouble(&e)))
}

fn said(Trouble(exit, why): Trouble) -> Stop {
    Stop::Say(exit, why)
}

/// The last exchange in our journal, if this user may read it.
async fn last_used(config: &Config) -> Option<UnixMillis> {
    let ledger = read_ledger(config).await.ok()?;
    let last = ledger.last_exchange().await.ok().flatten();
    ledger.close().await;
    last.map(|(at, _)| at)
}
