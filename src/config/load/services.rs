//! `[auth0]`, `[github]` and `[telegram]`: who the owner is, and where the services are.

use std::path::PathBuf;
use std::time::Duration;

use super::{HOUR, MINUTE, Reading, SECOND, non_empty};
use crate::config::complaints::Refusal;
use crate::config::reader::Section;
use crate::config::{Auth0, ClientAuthentication, Github, Telegram, values};

/// An `iss` or `aud`: compared letter by letter, and Auth0's end with a slash.
fn party(text: &str) -> Result<String, Refusal> {
    if text.ends_with('/') && text.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(text.to_owned());
    }
    Err(Refusal::new(
        "the tenant compares it letter by letter, and its own ends with a slash",
        "write it as https://TENANT/",
    ))
}

/// A name can change hands, a number cannot.
const OWNER_ID: &str = "write your numeric id without quotes, never a name; to find it, set \
     owner_id = 1, write to your bot, and copy the id of the stranger that the log refuses";

impl Reading<'_> {
    /// A file of the owner's; a relative path counts from the configuration's directory.
    pub(super) fn file(&self, text: &str) -> Result<PathBuf, Refusal> {
        non_empty(text).map(|text| self.directory.join(text))
    }

    pub(super) fn auth0(&self, section: Section<'_>) -> Option<Auth0> {
        let domain = section.parsed("domain", values::domain);
        let base_url = section
            .parsed("base_url", |text| {
                values::directory_url(text, self.insecure_loopback)
            })
            .or_else(|| {
                let domain = domain.as_ref()?;
                url::Url::parse(&format!("https://{domain}/")).ok()
            });
        if section.span("domain").is_none() && section.span("base_url").is_none() {
            section.missing(
                "domain",
                "bountyd must know which tenant hands out the token",
                "add domain = \"YOUR-TENANT.eu.auth0.com\" to [auth0]",
            );
        }
        let required = |key, remedy| {
            let value = section.parsed(key, non_empty);
            if section.span(key).is_none() {
                section.missing(key, "it has no default", remedy);
            }
            value
        };
        let client_id = required(
            "client_id",
            "add client_id = \"…\", the id of the application in your tenant",
        );
        let user_id = required(
            "user_id",
            "add user_id = \"github|12345\", your own user id in the tenant",
        )
        .filter(|id| {
            let good = id.contains('|');
            if !good {
                section.complaints.error(
                    section.span("user_id"),
                    "`auth0.user_id` is not valid".into(),
                    "a user id names its connection, a bar, and a number or name",
                    "copy it from the user's page in your tenant: github|12345",
                );
            }
            good
        });
        let secret_file = section.parsed("client_secret_file", |text| self.file(text));
        let client_authentication = section
            .parsed("client_authentication", |text| match text {
                "private_key_jwt" => Ok(ClientAuthentication::PrivateKeyJwt),
                "client_secret" => Ok(ClientAuthentication::ClientSecret(secret_file.clone())),
                _ => Err(Refusal::new(
                    "there are two ways to authenticate",
                    "use \"private_key_jwt\" or \"client_secret\"",
                )),
            })
            .unwrap_or(ClientAuthentication::PrivateKeyJwt);
        if client_authentication == ClientAuthentication::PrivateKeyJwt && secret_file.is_some() {
            section.complaints.warning(
                section.span("client_secret_file"),
                "`auth0.client_secret_file` is not used".into(),
                "client_authentication is private_key_jwt",
                "remove it, or set client_authentication = \"client_secret\"",
            );
        }
        let issuer = section.parsed("issuer", party);
        let audience = section.parsed("audience", party);
        let login_client_id = section.parsed("login_client_id", non_empty);
        let connection = section.parsed("connection", non_empty);
        let keys = self.keys(&section);
        let signing_key = section.parsed("signing_key", non_empty);
        let scope = section.parsed("scope", non_empty);
        let token_buffer = section.duration("token_buffer", SECOND..=10 * MINUTE, MINUTE);
        let hold_cap = section.duration("hold_cap", Duration::ZERO..=HOUR, 15 * MINUTE);
        section.finish();
        // Only now: what is missing must not hide the other complaints.
        let base_url = base_url?;
        Some(Auth0 {
            issuer: issuer.unwrap_or_else(|| base_url.to_string()),
            audience: audience.unwrap_or_else(|| base_url.to_string()),
            base_url,
            client_id: client_id.unwrap_or_default(),
            login_client_id,
            user_id: user_id.unwrap_or_default(),
            connection: connection.unwrap_or_else(|| "github".into()),
            client_authentication,
            keys,
            signing_key,
            scope,
            token_buffer,
            hold_cap,
        })
    }

    pub(super) fn keys(&self, section: &Section<'_>) -> Vec<PathBuf> {
        let Some(listed) = section.strings("keys") else {
            return Vec::new();
        };
        if listed.len() > 2 {
            section.complaints.error(
                section.span("keys"),
                "`auth0.keys` names too many keys".into(),
                format!(
                    "{} are listed; a rotation needs two, the old and the new",
                    listed.len()
                ),
                "keep the one in use and its successor",
            );
        }
        listed
            .iter()
            .filter_map(|text| section.read("keys", text, |text| self.file(text)))
            .collect()
    }

    pub(super) fn github(&self, section: Section<'_>) -> Option<Github> {
        let github = Github {
            api_url: section
                .parsed("api_url", |text| {
                    values::directory_url(text, self.insecure_loopback)
                })
                .or_else(|| url::Url::parse("https://api.github.com/").ok())?,
            graphql_url: section
                .parsed("graphql_url", |text| {
                    values::base_url(text, self.insecure_loopback)
                })
                .or_else(|| url::Url::parse("https://api.github.com/graphql").ok())?,
            git_url: section
                .parsed("git_url", |text| {
                    values::directory_url(text, self.insecure_loopback)
                })
                .or_else(|| url::Url::parse("https://github.com/").ok())?,
        };
        if section.span("api_url").is_some() != section.span("graphql_url").is_some() {
            section.complaints.error(
                section.header(),
                "[github] names one address of two".into(),
                "REST and GraphQL must be the same GitHub",
                "set both api_url and graphql_url, or neither",
            );
        }
        section.finish();
        Some(github)
    }

    pub(super) fn telegram(&self, section: Section<'_>) -> Option<Telegram> {
        let api_url = section
            .parsed("api_url", |text| {
                values::directory_url(text, self.insecure_loopback)
            })
            .or_else(|| url::Url::parse("https://api.telegram.org/").ok());
        let owner_id = if section.refuse_string("owner_id", OWNER_ID) {
            None
        } else {
            section.integer("owner_id", 1..=(1 << 52) - 1)
        };
        let token_file = section.parsed("token_file", |text| self.file(text));
        if section.is_present() && section.span("owner_id").is_none() {
            section.missing(
                "owner_id",
                "only this numeric user id may answer",
                "write to the bot and copy the id that `bountyd` logs for a refused stranger",
            );
        }
        section.finish();
        Some(Telegram {
            api_url: api_url?,
            owner_id: u64::try_from(owner_id?).ok()?,
            token_file,
        })
    }
}
