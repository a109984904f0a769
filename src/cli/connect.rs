//! `bountyd connect github`: the owner's consent, once, in the browser.

use std::process::{Command, Stdio};
use std::sync::Arc;

use async_trait::async_trait;
use clap::{Args, Subcommand};
use clock::OsEntropy;
use http_body_util::{BodyExt as _, Full};
use serde::{Deserialize, Serialize};
use tower::ServiceExt as _;
use url::Url;
use vault::{
    Allow, ConnectError, ConnectOptions, ExchangeFacts, ExchangeIntent, ExchangeJournal, Failure,
    FailureClass, JournalRefused, Page, Vault, WireError, WireScope,
};

use super::Context;
use super::session::{Stop, ask_daemon, beside_the_point, daemon_listens};
use super::table::one_line;
use super::untrusted::line;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::control_socket::{Answer, Request};
use crate::daemon::{StartError, make_directory};
use crate::exit::Exit;
use crate::ledger::lock::InstanceLock;
use crate::ledger::{Ledger, in_full};

/// Let your tenant keep a connection to your GitHub account
///
/// Opens two pages in your browser: the login to your tenant, and GitHub's question whether the
/// tenant may act for you. The connection stays with the tenant; nothing is stored on this machine.
/// Then one exchange and one `GET /user` show that it works.
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
    /// `sudo`, and then --no-browser, so that no browser runs as root.
    Github {
        /// Print the addresses only; open them yourself (in a browser on this machine)
        #[arg(long)]
        no_browser: bool,
        /// A loopback port that is registered as http://127.0.0.1:PORT/callback; may be repeated
        #[arg(long, value_name = "PORT")]
        port: Vec<u16>,
        /// A GitHub scope to ask for [default: those chosen in the tenant]; may be repeated
        #[arg(long, value_name = "SCOPE")]
        scope: Vec<String>,
    },
}

/// The proof for a program.
#[derive(Serialize)]
struct Proof {
    connection: String,
    connected_account: String,
    scopes: Vec<String>,
    expires_at: Option<String>,
    github: Account,
}

#[derive(Debug, Serialize, Deserialize)]
struct Account {
    login: String,
    id: u64,
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
            Ok(proof) if context.json => context.print_json(&proof),
            Ok(proof) => context.print(&text(&proof)),
            Err(Trouble(exit, message)) => context.fail(exit, &message),
        }
    }

    async fn connect(self, context: &Context) -> Result<Proof, Trouble> {
        let What::Github {
            no_browser,
            port,
            scope,
        } = self.what;
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
        let vault = open_vault(context, &config, Arc::new(NoExchange)).await?;
        let show = |page: Page, url: &Url| {
            eprintln!("Open this page ({page}):\n\n  {url}\n");
            if !no_browser {
                open_browser(url);
            }
        };
        let options = ConnectOptions {
            ports: if port.is_empty() {
                ConnectOptions::PORTS.collect()
            } else {
                port
            },
            client_id: config.auth0.login_client_id.clone(),
            scopes: scope,
            open: &show,
        };
        let connected = vault::connect(&vault, options).await.map_err(|error| {
            let exit = match &error {
                ConnectError::Network { .. }
                | ConnectError::TimedOut
                | ConnectError::NoPort { .. } => Exit::Unavailable,
                ConnectError::WrongUser { .. } => Exit::Config,
                _ => Exit::Failure,
            };
            Trouble(exit, error.to_string())
        })?;
        eprintln!("Connected. Trying it: one exchange, one request.");
        let github = try_it(context, &config).await?;
        Ok(Proof {
            connection: connected.connection,
            connected_account: connected.id,
            scopes: connected.scopes,
            expires_at: connected.expires_at,
            github,
        })
    }
}

fn text(proof: &Proof) -> String {
    format!(
        "Your tenant acts as {} (GitHub user {}) through the connection {}.\n",
        one_line(&proof.github.login),
        proof.github.id,
        one_line(&proof.connection),
    )
}

