//! From the configuration to what a job is handed.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clock::{Clock, Entropy};
use fix::agent::Settings;
use fix::checkout::Git;
use fix::job::{Agent, Confinement, Limits, Parts};
use fix::profiles::{Profile, Profiles};
use fix::run::Stopped;
use fix::scanners::Scanner;
use gate::{GatePolicy, Secrets};
use jail::{Jail, LimitsMode, Tool};

use crate::cli::JAIL_INIT;
use crate::config::{Fix, RunLimits, Scanner as Chosen};

/// Bytes of standard output and error that are kept of a run.
const OUTPUT: u64 = 8 << 20;
/// Bytes of one file that a run may write.
const FILE: u64 = 2 << 30;
const OPEN_FILES: u64 = 65_536;
/// Bytes that are kept of a scanner's standard output and error; half are the report's.
const REPORT: u64 = 64 << 20;

/// The agent's profile.
///
/// # Errors
/// The file of profiles cannot be read, or nobody is called so.
pub(super) fn profile(fix: &Fix) -> Result<Arc<Profile>, String> {
    let mut profiles = Profiles::built_in();
    if let Some(path) = &fix.profiles {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("fix.profiles: cannot read {}: {error}", path.display()))?;
        profiles = profiles
            .with(&text)
            .map_err(|error| format!("fix.profiles: {}: {error}", path.display()))?;
    }
    profiles.get(&fix.agent).ok_or_else(|| {
        let known: Vec<_> = profiles.ids().collect();
        format!(
            "fix.agent: nobody is called `{}`; there are {}",
            fix.agent,
            known.join(", ")
        )
    })
}

/// What the owner chose for the agent.
///
/// # Errors
/// A name cannot be put where profiles want it.
pub(super) fn settings(fix: &Fix) -> Result<Settings, String> {
    let settings = Settings {
        model: fix.model.clone(),
        provider: fix.provider.clone(),
        turn: fix.turn,
        ..Settings::default()
    };
    settings.check().map_err(|error| error.to_string())?;
    Ok(settings)
}

/// Tries the jail once.
///
/// # Errors
/// A part is missing: which, and the remedy.
pub(super) fn jail(fix: &Fix, state: &Path) -> Result<Jail, String> {
    let own = std::env::current_exe()
        .map_err(|error| format!("no sandbox: this program does not find itself: {error}"))?;
    let limits = match &fix.limits {
        RunLimits::RlimitOnly => LimitsMode::RlimitOnly,
        RunLimits::Cgroup(Some(root)) => LimitsMode::Cgroup { root: root.clone() },
        RunLimits::Cgroup(None) => LimitsMode::Cgroup {
            root: own_cgroup().ok_or(
                "no sandbox: cgroup v2: this process is in no control group of version 2. Run it in a \
                 unit with Delegate=, or set [fix] limits = \"rlimit-only\" and read what that leaves open \
                 (`bountyd sandbox check`)",
            )?,
        },
    };
    jail::Settings::of_program(own, JAIL_INIT, state.join("jail"), limits)
        .and_then(|settings| {
            Jail::probe(&jail::Settings {
                bwrap: fix.bubblewrap.clone(),
                ..settings
            })
        })
        .map_err(|refusal| refusal.to_string())
}

/// The directory of the control group this process is in (cgroups(7), "/proc/pid/cgroup").
#[must_use]
pub fn own_cgroup() -> Option<PathBuf> {
    let groups = std::fs::read_to_string("/proc/self/cgroup").ok()?;
    let path = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    Some(PathBuf::from("/sys/fs/cgroup").join(path))
}

/// What all jobs share.
pub(super) struct Shared {
    pub(super) jail: Arc<Jail>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) profile: Arc<Profile>,
    pub(super) settings: Settings,
}

