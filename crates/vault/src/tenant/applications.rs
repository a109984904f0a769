//! Applications ("clients"): read without their secrets, made, changed. The secret of one goes from the
//! answer into its file, and nowhere else.

use std::collections::BTreeMap;
use std::path::Path;

use reqwest::Method;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::error::Feature;
use super::{Management, TenantError};
use crate::credential_store::{self, Existing, Stored};
use crate::prompt::EnteredSecret;

/// What is read of an application. Its secret and its signing keys are not asked for.
const FIELDS: &str = "client_id,name,app_type,is_first_party,oidc_conformant,token_endpoint_auth_method,client_authentication_methods,grant_types,jwt_configuration,callbacks,token_vault_privileged_access,client_metadata";

/// An application as the tenant has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Application {
    /// `client_id`
    pub client_id: String,
    /// Its name in the dashboard.
    #[serde(default)]
    pub name: String,
    /// `native`, `non_interactive`, …
    #[serde(default)]
    pub app_type: Option<String>,
    /// Whether it is the tenant owner's own.
    #[serde(default)]
    pub is_first_party: Option<bool>,
    /// Whether it follows OpenID Connect strictly; the API's default is false.
    #[serde(default)]
    pub oidc_conformant: Option<bool>,
    /// `none`, `client_secret_post`, `client_secret_basic`; null where a key is used.
    #[serde(default)]
    pub token_endpoint_auth_method: Option<String>,
    /// How it proves itself by a key.
    #[serde(default)]
    client_authentication_methods: Option<Methods>,
    /// What it may ask for at the token endpoint.
    #[serde(default)]
    pub grant_types: Vec<String>,
    #[serde(default)]
    jwt_configuration: Option<JwtConfiguration>,
    /// Addresses a browser may come back to, compared letter by letter.
    #[serde(default)]
    pub callbacks: Vec<String>,
    /// The privileged slot.
    #[serde(default)]
    pub token_vault_privileged_access: Option<PrivilegedAccess>,
    /// The owner's own words, such as our mark.
    #[serde(default)]
    pub client_metadata: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
struct Methods {
    #[serde(default)]
    private_key_jwt: Option<Slot>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
struct Slot {
    #[serde(default)]
    credentials: Vec<CredentialId>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
struct JwtConfiguration {
    #[serde(default)]
    alg: Option<String>,
}

/// `token_vault_privileged_access`, of which the API wants all three parts in every write.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivilegedAccess {
    /// One or two keys of the application.
    #[serde(default)]
    pub credentials: Vec<CredentialId>,
    /// Addresses and ranges; empty: every exchange is refused.
    #[serde(default)]
    pub ip_allowlist: Vec<String>,
    /// Connections and scopes; empty: every exchange is refused.
    #[serde(default)]
    pub grants: Vec<VaultGrant>,
}

/// A key by its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialId {
    /// `cred_…`
    pub id: String,
}

/// What may be obtained through a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VaultGrant {
    /// The connection's name.
    pub connection: String,
    /// At least one.
    pub scopes: Vec<String>,
}

/// How an application proves itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authentication {
    /// It does not: a public client.
    Public,
    /// With its secret, in the form.
    ClientSecret,
    /// With these keys of its own (`cred_…`).
    PrivateKeyJwt(Vec<String>),
}

/// What an application is to be made with, or which of its settings are to change; `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApplicationBody {
    /// `name`
    pub name: Option<String>,
    /// `app_type`
    pub app_type: Option<&'static str>,
    /// `is_first_party` is set by the API itself and sent only when making one.
    pub is_first_party: Option<bool>,
    /// `oidc_conformant`
    pub oidc_conformant: Option<bool>,
    /// How it proves itself.
    pub authentication: Option<Authentication>,
    /// All of them.
    pub grant_types: Option<Vec<String>>,
    /// The algorithm of `jwt_configuration`, whose other parts stay.
    pub jwt_alg: Option<&'static str>,
    /// All of them.
    pub callbacks: Option<Vec<String>>,
    /// The privileged slot, whole.
    pub privileged: Option<PrivilegedAccess>,
    /// A key that is registered while the application is made, and put into the privileged slot: name
    /// and PEM.
    pub new_key: Option<(String, String)>,
    /// Marks to add; the others stay.
    pub metadata: BTreeMap<String, String>,
}

