//! Why there is no jail here, or not for this run.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// A part of the jail is missing on this machine. Nothing was run.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no sandbox: {missing}: {reason}. {remedy}.")]
pub struct Refusal {
    /// The missing part.
    pub missing: Part,
    /// What was seen.
    pub reason: String,
    /// What a person can do about it.
    pub remedy: String,
}

/// The parts without which nothing runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Part {
    /// The daemon does not run as root.
    #[error("an unprivileged user")]
    Unprivileged,
    /// bubblewrap is there, new enough, and not setuid.
    #[error("bubblewrap")]
    Bubblewrap,
    /// This user may make user namespaces.
    #[error("user namespaces")]
    UserNamespaces,
    /// Landlock, of the least ABI that was asked for.
    #[error("Landlock")]
    Landlock,
    /// System call filters.
    #[error("seccomp")]
    Seccomp,
    /// A delegated cgroup v2.
    #[error("cgroup v2")]
    Cgroup,
    /// The private directory for the files that every box shows.
    #[error("the state directory")]
    State,
    /// The program that is the inner init.
    #[error("the inner init")]
    Init,
    /// Everything is there, and yet a box was not what it must be.
    #[error("the trial run")]
    Trial,
}

impl Refusal {
    pub(crate) fn new(
        missing: Part,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Refusal {
        Refusal {
            missing,
            reason: reason.into(),
            remedy: remedy.into(),
        }
    }
}

/// A run that cannot be. Nothing was run.
#[derive(Debug, Error)]
pub enum SpecError {
    /// No program.
    #[error("there is no program to run: argv is empty")]
    NoProgram,
    /// The kernel ends strings at NUL.
    #[error("{what} contains a NUL byte")]
    Nul {
        /// Which.
        what: &'static str,
    },
    /// A variable that no environment can hold.
    #[error("the environment variable {name:?} has no name, or one with `=`")]
    Variable {
        /// Its name.
        name: std::ffi::OsString,
    },
    /// A path that must begin at the root.
    #[error("{what} must be an absolute path without `..`: {path:?}")]
    NotAbsolute {
        /// Which.
        what: &'static str,
        /// The path.
        path: PathBuf,
    },
    /// A path that must stay below `/work`.
    #[error("{what} must be relative to the work tree, without `..`: {path:?}")]
    NotBelow {
        /// Which.
        what: &'static str,
        /// The path.
        path: PathBuf,
    },
    /// A path that cannot be looked at.
    #[error("{what} {path:?} cannot be used: {reason}")]
    Unusable {
        /// Which.
        what: &'static str,
        /// The path.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A work tree that would hand out the jail's own files.
    #[error("the work tree {path:?} contains the jail's own directory; give each run its own tree")]
    TooWide {
        /// The path.
        path: PathBuf,
    },
    /// A link where a mask should be: a mount would land on what it points to.
    #[error(
        "the mask {mask:?} meets a symbolic link at {link:?}; leave the link out of the work tree"
    )]
    MaskThroughLink {
        /// The mask.
        mask: PathBuf,
        /// The link, relative to the work tree.
        link: PathBuf,
    },
    /// A tool that would cover the system's own trees.
    #[error(
        "the tool {inside:?} would cover or enter {clash}; put it below /opt, or leave it in a \
         place of its own"
    )]
    ToolClash {
        /// Where it should be seen.
        inside: PathBuf,
        /// What is there already.
        clash: &'static str,
    },
    /// A tool that is neither below `/opt` nor where it is outside.
    #[error("the tool {inside:?} must be below /opt, or at the same path as outside ({outside:?})")]
    ToolMoved {
        /// Where it should be seen.
        inside: PathBuf,
        /// Where it is.
        outside: PathBuf,
    },
    /// A limit of nothing.
    #[error("the limit `{limit}` is {value}; {rule}")]
    Limit {
        /// Which.
        limit: &'static str,
        /// What was asked for.
        value: u64,
        /// What it must be.
        rule: &'static str,
    },
    /// The control group of the run cannot be made.
    #[error("the control group {path:?} cannot be set up: {source}")]
    Cgroup {
        /// The file or directory.
        path: PathBuf,
        /// What the kernel answered.
        source: io::Error,
    },
}

impl SpecError {
    pub(crate) fn unusable(
        what: &'static str,
        path: &Path,
        reason: impl std::fmt::Display,
    ) -> SpecError {
        SpecError::Unusable {
            what,
            path: path.to_owned(),
            reason: reason.to_string(),
        }
    }
}

/// Something of a run is still there.
#[derive(Debug, Error)]
pub enum LeftBehind {
    /// Processes that did not end in time, as when one waits for a disk that does not answer.
    #[error("{count} processes of the run are still there 10 s after they were killed")]
    Processes {
        /// How many.
        count: usize,
    },
    /// They could not be looked for, or not be killed.
    #[error("the processes of the run cannot be ended: {0}")]
    Kill(#[source] io::Error),
    /// The control group could not be used or removed.
    #[error("the control group {path:?} cannot be cleared: {source}")]
    Cgroup {
        /// Its directory.
        path: PathBuf,
        /// What the kernel answered.
        source: io::Error,
    },
}
