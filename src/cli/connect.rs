//! `bountyd connect github`: the owner's consent, once, in the browser.

pub(super) mod accounts;
mod pages;
mod proof;

use std::sync::Arc;

use clap::{Args, Subcommand};
use serde::Serialize;
use url::Url;
use vault::{ConnectError, ConnectOptions, Page, TokenKind};

use self::pages::{Pages, Pasting};
use self::proof::{Account, NoExchange, open_vault, own_ledger, reach, try_it};
use super::Context;
use super::change::Change;
use super::session::{Stop, by_sudo, daemon_listens, read_ledger};
use super::table::one_line;
use super::untrusted::line;
use super::wrap::wrap;
use crate::bounty::appraise::Me;
use crate::config::Config;
use crate::control_socket::protocol::TokenFacts;
use crate::exit::Exit;
use crate::ledger::in_full;
use crate::ledger::settings::Setting;

/// Let your tenant keep a connection to your GitHub account
///
/// Opens two pages in your browser: the login to your tenant, and GitHub's question whether the
/// tenant may act for you. The connection stays with the tenant; nothing is stored on this machine.
/// Then one exchange and one `GET /user` show that it works, and what the token is.
#[derive(Debug, Args)]
pub(super) struct Connect {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Connect the GitHub account you work with
    ///
    /// The browser comes back to the first free of the ports 18484 to 18489 of this machine.
    /// Register http://127.0.0.1:PORT/callback for each of them with the application that logs you
    /// in: a native one, whose id is `auth0.login_client_id`. Keys that only root may read take
    /// `sudo`; then none is opened, so that no browser runs as root. Where no browser can be opened,
    /// the page's address is printed with the ways back to this machine.
    Github {
        #[command(flatten)]
        browser: Browser,
        /// A GitHub scope to ask for [default: those chosen in the tenant]; may be repeated
        #[arg(long, value_name = "SCOPE")]
        scope: Vec<String>,
    },
}

/// How a page is opened, and where the browser comes back to.
#[derive(Debug, Args)]
struct Browser {
    /// Print the addresses only; open them yourself
    #[arg(long)]
    no_browser: bool,
    /// A loopback port that is registered as http://127.0.0.1:PORT/callback; may be repeated
    #[arg(long, value_name = "PORT")]
    port: Vec<u16>,
}

impl Browser {
    fn ports(&self) -> Vec<u16> {
        match self.port.as_slice() {
            [] => ConnectOptions::PORTS.collect(),
            ports => ports.to_vec(),
        }
    }
}

/// The proof for a program.
#[derive(Serialize)]
struct Proof {
    connection: String,
    connected_account: String,
    scopes: Vec<String>,
    expires_at: Option<String>,
    github: Account,
    /// What may be known of the token that proved it.
    token: Option<Token>,
}

/// A token, as far as may be known.
#[derive(Serialize)]
struct Token {
    kind: TokenKind,
    scopes: Vec<String>,
    /// Seconds; `None`: it names no end.
    expires_in: Option<u64>,
    reach: &'static str,
    /// Of a GitHub App's: on whose repositories it is installed.
    #[serde(skip_serializing_if = "Option::is_none")]
    installed_on: Option<Vec<String>>,
}

impl From<TokenFacts> for Token {
    fn from(facts: TokenFacts) -> Self {
        Self {
            reach: reach(facts.kind),
            kind: facts.kind,
            scopes: facts.scopes,
            expires_in: facts.expires_in,
            installed_on: facts.installed_on,
        }
    }
}

/// What went wrong, and the code to leave with.
struct Trouble(Exit, String);

impl From<Stop> for Trouble {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Said(exit) => Self(exit, "see above".to_owned()),
            Stop::Say(exit, why) => Self(exit, line(&why)),
        }
    }
}

/// What a failure in the browser's flow leaves with.
fn trouble(error: &ConnectError) -> Trouble {
    let exit = match error {
        ConnectError::Network { .. } | ConnectError::TimedOut | ConnectError::NoPort { .. } => {
            Exit::Unavailable
        }
        ConnectError::WrongUser { .. } => Exit::Config,
        _ => Exit::Failure,
    };
    Trouble(exit, line(&error.to_string()))
}

