//! What anybody may know about the vault.

use serde::Serialize;

use crate::failure::Failure;
use crate::journal::TokenKind;
use clock::UnixMillis;

/// A snapshot without secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VaultStatus {
    /// The key that signs (RFC 7638 thumbprint).
    pub kid: String,
    /// All loaded keys; two during a rotation.
    pub kids: Vec<String>,
    /// The token in memory, if there is one.
    pub token: Option<TokenStatus>,
    /// Exchanges that brought a token since start.
    pub exchanges: u64,
    /// The last exchange's failure, until one succeeds.
    pub last_failure: Option<FailureNote>,
    /// No exchange is tried before this instant.
    pub paused_until: Option<UnixMillis>,
    /// Auth0's clock minus ours in seconds, by its last answer that carried a `Date`.
    pub clock_skew: Option<i64>,
}

/// About the token in memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TokenStatus {
    /// When it will be dropped.
    pub held_until: UnixMillis,
    /// By prefix.
    pub kind: TokenKind,
    /// What the provider says it may do.
    pub scopes: Vec<String>,
}

/// A failure and when it happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FailureNote {
    /// What went wrong.
    pub failure: Failure,
    /// When.
    pub at: UnixMillis,
}
