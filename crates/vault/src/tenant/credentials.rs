//! The keys that an application is known by.

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::error::Feature;
use super::{Management, TenantError};

/// A registered public key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Credential {
    /// `cred_…`
    pub id: String,
    /// RFC 7638 thumbprint, unless another was given.
    #[serde(default)]
    pub kid: Option<String>,
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// `RS256`, …
    #[serde(default)]
    pub alg: Option<String>,
    /// RFC 3339.
    #[serde(default)]
    pub created_at: Option<String>,
    /// RFC 3339; absent: no end.
    #[serde(default)]
    pub expires_at: Option<String>,
}

impl Management {
    /// The keys of an application.
    ///
    /// # Errors
    /// See [`TenantError`].
    pub async fn credentials(&self, client_id: &str) -> Result<Vec<Credential>, TenantError> {
        self.get("reading the application's keys", &pool(client_id), &[])
            .await
    }

    /// Registers a public key (SPKI, PEM) with an application; no slot uses it yet.
    ///
    /// # Errors
    /// See [`TenantError`].
    pub async fn create_credential(
        &self,
        client_id: &str,
        name: &str,
        pem: &str,
    ) -> Result<Credential, TenantError> {
        const STEP: &str = "registering the key";
        let body =
            json!({ "name": name, "credential_type": "public_key", "alg": "RS256", "pem": pem });
        self.write(
            STEP,
            Feature::PrivateKeyJwt,
            Method::POST,
            &pool(client_id),
            &body,
        )
        .await?
        .read(STEP)
    }

    /// Takes a key from an application. One that a slot uses stays, with an error.
    ///
    /// # Errors
    /// See [`TenantError`].
    pub async fn delete_credential(&self, client_id: &str, id: &str) -> Result<(), TenantError> {
        const STEP: &str = "removing the key";
        let path = format!("{}/{}", pool(client_id), super::insight::segment(id));
        let request = self.request(Method::DELETE, &path, &[])?;
        self.send(STEP, Feature::Other, super::call::Repeat::Safely, request)
            .await
            .map(drop)
    }
}

fn pool(client_id: &str) -> String {
    format!("clients/{}/credentials", super::insight::segment(client_id))
}
