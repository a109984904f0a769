//! What the proxy is told, and what it refuses to be told.

use std::collections::BTreeSet;
use std::time::Duration;

use url::{Host, Url};

use super::budgets::Budgets;
use super::price::Price;
use crate::secret::SecretSource;
use crate::settings::{OpenError, check_url};

/// Longest that one request may be given: beyond it a hung connection is not told from a slow one.
const LONGEST_REQUEST: Duration = Duration::from_secs(3600);
/// Most bytes that a body may be allowed: bodies of answers that are no streams are kept whole.
const LARGEST_BODY: u64 = 64 * 1024 * 1024;
/// Most requests at one time.
const MOST_CONCURRENT: u32 = 1024;

/// Everything the proxy needs to know; names of secrets, no secrets.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where models are to be had.
    pub providers: Vec<Provider>,
    /// No job gets more than this.
    pub budgets: Budgets,
    /// Hosts that a job may be given tunnels to in its set-up phase; usually empty.
    pub allow_packages: Vec<PackageHost>,
    /// The user whose processes may connect (`SO_PEERCRED`): the one the sandbox runs as.
    pub peer_uid: u32,
    /// What we call ourselves to providers.
    pub user_agent: String,
    /// Allows plain http, and tunnels, to 127.0.0.0/8, `[::1]` and `localhost` only. For tests, the
    /// demo, and a model server on this machine.
    pub allow_insecure_loopback: bool,
}

/// A model provider.
#[derive(Clone, Debug)]
pub struct Provider {
    /// As in `/llm/<name>/…`: lower-case letters, digits, `-`.
    pub name: String,
    /// What it speaks.
    pub api: Api,
    /// What the client's path is appended to; see [`Api`] for what it must include.
    pub base_url: Url,
    /// How the key is shown.
    pub auth: Auth,
    /// Where the key lies.
    pub credential: SecretSource,
    /// What its models cost; the first match counts.
    pub prices: Vec<Price>,
}

/// Which requests a provider understands, and where its answers count tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// OpenAI. The base URL ends with the version, as in `https://api.openai.com/v1`; a `/v1` at the
    /// start of the client's path is dropped.
    OpenAi,
    /// Others that speak OpenAI's chat completions. As above, but an answer is limited by
    /// `max_tokens`, which OpenAI has given up for `max_completion_tokens`.
    OpenAiCompatible,
    /// Anthropic. The base URL is without a version, as in `https://api.anthropic.com`.
    Anthropic,
    /// Gemini. The base URL is without a version, as in `https://generativelanguage.googleapis.com`.
    Gemini,
}

/// How a key is shown. Always in a header: a key in a URL ends in logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    /// `Authorization: Bearer`.
    Bearer,
    /// `x-api-key` (Anthropic).
    XApiKey,
    /// `x-goog-api-key` (Gemini).
    GoogApiKey,
    /// `api-key` (Azure).
    ApiKey,
}

/// A host that packages come from, by its exact name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PackageHost {
    /// Lower-case name, no address.
    pub host: String,
    /// 443; another one only on `localhost` and with [`Settings::allow_insecure_loopback`].
    pub port: u16,
}

impl Settings {
    /// Checks what can be checked without a secret.
    pub(super) fn check(&self) -> Result<(), OpenError> {
        let mut names = BTreeSet::new();
        for provider in &self.providers {
            let name = &provider.name;
            if !is_name(name) {
                return refuse(
                    "providers.name",
                    name,
                    "must be 1 to 40 lower-case letters, digits and '-'",
                );
            }
            if !names.insert(name) {
                return refuse("providers.name", name, "is there twice; rename one");
            }
            if let Err(reason) = check_url(&provider.base_url, self.allow_insecure_loopback) {
                let url = &provider.base_url;
                let shown = format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default());
                return refuse("providers.base_url", &shown, reason);
            }
        }
        for package in &self.allow_packages {
            if let Err(reason) = package.check(self.allow_insecure_loopback) {
                return refuse("allow_packages", &package.shown(), reason);
            }
        }
        let agent = &self.user_agent;
        if !(1..=256).contains(&agent.len())
            || !agent.chars().all(|c| c.is_ascii_graphic() || c == ' ')
        {
            return refuse(
                "user_agent",
                agent,
                "is empty, too long, or holds characters that cannot be in it",
            );
        }
        check_budgets(&self.budgets)
    }
}

