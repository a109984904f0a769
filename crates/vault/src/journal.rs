//! The vault's only link to the ledger: who asked for a token, why, and how it ended.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// Keeps the record of exchanges. An exchange that cannot be recorded does not happen.
#[async_trait]
pub trait ExchangeJournal: Send + Sync + Debug {
    /// Records that an exchange is about to leave; its id goes into the tenant's log too.
    async fn begin(&self, intent: &ExchangeIntent) -> Result<i64, JournalRefused>;
    /// Records that a token came. If this is refused, the token is dropped unused.
    async fn done(&self, id: i64, facts: &ExchangeFacts) -> Result<(), JournalRefused>;
    /// Records that none came.
    async fn failed(&self, id: i64, failure: &Failure) -> Result<(), JournalRefused>;
}

/// The journal cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the journal cannot be written: {0}")]
pub struct JournalRefused(pub String);

/// What is about to be asked of Auth0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeIntent {
    /// The wire's reason, such as "scan".
    pub reason: String,
    /// Auth0 connection name, such as "github".
    pub connection: String,
    /// RFC 7638 thumbprint of the signing key.
    pub kid: String,
}

/// What may be known about a token that came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeFacts {
    /// Seconds, as answered; `None` if the answer named no usable number.
    pub expires_in: Option<u64>,
    /// How long the vault will keep it; zero: for the waiting callers only.
    pub held_for: Duration,
    /// What the provider says the token may do.
    pub scopes: Vec<String>,
    /// Lower-case hex; comparable with the tenant log's `token_thumbprint`.
    pub token_sha256: String,
    /// By prefix.
    pub token_kind: TokenKind,
}

/// Which kind of GitHub token it is, by its prefix (GitHub docs, "GitHub's token formats").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenKind {
    /// `gho_`: an OAuth app's, does not expire by itself.
    Gho,
    /// `ghu_`: a GitHub App user's, works only where the app is installed.
    Ghu,
    /// Anything else.
    Other,
}
