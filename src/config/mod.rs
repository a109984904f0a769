//! The configuration: one TOML file, checked as a whole before anything runs.
//!
//! Every setting has a default a careful owner would choose, except who he is. Nothing in the file is
//! a secret; it names files and credentials.

mod complaints;
mod diagnostic;
pub mod edit;
mod egress;
mod fix;
mod load;
mod mcp;
mod places;
mod queries;
mod reader;
mod secrets;
mod suggest;
mod values;
mod vault;

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

pub use diagnostic::{Problem, ProblemRecord, Problems, Severity};
pub use fix::{Api, Auth, Egress, Fix, Price, Provider, RunLimits, Scanner};
pub use load::Loaded;
#[cfg(test)]
pub(crate) use load::SCANNERS;
pub use mcp::{Mcp, Push};
pub use places::Environment;
pub use queries::{DEFAULT_QUERIES, LONGEST_QUERY};

use crate::bounty::policy::Policy;
use crate::money::Rates;
use crate::schedule::{Schedule, TimeOfDay, Window, Zone};

/// Whether a text has the shape of a secret: then it goes into no file that was not made for it.
#[must_use]
pub fn is_secret(text: &str) -> bool {
    secrets::is_secret_value(text)
}

/// Everything the owner decides.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file it was read from.
    pub path: PathBuf,
    /// When to scan, in `timezone`.
    pub schedule: Schedule,
    /// A scan starts up to this much later than the schedule says.
    pub jitter: Duration,
    /// The owner's wall clock.
    pub timezone: Zone,
    /// Lets the base URLs be plain http, on loopback addresses only. For simulators.
    pub allow_insecure_loopback: bool,
    /// Where `ledger.db` lives.
    pub state_directory: PathBuf,
    /// Where `control.sock` lives.
    pub runtime_directory: PathBuf,
    /// The tenant that hands out the token.
    pub auth0: Auth0,
    /// Where GitHub is.
    pub github: Github,
    /// Where the owner is asked; `None` when only the command line can answer.
    pub telegram: Option<Telegram>,
    /// What is looked for.
    pub scan: Scan,
    /// How far the daemon may go by itself, what is worth claiming, what needs a question first.
    pub policy: Policy,
    /// Time between two writes to GitHub, at least.
    pub write_spacing: Duration,
    /// How questions are asked.
    pub approvals: Approvals,
    /// When the morning digest is sent.
    pub digest_at: TimeOfDay,
    /// A claim without a linked pull request of ours is withdrawn after this long.
    pub withdraw_after: Duration,
    /// Journal entries older than this are removed; `None` keeps all.
    pub journal_retention: Option<Duration>,
    /// What other currencies are worth, by the owner's word.
    pub rates: Rates,
    /// Who writes patches; `None`: nobody.
    pub fix: Option<Fix>,
    /// How an agent reaches its model.
    pub egress: Egress,
    /// Which programs on this machine may have something done.
    pub mcp: Mcp,
    /// How logs are written.
    pub logging: Logging,
}

/// `[auth0]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Auth0 {
    /// The tenant's base URL; ends with a slash.
    pub base_url: Url,
    /// `iss` of the assertion as the tenant knows it.
    pub issuer: String,
    /// `aud` of the assertion.
    pub audience: String,
    /// The worker's client id.
    pub client_id: String,
    /// A public client for the browser login of `connect github`, if it is not the worker's.
    pub login_client_id: Option<String>,
    /// The owner's user id in the tenant (`sub`).
    pub user_id: String,
    /// The connection that leads to GitHub.
    pub connection: String,
    /// How the client authenticates itself.
    pub client_authentication: ClientAuthentication,
    /// Files with private keys; when empty, the credentials `assertion-key` and `assertion-key-2`.
    pub keys: Vec<PathBuf>,
    /// The `kid` of the key that signs; the first key when `None`.
    pub signing_key: Option<String>,
    /// The OAuth scope asked for in the exchange; normally none.
    pub scope: Option<String>,
    /// A token is not used in the last moments of its life.
    pub token_buffer: Duration,
    /// No token is held longer than this, however long it lives.
    pub hold_cap: Duration,
}

impl Auth0 {
    /// With the keys of another.
    fn with_keys_of(self, other: &Self) -> Self {
        Self {
            keys: other.keys.clone(),
            signing_key: other.signing_key.clone(),
            ..self
        }
    }
}

/// How the client proves itself to the token endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientAuthentication {
    /// RFC 7523 §2.2, with the same keys.
    PrivateKeyJwt,
    /// With a secret from the credential `client-secret` or from this file.
    ClientSecret(Option<PathBuf>),
}

