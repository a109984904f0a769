//! What the owner answers: by questions, by flags, by a file. Nothing in it is a secret.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use url::Url;

/// The answers so far. All that is absent has a default or is asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Answers {
    /// The tenant, such as `acme.eu.auth0.com`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// Where the tenant is, if not at `https://DOMAIN/`: a simulator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_url: Option<Url>,
    /// A native application of the tenant with the grant Device Code, to sign in with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_client_id: Option<String>,
    /// What the two applications are called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whose repositories are worked in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// The connection that leads to GitHub.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// The client id of the owner's application at GitHub.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub github_client_id: Option<String>,
    /// What is asked of GitHub.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
    /// Who the owner is in the tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// Addresses and ranges this machine reaches the tenant from; `["auto"]`: as the tenant sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Vec<String>>,
    /// How the worker proves itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authentication: Option<Wish>,
    /// The file with the private key, found or to be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<PathBuf>,
    /// The file for the client secret, where one is needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret_file: Option<PathBuf>,
    /// An application that is there already, to be used as the worker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker_client_id: Option<String>,
    /// An application that is there already, to be used for the browser login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login_client_id: Option<String>,
    /// How far bountyd may go by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Other settings for the configuration, by `section.key`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, toml::Value>,
}

/// Whose repositories are worked in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Those of strangers: it takes an OAuth App at GitHub
    Strangers,
    /// Only where a GitHub App of yours is installed
    Installed,
}

/// How the worker is to prove itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Wish {
    /// By its key, and with a secret where the tenant's plan has no Private Key JWT
    #[default]
    Auto,
    /// By its key, or not at all
    PrivateKeyJwt,
    /// With a secret that the tenant makes
    ClientSecret,
}

/// An answer that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{question}: {reason}; {remedy}")]
pub struct Wrong {
    /// Which.
    pub question: &'static str,
    /// Why.
    pub reason: String,
    /// What to do.
    pub remedy: &'static str,
}

impl Answers {
    /// These answers, and of `others` what is missing here.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        let mut settings = others.settings;
        settings.extend(self.settings);
        Self {
            domain: self.domain.or(others.domain),
            base_url: self.base_url.or(others.base_url),
            device_client_id: self.device_client_id.or(others.device_client_id),
            name: self.name.or(others.name),
            purpose: self.purpose.or(others.purpose),
            connection: self.connection.or(others.connection),
            github_client_id: self.github_client_id.or(others.github_client_id),
            scopes: self.scopes.or(others.scopes),
            user_id: self.user_id.or(others.user_id),
            address: self.address.or(others.address),
            authentication: self.authentication.or(others.authentication),
            key: self.key.or(others.key),
            client_secret_file: self.client_secret_file.or(others.client_secret_file),
            worker_client_id: self.worker_client_id.or(others.worker_client_id),
            login_client_id: self.login_client_id.or(others.login_client_id),
            mode: self.mode.or(others.mode),
            settings,
        }
    }
}

/// A domain as a person copies it: without scheme and path.
///
/// # Errors
/// It cannot be one.
pub fn domain(text: &str) -> Result<String, Wrong> {
    let text = text.trim();
    let bare = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
        .unwrap_or(text)
        .trim_end_matches('/');
    let wrong = |reason: &str| Wrong {
        question: "the tenant's domain",
        reason: reason.to_owned(),
        remedy: "write it as acme.eu.auth0.com; Auth0 shows it on the page of any application",
    };
    if bare.is_empty() {
        return Err(wrong("is empty"));
    }
    match Url::parse(&format!("https://{bare}/")) {
        Ok(url)
            if url.host_str() == Some(bare.to_ascii_lowercase().as_str())
                && bare.contains('.')
                && url.port().is_none() =>
        {
            Ok(bare.to_ascii_lowercase())
        }
        _ => Err(wrong("is no domain")),
    }
}

/// A user id of the tenant.
///
/// # Errors
/// It cannot be one.
pub fn user_id(text: &str) -> Result<String, Wrong> {
    let text = text.trim();
    match text.split_once('|') {
        Some((provider, id))
            if !provider.is_empty()
                && !id.is_empty()
                && text.bytes().all(|b| b.is_ascii_graphic()) =>
        {
            Ok(text.to_owned())
        }
        _ => Err(Wrong {
            question: "your user id",
            reason: "names no connection, bar and number".to_owned(),
            remedy: "copy it from User Management > Users > your user: github|12345",
        }),
    }
}

/// An address or a range, as the tenant's allow-list takes it.
///
/// # Errors
/// It is neither, or so wide that the list would keep nobody out.
pub fn address(text: &str) -> Result<String, Wrong> {
    let text = text.trim();
    let wrong = |reason: &str| Wrong {
        question: "this machine's address",
        reason: format!("{text:?} {reason}"),
        remedy: "write the public address, such as 203.0.113.7 or 2001:db8::/64",
    };
    let (host, bits) = match text.split_once('/') {
        None => (text, None),
        Some((host, bits)) => (host, Some(bits)),
    };
    let host: std::net::IpAddr = host.parse().map_err(|_| wrong("is no IP address"))?;
    let widest = if host.is_ipv4() { 32 } else { 128 };
    match bits.map(str::parse::<u8>) {
        None => {}
        Some(Ok(bits)) if bits > widest => return Err(wrong("has no such range")),
        Some(Ok(bits)) if bits < 8 => {
            return Err(wrong("is a range so wide that it keeps nobody out"));
        }
        Some(Ok(_)) => {}
        Some(Err(_)) => return Err(wrong("has no such range")),
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_taken_as_people_copy_it() {
        for text in [
            "acme.eu.auth0.com",
            " https://ACME.eu.auth0.com/ ",
            "http://acme.eu.auth0.com",
        ] {
            assert_eq!(domain(text).as_deref(), Ok("acme.eu.auth0.com"), "{text}");
        }
        for text in ["", "acme", "https://a.b/c", "a b.c", "a.b:8080", "user@a.b"] {
            assert!(domain(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_user_has_a_bar() {
        assert!(user_id("github|583231").is_ok());
        for text in ["", "me@example.org", "|1", "github|", "github|1 2"] {
            assert!(user_id(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_allow_list_keeps_somebody_out() {
        for text in [
            "203.0.113.7",
            "203.0.113.0/24",
            "2001:db8::1",
            "2001:db8::/64",
        ] {
            assert!(address(text).is_ok(), "{text}");
        }
        for text in ["", "here", "0.0.0.0/0", "::/0", "1.2.3.4/33", "1.2.3.4/x"] {
            assert!(address(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_was_said_first_counts() {
        let flags = Answers {
            domain: Some("a.example".into()),
            ..Answers::default()
        };
        let file = Answers {
            domain: Some("b.example".into()),
            name: Some("hunter".into()),
            ..Answers::default()
        };
        let both = flags.or(file);
        assert_eq!(both.domain.as_deref(), Some("a.example"));
        assert_eq!(both.name.as_deref(), Some("hunter"));
    }
}
