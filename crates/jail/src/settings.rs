//! What the jail is made of on this machine: chosen once, by the owner's configuration.

use std::ffi::OsString;
use std::path::PathBuf;

/// What [`crate::Jail::probe`] tries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// bubblewrap, by its absolute path; at least 0.8.0 and not setuid.
    pub bwrap: PathBuf,
    /// The program whose `main` hands its arguments to [`crate::init::main`], by its absolute path.
    /// It starts bubblewrap outside and, bound read-only, is the inner init.
    pub init: PathBuf,
    /// What stands before the jail's own arguments, such as the name of a subcommand.
    pub init_args: Vec<OsString>,
    /// The least Landlock ABI that is accepted; 2 (Linux 5.19) by default.
    pub landlock_minimum: u32,
    /// Who keeps the limits of a whole run.
    pub limits: LimitsMode,
    /// A directory of this process alone, for the files that every box shows: `/etc/passwd` and the
    /// like. Made where it is missing; its parent must exist.
    pub state: PathBuf,
}

impl Settings {
    /// The usual: bubblewrap from the system, Landlock 2, and nothing that comes before the
    /// jail's own arguments.
    #[must_use]
    pub fn new(init: PathBuf, state: PathBuf, limits: LimitsMode) -> Settings {
        Settings {
            bwrap: PathBuf::from("/usr/bin/bwrap"),
            init,
            init_args: Vec::new(),
            landlock_minimum: 2,
            limits,
            state,
        }
    }
}

/// Who keeps the limits that hold for all processes of a run together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LimitsMode {
    /// A control group of its own for each run, below one that is delegated to this user.
    Cgroup {
        /// The delegated group's directory, as systemd's `Delegate=` leaves it.
        root: PathBuf,
    },
    /// Limits of each process only. [`crate::Report::not_enforced`] says what that leaves open.
    RlimitOnly,
}
