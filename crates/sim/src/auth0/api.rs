//! The APIs (resource servers) of the tenant, and which client may have tokens for them.

use serde_json::{Map, Value};

use super::client::ACCOUNT_SCOPES;
use super::state::Tenant;

/// Whether tokens for an API are given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Policy {
    /// Only within a client grant.
    Grant,
    /// Always.
    All,
    /// Never.
    None,
}

impl Policy {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Grant => "require_client_grant",
            Self::All => "allow_all",
            Self::None => "deny_all",
        }
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        [Self::Grant, Self::All, Self::None]
            .into_iter()
            .find(|policy| policy.name() == text)
    }
}

/// For whom a client asks: for itself, or for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    Client,
    User,
}

impl Subject {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::User => "user",
        }
    }
}

/// A resource server.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    pub(crate) id: String,
    pub(crate) identifier: String,
    pub(crate) name: String,
    /// Part of Auth0 itself; cannot be deleted.
    pub(crate) system: bool,
    /// Value and description.
    pub(crate) scopes: Vec<(String, String)>,
    pub(crate) for_users: Policy,
    pub(crate) for_clients: Policy,
    /// All other settings, as the Management API was given them.
    pub(crate) settings: Map<String, Value>,
}

/// A client grant.
#[derive(Debug, Clone)]
pub(crate) struct ClientGrant {
    pub(crate) id: String,
    pub(crate) client_id: String,
    pub(crate) audience: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) subject: Subject,
}

/// Scopes of the Management API that anything here asks for. Others are dropped from a request, as the service does with
/// scopes an API does not have.
pub(crate) const MANAGEMENT_SCOPES: [&str; 37] = [
    "read:clients",
    "create:clients",
    "update:clients",
    "delete:clients",
    "read:client_keys",
    "update:client_keys",
    "create:client_credentials",
    "read:client_credentials",
    "update:client_credentials",
    "delete:client_credentials",
    "create:client_token_vault_privileged_access",
    "read:client_token_vault_privileged_access",
    "update:client_token_vault_privileged_access",
    "delete:client_token_vault_privileged_access",
    "read:client_grants",
    "create:client_grants",
    "update:client_grants",
    "delete:client_grants",
    "read:connections",
    "create:connections",
    "update:connections",
    "delete:connections",
    "read:connections_keys",
    "read:resource_servers",
    "create:resource_servers",
    "update:resource_servers",
    "delete:resource_servers",
    "read:users",
    "update:users",
    "read:tenant_settings",
    "update:tenant_settings",
    "read:mfa_policies",
    "update:mfa_policies",
    "read:guardian_factors",
    "update:guardian_factors",
    "read:logs",
    "read:logs_users",
];

impl Api {
    /// The Management API, which every tenant has.
    pub(crate) fn management(id: String, tenant_url: &str) -> Self {
        Self {
            id,
            identifier: format!("{tenant_url}api/v2/"),
            name: "Auth0 Management API".into(),
            system: true,
            scopes: named(&MANAGEMENT_SCOPES),
            for_users: Policy::All,
            for_clients: Policy::Grant,
            settings: Map::new(),
        }
    }

    /// The My Account API, which a tenant has from the moment somebody activates it.
    pub(crate) fn my_account(id: String, tenant_url: &str) -> Self {
        Self {
            id,
            identifier: format!("{tenant_url}me/"),
            name: "Auth0 My Account API".into(),
            system: true,
            scopes: named(&ACCOUNT_SCOPES),
            for_users: Policy::Grant,
            for_clients: Policy::None,
            settings: Map::new(),
        }
    }

    pub(crate) fn policy(&self, subject: Subject) -> Policy {
        match subject {
            Subject::Client => self.for_clients,
            Subject::User => self.for_users,
        }
    }
}

fn named(scopes: &[&str]) -> Vec<(String, String)> {
    scopes
        .iter()
        .map(|scope| ((*scope).to_owned(), String::new()))
        .collect()
}

impl Tenant {
    /// The API with this identifier.
    pub(crate) fn api(&self, audience: &str) -> Option<&Api> {
        self.apis.iter().find(|api| api.identifier == audience)
    }

    /// What a client may have of an API, for itself or for a person; none when it may have no token at all.
    pub(crate) fn reach(
        &self,
        client_id: &str,
        audience: &str,
        subject: Subject,
    ) -> Option<Vec<String>> {
        let api = self.api(audience)?;
        let defined = || api.scopes.iter().map(|(value, _)| value.clone()).collect();
        match api.policy(subject) {
            Policy::None => None,
            Policy::All => Some(defined()),
            Policy::Grant => self
                .client_grants
                .iter()
                .find(|grant| {
                    grant.client_id == client_id
                        && grant.audience == audience
                        && grant.subject == subject
                })
                .map(|grant| grant.scopes.clone()),
        }
    }
}