/// The proof is an exchange like every other, so it stands in the ledger's journal like every
/// other: the daemon makes it, and without one this command does, under the instance lock.
async fn try_it(context: &Context, config: &Config) -> Result<Account, Trouble> {
    match ask_daemon(config, &Request::Identify {}, |_| {}).await? {
        Some(Answer::Identified { login, id }) => return Ok(Account { login, id }),
        Some(other) => return Err(beside_the_point(&other).into()),
        None => {}
    }
    let (_lock, ledger) = own_ledger(config).await.map_err(|error| {
        let why = in_full(&error);
        Trouble(error.exit(), format!("connected, but not tried: {why}"))
    })?;
    let vault = open_vault(context, config, Arc::new(ledger.clone())).await?;
    let account = who_am_i(&vault).await;
    ledger.close().await;
    account
}

/// The ledger, held by this command.
async fn own_ledger(config: &Config) -> Result<(InstanceLock, Ledger), StartError> {
    make_directory(&config.state_directory, 0o700)?;
    let path = config.ledger_path();
    let lock = InstanceLock::take(&path)?;
    let ledger = Ledger::open(&path, Arc::new(SystemClock), Arc::new(OsEntropy)).await?;
    Ok((lock, ledger))
}

/// The bot has no part in this.
async fn open_vault(
    context: &Context,
    config: &Config,
    journal: Arc<dyn ExchangeJournal>,
) -> Result<Vault, Trouble> {
    let mut settings = config.vault_settings(&context.environment);
    settings.telegram_token = None;
    Vault::open(
        settings,
        Arc::new(SystemClock),
        Arc::new(OsEntropy),
        journal,
    )
    .await
    .map_err(|e| Trouble(Exit::Config, e.to_string()))
}

/// Asks GitHub whose account the token of a fresh exchange is.
async fn who_am_i(vault: &Vault) -> Result<Account, Trouble> {
    let broken = |what: String| Trouble(Exit::Unavailable, format!("GitHub, GET /user: {what}"));
    let request = http::Request::get("/user")
        .header(http::header::ACCEPT, "application/vnd.github+json")
        .body(Full::new(bytes::Bytes::new()))
        .map_err(|e| broken(e.to_string()))?;
    let wire = vault.github_wire(WireScope {
        reason: "connect",
        allow: vec![Allow::get("/user")],
    });
    let answer = wire.oneshot(request).await.map_err(|error| match error {
        WireError::Exchange(failure) => {
            let exit = match failure.class {
                FailureClass::Configuration => Exit::Config,
                FailureClass::Reconnect => Exit::Failure,
                FailureClass::Transient { .. } => Exit::Unavailable,
            };
            Trouble(exit, format!("the exchange: {failure}"))
        }
        other => broken(other.to_string()),
    })?;
    let status = answer.status();
    if !status.is_success() {
        return Err(broken(format!(
            "HTTP {status}; try again, and see the tenant's log"
        )));
    }
    let body = answer
        .into_body()
        .collect()
        .await
        .unwrap_or_else(|never| match never {})
        .to_bytes();
    serde_json::from_slice(&body)
        .map_err(|e| broken(format!("an answer that is not understood: {e}")))
}

/// Hands the address to the desktop. Without one it stands on the terminal.
fn open_browser(url: &Url) {
    let started = Command::new("xdg-open")
        .arg(url.as_str())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if let Ok(mut child) = started {
        std::thread::spawn(move || child.wait());
    }
}

/// To log in and to connect takes no exchange; one that came about nevertheless would be on no
/// record, and is refused.
#[derive(Debug)]
struct NoExchange;

#[async_trait]
impl ExchangeJournal for NoExchange {
    async fn begin(&self, _: &ExchangeIntent) -> Result<i64, JournalRefused> {
        Err(JournalRefused("no exchange is due yet".to_owned()))
    }

    async fn done(&self, _: i64, _: &ExchangeFacts) -> Result<(), JournalRefused> {
        Ok(())
    }

    async fn failed(&self, _: i64, _: &Failure) -> Result<(), JournalRefused> {
        Ok(())
    }
}
