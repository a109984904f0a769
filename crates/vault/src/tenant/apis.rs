//! APIs ("resource servers") and which application may have tokens for them.

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::error::Feature;
use super::{Management, TenantError};

/// An API of the tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Api {
    /// Its id in the tenant.
    pub id: String,
    /// Its audience.
    #[serde(default)]
    pub identifier: String,
    /// Its name.
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    subject_type_authorization: Option<Subjects>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
struct Subjects {
    #[serde(default)]
    user: Option<Policy>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
struct Policy {
    #[serde(default)]
    policy: Option<String>,
}

impl Api {
    /// Whether an application gets no token for a person at all (`deny_all`).
    #[must_use]
    pub fn denies_users(&self) -> bool {
        let user = self.subject_type_authorization.as_ref();
        user.and_then(|s| s.user.as_ref()?.policy.as_deref()) == Some("deny_all")
    }
}

/// An API that is to be made.
#[derive(Clone, Debug)]
pub struct NewApi<'a> {
    /// Its audience.
    pub identifier: &'a str,
    /// Its name.
    pub name: &'a str,
    /// What may be asked of it.
    pub scopes: &'a [&'a str],
}

/// For whom an application has tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectType {
    /// For itself.
    Client,
    /// For a person who logged in.
    User,
}

/// What an application may ask of an API.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ClientGrant {
    /// `cgr_…`
    pub id: String,
    /// The application.
    pub client_id: String,
    /// The API.
    pub audience: String,
    /// The scopes.
    #[serde(default)]
    pub scope: Vec<String>,
    /// Absent: for itself.
    #[serde(default = "for_itself")]
    pub subject_type: SubjectType,
}

fn for_itself() -> SubjectType {
    SubjectType::Client
}

/// A grant that is to be made, for people.
#[derive(Clone, Debug)]
pub struct NewGrant<'a> {
    /// The application.
    pub client_id: &'a str,
    /// The API.
    pub audience: &'a str,
    /// The scopes.
    pub scopes: &'a [&'a str],
}

impl Management {
    /// Every API of the tenant.
    ///
    /// # Errors
    /// See [`TenantError`].
    pub async fn apis(&self) -> Result<Vec<Api>, TenantError> {
        self.list("reading the APIs", "resource-servers", &[]).await
    }

    /// Makes an API whose tokens are given to people within a client grant, and to no application for
    /// itself. That the My Account API can be activated so is reported, not documented.
    ///
    /// # Errors
    /// See [`TenantError`]; any refusal means that it has to be activated by hand.
    pub async fn create_api(&self, new: &NewApi<'_>) -> Result<(), TenantError> {
        let scopes: Vec<_> = new.scopes.iter().map(|s| json!({ "value": s })).collect();
        let body = json!({
            "name": new.name,
            "identifier": new.identifier,
            "scopes": scopes,
            "subject_type_authorization": {
                "user": { "policy": "require_client_grant" },
                "client": { "policy": "deny_all" },
            },
        });
        let step = "activating the My Account API";
        let made = self
            .write(
                step,
                Feature::MyAccount,
                Method::POST,
                "resource-servers",
                &body,
            )
            .await;
        match made {
            Err(TenantError::Refused { message, .. }) => Err(TenantError::Feature {
                step,
                feature: Feature::MyAccount,
                message,
                remedy: Feature::MyAccount.remedy(),
            }),
            other => other.map(drop),
        }
    }

    /// What an application may ask of an API.
    ///
    /// # Errors
    /// See [`TenantError`].
    pub async fn client_grants(
        &self,
        client_id: &str,
        audience: &str,
    ) -> Result<Vec<ClientGrant>, TenantError> {
        let query = [("client_id", client_id), ("audience", audience)];
        self.list("reading the client grants", "client-grants", &query)
            .await
    }

    /// Grants an application tokens for people who log in.
    ///
    /// # Errors
    /// See [`TenantError`].
    pub async fn create_client_grant(
        &self,
        new: &NewGrant<'_>,
    ) -> Result<ClientGrant, TenantError> {
        const STEP: &str = "granting the login application the My Account API";
        let body = json!({
            "client_id": new.client_id,
            "audience": new.audience,
            "scope": new.scopes,
            "subject_type": "user",
        });
        self.write(
            STEP,
            Feature::MyAccount,
            Method::POST,
            "client-grants",
            &body,
        )
        .await?
        .read(STEP)
    }

    /// Sets the scopes of a grant.
    ///
    /// # Errors
    /// See [`TenantError`].
    pub async fn change_client_grant(
        &self,
        id: &str,
        scopes: &[String],
    ) -> Result<(), TenantError> {
        self.write(
            "changing the client grant",
            Feature::MyAccount,
            Method::PATCH,
            &format!("client-grants/{}", super::insight::segment(id)),
            &json!({ "scope": scopes }),
        )
        .await
        .map(drop)
    }
}
