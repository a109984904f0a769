//! The proof that a connection works: one exchange, one `GET /user`, and what the token is.

use std::sync::Arc;

use async_trait::async_trait;
use clock::OsEntropy;
use http_body_util::{BodyExt as _, Full};
use serde::{Deserialize, Serialize};
use tower::ServiceExt as _;
use vault::{
    Allow, ExchangeFacts, ExchangeIntent, ExchangeJournal, Failure, FailureClass, JournalRefused,
    TokenKind, Vault, WireError, WireScope,
};

use super::Trouble;
use crate::cli::Context;
use crate::cli::session::{ask_daemon, beside_the_point};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::control_socket::protocol::TokenFacts;
use crate::control_socket::verbs::identify::token_facts;
use crate::control_socket::{Answer, Request};
use crate::daemon::{StartError, make_directory};
use crate::exit::Exit;
use crate::ledger::lock::InstanceLock;
use crate::ledger::{Ledger, in_full};

/// Whose account it is.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Account {
    pub(super) login: String,
    pub(super) id: u64,
}

/// What a token of this kind reaches, in words.
pub(super) fn reach(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Gho => {
            "an OAuth App's (gho_): it acts wherever you may, as far as its scopes go"
        }
        TokenKind::Ghu => {
            "a GitHub App's (ghu_): it acts only in repositories where that app is installed, and strangers' \
             repositories have not installed yours; to hunt there, connect through an OAuth App"
        }
        TokenKind::Other => {
            "of no kind that is known here: look at what the connection is made with"
        }
    }
}

/// The proof is an exchange like every other, so it stands in the ledger's journal like every
/// other: the daemon makes it, and without one this command does, under the instance lock.
pub(super) async fn try_it(
    context: &Context,
    config: &Config,
) -> Result<(Account, Option<TokenFacts>), Trouble> {
    match ask_daemon(config, &Request::Identify {}, |_| {}).await? {
        Some(Answer::Identified { login, id, token }) => {
            return Ok((Account { login, id }, token));
        }
        Some(other) => return Err(beside_the_point(&other).into()),
        None => {}
    }
    let (_lock, ledger) = own_ledger(config).await.map_err(|error| {
        let why = in_full(&error);
        Trouble(error.exit(), format!("connected, but not tried: {why}"))
    })?;
    let vault = open_vault(context, config, Arc::new(ledger.clone())).await?;
    let account = who_am_i(&vault).await;
    // Only an account that answered has a token worth a word.
    let facts = match &account {
        Ok(_) => token_facts(&ledger, &vault).await.ok().flatten(),
        Err(_) => None,
    };
    ledger.close().await;
    Ok((account?, facts))
}

/// The ledger, held by this command.
pub(super) async fn own_ledger(config: &Config) -> Result<(InstanceLock, Ledger), StartError> {
    make_directory(&config.state_directory, 0o700)?;
    let path = config.ledger_path();
    let lock = InstanceLock::take(&path)?;
    let ledger = Ledger::open(&path, Arc::new(SystemClock), Arc::new(OsEntropy)).await?;
    Ok((lock, ledger))
}

/// The bot has no part in this.
pub(super) async fn open_vault(
    context: &Context,
    config: &Config,
    journal: Arc<dyn ExchangeJournal>,
) -> Result<Vault, Trouble> {
    let mut settings = config.vault_settings(&context.environment);
    settings.telegram_token = None;
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(OsEntropy));
    let unusable = |error| {
        let error = StartError::from(error);
        Trouble(error.exit(), error.to_string())
    };
    let vault = Vault::open(settings, clock, entropy, journal).await;
    let vault = vault.map_err(unusable)?;
    vault.read_trust().await.map_err(unusable)?;
    Ok(vault)
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

/// To log in and to connect takes no exchange; one that came about nevertheless would be on no
/// record, and is refused.
#[derive(Debug)]
pub(super) struct NoExchange;

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
