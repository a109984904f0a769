//! The egress proxy: the sandboxed agent's only way out, and the only code that sees a model
//! provider's API key.
//!
//! An agent reaches it through a Unix socket of its job's own and holds the key `placeholder`. What
//! may pass is a list: `/llm/<provider>/…` with the methods and paths of that provider's API, and,
//! in a set-up phase that the owner enabled, tunnels to package hosts. A request is made anew: the
//! real key is added, of the agent's headers three go on, its body loses what would have the
//! provider run or fetch something. Budgets are kept here, by the providers' own counts.
//!
//! Words that a model reads can still carry anything to its provider, and a package host sees what
//! is asked of it: the proxy decides who hears the agent, not what it says.
//!
//! # Layout
//!
//! * `settings`, `budgets`, `price`, `journal` – what it is told, what it tells
//! * `key`, `leak` – the key, and that no answer holds it
//! * `job` – the socket, who may speak, and until when
//! * `routes`, `wish`, `json` – which requests and which bodies may go on
//! * `meter`, `reading` – what they cost
//! * `relay`, `answer`, `tunnel`, `refusal` – the way there and back
//!
//! # What cannot be done from outside
//!
//! A key is no public type, so it cannot be named, cloned, printed or stored:
//!
//! ```compile_fail,E0603
//! use vault::egress::key::Key;
//! ```
//!
//! The proxy has no getter for one:
//!
//! ```compile_fail,E0599
//! fn steal(egress: &vault::egress::Egress) -> String { egress.key("openai") }
//! ```
//!
//! ```compile_fail,E0616
//! fn steal(egress: &vault::egress::Egress) { let _ = &egress.inner; }
//! ```
//!
//! and cannot be serialised:
//!
//! ```compile_fail,E0277
//! fn dump<T: serde::Serialize>() {}
//! dump::<vault::egress::Egress>();
//! ```

mod answer;
mod budgets;
mod job;
mod journal;
mod json;
mod key;
mod leak;
mod meter;
mod price;
mod reading;
mod refusal;
mod relay;
mod routes;
mod settings;
mod tunnel;
mod wish;

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use clock::Clock;
use tokio::net::UnixListener;
use tokio::sync::{Semaphore, watch};

pub use self::budgets::{Budget, Budgets, Tokens, Usage};
use self::job::{Job, Line};
use self::journal::Recorder;
pub use self::journal::{EgressEvent, EgressJournal};
use self::key::Key;
use self::meter::Meter;
pub use self::price::Price;
pub use self::settings::{Api, Auth, PackageHost, Provider, Settings};
use crate::http_client::{self, Patience, Reuse};
use crate::settings::OpenError;

/// Until a connection to a provider stands.
const CONNECT: Duration = Duration::from_secs(10);
/// What the HTTP client's own patience is above the proxy's, which is to end first.
const MARGIN: Duration = Duration::from_secs(60);
/// Longest id of a job.
const LONGEST_ID: usize = 128;

/// A handle to the opened proxy; clones share the keys.
#[derive(Clone)]
pub struct Egress {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Settings,
    lines: BTreeMap<String, Arc<Line>>,
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
    journal: Arc<dyn EgressJournal>,
}

/// What a job may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobGrant {
    /// Stands in every line of the journal.
    pub id: String,
    /// Names of [`Settings::providers`].
    pub providers: Vec<String>,
    /// Those of the settings stay in force where they are lower.
    pub budgets: Budgets,
    /// What it is doing.
    pub phase: Phase,
}

/// What a job is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Its work: no tunnel is opened.
    Work,
    /// Fetching packages before its work.
    SetUp {
        /// Some of [`Settings::allow_packages`].
        hosts: Vec<PackageHost>,
    },
}

/// Why a job is not served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrantRefused {
    /// The id cannot stand in a journal.
    #[error("job {0:?}: its id must be 1 to 128 printable characters without spaces")]
    Id(String),
    /// There is no such provider.
    #[error("job {job}: no model provider is called {provider:?}; add it to the settings")]
    Provider {
        /// The job.
        job: String,
        /// The name.
        provider: String,
    },
    /// The owner did not allow this host.
    #[error(
        "job {job}: {host} is not among the hosts that packages may come from; add it to allow_packages"
    )]
    Host {
        /// The job.
        job: String,
        /// Host and port.
        host: String,
    },
}