impl Connect {
    pub(super) fn run(self, context: &Context) -> Exit {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = match runtime {
            Ok(runtime) => runtime,
            Err(error) => {
                return context.fail(Exit::Failure, &format!("cannot start: {error}"));
            }
        };
        match runtime.block_on(self.connect(context)) {
            Ok((proof, _)) if context.json => context.print_json(&proof),
            Ok((proof, next)) => context.print(&(text(&proof) + &next)),
            Err(Trouble(exit, message)) => context.fail(exit, &message),
        }
    }

    /// The proof, and what comes next.
    async fn connect(self, context: &Context) -> Result<(Proof, String), Trouble> {
        let What::Github { browser, scope } = self.what;
        vault::harden()
            .map_err(|e| Trouble(Exit::Failure, format!("cannot protect this process: {e}")))?;
        let config = context
            .load_config()
            .map_err(|exit| Trouble(exit, "nothing was sent".into()))?;
        if !daemon_listens(&config).await? {
            // Better now than after the owner's consent.
            let found = own_ledger(&config).await;
            let (_lock, ledger) = found.map_err(|e| Trouble(e.exit(), in_full(&e)))?;
            ledger.close().await;
        }
        let before = account_before(&config).await;
        let vault = open_vault(context, &config, Arc::new(NoExchange)).await?;
        let pasting = Pasting::begin();
        let can_paste = pasting.is_some();
        let pages = Pages::new(browser.no_browser, can_paste);
        let show = |page: Page, url: &Url| pages.show(page, url);
        let options = ConnectOptions {
            ports: browser.ports(),
            client_id: config.auth0.login_client_id.clone(),
            scopes: scope,
            open: &show,
            pasted: pasting.as_ref().map(|pasting| &pasting.lines),
        };
        let connected = vault::connect(&vault, options)
            .await
            .map_err(|error| trouble(&error))?;
        eprintln!("Connected. Trying it: one exchange, one request.");
        let (github, token) = try_it(context, &config).await?;
        if let Some(before) = before.filter(|before| before.id != github.id) {
            return Err(another(&config, &before, &github).await?);
        }
        let next = match config.telegram {
            None => by_sudo("bountyd telegram pair"),
            Some(_) => by_sudo("bountyd doctor"),
        };
        let proof = Proof {
            connection: connected.connection,
            connected_account: connected.id,
            scopes: connected.scopes,
            expires_at: connected.expires_at,
            github,
            token: token.map(Token::from),
        };
        Ok((proof, format!("Next: `{next}`.\n")))
    }
}

/// Whose account it was so far, as far as the ledger knows.
async fn account_before(config: &Config) -> Option<Me> {
    let ledger = read_ledger(config).await.ok()?;
    let me = ledger.setting(&Setting::Me).await.ok().flatten();
    ledger.close().await;
    me
}

/// Whoever answered the page may have been somebody else, with an account of his own. Nothing is written before the
/// owner has said that he meant it.
async fn another(config: &Config, before: &Me, now: &Account) -> Result<Trouble, Trouble> {
    Change::Pause.make(config).await?;
    let (was, is) = (line(&before.login), line(&now.login));
    Ok(Trouble(
        Exit::Config,
        format!(
            "connected, and paused: your tenant acts as {is} (GitHub user {}) now, and acted as {was} (GitHub user {}) before. If that is what you want, `bountyd resume` goes on; if not, `bountyd disconnect github`, and see in your tenant's log who connected it",
            now.id, before.id
        ),
    ))
}

fn text(proof: &Proof) -> String {
    let mut text = format!(
        "Your tenant acts as {} (GitHub user {}) through the connection {}.\n",
        one_line(&proof.github.login),
        proof.github.id,
        one_line(&proof.connection),
    );
    if let Some(token) = &proof.token {
        text += &wrap("Its token is ", &format!("{}.", token.reach));
        match token.installed_on.as_deref() {
            Some([]) => text += "The app is installed nowhere, so it can write nowhere.\n",
            Some(places) => {
                text += &format!("It is installed on: {}\n", one_line(&places.join(", ")))
            }
            None => {}
        }
        if !token.scopes.is_empty() {
            text += &format!("Scopes: {}\n", one_line(&token.scopes.join(" ")));
        }
        text += &match token.expires_in {
            Some(seconds) => format!(
                "This one is good for another {}; the tenant renews it.\n",
                crate::messages::span(std::time::Duration::from_secs(seconds))
            ),
            None => {
                "The token names no end: it lives until somebody revokes it at GitHub.\n".to_owned()
            }
        };
    }
    text
}
