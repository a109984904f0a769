//! The jail of this machine, and commands for it.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cgroup;
use crate::check::{self, Checked};
use crate::etc::Etc;
use crate::guard::Guard;
use crate::init::Enter;
use crate::init::Inner;
use crate::layout::{self, Host};
use crate::probe;
use crate::refusal::{Refusal, SpecError};
use crate::report::Report;
use crate::settings::Settings;
use crate::spec::Spec;

/// A jail that was tried and stands.
#[derive(Clone, Debug)]
pub struct Jail {
    pub(crate) parts: Parts,
    report: Report,
}

/// What a box is made of.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    pub(crate) settings: Settings,
    pub(crate) etc: Etc,
    pub(crate) host: Host,
    pub(crate) cgroup: Option<cgroup::Root>,
}

/// A run that is ready to be started.
#[derive(Debug)]
pub struct Prepared {
    /// What to start, once. Standard input, output and error are the caller's to set, and are all
    /// that the run gets of this process. Nothing else may be changed.
    ///
    /// The kernel kills the run when the *thread* that started it ends (prctl(2),
    /// `PR_SET_PDEATHSIG`): start it from one that outlives it, not from a pool that shrinks.
    pub command: Command,
    /// Ends it. Keep it as long as the run; dropping it kills.
    pub guard: Guard,
    /// Masks whose path is not in the work tree, so that there was nothing to cover.
    pub absent_masks: Vec<PathBuf>,
}

impl Jail {
    /// Looks for every part of the jail, and runs a box once that looks at itself from inside.
    ///
    /// # Errors
    /// The first part that is missing, why, and what helps. A caller that was told so by the owner's
    /// configuration ends with exit code 78.
    pub fn probe(settings: &Settings) -> Result<Jail, Refusal> {
        let (parts, report) = probe::probe(settings)?;
        Ok(Jail { parts, report })
    }

    /// What the probe found.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Turns a spec into a command. Makes the run's control group, where there are such.
    ///
    /// # Errors
    /// What cannot be in a box as it is.
    pub fn command(&self, spec: &Spec) -> Result<Prepared, SpecError> {
        self.parts.command(spec)
    }
}

impl Parts {
    pub(crate) fn command(&self, spec: &Spec) -> Result<Prepared, SpecError> {
        let checked = check::check(spec, self.etc.state())?;
        let cgroup = match &self.cgroup {
            Some(root) => Some(root.make(&spec.limits)?),
            None => None,
        };
        let command = self.launcher(spec, &checked, cgroup.as_ref().map(cgroup::Group::path));
        Ok(Prepared {
            command,
            guard: Guard::new(cgroup),
            absent_masks: checked.covers.absent,
        })
    }

    /// The launcher outside: see [`crate::init`].
    fn launcher(&self, spec: &Spec, checked: &Checked, cgroup: Option<&Path>) -> Command {
        let enter = Enter {
            parent: std::process::id(),
            cgroup: cgroup.map(Path::to_owned),
            bwrap: self.settings.bwrap.clone(),
            files: layout::files(&self.host, &self.etc),
            options: layout::options(spec, checked, &self.host, &self.etc, &self.settings.init),
            command: self.inner(spec),
        };
        let mut command = Command::new(&self.settings.init);
        command
            .args(&self.settings.init_args)
            .args(enter.to_args())
            .env_clear()
            .current_dir("/")
            .process_group(0);
        command
    }

    /// The inner init's command line, as it is inside.
    fn inner(&self, spec: &Spec) -> Vec<OsString> {
        let inner = Inner {
            maker: std::process::id(),
            start_in: Path::new(layout::WORK).join(&spec.start_in),
            bridge: spec.egress.is_some(),
            pwd: spec.env.get(std::ffi::OsStr::new("PWD")).cloned(),
            landlock_minimum: self.settings.landlock_minimum,
            memory: spec.limits.memory,
            processes: spec.limits.processes,
            cpu_seconds: spec.limits.cpu_seconds,
            file_size: spec.limits.file_size,
            open_files: spec.limits.open_files,
            prefix: self.settings.init_args.clone(),
            argv: spec.argv.clone(),
        };
        let mut words = vec![OsString::from(layout::INIT)];
        words.extend(self.settings.init_args.iter().cloned());
        words.extend(inner.to_args());
        words
    }
}
