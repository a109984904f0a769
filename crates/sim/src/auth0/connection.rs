//! A connection of the tenant: a provider of identities, and perhaps of tokens for the vault.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// A connection of the tenant.
#[derive(Debug, Clone)]
pub struct Connection {
    /// `connected_accounts.active`
    pub active: bool,
    /// `authentication.active`: people may log in by it.
    pub authentication: bool,
    /// Clients for which it is switched on.
    pub enabled_for: BTreeSet<String>,
    /// Clients for which it is switched off, whatever else is said.
    pub disabled_for: BTreeSet<String>,
    /// On for every client that is not in `disabled_for`, as a story likes it. No connection made by the Management API is.
    pub open: bool,
    /// Scopes chosen in the dashboard.
    pub scopes: Vec<String>,
    /// `con_…`
    pub(crate) id: String,
    pub(crate) strategy: String,
    /// `options` without the scopes.
    pub(crate) options: Map<String, Value>,
    /// All other settings, as the Management API was given them.
    pub(crate) settings: Map<String, Value>,
}

impl Connection {
    /// A connection with the Token Vault purpose and keys of its own, on for every client.
    pub(crate) fn open(id: String, name: &str, scopes: &[&str]) -> Self {
        let mut options = Map::new();
        options.insert("client_id".into(), json!("Ov23liSimulated"));
        options.insert("client_secret".into(), json!("a provider's secret"));
        Self {
            active: true,
            authentication: true,
            enabled_for: BTreeSet::new(),
            disabled_for: BTreeSet::new(),
            open: true,
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            id,
            strategy: name.to_owned(),
            options,
            settings: Map::new(),
        }
    }

    /// True when the client may use it for anything.
    pub(crate) fn enabled(&self, client_id: &str) -> bool {
        !self.disabled_for.contains(client_id)
            && (self.open || self.enabled_for.contains(client_id))
    }

    /// True when it has the owner's own keys at the provider. Without them Auth0 lends its developer keys, which are good for
    /// a login and not for the vault.
    pub(crate) fn has_keys(&self) -> bool {
        ["client_id", "client_secret"].iter().all(
            |name| matches!(self.options.get(*name), Some(Value::String(text)) if !text.is_empty()),
        )
    }

    /// Switches it on or off for a client.
    pub(crate) fn enable(&mut self, client_id: &str, on: bool) {
        let (into, out_of) = if on {
            (&mut self.enabled_for, &mut self.disabled_for)
        } else {
            (&mut self.disabled_for, &mut self.enabled_for)
        };
        into.insert(client_id.to_owned());
        out_of.remove(client_id);
    }
}
