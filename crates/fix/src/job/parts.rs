//! By whom a job is done, and with how much of everything.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clock::{Clock, Entropy};
use gate::{GatePolicy, Secrets};

use crate::agent::{Acp, Driver, Exec, Settings};
use crate::checkout::{self, Git};
use crate::profiles::{Masks, Profile};
use crate::run::{Confine, Stopped};
use crate::scanners::Scanner;
use crate::walk::Caps;

/// Everything that a job is handed.
#[derive(Clone)]
pub struct Parts {
    /// Git.
    pub git: Git,
    /// The jail.
    pub confine: Arc<dyn Confine>,
    /// The clock of all limits.
    pub clock: Arc<dyn Clock>,
    /// Where the canary comes from.
    pub entropy: Arc<dyn Entropy>,
    /// Who knows the live secrets; asked whether a patch has one, and nothing else.
    pub secrets: Arc<dyn Secrets + Send + Sync>,
    /// The coding agent.
    pub agent: Agent,
    /// The boxes in which tests run; there is no way out of them.
    pub tests: Confinement,
    /// What looks at a patch beside the gate's own rules.
    pub scanners: Vec<Scanner>,
    /// The boxes in which they do.
    pub scans: Confinement,
    /// The owner's limits for patches.
    pub policy: GatePolicy,
    /// How much of everything.
    pub limits: Limits,
    /// An existing directory of this user, on one file system, where jobs work and leave their reports.
    pub state: PathBuf,
    /// Becomes `true` when nobody wants the result any more.
    pub stopped: Stopped,
}

/// The coding agent, and the box that it gets.
#[derive(Clone)]
pub struct Agent {
    /// What people call it.
    pub name: String,
    /// Who drives it.
    pub driver: Arc<dyn Driver>,
    /// What of a repository is covered while it works.
    pub masks: Masks,
    /// What the owner chose. The test command is set by the job.
    pub settings: Settings,
    /// Its box.
    pub confinement: Confinement,
    /// The egress proxy's socket, on which its model answers.
    pub egress: Option<PathBuf>,
}

impl Agent {
    /// The agent of a profile, over the Agent Client Protocol where it speaks it.
    #[must_use]
    pub fn of(
        profile: &Arc<Profile>,
        settings: Settings,
        confinement: Confinement,
        egress: Option<PathBuf>,
    ) -> Option<Self> {
        let driver: Arc<dyn Driver> = match Acp::new(Arc::clone(profile)) {
            Some(acp) => Arc::new(acp),
            None => Arc::new(Exec::new(Arc::clone(profile))?),
        };
        Some(Self {
            name: profile.name.clone(),
            driver,
            masks: profile.masks.clone(),
            settings,
            confinement,
            egress,
        })
    }
}

/// What a box has, beside the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confinement {
    /// Its whole environment.
    pub env: BTreeMap<OsString, OsString>,
    /// Trees that can be read, beside the system's own.
    pub tools: Vec<jail::Tool>,
    /// How much it may use.
    pub limits: jail::Limits,
}

impl Confinement {
    /// The system's programs and nothing else.
    #[must_use]
    pub fn plain(limits: jail::Limits) -> Self {
        let env = [
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
            ("LANG", "C.UTF-8"),
            // What Python keeps beside its sources is no part of a change.
            ("PYTHONDONTWRITEBYTECODE", "1"),
        ];
        Self {
            env: env.map(|(name, value)| (name.into(), value.into())).into(),
            tools: Vec::new(),
            limits,
        }
    }

    pub(super) fn spec(&self, argv: Vec<OsString>, work: PathBuf) -> jail::Spec {
        jail::Spec {
            argv,
            env: self.env.clone(),
            work,
            start_in: PathBuf::new(),
            tools: self.tools.clone(),
            masks: Vec::new(),
            egress: None,
            limits: self.limits.clone(),
        }
    }
}

/// How much of everything one job may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How often the agent is asked.
    pub rounds: u32,
    /// Real time for all of it.
    pub wall: Duration,
    /// What a repository may cost.
    pub checkout: checkout::Limits,
    /// How much is read of what the agent leaves.
    pub caps: Caps,
}

impl Default for Limits {
    /// Four rounds and two hours.
    fn default() -> Self {
        let checkout = checkout::Limits::default();
        Self {
            rounds: 4,
            wall: Duration::from_secs(2 * 60 * 60),
            caps: Caps {
                entries: 2 * checkout.files,
                depth: 128,
                file_bytes: checkout.file_bytes,
                total_bytes: checkout.tree_bytes,
            },
            checkout,
        }
    }
}