impl Shared {
    /// The parts of one job.
    ///
    /// # Errors
    /// There is no git, or the profile cannot be driven.
    pub(super) fn parts(
        &self,
        fix: &Fix,
        state: PathBuf,
        egress: Option<PathBuf>,
        secrets: Arc<dyn Secrets + Send + Sync>,
        unattended: bool,
        stopped: Stopped,
    ) -> Result<Parts, String> {
        let path =
            std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
        let mut limits = jail::Limits {
            wall: fix.turn.saturating_mul(fix.rounds),
            memory: fix.memory,
            processes: fix.processes,
            cpu_percent: fix.processor,
            cpu_seconds: fix.time.as_secs(),
            file_size: FILE,
            open_files: OPEN_FILES,
            scratch: fix.scratch,
            output: OUTPUT,
        };
        let agent = confinement(fix, limits.clone())?;
        limits.wall = fix.test_time;
        let scans = confinement(
            fix,
            jail::Limits {
                output: REPORT,
                ..limits.clone()
            },
        )?;
        let tests = confinement(fix, limits)?;
        let agent = Agent::of(&self.profile, self.settings.clone(), agent, egress)
            .ok_or_else(|| format!("fix.agent: `{}` cannot be started", fix.agent))?;
        Ok(Parts {
            git: Git::find(path).map_err(|missing| missing.to_string())?,
            confine: Arc::clone(&self.jail) as Arc<dyn fix::run::Confine>,
            clock: Arc::clone(&self.clock),
            entropy: Arc::clone(&self.entropy),
            secrets,
            agent,
            tests,
            scanners: fix.scanners.iter().map(scanner).collect(),
            scans,
            policy: GatePolicy {
                unattended,
                protected: fix.protected.clone(),
                ..GatePolicy::default()
            },
            limits: Limits {
                rounds: fix.rounds,
                wall: fix.time,
                ..Limits::default()
            },
            state,
            stopped,
        })
    }
}

/// As we know it, with what the owner says instead.
fn scanner((name, wanted): (&String, &Chosen)) -> Scanner {
    let mut scanner = Scanner::known(name).unwrap_or_else(|| Scanner {
        name: name.clone(),
        argv: Vec::new(),
        files: Vec::new(),
        required: true,
    });
    if !wanted.command.is_empty() {
        scanner.argv = wanted.command.iter().map(OsString::from).collect();
    }
    if let Some(files) = &wanted.files {
        scanner.files.clone_from(files);
    }
    scanner.required = wanted.required;
    scanner
}

fn confinement(fix: &Fix, limits: jail::Limits) -> Result<Confinement, String> {
    let mut confinement = Confinement::plain(limits);
    let programs =
        std::env::join_paths(&fix.programs).map_err(|error| format!("fix.programs: {error}"))?;
    confinement.env.insert("PATH".into(), programs);
    for (name, value) in &fix.environment {
        confinement
            .env
            .insert(OsString::from(name), OsString::from(value));
    }
    confinement.tools = fix
        .tools
        .iter()
        .map(|tree| Tool {
            outside: tree.clone(),
            inside: tree.clone(),
        })
        .collect();
    Ok(confinement)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SCANNERS;

    #[test]
    fn the_configuration_knows_the_scanners_that_can_be_started() {
        assert_eq!(Scanner::names().collect::<Vec<_>>(), SCANNERS);
    }

    #[test]
    fn the_owner_has_the_last_word_about_a_scanner() {
        let mut wanted = Chosen {
            command: Vec::new(),
            files: None,
            required: false,
        };
        let known = scanner((&"bandit".to_owned(), &wanted));
        assert_eq!(known.argv[0], "bandit");
        assert!(!known.required && known.files.contains(&".py".to_owned()));
        wanted.command = vec!["/opt/mine".into(), "tree".into()];
        wanted.files = Some(Vec::new());
        let changed = scanner((&"bandit".to_owned(), &wanted));
        assert_eq!(changed.argv, ["/opt/mine", "tree"]);
        assert!(changed.files.is_empty());
    }
}