fn check_budgets(budgets: &Budgets) -> Result<(), OpenError> {
    let time = budgets.per_request_time;
    if time.is_zero() || time > LONGEST_REQUEST {
        return refuse(
            "budgets.per_request_time",
            &format!("{time:?}"),
            "must be above zero and at most one hour",
        );
    }
    for (setting, bytes) in [
        ("budgets.request_bytes", budgets.request_bytes),
        ("budgets.response_bytes", budgets.response_bytes),
    ] {
        if !(1..=LARGEST_BODY).contains(&bytes) {
            return refuse(
                setting,
                &bytes.to_string(),
                "must be 1 to 67108864 (64 MiB)",
            );
        }
    }
    if !(1..=MOST_CONCURRENT).contains(&budgets.concurrent) {
        let value = budgets.concurrent.to_string();
        return refuse("budgets.concurrent", &value, "must be 1 to 1024");
    }
    Ok(())
}

impl PackageHost {
    fn check(&self, allow_insecure_loopback: bool) -> Result<(), &'static str> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b);
        match Host::parse(&self.host) {
            Ok(Host::Domain(name))
                if name == self.host && name.bytes().all(plain) && !name.ends_with('.') => {}
            _ => return Err("is no host name in lower case; write each host out, without '*'"),
        }
        let local = self.host == "localhost";
        if local && !allow_insecure_loopback {
            return Err("is this machine (for a test set allow_insecure_loopback = true)");
        }
        if self.port != 443 && !local {
            return Err("has another port than 443");
        }
        Ok(())
    }

    pub(super) fn shown(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

fn is_name(name: &str) -> bool {
    (1..=40).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn refuse<T>(setting: &'static str, value: &str, reason: &'static str) -> Result<T, OpenError> {
    Err(OpenError::Setting {
        setting,
        value: value.to_owned(),
        reason,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            providers: vec![Provider {
                name: "openai".to_owned(),
                api: Api::OpenAi,
                base_url: "https://api.openai.com/v1".parse().expect("url"),
                auth: Auth::Bearer,
                credential: SecretSource {
                    credential: "llm".to_owned(),
                    file: None,
                },
                prices: Vec::new(),
            }],
            budgets: Budgets {
                requests: 100,
                input_tokens: 1_000_000,
                output_tokens: 100_000,
                micro_usd: None,
                request_bytes: 1 << 20,
                response_bytes: 1 << 20,
                concurrent: 4,
                per_request_time: Duration::from_secs(600),
                tunnel_bytes: 0,
            },
            allow_packages: vec![host("registry.example.org", 443)],
            peer_uid: 1000,
            user_agent: "bountyd".to_owned(),
            allow_insecure_loopback: false,
        }
    }

    fn host(host: &str, port: u16) -> PackageHost {
        PackageHost {
            host: host.to_owned(),
            port,
        }
    }

    #[test]
    fn a_wrong_setting_is_named() {
        settings().check().expect("fine");
        type Change = fn(&mut Settings);
        let wrong: [(&str, Change); 12] = [
            ("name", |s| s.providers[0].name = "Open AI".to_owned()),
            ("name", |s| s.providers.push(s.providers[0].clone())),
            ("base_url", |s| {
                s.providers[0].base_url = "http://127.0.0.1:1".parse().expect("url");
            }),
            ("base_url", |s| {
                s.allow_insecure_loopback = true;
                s.providers[0].base_url = "http://models.example.org".parse().expect("url");
            }),
            ("allow_packages", |s| {
                s.allow_packages = vec![host("1.2.3.4", 443)];
            }),
            ("allow_packages", |s| {
                s.allow_packages = vec![host("*.example.org", 443)];
            }),
            ("allow_packages", |s| {
                s.allow_packages = vec![host("a.example.org", 22)];
            }),
            ("allow_packages", |s| {
                s.allow_packages = vec![host("localhost", 443)];
            }),
            ("user_agent", |s| s.user_agent = "a\r\nb".to_owned()),
            ("per_request_time", |s| {
                s.budgets.per_request_time = Duration::ZERO;
            }),
            ("response_bytes", |s| s.budgets.response_bytes = u64::MAX),
            ("concurrent", |s| s.budgets.concurrent = 0),
        ];
        for (named, change) in wrong {
            let mut settings = settings();
            change(&mut settings);
            let error = settings.check().expect_err(named).to_string();
            assert!(error.contains(named), "{named}: {error}");
        }
    }

    #[test]
    fn this_machine_is_reached_only_when_that_is_said() {
        let mut settings = settings();
        settings.allow_packages = vec![host("localhost", 8443)];
        settings.check().expect_err("not said");
        settings.allow_insecure_loopback = true;
        settings.check().expect("said");
    }
}
