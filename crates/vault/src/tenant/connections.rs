//! Connections: the way to GitHub, and to whatever the owner logs in with.

use reqwest::Method;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::error::Feature;
use super::{Management, TenantError};
use crate::prompt::EnteredSecret;

/// What is read of a connection. `options` holds the provider's secret; of it two words are kept.
const FIELDS: &str = "id,name,strategy,options,authentication,connected_accounts";

/// A connection as the tenant has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Connection {
    /// `con_…`
    pub id: String,
    /// Its name, by which exchanges ask for it.
    #[serde(default)]
    pub name: String,
    /// `github`, `auth0`, …
    #[serde(default)]
    pub strategy: String,
    #[serde(default)]
    options: Options,
    #[serde(default)]
    authentication: Option<Purpose>,
    #[serde(default)]
    connected_accounts: Option<Purpose>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
struct Options {
    #[serde(default)]
    client_id: Option<String>,
    #[serde(default)]
    scope: Option<Scopes>,
}

/// A list, or one text with blanks, as older connections have it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Scopes {
    List(Vec<String>),
    Text(String),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
struct Purpose {
    #[serde(default)]
    active: bool,
}

/// A connection that is to be made.
#[derive(Clone, Debug)]
pub struct NewConnection<'a> {
    /// Its name.
    pub name: &'a str,
    /// `github`
    pub strategy: &'a str,
    /// The provider's id for the owner's application there.
    pub client_id: &'a str,
    /// What is asked of the provider.
    pub scopes: &'a [String],
    /// Whether people may log in by it.
    pub login: bool,
}

impl Connection {
    /// Whether people may log in by it.
    #[must_use]
    pub fn for_login(&self) -> bool {
        // Absent in tenants that have not met purposes yet: then it is for logging in.
        self.authentication.as_ref().is_none_or(|p| p.active)
    }

    /// Whether Token Vault may keep accounts of it.
    #[must_use]
    pub fn for_token_vault(&self) -> bool {
        self.connected_accounts.as_ref().is_some_and(|p| p.active)
    }

    /// The owner's application at the provider; none: Auth0's own developer keys, which do not do here.
    #[must_use]
    pub fn provider_client_id(&self) -> Option<&str> {
        self.options
            .client_id
            .as_deref()
            .filter(|id| !id.is_empty())
    }

    /// What is asked of the provider.
    #[must_use]
    pub fn scopes(&self) -> Vec<String> {
        match &self.options.scope {
            None => Vec::new(),
            Some(Scopes::List(list)) => list.clone(),
            Some(Scopes::Text(text)) => text
                .split([' ', ','])
                .filter(|s| !s.is_empty())
                .map(ToOwned::to_owned)
                .collect(),
        }
    }
}

#[derive(Deserialize)]
struct Enabled {
    #[serde(default)]
    clients: Vec<EnabledClient>,
    #[serde(default)]
    next: Option<String>,
}

#[derive(Deserialize)]
struct EnabledClient {
    client_id: String,
}

impl Management {
    /// Every connection of the tenant.
    ///
    /// # Errors
    /// See [`TenantError`].
    pub async fn connections(&self) -> Result<Vec<Connection>, TenantError> {
        let query = [("fields", FIELDS), ("include_fields", "true")];
        self.list("reading the connections", "connections", &query)
            .await
    }

    /// Makes a connection with the owner's own application at the provider, for Token Vault.
    ///
    /// # Errors
    /// See [`TenantError`]; after [`TenantError::Network`] it may have been made.
    pub async fn create_connection(
        &self,
        new: &NewConnection<'_>,
        provider_secret: &EnteredSecret,
    ) -> Result<Connection, TenantError> {
        const STEP: &str = "creating the connection";
        let secret = provider_secret.secret().expose_secret();
        let body = json!({
            "name": new.name,
            "strategy": new.strategy,
            "options": {
                "client_id": new.client_id,
                "client_secret": secret,
                "scope": new.scopes,
            },
            "authentication": { "active": new.login },
            "connected_accounts": { "active": true },
        });
        self.write_secret(
            STEP,
            Feature::ConnectedAccounts,
            Method::POST,
            "connections",
            &body,
            secret,
        )
        .await?
        .read(STEP)
    }

