//! The tenant: its clients, users, connections, vault, switches and logs.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::key::Credential;
use super::refusal::Refusal;
use crate::tokens::TokenKind;

/// How a client proves at the token endpoint that it is itself.
#[derive(Debug, Clone)]
pub enum ClientAuth {
    /// A public client: none.
    None,
    /// `client_secret`, in the body or by HTTP Basic.
    Secret(String),
    /// `private_key_jwt` with one of these keys.
    PrivateKeyJwt(Vec<Credential>),
}

/// One entry of `token_vault_privileged_access.grants`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Connection name.
    pub connection: String,
    /// Scopes the client may obtain there.
    pub scopes: Vec<String>,
}

/// `token_vault_privileged_access` of a client.
#[derive(Debug, Clone, Default)]
pub struct PrivilegedAccess {
    /// One or two keys that may sign subject tokens.
    pub credentials: Vec<Credential>,
    /// Addresses and CIDR ranges. Empty means that every exchange is refused.
    pub ip_allowlist: Vec<String>,
    /// What may be obtained. Empty means that every exchange is refused.
    pub grants: Vec<Grant>,
}

/// An application of the tenant.
#[derive(Debug, Clone)]
pub struct Client {
    /// `client_id`.
    pub id: String,
    /// How it authenticates.
    pub auth: ClientAuth,
    /// Enabled `grant_types`.
    pub grant_types: BTreeSet<String>,
    /// `is_first_party`.
    pub first_party: bool,
    /// `oidc_conformant`.
    pub oidc_conformant: bool,
    /// Privileged access, if configured.
    pub privileged: Option<PrivilegedAccess>,
    /// Allowed callback URLs, matched exactly.
    pub callbacks: BTreeSet<String>,
    /// Scopes of the My Account API that the client's grant covers.
    pub account_scopes: BTreeSet<String>,
}

/// The grant of the Token Vault exchange.
pub const VAULT_GRANT: &str =
    "urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token";

/// The scopes needed to connect, list and delete accounts.
pub const ACCOUNT_SCOPES: [&str; 3] = [
    "create:me:connected_accounts",
    "read:me:connected_accounts",
    "delete:me:connected_accounts",
];

impl Client {
    /// A first-party client without any grant.
    #[must_use]
    pub fn new(id: &str, auth: ClientAuth) -> Self {
        Self {
            id: id.to_owned(),
            auth,
            grant_types: BTreeSet::new(),
            first_party: true,
            oidc_conformant: true,
            privileged: None,
            callbacks: BTreeSet::new(),
            account_scopes: BTreeSet::new(),
        }
    }

    /// A privileged worker: the same keys sign subject tokens, `github` with scope `repo` is granted, loopback is in the
    /// allow-list.
    #[must_use]
    pub fn worker(id: &str, auth: ClientAuth, keys: Vec<Credential>) -> Self {
        let mut client = Self::new(id, auth);
        client.grant_types.insert(VAULT_GRANT.to_owned());
        client.privileged = Some(PrivilegedAccess {
            credentials: keys,
            ip_allowlist: vec!["127.0.0.1".to_owned(), "::1".to_owned()],
            grants: vec![Grant {
                connection: "github".to_owned(),
                scopes: vec!["repo".to_owned()],
            }],
        });
        client
    }

    /// The same client, able to log its user in (PKCE) and to manage connected accounts, returning to these URLs.
    #[must_use]
    pub fn with_login(mut self, callbacks: &[&str]) -> Self {
        self.grant_types.insert("authorization_code".to_owned());
        self.callbacks
            .extend(callbacks.iter().map(|url| (*url).to_owned()));
        self.account_scopes
            .extend(ACCOUNT_SCOPES.map(ToOwned::to_owned));
        self
    }
}

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
}

/// A connection of the tenant.
#[derive(Debug, Clone)]
pub struct Connection {
    /// `connected_accounts.active`
    pub active: bool,
    /// Clients for which it is switched off; it is on for all others.
    pub disabled_for: BTreeSet<String>,
    /// Scopes chosen in the dashboard.
    pub scopes: Vec<String>,
}

/// How `expires_in` is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExpiresIn {
    /// The remaining seconds; left out for a token that does not expire.
    #[default]
    True,
    /// Left out.
    Absent,
    /// This number, true or not.
    Fixed(i64),
    /// This text, which is not a number.
    Text(&'static str),
}

