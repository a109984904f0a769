//! The words a story has for the tenant's applications: their settings, keys, grants, and tokens for the Management API.

use super::api::{ClientGrant, Subject};
use super::flows::AccessToken;
use super::{Auth0, Client, ClientAuth, Credential, Grant, PrivilegedAccess};
use crate::lock;

impl Auth0 {
    /// Registers an application, replacing one of the same id. Its `account_scopes` become a client grant for the My Account
    /// API.
    pub fn add_client(&self, mut client: Client) {
        let mut tenant = lock(&self.shared.tenant);
        let audience = format!("{}me/", self.shared.tenant_url());
        let scopes: Vec<String> = std::mem::take(&mut client.account_scopes)
            .into_iter()
            .collect();
        tenant
            .client_grants
            .retain(|grant| grant.client_id != client.id);
        if !scopes.is_empty() {
            tenant.client_grants.push(ClientGrant {
                id: self.shared.id("cgr"),
                client_id: client.id.clone(),
                audience,
                scopes,
                subject: Subject::User,
            });
        }
        client.settle(|| self.shared.id("cred"), self.shared.rim.now());
        tenant.clients.insert(client.id.clone(), client);
    }

    /// Changes an application in place. Unknown ids are ignored.
    pub fn change_client(&self, client_id: &str, change: impl FnOnce(&mut Client)) {
        if let Some(client) = lock(&self.shared.tenant).clients.get_mut(client_id) {
            change(client);
            client.settle(|| self.shared.id("cred"), self.shared.rim.now());
        }
    }

    /// The application as it stands; none for an unknown id.
    #[must_use]
    pub fn client(&self, client_id: &str) -> Option<Client> {
        lock(&self.shared.tenant).clients.get(client_id).cloned()
    }

    /// Ids of the applications, in order.
    #[must_use]
    pub fn client_ids(&self) -> Vec<String> {
        lock(&self.shared.tenant).clients.keys().cloned().collect()
    }

    /// A token for the Management API with these scopes, as the dashboard's API explorer hands it out for a day.
    #[must_use]
    pub fn management_token(&self, scopes: &[&str]) -> String {
        let token = self.shared.seed.letters(64);
        let held = AccessToken {
            client_id: "api-explorer".to_owned(),
            user_id: None,
            audience: format!("{}api/v2/", self.shared.tenant_url()),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            until_ms: self.shared.rim.now() + 86_400_000,
        };
        lock(&self.shared.tenant)
            .access_tokens
            .insert(token.clone(), held);
        token
    }

    /// Replaces `token_vault_privileged_access.grants`: connection and scopes. Empty refuses every exchange.
    pub fn set_grants(&self, client_id: &str, grants: &[(&str, &[&str])]) {
        let grants = grants
            .iter()
            .map(|(connection, scopes)| Grant {
                connection: (*connection).to_owned(),
                scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            })
            .collect();
        self.change_privileged(client_id, |privileged| privileged.grants = grants);
    }

    /// Replaces `token_vault_privileged_access.ip_allowlist`. Empty refuses every exchange.
    pub fn set_ip_allowlist(&self, client_id: &str, entries: &[&str]) {
        let entries = entries.iter().map(|entry| (*entry).to_owned()).collect();
        self.change_privileged(client_id, |privileged| privileged.ip_allowlist = entries);
    }

    /// Deletes a key of the client, wherever it stands.
    pub fn delete_key(&self, client_id: &str, kid: &str) {
        self.change_client(client_id, |client| {
            if let ClientAuth::PrivateKeyJwt(keys) = &mut client.auth {
                keys.retain(|key| key.kid != kid);
            }
            if let Some(privileged) = &mut client.privileged {
                privileged.credentials.retain(|key| key.kid != kid);
            }
            client.pool.retain(|key| key.kid != kid);
        });
    }

    /// Adds a key to the client's privileged slot, and to its authentication if that is by `private_key_jwt`.
    pub fn add_key(&self, client_id: &str, key: &Credential) {
        self.change_client(client_id, |client| {
            if let ClientAuth::PrivateKeyJwt(keys) = &mut client.auth {
                keys.push(key.clone());
            }
            if let Some(privileged) = &mut client.privileged {
                privileged.credentials.push(key.clone());
            }
        });
    }

    fn change_privileged(&self, client_id: &str, change: impl FnOnce(&mut PrivilegedAccess)) {
        self.change_client(client_id, |client| {
            change(client.privileged.get_or_insert_default())
        });
    }
}
