//! The tenant's log.

use std::net::IpAddr;

use serde_json::Value;

use super::refusal::Refusal;

/// One entry of the tenant log: `seta` (success) or `feta` (failure).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// When, Unix milliseconds of the tenant's clock.
    pub at: i64,
    /// The address the request came from, as the tenant saw it.
    pub ip: IpAddr,
    /// The client, if one was named.
    pub client_id: Option<String>,
    /// The subject, if it could be read.
    pub user_id: Option<String>,
    /// The connection, if one was named.
    pub connection: Option<String>,
    /// `audit_context`, if it could be read.
    pub audit_context: Option<String>,
    /// `jti`, if it could be read.
    pub jti: Option<String>,
    /// `kid` of the subject token, if it could be read.
    pub kid: Option<String>,
    /// Why it was refused; none for a success.
    pub refused: Option<Refusal>,
    /// SHA-256 of the provider's token, in hexadecimal.
    pub token_thumbprint: Option<String>,
    /// Set when the provider's token had to be refreshed.
    pub refreshed: bool,
}

impl Exchange {
    /// The tenant's log code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        if self.refused.is_none() {
            "seta"
        } else {
            "feta"
        }
    }
}

/// One entry of the log as `GET /api/v2/logs` shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When, Unix milliseconds of the tenant's clock.
    pub at: i64,
    /// Event code: `seta`, `feta`, `sede`, …
    pub kind: &'static str,
    /// The client, if one was named.
    pub client_id: Option<String>,
    /// The person, if one was named.
    pub user_id: Option<String>,
    /// The address the request came from, as the tenant saw it.
    pub ip: IpAddr,
    /// What the event's `details` hold.
    pub details: Value,
}
