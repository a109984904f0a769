//! One call to the tenant: sent, waited for where it asks for that, and judged.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use reqwest::RequestBuilder;
use serde::de::DeserializeOwned;
use serde_json::Value;
use zeroize::Zeroizing;

use super::error::Feature;
use super::{Management, Tenant, TenantError, token};
use crate::classify;
use crate::http_client::{self, BodyError};
use crate::redact::clean;
use crate::vault::endpoint;

/// Longest answer that is read, in bytes: a page of a hundred applications.
const LONGEST_ANSWER: usize = 2 * 1024 * 1024;

/// How often one call is sent, at most.
const TRIES: u32 = 6;

/// The longest wait between two tries; Auth0's window for the Management API is shorter.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// May the request be sent again although it may have arrived?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// It only reads, or ends in the same state.
    Safely,
    /// It creates something: only where the tenant says that it did not.
    Never,
}

/// What came back; the body is wiped.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Zeroizing<Vec<u8>>,
}

impl Answer {
    /// What the tenant says in it, without `secrets`.
    pub(super) fn said(&self, secrets: &[&str]) -> String {
        let json: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        ["message", "error_description", "error"]
            .iter()
            .find_map(|name| json.get(name)?.as_str())
            .map_or_else(
                || match classify::content_type(&self.headers) {
                    "" => "no reason given".to_owned(),
                    kind => format!("an answer of type {}", clean(kind, secrets)),
                },
                |said| clean(said, secrets),
            )
    }

    /// `errorCode` or `error`.
    pub(super) fn code(&self, secrets: &[&str]) -> String {
        let json: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        ["errorCode", "error"]
            .iter()
            .find_map(|name| json.get(name)?.as_str())
            .map(|code| clean(code, secrets))
            .unwrap_or_default()
    }

    pub(super) fn read<T: DeserializeOwned>(&self, step: &'static str) -> Result<T, TenantError> {
        serde_json::from_slice(&self.body).map_err(|error| TenantError::Odd {
            step,
            // serde_json's own message may quote the answer, which may hold a secret.
            reason: format!("line {}, column {}", error.line(), error.column()),
        })
    }
}

/// Sends `request` once, and takes whatever comes.
pub(super) async fn once(
    step: &'static str,
    request: RequestBuilder,
) -> Result<Answer, TenantError> {
    let response = request
        .header("accept", "application/json")
        .send()
        .await
        .map_err(|error| Tenant::unreachable(step, error))?;
    read(step, response).await
}

/// Sends `request`, and sends it again after a wait where that is asked for and safe.
pub(super) async fn send(
    tenant: &Tenant,
    step: &'static str,
    repeat: Repeat,
    request: RequestBuilder,
    secrets: &[&str],
) -> Result<Answer, TenantError> {
    let mut last = None;
    for attempt in 0..TRIES {
        // Our bodies are in memory, so that a copy can be made of each.
        let Some(copy) = request.try_clone() else {
            break;
        };
        let (wait, trouble) = match once(step, copy).await {
            Err(error @ TenantError::Network { .. }) if repeat == Repeat::Never => {
                return Err(error);
            }
            // Twice more: a wrong domain should not be waited for.
            Err(error @ TenantError::Network { .. }) if attempt < 2 => {
                (Duration::from_secs(1), error)
            }
            Err(error) => return Err(error),
            Ok(answer) if answer.status == StatusCode::TOO_MANY_REQUESTS => {
                let wait = asked_for(tenant, &answer.headers, attempt);
                let wait_s = wait.as_secs().max(1);
                (wait, TenantError::RateLimited { step, wait_s })
            }
            Ok(answer)
                if answer.status.is_server_error() && repeat == Repeat::Safely && attempt < 3 =>
            {
                let trouble = TenantError::Server {
                    step,
                    status: answer.status.as_u16(),
                    message: answer.said(secrets),
                };
                (Duration::from_secs(1 << attempt), trouble)
            }
            Ok(answer) => return Ok(answer),
        };
        if wait > LONGEST_WAIT {
            return Err(trouble);
        }
        last = Some(trouble);
        if attempt + 1 < TRIES {
            let until = tenant.clock.monotonic() + wait;
            tenant.clock.sleep_until(until).await;
        }
    }
    Err(last.unwrap_or(TenantError::RateLimited { step, wait_s: 60 }))
}

/// How long to wait after "too many": as long as it says, else ever longer.
fn asked_for(tenant: &Tenant, headers: &HeaderMap, attempt: u32) -> Duration {
    classify::retry_after(headers, tenant.now()).map_or(Duration::from_secs(1 << attempt), |at| {
        at.since(tenant.now())
    })
}

async fn read(step: &'static str, response: reqwest::Response) -> Result<Answer, TenantError> {
    let (status, headers) = (response.status(), response.headers().clone());
    match http_client::read_secret(response, LONGEST_ANSWER).await {
        Ok(body) => Ok(Answer {
            status,
            headers,
            body,
        }),
        Err(BodyError::TooLarge) => Err(TenantError::Odd {
            step,
            reason: "it is above 2 MiB".to_owned(),
        }),
        Err(BodyError::Broken(error)) => Err(Tenant::unreachable(step, error)),
    }
}

