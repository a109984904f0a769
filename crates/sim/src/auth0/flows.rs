//! What waits in the tenant for its second half: codes, tickets, and the tokens that a flow yielded.

/// A code that waits to be exchanged after a login.
#[derive(Debug, Clone)]
pub(crate) struct LoginCode {
    pub(crate) client_id: String,
    pub(crate) user_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) audience: Option<String>,
    pub(crate) scopes: Vec<String>,
    pub(crate) until_ms: i64,
}

/// An access token that this tenant issued for one of its own APIs.
#[derive(Debug, Clone)]
pub(crate) struct AccessToken {
    pub(crate) client_id: String,
    /// The person on whose behalf; none for a client on its own.
    pub(crate) user_id: Option<String>,
    pub(crate) audience: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) until_ms: i64,
}

/// A refresh token, and what may be had for it.
#[derive(Debug, Clone)]
pub(crate) struct RefreshToken {
    pub(crate) client_id: String,
    pub(crate) user_id: String,
    pub(crate) audience: Option<String>,
    pub(crate) scopes: Vec<String>,
}

/// A connection that is being made.
#[derive(Debug, Clone)]
pub(crate) struct Ticket {
    pub(crate) ticket: Option<String>,
    pub(crate) connect_code: Option<String>,
    pub(crate) client_id: String,
    pub(crate) user_id: String,
    pub(crate) connection: String,
    pub(crate) redirect_uri: String,
    pub(crate) state: Option<String>,
    pub(crate) challenge: Option<String>,
    pub(crate) scopes: Vec<String>,
    pub(crate) until_ms: i64,
}
