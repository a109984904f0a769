//! Is there a tenant at this address, and does it call itself what we will call it?

use std::sync::Arc;

use clock::{Clock, UnixMillis};
use serde::Deserialize;
use url::Url;

use super::TenantError;
use super::call;
use crate::http_client::{self, PATIENCE, Reuse, Role};
use crate::settings::check_url;
use crate::vault::endpoint;

/// Where a tenant is.
#[derive(Clone, Debug)]
pub struct TenantAddress {
    /// Such as `https://acme.eu.auth0.com/`.
    pub base: Url,
    /// What we call ourselves.
    pub user_agent: String,
    /// Allows plain http to this machine. For tests and the demo.
    pub allow_insecure_loopback: bool,
}

/// A tenant that answered.
#[derive(Clone)]
pub struct Tenant {
    pub(super) base: Url,
    pub(super) http: reqwest::Client,
    pub(super) clock: Arc<dyn Clock>,
    /// `device_authorization_endpoint` is among what it offers.
    device: bool,
}

impl std::fmt::Debug for Tenant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tenant")
            .field("base", &self.base.as_str())
            .finish_non_exhaustive()
    }
}

/// The few words of the discovery document that matter here.
#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    device_authorization_endpoint: Option<String>,
}

impl Tenant {
    /// Asks the address for its discovery document (OpenID Connect Discovery 1.0, §4).
    ///
    /// # Errors
    /// Nobody answers, or it is no Auth0 tenant of that name.
    pub async fn reach(address: TenantAddress, clock: Arc<dyn Clock>) -> Result<Self, TenantError> {
        const STEP: &str = "looking for the tenant";
        let TenantAddress {
            base,
            user_agent,
            allow_insecure_loopback,
        } = address;
        check_url(&base, allow_insecure_loopback)
            .map_err(|reason| TenantError::Address(format!("{base}: {reason}")))?;
        let trust = http_client::trust()
            .await
            .map_err(|error| TenantError::Address(error.to_string()))?;
        // A write on a connection that the server is just closing would end in doubt for nothing.
        let http = http_client::build(
            &trust,
            &user_agent,
            !allow_insecure_loopback,
            Reuse::Fresh,
            PATIENCE,
        )
        .map_err(|error| TenantError::Address(error.to_string()))?;
        let mut tenant = Self {
            base,
            http,
            clock,
            device: false,
        };
        let request = tenant
            .http
            .get(endpoint(&tenant.base, ".well-known/openid-configuration"));
        let answer = call::send(&tenant, STEP, call::Repeat::Safely, request, &[]).await?;
        let address = tenant.base.to_string();
        let no_tenant = |reason: String| TenantError::NotATenant {
            address: address.clone(),
            reason,
        };
        if answer.status.is_server_error() {
            return Err(TenantError::Server {
                step: STEP,
                status: answer.status.as_u16(),
                message: answer.said(&[]),
            });
        }
        if !answer.status.is_success() {
            return Err(no_tenant(format!("HTTP {}", answer.status.as_u16())));
        }
        let found: Discovery = serde_json::from_slice(&answer.body)
            .map_err(|_| no_tenant("it has no discovery document".to_owned()))?;
        if found.issuer != tenant.base.as_str() {
            return Err(TenantError::OtherName {
                address,
                issuer: crate::redact::clean(&found.issuer, &[]),
            });
        }
        tenant.device = found.device_authorization_endpoint.is_some();
        Ok(tenant)
    }

    /// Issuer of its tokens and audience of ours: the base URL with its slash.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.base.as_str()
    }

    /// The My Account API's identifier.
    #[must_use]
    pub fn my_account(&self) -> String {
        format!("{}me/", self.base)
    }

    /// Whether the operator can sign in with a code.
    #[must_use]
    pub fn offers_device_login(&self) -> bool {
        self.device
    }

    pub(super) fn management_audience(&self) -> String {
        format!("{}api/v2/", self.base)
    }

    pub(super) fn now(&self) -> UnixMillis {
        self.clock.now()
    }

    /// What an error says when the line is down.
    pub(super) fn unreachable(step: &'static str, error: reqwest::Error) -> TenantError {
        TenantError::Network {
            step,
            message: http_client::describe(Role::Tenant, error),
        }
    }
}