/// Ways in which the tenant departs from the strict default.
#[derive(Debug, Clone, Default)]
pub struct Switches {
    /// Does not enforce `jti`, `audit_context`, `ip_allowlist` and `grants`, as the real service may not on every tenant.
    pub lenient: bool,
    /// How `expires_in` is answered.
    pub expires_in: ExpiresIn,
    /// Leaves `scope` out.
    pub drop_scope: bool,
    /// Separates scopes by commas, as GitHub writes them.
    pub comma_scopes: bool,
    /// Answers this `issued_token_type` instead of the requested one.
    pub issued_token_type: Option<String>,
    /// Refuses every token request with 429 until this time, Unix milliseconds.
    pub rate_limited_until_ms: Option<i64>,
    /// How many more refreshes the provider refuses; `u32::MAX` for ever.
    pub refresh_failures: u32,
    /// Adds fields that are not documented.
    pub unknown_fields: bool,
    /// The tenant's multi-factor policy is *Always*.
    pub mfa_always: bool,
    /// The privileged worker exchange is not switched on for the tenant.
    pub feature_off: bool,
    /// Accounts whose provider gave no refresh token are treated as not connected.
    pub refuse_without_refresh_token: bool,
    /// How many seconds in the future `iat` may lie. Undocumented for subject tokens.
    pub skew_s: i64,
    /// The person in the browser says no at the next login or connection.
    pub consent_denied: bool,
    /// Other status and `error` for a refusal than the default of [`Refusal::answer`].
    pub answers: BTreeMap<Refusal, (u16, &'static str)>,
}

/// One entry of the tenant log: `seta` (success) or `feta` (failure).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// When, Unix milliseconds of the tenant's clock.
    pub at: i64,
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

/// A token for the My Account API.
#[derive(Debug, Clone)]
pub(crate) struct AccountToken {
    pub(crate) client_id: String,
    pub(crate) user_id: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) until_ms: i64,
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

/// Everything the tenant remembers.
#[derive(Debug, Default)]
pub(crate) struct Tenant {
    pub(crate) clients: BTreeMap<String, Client>,
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) connections: BTreeMap<String, Connection>,
    pub(crate) browser_user: Option<String>,
    pub(crate) default_plan: Option<TokenPlan>,
    pub(crate) seen_jti: BTreeSet<(String, &'static str, String)>,
    pub(crate) codes: BTreeMap<String, LoginCode>,
    pub(crate) account_tokens: BTreeMap<String, AccountToken>,
    pub(crate) tickets: BTreeMap<String, Ticket>,
    pub(crate) exchanges: Vec<Exchange>,
    pub(crate) switches: Switches,
}

/// True when `entry` (an address, or a range in CIDR notation) covers `peer`.
pub(crate) fn covers(entry: &str, peer: IpAddr) -> bool {
    let peer = peer.to_canonical();
    let (net, bits) = entry
        .split_once('/')
        .map_or((entry, None), |(net, bits)| (net, Some(bits)));
    let Ok(net) = net.parse::<IpAddr>() else {
        return false;
    };
    let width = if net.is_ipv4() { 32 } else { 128 };
    let Ok(bits) = bits.map_or(Ok(width), str::parse::<u32>) else {
        return false;
    };
    let (net, peer) = match (net, peer) {
        (IpAddr::V4(net), IpAddr::V4(peer)) => {
            (u128::from(u32::from(net)), u128::from(u32::from(peer)))
        }
        (IpAddr::V6(net), IpAddr::V6(peer)) => (u128::from(net), u128::from(peer)),
        _ => return false,
    };
    bits <= width && (bits == 0 || (net >> (width - bits)) == (peer >> (width - bits)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allow_list_entries_cover_addresses_and_ranges() {
        let peer = "10.1.2.3".parse().expect("address");
        assert!(
            covers("10.1.2.3", peer) && covers("10.1.0.0/16", peer) && covers("0.0.0.0/0", peer)
        );
        assert!(
            !covers("10.1.2.4", peer) && !covers("10.2.0.0/16", peer) && !covers("nonsense", peer)
        );
        assert!(!covers("10.1.2.3/33", peer) && !covers("::/0", peer));
        assert!(covers(
            "2001:db8::/32",
            "2001:db8::7".parse().expect("address")
        ));
        assert!(covers(
            "127.0.0.1",
            "::ffff:127.0.0.1".parse().expect("address")
        ));
    }
}
