//! What the vault is told, and what it refuses to be told.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use url::{Host, Url};

use crate::keys::KeyError;
use crate::secret::{SecretError, SecretSource};

/// How the worker client proves itself at the token endpoint, apart from the signed request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientAuthentication {
    /// A second, separate JWT signed with the same key (RFC 7523 §2.2; an Enterprise feature of Auth0).
    PrivateKeyJwt,
    /// A shared secret in the form body.
    ClientSecret(SecretSource),
}

/// Everything the vault needs to know; names of secrets, no secrets.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where Auth0 is, such as `https://acme.eu.auth0.com`.
    pub auth0_base: Url,
    /// `iss` of Auth0's ID tokens: the base URL with a trailing slash.
    pub issuer: String,
    /// `aud` of our assertions: the base URL with a trailing slash.
    pub audience: String,
    /// The worker application.
    pub client_id: String,
    /// `sub`: the owner's primary Auth0 user id.
    pub user_id: String,
    /// Connection name, such as "github".
    pub connection: String,
    /// The client's own proof.
    pub client_authentication: ClientAuthentication,
    /// One key, or two during a rotation.
    pub keys: Vec<SecretSource>,
    /// Thumbprint of the key that signs; the first if absent.
    pub signing_key: Option<String>,
    /// OAuth scope to narrow to; usually absent.
    pub scope: Option<String>,
    /// A token this close to its end is not used again.
    pub buffer: Duration,
    /// No token is kept longer than this, whatever its life; zero: none is kept beyond the calls that wait
    /// for it.
    pub hold_cap: Duration,
    /// GitHub's REST API, such as `https://api.github.com`.
    pub github_api: Url,
    /// GitHub's GraphQL endpoint, such as `https://api.github.com/graphql`.
    pub github_graphql: Url,
    /// Telegram's Bot API, such as `https://api.telegram.org`.
    pub telegram_api: Url,
    /// The bot token; absent: no Telegram.
    pub telegram_token: Option<SecretSource>,
    /// What we call ourselves.
    pub user_agent: String,
    /// Code of the failure that keeps the daemon from acting, if an earlier process met it a while
    /// ago; see [`Failure::code`](crate::Failure::code).
    pub last_failure: Option<String>,
    /// The file that stops everything while it is there; see [`Brake`](crate::Brake).
    pub emergency_stop: Option<PathBuf>,
    /// Allows plain http, to 127.0.0.0/8, `[::1]` and `localhost` only. For tests and the demo.
    pub allow_insecure_loopback: bool,
}

/// Why the vault stays shut.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A setting cannot be right.
    #[error("{setting} = {value:?}: {reason}")]
    Setting {
        /// Its name in [`Settings`].
        setting: &'static str,
        /// What it says.
        value: String,
        /// What is wrong and how to put it right.
        reason: &'static str,
    },
    /// A key is missing or unfit.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A secret is missing or unfit.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// Both configured keys are one.
    #[error("keys: both files hold the key {0}; during a rotation name two different keys")]
    SameKeyTwice(String),
    /// The HTTP client cannot be built.
    #[error(
        "no HTTPS client: {0}; check that the system's certificate store is installed (package ca-certificates)"
    )]
    Http(String),
    /// Its disk does not answer.
    #[error(
        "this machine's certificate store was not read in {0:?}: is it on a disk or a network that hangs? (`SSL_CERT_FILE` and `SSL_CERT_DIR` name another)"
    )]
    CertificatesHang(Duration),
}

impl Settings {
    /// Checks what can be checked without a secret.
    pub(crate) fn check(&self) -> Result<(), OpenError> {
        let refuse = |setting, value: &str, reason| {
            Err(OpenError::Setting {
                setting,
                value: value.to_owned(),
                reason,
            })
        };
        for (setting, url) in [
            ("auth0_base", &self.auth0_base),
            ("github_api", &self.github_api),
            ("github_graphql", &self.github_graphql),
            ("telegram_api", &self.telegram_api),
        ] {
            if let Err(reason) = check_url(url, self.allow_insecure_loopback) {
                return refuse(setting, &shown(url), reason);
            }
        }
        for (setting, value, longest) in [
            ("issuer", &self.issuer, 2048),
            ("audience", &self.audience, 2048),
            // Auth0 caps iss and sub of a client assertion at 64 characters.
            ("client_id", &self.client_id, 64),
            ("user_id", &self.user_id, 255),
            ("connection", &self.connection, 128),
            ("user_agent", &self.user_agent, 256),
        ] {
            if value.is_empty() || value.len() > longest {
                return refuse(setting, value, "is empty or too long; fill it in");
            }
            let space_is_fine = setting == "user_agent";
            if !value
                .chars()
                .all(|c| c.is_ascii_graphic() || (c == ' ' && space_is_fine))
            {
                return refuse(
                    setting,
                    value,
                    "holds white space or other characters that cannot be in it",
                );
            }
        }
        for (setting, value) in [("issuer", &self.issuer), ("audience", &self.audience)] {
            if !value.ends_with('/') {
                return refuse(
                    setting,
                    value,
                    "lacks its trailing slash; Auth0 compares it literally: add '/' at the end",
                );
            }
        }
        if self.hold_cap > Duration::from_secs(24 * 3600) {
            return refuse(
                "hold_cap",
                &format!("{:?}", self.hold_cap),
                "must be at most 24 hours",
            );
        }
        if self.buffer > Duration::from_secs(3600) {
            return refuse(
                "buffer",
                &format!("{:?}", self.buffer),
                "must be at most one hour",
            );
        }
        Ok(())
    }
}

/// A URL without what might be a password in it.
fn shown(url: &Url) -> String {
    format!(
        "{}://{}{}",
        url.scheme(),
        url.host_str().unwrap_or_default(),
        url.path()
    )
}

/// Whether a secret may travel to `url`.
pub(crate) fn check_url(url: &Url, allow_insecure_loopback: bool) -> Result<(), &'static str> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err("carries a user name or password; remove it");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("carries a query or fragment; remove it");
    }
    match url.scheme() {
        "https" if url.has_host() => Ok(()),
        "http" if allow_insecure_loopback && is_loopback(url) => Ok(()),
        "http" if allow_insecure_loopback => Err(
            "is plain http to another machine; allow_insecure_loopback covers 127.0.0.0/8, [::1] and localhost only: use https",
        ),
        "http" => Err(
            "is plain http; use https (for a test on this machine set allow_insecure_loopback = true)",
        ),
        _ => Err("is no https URL; use https://…"),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_or_this_machine() {
        let check = |url: &str, allow| check_url(&url.parse().expect("url"), allow).is_ok();
        assert!(check("https://api.github.com", false));
        for url in [
            "http://127.0.0.1:1",
            "http://127.9.9.9",
            "http://[::1]:80/x",
            "http://localhost:3",
        ] {
            assert!(check(url, true), "{url}");
            assert!(!check(url, false), "{url}");
        }
        for url in [
            "http://example.com",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://0.0.0.0",
            "http://[::ffff:127.0.0.1]",
            "http://10.0.0.1",
            "ftp://localhost",
            "unix:/run/x",
            "https://user@api.github.com",
            "https://api.github.com?x=1",
        ] {
            assert!(!check(url, true), "{url}");
        }
    }
}