/// Of what comes back when one is made.
#[derive(Deserialize)]
struct Made {
    client_id: String,
}

impl Application {
    /// How it proves itself, if that is one of the ways we know.
    #[must_use]
    pub fn authentication(&self) -> Option<Authentication> {
        let keys = self
            .client_authentication_methods
            .as_ref()
            .and_then(|methods| methods.private_key_jwt.as_ref());
        if let Some(slot) = keys {
            let ids = slot.credentials.iter().map(|c| c.id.clone()).collect();
            return Some(Authentication::PrivateKeyJwt(ids));
        }
        match self.token_endpoint_auth_method.as_deref()? {
            "none" => Some(Authentication::Public),
            "client_secret_post" | "client_secret_basic" => Some(Authentication::ClientSecret),
            _ => None,
        }
    }

    /// The algorithm of its ID tokens.
    #[must_use]
    pub fn jwt_alg(&self) -> Option<&str> {
        self.jwt_configuration.as_ref()?.alg.as_deref()
    }
}

impl ApplicationBody {
    fn json(&self) -> Value {
        let mut body = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                body.insert(name.to_owned(), value);
            }
        };
        put("name", self.name.as_ref().map(|n| json!(n)));
        put("app_type", self.app_type.map(|t| json!(t)));
        put("is_first_party", self.is_first_party.map(|f| json!(f)));
        put("oidc_conformant", self.oidc_conformant.map(|o| json!(o)));
        put("grant_types", self.grant_types.as_ref().map(|g| json!(g)));
        put("callbacks", self.callbacks.as_ref().map(|c| json!(c)));
        put(
            "jwt_configuration",
            self.jwt_alg.map(|alg| json!({ "alg": alg })),
        );
        match &self.authentication {
            None => {}
            Some(Authentication::Public) => {
                put("token_endpoint_auth_method", Some(json!("none")));
            }
            Some(Authentication::ClientSecret) => {
                put(
                    "token_endpoint_auth_method",
                    Some(json!("client_secret_post")),
                );
            }
            Some(Authentication::PrivateKeyJwt(ids)) => {
                let ids: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
                put("token_endpoint_auth_method", Some(Value::Null));
                put(
                    "client_authentication_methods",
                    Some(json!({ "private_key_jwt": { "credentials": ids } })),
                );
            }
        }
        let mut slot = self.privileged.as_ref().map(|p| json!(p));
        if let Some((name, pem)) = &self.new_key {
            let key = json!([{ "name": name, "credential_type": "public_key", "alg": "RS256", "pem": pem }]);
            slot.get_or_insert_with(|| json!({ "ip_allowlist": [], "grants": [] }))["credentials"] =
                key;
        }
        put("token_vault_privileged_access", slot);
        if !self.metadata.is_empty() {
            put("client_metadata", Some(json!(self.metadata)));
        }
        Value::Object(body)
    }
}

impl Management {
    /// Every application of the tenant, without its secret.
    ///
    /// # Errors
    /// See [`TenantError`].
    pub async fn applications(&self) -> Result<Vec<Application>, TenantError> {
        let query = [("fields", FIELDS), ("include_fields", "true")];
        self.list("reading the applications", "clients", &query)
            .await
    }

    /// One application, without its secret.
    ///
    /// # Errors
    /// See [`TenantError`].
    pub async fn application(&self, client_id: &str) -> Result<Application, TenantError> {
        let query = [("fields", FIELDS), ("include_fields", "true")];
        self.get("reading the application", &path(client_id), &query)
            .await
    }

    /// Makes an application and says its id. Its secret is forgotten; see
    /// [`Management::store_client_secret`].
    ///
    /// # Errors
    /// See [`TenantError`]; after [`TenantError::Network`] it may have been made.
    pub async fn create_application(&self, body: &ApplicationBody) -> Result<String, TenantError> {
        const STEP: &str = "creating the application";
        let answer = self
            .write(
                STEP,
                Feature::PrivilegedWorker,
                Method::POST,
                "clients",
                &body.json(),
            )
            .await?;
        Ok(answer.read::<Made>(STEP)?.client_id)
    }