impl Egress {
    /// Reads the keys, and reaches out to nobody.
    ///
    /// # Errors
    /// The first setting or key that cannot work, with its remedy.
    pub async fn open(
        settings: Settings,
        clock: Arc<dyn Clock>,
        journal: Arc<dyn EgressJournal>,
    ) -> Result<Self, OpenError> {
        settings.check()?;
        let trust = http_client::trust().await?;
        let patience = Patience {
            connect: CONNECT,
            total: settings.budgets.per_request_time.saturating_add(MARGIN),
        };
        let http = http_client::build(
            &trust,
            &settings.user_agent,
            !settings.allow_insecure_loopback,
            // A request on a connection the provider is just closing would be paid for unanswered.
            Reuse::Fresh,
            patience,
        )?;
        let mut lines = BTreeMap::new();
        for provider in &settings.providers {
            let key = Key::load(&provider.credential, provider.auth)?;
            let line = Line {
                provider: provider.clone(),
                key,
            };
            lines.insert(provider.name.clone(), Arc::new(line));
        }
        Ok(Self {
            inner: Arc::new(Inner {
                settings,
                lines,
                http,
                clock,
                journal,
            }),
        })
    }

    /// Serves one job on its socket until `shutdown` ends, then cuts off what is under way, and says
    /// what the job used. Dropped before that, it cuts off as well, but the account is not closed.
    ///
    /// # Errors
    /// The grant goes beyond the settings; nothing was served.
    pub async fn serve_job(
        &self,
        listener: UnixListener,
        grant: JobGrant,
        shutdown: impl Future<Output = ()>,
    ) -> Result<Usage, GrantRefused> {
        let (stop, stopped) = watch::channel(false);
        let job = Arc::new(self.job(grant, stopped)?);
        Ok(job::serve(job, listener, stop, shutdown).await)
    }

    /// Whether a form of any provider's key stands in `bytes`. For whoever judges what a job made: it
    /// learns that, and no more.
    #[must_use]
    pub fn key_in(&self, bytes: &[u8]) -> bool {
        self.inner.lines.values().any(|line| line.key.is_in(bytes))
    }

    fn job(&self, grant: JobGrant, stop: watch::Receiver<bool>) -> Result<Job, GrantRefused> {
        let inner = &self.inner;
        let id = grant.id;
        if !(1..=LONGEST_ID).contains(&id.len()) || !id.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(GrantRefused::Id(id));
        }
        let mut lines = BTreeMap::new();
        for name in grant.providers {
            let Some(line) = inner.lines.get(&name) else {
                return Err(GrantRefused::Provider {
                    job: id,
                    provider: name,
                });
            };
            lines.insert(name, Arc::clone(line));
        }
        let hosts = match grant.phase {
            Phase::Work => Vec::new(),
            Phase::SetUp { hosts } => hosts,
        };
        let allowed = &inner.settings.allow_packages;
        if let Some(host) = hosts.iter().find(|host| !allowed.contains(host)) {
            let host = host.shown();
            return Err(GrantRefused::Host { job: id, host });
        }
        let budgets = grant.budgets.within(inner.settings.budgets);
        Ok(Job {
            lines,
            hosts,
            peer_uid: inner.settings.peer_uid,
            allow_loopback: inner.settings.allow_insecure_loopback,
            http: inner.http.clone(),
            clock: Arc::clone(&inner.clock),
            slots: Arc::new(Semaphore::new(budgets.concurrent as usize)),
            meter: Arc::new(Meter::new(budgets)),
            recorder: Recorder::new(Arc::clone(&inner.journal), id),
            stop,
        })
    }
}

impl fmt::Debug for Egress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Egress").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::{Debug, Display};

    use serde::Serialize;

    use super::*;

    /// Stops compiling as soon as `$secret` implements `$trait`: the call becomes ambiguous.
    macro_rules! must_not_implement {
        ($($secret:ty: $($unwanted:path),+;)+) => {$($({
            trait Ambiguous<Marker> {
                fn unambiguous() {}
            }
            impl<T: ?Sized> Ambiguous<()> for T {}
            impl<T: ?Sized + $unwanted> Ambiguous<u8> for T {}
            <$secret as Ambiguous<_>>::unambiguous();
        })+)+};
    }

    #[test]
    fn keys_are_neither_copied_nor_shown() {
        must_not_implement! {
            Key: Clone, Debug, Display, Serialize, AsRef<str>, AsRef<[u8]>;
            Line: Clone, Debug, Display, Serialize;
            Egress: Display, Serialize;
        }
    }
}
