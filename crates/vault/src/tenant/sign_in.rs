//! The operator signs in with a code that he confirms in any browser (RFC 8628), and this process gets
//! a management token.

use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;
use serde::Deserialize;
use url::form_urlencoded::Serializer;
use zeroize::Zeroizing;

use super::call::{self, Repeat};
use super::{OperatorToken, Tenant, TenantError};
use crate::redact::clean;
use crate::vault::endpoint;

const STEP: &str = "signing in";

/// The grant of RFC 8628 §3.4.
const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Auth0's own command line waits this much longer than it is told, not to be told to slow down.
const SLACK: Duration = Duration::from_secs(1);

/// A code that waits for the operator.
pub struct DeviceCode {
    client_id: String,
    device_code: Zeroizing<String>,
    /// What he compares with the page.
    pub user_code: String,
    /// The page, with the code in it.
    pub page: Url,
    expires_in: Duration,
    interval: Duration,
}

impl std::fmt::Debug for DeviceCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeviceCode").finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Started {
    device_code: String,
    user_code: String,
    verification_uri: Url,
    #[serde(default)]
    verification_uri_complete: Option<Url>,
    expires_in: u64,
    #[serde(default)]
    interval: Option<u64>,
}

#[derive(Deserialize)]
struct Tokens {
    access_token: String,
}

impl Tenant {
    /// Asks for a code with which the operator lets a native application have a management token.
    ///
    /// # Errors
    /// See [`TenantError`].
    pub async fn begin_sign_in(
        &self,
        client_id: &str,
        scopes: &[&str],
    ) -> Result<DeviceCode, TenantError> {
        let mut form = Serializer::new(String::new());
        form.append_pair("client_id", client_id)
            .append_pair("audience", &self.management_audience())
            .append_pair("scope", &scopes.join(" "));
        let answer = self
            .post("oauth/device/code", form.finish(), Repeat::Safely)
            .await?;
        if !answer.status.is_success() {
            return Err(TenantError::SignIn(format!(
                "HTTP {} ({}); the client id must be that of a native application of this tenant \
                 with the grant Device Code, and it must be allowed to use the Management API",
                answer.status.as_u16(),
                answer.said(&[])
            )));
        }
        let started: Started = answer.read(STEP)?;
        let page = started
            .verification_uri_complete
            .unwrap_or(started.verification_uri);
        if page.scheme() != self.base.scheme() {
            return Err(TenantError::SignIn(format!(
                "the tenant names a page that is not {}: {}",
                self.base.scheme(),
                clean(page.as_str(), &[])
            )));
        }
        Ok(DeviceCode {
            client_id: client_id.to_owned(),
            device_code: Zeroizing::new(started.device_code),
            user_code: clean(&started.user_code, &[]),
            page,
            expires_in: Duration::from_secs(started.expires_in),
            interval: Duration::from_secs(started.interval.unwrap_or(5)),
        })
    }

    /// Waits until the operator has confirmed the code, or has not.
    ///
    /// # Errors
    /// See [`TenantError`].
    pub async fn finish_sign_in(&self, code: DeviceCode) -> Result<OperatorToken, TenantError> {
        let deadline = self.clock.monotonic() + code.expires_in;
        let mut interval = code.interval + SLACK;
        loop {
            // From the time of the last answer.
            let next = self.clock.monotonic() + interval;
            if next > deadline {
                return Err(over());
            }
            self.clock.sleep_until(next).await;
            let mut form = Serializer::new(String::with_capacity(4 * 1024));
            form.append_pair("grant_type", GRANT)
                .append_pair("device_code", &code.device_code)
                .append_pair("client_id", &code.client_id);
            let body = Zeroizing::new(form.finish());
            let answer = match self.poll(&body).await {
                Ok(answer) => answer,
                // The operator is at the page; a moment without a network should not undo that.
                Err(TenantError::Network { .. }) => continue,
                Err(error) => return Err(error),
            };
            if answer.status.is_success() {
                let tokens: Tokens = answer.read(STEP)?;
                return Ok(OperatorToken::new(SecretString::from(tokens.access_token)));
            }
            match answer.code(&[&code.device_code]).as_str() {
                "authorization_pending" => {}
                "slow_down" => interval += Duration::from_secs(5),
                "expired_token" => return Err(over()),
                "access_denied" => {
                    return Err(TenantError::SignIn(
                        "it was refused on the page; nothing was changed".to_owned(),
                    ));
                }
                other => {
                    return Err(TenantError::SignIn(format!(
                        "{other}: {}",
                        answer.said(&[&code.device_code])
                    )));
                }
            }
        }
    }

    /// One look whether he has confirmed. "Too many" is an answer here, and not waited for by itself.
    async fn poll(&self, form: &str) -> Result<call::Answer, TenantError> {
        let request = self.form("oauth/token", form.to_owned());
        call::once(STEP, request).await
    }

    async fn post(
        &self,
        path: &str,
        form: String,
        repeat: Repeat,
    ) -> Result<call::Answer, TenantError> {
        call::send(self, STEP, repeat, self.form(path, form), &[]).await
    }

    fn form(&self, path: &str, form: String) -> reqwest::RequestBuilder {
        self.http
            .post(endpoint(&self.base, path))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form)
    }
}

fn over() -> TenantError {
    TenantError::SignIn("the code ran out before it was confirmed; start again".to_owned())
}