impl Management {
    /// A request to `path` below `/api/v2/`, with the operator's token.
    pub(super) fn request(
        &self,
        method: reqwest::Method,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<RequestBuilder, TenantError> {
        let mut url = endpoint(&self.tenant.base, &format!("api/v2/{path}"));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(self
            .tenant
            .http
            .request(method, url)
            .header(http::header::AUTHORIZATION, self.token.header()?))
    }

    /// Reads one object.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        step: &'static str,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<T, TenantError> {
        let request = self.request(reqwest::Method::GET, path, query)?;
        self.send(step, Feature::Other, Repeat::Safely, request)
            .await?
            .read(step)
    }

    /// Sends a body that changes something.
    pub(super) async fn write(
        &self,
        step: &'static str,
        feature: Feature,
        method: reqwest::Method,
        path: &str,
        body: &Value,
    ) -> Result<Answer, TenantError> {
        self.write_secret(step, feature, method, path, body, "")
            .await
    }

    /// As [`Management::write`], with `secret` in the body: an answer that quotes it is not quoted.
    pub(super) async fn write_secret(
        &self,
        step: &'static str,
        feature: Feature,
        method: reqwest::Method,
        path: &str,
        body: &Value,
        secret: &str,
    ) -> Result<Answer, TenantError> {
        let repeat = if method == reqwest::Method::POST {
            Repeat::Never
        } else {
            Repeat::Safely
        };
        let request = self.request(method, path, &[])?.json(body);
        let secrets = [self.token.text(), secret];
        self.judged(step, feature, repeat, request, &secrets).await
    }

    /// Reads a list, page after page.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        step: &'static str,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Vec<T>, TenantError> {
        let mut all = Vec::new();
        for page in 0..MOST_PAGES {
            let number = page.to_string();
            let mut asked = query.to_vec();
            asked.extend([("page", number.as_str()), ("per_page", PER_PAGE)]);
            let part: Vec<T> = self.get(step, path, &asked).await?;
            let more = part.len() == PAGE;
            all.extend(part);
            if !more {
                return Ok(all);
            }
        }
        Err(TenantError::Odd {
            step,
            reason: format!("there are more than {} of them", PAGE * MOST_PAGES),
        })
    }

    pub(super) async fn send(
        &self,
        step: &'static str,
        feature: Feature,
        repeat: Repeat,
        request: RequestBuilder,
    ) -> Result<Answer, TenantError> {
        let secrets = [self.token.text()];
        self.judged(step, feature, repeat, request, &secrets).await
    }

    async fn judged(
        &self,
        step: &'static str,
        feature: Feature,
        repeat: Repeat,
        request: RequestBuilder,
        secrets: &[&str],
    ) -> Result<Answer, TenantError> {
        let answer = send(&self.tenant, step, repeat, request, secrets).await?;
        match judge(&answer, step, feature, secrets) {
            None => Ok(answer),
            Some(error) => Err(error),
        }
    }
}

/// Objects on a page; Auth0 gives a hundred at most.
const PAGE: usize = 100;
const PER_PAGE: &str = "100";

/// Auth0 pages no further than a thousand of anything.
const MOST_PAGES: usize = 10;

/// What a refusal means.
fn judge(
    answer: &Answer,
    step: &'static str,
    feature: Feature,
    secrets: &[&str],
) -> Option<TenantError> {
    let status = answer.status;
    if status.is_success() {
        return None;
    }
    let (code, message) = (answer.code(secrets), answer.said(secrets));
    let lacking = |feature: Feature, message| TenantError::Feature {
        step,
        feature,
        message,
        remedy: feature.remedy(),
    };
    Some(match status.as_u16() {
        401 => token::not_taken(&message),
        403 if code == "insufficient_scope" || message.starts_with("Insufficient scope") => {
            TenantError::Scope {
                step,
                missing: scopes(&message),
            }
        }
        403 if code == "insufficient_entitlement" || code == "feature_not_enabled" => {
            lacking(feature, message)
        }
        // A property that the tenant does not know is a feature that it does not have.
        400 if message.contains("Additional properties not allowed") => {
            let feature = if message.contains("token_vault_privileged_access") {
                Feature::PrivilegedWorker
            } else if message.contains("connected_accounts") {
                Feature::ConnectedAccounts
            } else if message.contains("client_authentication_methods") {
                Feature::PrivateKeyJwt
            } else {
                feature
            };
            lacking(feature, message)
        }
        500.. => TenantError::Server {
            step,
            status: status.as_u16(),
            message,
        },
        _ => TenantError::Refused {
            step,
            status: status.as_u16(),
            code,
            message,
        },
    })
}

/// The scopes in "Insufficient scope, expected any of: read:clients,read:client_summary".
fn scopes(message: &str) -> Vec<String> {
    message
        .split_once(':')
        .map_or("", |(_, list)| list)
        .split([',', ' '])
        .filter(|scope| scope.contains(':'))
        .map(ToOwned::to_owned)
        .collect()
}

#[cfg(test)]
mod tests;