/// `[github]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Github {
    /// REST; ends with a slash.
    pub api_url: Url,
    /// GraphQL.
    pub graphql_url: Url,
    /// Where repositories are fetched from, as `owner/name.git` below it; ends with a slash.
    pub git_url: Url,
}

/// `[telegram]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telegram {
    /// The Bot API; ends with a slash.
    pub api_url: Url,
    /// The owner's numeric user id, which is also the id of the private chat with him.
    pub owner_id: u64,
    /// The file with the bot token, unless the credential `telegram-token` is there.
    pub token_file: Option<PathBuf>,
}

/// `[scan]`
#[derive(Clone, Debug)]
pub struct Scan {
    /// The distinguishing part of each search; state, type and date are added by the scan.
    pub queries: Vec<String>,
    /// How far back the first scan looks.
    pub lookback: Duration,
    /// How far each later scan reaches into the one before it.
    pub overlap: Duration,
}

/// `[approvals]`
#[derive(Clone, Debug)]
pub struct Approvals {
    /// How long a question stands, from its confirmed delivery.
    pub expiry: Duration,
    /// Questions in any 24 hours, at most; the best first.
    pub cards_per_day: u32,
    /// How often one bounty may be asked about again.
    pub reasks: u32,
    /// When no question is sent.
    pub quiet_hours: Option<Window>,
    /// Local user ids, beside root, that may answer on the command line.
    pub approvers: Vec<u32>,
}

/// `[logging]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logging {
    /// Where and how.
    pub format: LogFormat,
    /// What, in the grammar of `tracing_subscriber::EnvFilter`.
    pub filter: String,
}

impl Default for Logging {
    fn default() -> Self {
        Self {
            format: LogFormat::Auto,
            filter: "info,octocrab=warn,rmcp=warn".into(),
        }
    }
}

/// How a log line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// To the journal when stderr is connected to it, else text.
    Auto,
    /// Lines for people, on stderr.
    Text,
    /// One JSON object a line, on stderr.
    Json,
    /// To the journal.
    Journald,
}

impl Config {
    /// The ledger's file.
    #[must_use]
    pub fn ledger_path(&self) -> PathBuf {
        self.state_directory.join("ledger.db")
    }

    /// The file that stops everything while it is there.
    #[must_use]
    pub fn emergency_stop(&self) -> PathBuf {
        self.state_directory.join("estop")
    }

    /// The control socket.
    #[must_use]
    pub fn control_socket(&self) -> PathBuf {
        self.runtime_directory.join("control.sock")
    }

    /// The socket of `[mcp]`.
    #[must_use]
    pub fn mcp_socket(&self) -> PathBuf {
        self.runtime_directory.join("mcp.sock")
    }

    /// The settings that differ in `new` and take a restart: a reload keeps the old ones.
    #[must_use]
    pub fn needs_restart(&self, new: &Self) -> Vec<&'static str> {
        [
            (
                "state_directory",
                self.state_directory != new.state_directory,
            ),
            (
                "runtime_directory",
                self.runtime_directory != new.runtime_directory,
            ),
            ("logging", self.logging != new.logging),
            (
                "auth0",
                self.auth0 != new.auth0.clone().with_keys_of(&self.auth0),
            ),
            ("github", self.github != new.github),
            ("telegram", self.telegram != new.telegram),
            // The socket is opened at the start, if anybody may use it; who may what is asked at each call.
            (
                "mcp",
                self.mcp.clients.is_empty() != new.mcp.clients.is_empty()
                    || self.mcp.http != new.mcp.http,
            ),
        ]
        .into_iter()
        .filter_map(|(name, differs)| differs.then_some(name))
        .collect()
    }

    /// This configuration with those settings of `old` that take a restart: what was opened with them
    /// is still open, and whoever may answer is not changed by half.
    #[must_use]
    pub fn until_restart(self, old: &Self) -> Self {
        Self {
            state_directory: old.state_directory.clone(),
            runtime_directory: old.runtime_directory.clone(),
            logging: old.logging.clone(),
            // The keys are exchanged while the program runs.
            auth0: old.auth0.clone().with_keys_of(&self.auth0),
            github: old.github.clone(),
            telegram: old.telegram.clone(),
            ..self
        }
    }

    /// Whether every service is on this machine: the condition for a clock that a test may drive.
    #[must_use]
    pub fn is_simulated(&self) -> bool {
        self.allow_insecure_loopback
            && [
                &self.auth0.base_url,
                &self.github.api_url,
                &self.github.graphql_url,
            ]
            .into_iter()
            .chain(self.telegram.as_ref().map(|t| &t.api_url))
            .chain(self.fix.as_ref().map(|_| &self.github.git_url))
            .all(is_loopback)
    }
}

/// Whether a URL's host is this machine, by address or by the name that RFC 6761 §6.3 reserves.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(url::Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests;