    /// Changes the settings that `body` names.
    ///
    /// # Errors
    /// See [`TenantError`].
    pub async fn change_application(
        &self,
        client_id: &str,
        body: &ApplicationBody,
    ) -> Result<(), TenantError> {
        let feature = match &body.authentication {
            Some(Authentication::PrivateKeyJwt(_)) => Feature::PrivateKeyJwt,
            _ => Feature::PrivilegedWorker,
        };
        let step = match feature {
            Feature::PrivateKeyJwt => "letting the application prove itself by its key",
            _ => "changing the application",
        };
        self.write(step, feature, Method::PATCH, &path(client_id), &body.json())
            .await
            .map(drop)
    }

    /// Fetches the secret of an application and puts it into the file `path`, mode 0600, unless another
    /// secret is in there.
    ///
    /// # Errors
    /// See [`TenantError`].
    pub async fn store_client_secret(
        &self,
        client_id: &str,
        file: &Path,
    ) -> Result<Stored, TenantError> {
        const STEP: &str = "fetching the application's secret";
        let query = [("fields", "client_secret"), ("include_fields", "true")];
        let found: WithSecret = self.get(STEP, &path(client_id), &query).await?;
        let Some(secret) = found.client_secret else {
            return Err(TenantError::Scope {
                step: STEP,
                missing: vec!["read:client_keys".to_owned()],
            });
        };
        let secret = EnteredSecret::from_answer(SecretString::from(secret));
        credential_store::store(file, &secret, Existing::Keep).map_err(|error| TenantError::Store {
            path: file.to_owned(),
            reason: error.to_string(),
        })
    }
}

#[derive(Deserialize)]
struct WithSecret {
    client_secret: Option<String>,
}

fn path(client_id: &str) -> String {
    format!("clients/{}", super::insight::segment(client_id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_of_a_worker_is_the_documented_one() {
        let body = ApplicationBody {
            name: Some("worker".into()),
            app_type: Some("non_interactive"),
            is_first_party: Some(true),
            oidc_conformant: Some(true),
            authentication: Some(Authentication::ClientSecret),
            grant_types: Some(vec!["g".into()]),
            jwt_alg: Some("RS256"),
            privileged: Some(PrivilegedAccess {
                credentials: Vec::new(),
                ip_allowlist: vec!["203.0.113.7".into()],
                grants: vec![VaultGrant {
                    connection: "github".into(),
                    scopes: vec!["repo".into()],
                }],
            }),
            new_key: Some(("k1".into(), "PEM".into())),
            ..ApplicationBody::default()
        };
        assert_eq!(
            body.json(),
            json!({
                "name": "worker", "app_type": "non_interactive", "is_first_party": true,
                "oidc_conformant": true, "token_endpoint_auth_method": "client_secret_post",
                "grant_types": ["g"], "jwt_configuration": {"alg": "RS256"},
                "token_vault_privileged_access": {
                    "credentials": [{"name": "k1", "credential_type": "public_key", "alg": "RS256", "pem": "PEM"}],
                    "ip_allowlist": ["203.0.113.7"],
                    "grants": [{"connection": "github", "scopes": ["repo"]}]
                }
            })
        );
    }

    #[test]
    fn an_application_is_read_and_its_secret_is_not() {
        let found: Application = serde_json::from_value(json!({
            "client_id": "a", "name": "n", "client_secret": "hunter2", "something_new": 1,
            "client_authentication_methods": {"private_key_jwt": {"credentials": [{"id": "cred_1"}]}},
            "token_endpoint_auth_method": null,
            "jwt_configuration": {"alg": "RS256", "lifetime_in_seconds": 36000}
        }))
        .expect("an application");
        assert!(!format!("{found:?}").contains("hunter2"));
        assert_eq!(
            found.authentication(),
            Some(Authentication::PrivateKeyJwt(vec!["cred_1".into()]))
        );
        assert_eq!(found.jwt_alg(), Some("RS256"));
    }
}