    /// Gives a connection the purpose of Token Vault; everything else of it stays.
    ///
    /// # Errors
    /// See [`TenantError`].
    pub async fn activate_token_vault(&self, connection_id: &str) -> Result<(), TenantError> {
        let body = json!({ "connected_accounts": { "active": true } });
        self.write(
            "switching on connected accounts for Token Vault",
            Feature::ConnectedAccounts,
            Method::PATCH,
            &path(connection_id),
            &body,
        )
        .await
        .map(drop)
    }

    /// Puts the owner's own application at the provider, and what is asked of it, among a connection's
    /// options. The API replaces them all, so they are read first and sent back whole.
    ///
    /// # Errors
    /// See [`TenantError`].
    pub async fn set_provider(
        &self,
        connection_id: &str,
        client_id: &str,
        provider_secret: &EnteredSecret,
        scopes: &[String],
    ) -> Result<(), TenantError> {
        #[derive(Deserialize)]
        struct Whole {
            #[serde(default)]
            options: Map<String, Value>,
        }
        let found: Whole = self
            .get("reading the connection", &path(connection_id), &[])
            .await?;
        let mut options = found.options;
        options.insert("client_id".into(), json!(client_id));
        let secret = provider_secret.secret().expose_secret();
        options.insert("client_secret".into(), json!(secret));
        options.insert("scope".into(), json!(scopes));
        self.write_secret(
            "giving the connection your application at the provider",
            Feature::Other,
            Method::PATCH,
            &path(connection_id),
            &json!({ "options": options }),
            secret,
        )
        .await
        .map(drop)
    }

    /// The applications a connection is switched on for.
    ///
    /// # Errors
    /// See [`TenantError`].
    pub async fn enabled_clients(&self, connection_id: &str) -> Result<Vec<String>, TenantError> {
        const STEP: &str = "reading which applications have the connection";
        let mut all = Vec::new();
        let mut from: Option<String> = None;
        for _ in 0..100 {
            let mut query = vec![("take", "100")];
            if let Some(from) = &from {
                query.push(("from", from));
            }
            let path = format!("{}/clients", path(connection_id));
            let part: Enabled = self.get(STEP, &path, &query).await?;
            all.extend(part.clients.into_iter().map(|client| client.client_id));
            from = part.next;
            if from.is_none() {
                return Ok(all);
            }
        }
        Err(TenantError::Odd {
            step: STEP,
            reason: "the list does not end".to_owned(),
        })
    }

    /// Switches a connection on for applications.
    ///
    /// # Errors
    /// See [`TenantError`].
    pub async fn enable_clients(
        &self,
        connection_id: &str,
        client_ids: &[String],
    ) -> Result<(), TenantError> {
        let body: Vec<Value> = client_ids
            .iter()
            .map(|id| json!({ "client_id": id, "status": true }))
            .collect();
        self.write(
            "switching the connection on for the applications",
            Feature::Other,
            Method::PATCH,
            &format!("{}/clients", path(connection_id)),
            &json!(body),
        )
        .await
        .map(drop)
    }
}

fn path(connection_id: &str) -> String {
    format!("connections/{}", super::insight::segment(connection_id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_read_and_its_secret_is_not() {
        let found: Connection = serde_json::from_value(json!({
            "id": "con_1", "name": "github", "strategy": "github",
            "options": {"client_id": "Iv1", "client_secret": "hunter2", "scope": "repo, read:user"},
            "connected_accounts": {"active": true}
        }))
        .expect("a connection");
        assert!(!format!("{found:?}").contains("hunter2"));
        assert_eq!(found.scopes(), ["repo", "read:user"]);
        assert_eq!(found.provider_client_id(), Some("Iv1"));
        assert!(found.for_login() && found.for_token_vault());
    }
}
