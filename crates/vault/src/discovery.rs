//! What stands at the tenant's address, asked before anybody proves anything: whether the name
//! resolves, whether TLS stands, whether it is an Auth0 tenant, and what its clock shows. No secret is
//! needed for it, and none is sent.

use std::error::Error as StdError;

use http::StatusCode;
use http::header::{ACCEPT, DATE};
use serde::Deserialize;
use thiserror::Error;

use crate::classify::http_date;
use crate::http_client::{self, BodyError, PATIENCE, Reuse, Role};
use crate::redact;
use crate::settings::{OpenError, Settings};
use crate::vault::endpoint;
use clock::{Clock, UnixMillis};

/// Longest document that is read, in bytes.
const LONGEST_ANSWER: usize = 256 * 1024;

/// What the tenant says of itself (OpenID Connect Discovery 1.0 §4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discovery {
    /// What it calls itself.
    pub issuer: String,
    /// Where tokens are had.
    pub token_endpoint: Option<String>,
    /// Its clock minus ours in whole seconds; `None` where the answer carries no `Date`.
    pub skew: Option<i64>,
}

/// Why it says nothing.
#[derive(Debug, Error)]
pub enum DiscoveryError {
    /// The name has no address.
    #[error("{0}")]
    Name(String),
    /// Nothing answers at the address.
    #[error("{0}")]
    Connection(String),
    /// Somebody answers who is not whom the name stands for, or does not speak TLS.
    #[error("{0}")]
    Tls(String),
    /// An answer, and not that of a tenant.
    #[error("{0}")]
    NoTenant(String),
    /// The address cannot be used at all.
    #[error(transparent)]
    Open(#[from] OpenError),
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    token_endpoint: Option<String>,
}

/// Reads the tenant's discovery document.
///
/// # Errors
/// What is wrong with the way there, or with what is at its end.
pub async fn discover(settings: &Settings, clock: &dyn Clock) -> Result<Discovery, DiscoveryError> {
    settings.check()?;
    let trust = http_client::trust().await?;
    let https_only = !settings.allow_insecure_loopback;
    let agent = &settings.user_agent;
    let http = http_client::build(&trust, agent, https_only, Reuse::Fresh, PATIENCE)?;
    let url = endpoint(&settings.auth0_base, ".well-known/openid-configuration");
    let sent = http.get(url).header(ACCEPT, "application/json").send();
    let response = sent.await.map_err(unreached)?;
    let theirs = response
        .headers()
        .get(DATE)
        .and_then(|date| date.to_str().ok())
        .and_then(http_date);
    let skew = theirs.map(|theirs| skew(theirs, clock.now()));
    let status = response.status();
    if status != StatusCode::OK {
        return Err(DiscoveryError::NoTenant(format!(
            "HTTP {} instead of a discovery document",
            status.as_u16()
        )));
    }
    let body = http_client::read(response, LONGEST_ANSWER)
        .await
        .map_err(|error| match error {
            BodyError::TooLarge => {
                DiscoveryError::NoTenant("a discovery document above 256 KiB".to_owned())
            }
            BodyError::Broken(error) => unreached(error),
        })?;
    let document: Document = serde_json::from_slice(&body).map_err(|_| {
        DiscoveryError::NoTenant("an answer that is no discovery document".to_owned())
    })?;
    Ok(Discovery {
        issuer: redact::clean(&document.issuer, &[]),
        token_endpoint: document
            .token_endpoint
            .map(|endpoint| redact::clean(&endpoint, &[])),
        skew,
    })
}

/// A `Date` names whole seconds, rounded down: what is less than one apart is not apart.
fn skew(theirs: UnixMillis, ours: UnixMillis) -> i64 {
    theirs.seconds().saturating_sub(ours.seconds())
}

fn unreached(error: reqwest::Error) -> DiscoveryError {
    let (name, tls) = (is_about_the_name(&error), is_about_tls(&error));
    let said = http_client::describe(Role::Tenant, error);
    match (name, tls) {
        (true, _) => DiscoveryError::Name(said),
        (_, true) => DiscoveryError::Tls(said),
        _ => DiscoveryError::Connection(said),
    }
}

/// The resolver's error has no public type; its words are hyper-util's.
fn is_about_the_name(error: &reqwest::Error) -> bool {
    causes(error).any(|cause| cause.to_string().starts_with("dns error"))
}

/// rustls' error comes as it is, or inside one of the operating system's, which may be inside another.
fn is_about_tls(error: &reqwest::Error) -> bool {
    causes(error).any(is_of_tls)
}

fn is_of_tls(cause: &(dyn StdError + 'static)) -> bool {
    let inner = cause
        .downcast_ref::<std::io::Error>()
        .and_then(std::io::Error::get_ref);
    cause.is::<rustls::Error>() || inner.is_some_and(|inner| is_of_tls(inner))
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    std::iter::successors(error.source(), |cause| (*cause).source())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn fails(url: &str) -> DiscoveryError {
        let trust = http_client::trust().await.expect("a certificate store");
        let client =
            http_client::build(&trust, "test", false, Reuse::Fresh, PATIENCE).expect("a client");
        unreached(client.get(url).send().await.expect_err("nobody is there"))
    }

    #[tokio::test]
    async fn a_name_a_port_and_a_handshake_are_told_apart() {
        let error = fails("https://tenant.invalid/").await;
        assert!(matches!(error, DiscoveryError::Name(_)), "{error:?}");
        let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("bound");
        let address = closed.local_addr().expect("an address");
        drop(closed);
        let error = fails(&format!("http://{address}/")).await;
        assert!(matches!(error, DiscoveryError::Connection(_)), "{error:?}");
        let plain = std::net::TcpListener::bind("127.0.0.1:0").expect("bound");
        let address = plain.local_addr().expect("an address");
        let answers = std::thread::spawn(move || {
            use std::io::{Read as _, Write as _};
            let (mut stream, _) = plain.accept().expect("a call");
            let _ = stream.read(&mut [0; 64]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        });
        let error = fails(&format!("https://{address}/")).await;
        assert!(matches!(error, DiscoveryError::Tls(_)), "{error:?}");
        answers.join().expect("it answered");
    }

    #[test]
    fn the_skew_is_theirs_minus_ours() {
        let at = |seconds: i64| UnixMillis(seconds * 1000 + 900);
        assert_eq!(skew(at(100), at(100)), 0);
        assert_eq!(skew(at(700), at(100)), 600);
        assert_eq!(skew(at(40), at(100)), -60);
    }
}
