//! The tenant: its users, what the vault keeps for them, and everything else it remembers.

use std::collections::{BTreeMap, BTreeSet};

use super::api::{Api, ClientGrant};
use super::backchannel::Asked;
use super::client::Client;
use super::connection::Connection;
use super::device::Device;
use super::flows::{AccessToken, LoginCode, RefreshToken, Ticket};
use super::log::{Entry, Exchange};
use super::management::Calls;
use super::person::Word;
use super::switches::Switches;
use crate::tokens::TokenKind;

/// What the provider hands out for an account, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenPlan {
    /// OAuth App (`gho_`) or GitHub App (`ghu_`).
    pub kind: TokenKind,
    /// Life of a fresh token in milliseconds; none for one that does not expire.
    pub life_ms: Option<i64>,
}

impl TokenPlan {
    /// An OAuth App: `gho_`, no expiry. Whether the real vault serves these is not documented.
    #[must_use]
    pub const fn oauth_app() -> Self {
        Self {
            kind: TokenKind::OAuthApp,
            life_ms: None,
        }
    }

    /// A GitHub App: `ghu_`, eight hours.
    #[must_use]
    pub const fn github_app() -> Self {
        Self {
            kind: TokenKind::GitHubApp,
            life_ms: Some(8 * 3_600_000),
        }
    }

    /// The same with another life, in seconds.
    #[must_use]
    pub const fn lasting(mut self, seconds: i64) -> Self {
        self.life_ms = Some(seconds * 1_000);
        self
    }
}

/// A connected account: what the vault keeps for a user and a connection.
#[derive(Debug, Clone)]
pub struct ConnectedAccount {
    /// `cac_…`
    pub id: String,
    /// Connection name.
    pub connection: String,
    /// The user's numeric id at the provider.
    pub provider_user_id: u64,
    /// Scopes the provider granted.
    pub scopes: Vec<String>,
    /// When it was connected, Unix milliseconds.
    pub created_at_ms: i64,
    /// What fresh tokens look like.
    pub plan: TokenPlan,
    /// The provider's current token and its end, Unix milliseconds.
    pub stored: Option<(String, Option<i64>)>,
    /// False once the provider refuses the refresh token.
    pub refreshable: bool,
}

/// A user of the tenant.
#[derive(Debug, Clone)]
pub struct User {
    /// `auth0|…`
    pub user_id: String,
    /// E-mail address, for the ID token.
    pub email: String,
    /// Blocked in the dashboard.
    pub blocked: bool,
    /// The GitHub account that is signed in in this user's browser.
    pub github_user_id: u64,
    /// What the vault keeps.
    pub accounts: Vec<ConnectedAccount>,
    /// Enrolled for push notifications.
    pub push: bool,
    /// Identities that were linked to this user: provider, id there, connection.
    pub linked: Vec<Identity>,
    /// When the user was made, Unix milliseconds.
    pub(crate) created_at_ms: i64,
}

/// One way in which a user logs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// `auth0`, `github`, `google-oauth2`, …
    pub provider: String,
    /// The part of the user id after the bar.
    pub user_id: String,
    /// Connection name.
    pub connection: String,
}

/// Everything the tenant remembers.
#[derive(Debug, Default)]
pub(crate) struct Tenant {
    pub(crate) clients: BTreeMap<String, Client>,
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) connections: BTreeMap<String, Connection>,
    pub(crate) apis: Vec<Api>,
    pub(crate) client_grants: Vec<ClientGrant>,
    pub(crate) browser_user: Option<String>,
    pub(crate) default_plan: Option<TokenPlan>,
    pub(crate) seen_jti: BTreeSet<(String, &'static str, String)>,
    pub(crate) codes: BTreeMap<String, LoginCode>,
    pub(crate) devices: Vec<Device>,
    pub(crate) asked: Vec<Asked>,
    pub(crate) standing: Option<Word>,
    pub(crate) access_tokens: BTreeMap<String, AccessToken>,
    pub(crate) refresh_tokens: BTreeMap<String, RefreshToken>,
    /// Where a browser goes once its person has said that it is meant.
    pub(crate) leaving: BTreeMap<String, String>,
    pub(crate) tickets: BTreeMap<String, Ticket>,
    pub(crate) exchanges: Vec<Exchange>,
    pub(crate) log: Vec<Entry>,
    pub(crate) calls: Calls,
    pub(crate) push_enabled: bool,
    /// Place of the key that signs.
    pub(crate) signing: usize,
    pub(crate) switches: Switches,
}
