//! The applications of the tenant: how they prove who they are, what they may, which keys they have.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::key::Credential;

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
    /// Scopes of the My Account API for which the client gets a grant when it is added to a tenant.
    pub account_scopes: BTreeSet<String>,
    /// Every key registered, whether a slot uses it or not. The slots hold copies; [`Client::settle`] keeps them equal.
    pub(crate) pool: Vec<Credential>,
    /// The client secret, kept while another method hides it.
    pub(crate) secret: Option<String>,
    /// All other settings, as the Management API was given them.
    pub(crate) settings: Map<String, Value>,
}

/// The grant of the Token Vault exchange.
pub const VAULT_GRANT: &str =
    "urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token";

/// The grant of the device authorization flow.
pub const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// The grant of client-initiated backchannel authentication.
pub const CIBA_GRANT: &str = "urn:openid:params:grant-type:ciba";

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
            pool: Vec::new(),
            secret: None,
            settings: Map::new(),
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

    /// The same client, able to ask its user on the phone (CIBA), by push and by e-mail.
    #[must_use]
    pub fn with_ciba(mut self) -> Self {
        self.grant_types.insert(CIBA_GRANT.to_owned());
        self.settings.insert(
            "async_approval_notification_channels".into(),
            serde_json::json!(["guardian-push", "email"]),
        );
        self
    }

    /// The same client, able to renew what a person agreed to.
    #[must_use]
    pub fn with_refresh(mut self) -> Self {
        self.grant_types.insert("refresh_token".to_owned());
        self
    }

    /// A public client with which a person signs in on another device.
    #[must_use]
    pub fn native(id: &str) -> Self {
        let mut client = Self::new(id, ClientAuth::None);
        client.grant_types.insert(DEVICE_GRANT.to_owned());
        client.settings.insert("app_type".into(), "native".into());
        client
    }

    /// Every key that it has, whether a slot uses it or not.
    #[must_use]
    pub fn keys(&self) -> &[Credential] {
        &self.pool
    }

    /// Its name in the dashboard.
    pub fn set_name(&mut self, name: &str) {
        self.settings.insert("name".into(), name.into());
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

    /// Takes the slots as the truth: what they hold and the pool does not know is registered under an id, and what was
    /// changed in a slot is changed in the pool.
    pub(crate) fn settle(&mut self, new_id: impl Fn() -> String, now_ms: i64) {
        let pool = &mut self.pool;
        let mut slots: Vec<&mut Vec<Credential>> = Vec::new();
        if let ClientAuth::PrivateKeyJwt(keys) = &mut self.auth {
            slots.push(keys);
        }
        if let Some(privileged) = &mut self.privileged {
            slots.push(&mut privileged.credentials);
        }
        for key in slots.into_iter().flatten() {
            match pool.iter_mut().find(|known| known.kid == key.kid) {
                Some(known) => {
                    let (id, created) = (known.id.clone(), known.created_at_ms);
                    *known = key.clone();
                    (known.id, known.created_at_ms) = (id, created);
                    *key = known.clone();
                }
                None => {
                    key.id = new_id();
                    key.created_at_ms = now_ms;
                    pool.push(key.clone());
                }
            }
        }
        if let ClientAuth::Secret(secret) = &self.auth {
            self.secret = Some(secret.clone());
        }
    }

    /// Copies a key of the pool into the slots that hold it.
    pub(crate) fn spread(&mut self, key: &Credential) {
        let slots = self
            .privileged
            .iter_mut()
            .flat_map(|privileged| &mut privileged.credentials);
        let auth = match &mut self.auth {
            ClientAuth::PrivateKeyJwt(keys) => keys.as_mut_slice(),
            ClientAuth::None | ClientAuth::Secret(_) => &mut [],
        };
        for held in slots.chain(auth).filter(|held| held.id == key.id) {
            *held = key.clone();
        }
    }

    /// True when the owner switched the confirmation of loopback callbacks off.
    pub(crate) fn skips_page(&self) -> bool {
        self.settings
            .get("skip_non_verifiable_callback_uri_confirmation_prompt")
            .is_some_and(|skip| *skip == Value::Bool(true))
    }

    /// True while a slot holds the key.
    pub(crate) fn uses(&self, credential_id: &str) -> bool {
        let auth = match &self.auth {
            ClientAuth::PrivateKeyJwt(keys) => keys.as_slice(),
            ClientAuth::None | ClientAuth::Secret(_) => &[],
        };
        let slot = self.privileged.iter().flat_map(|slot| &slot.credentials);
        auth.iter().chain(slot).any(|key| key.id == credential_id)
    }
}
