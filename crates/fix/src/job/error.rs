//! What ends a job early: an outcome, or a failure of ours.

use std::path::PathBuf;

use thiserror::Error;

use super::outcome::{NoFix, Outcome, Refused};
use crate::agent::AgentError;
use crate::checkout::{FetchError, MirrorError};
use crate::run::RunError;
use crate::walk::{ExportError, RemoveError, WalkError};

/// Something of ours failed; it says nothing about the repository or the agent.
#[derive(Debug, Error)]
pub enum JobError {
    /// A name of which no directory is made.
    #[error(
        "`{}` is no name of a job: 1 to 64 small letters, digits and `-`, beginning with a letter or digit", .0.escape_default()
    )]
    Id(String),
    /// Its directory cannot be made.
    #[error("cannot make {}: {source}; see whether the job ran before, and the rights of the state directory", path.display())]
    Room {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A report cannot be written.
    #[error("cannot write {}: {source}; check the space in the state directory", path.display())]
    Report {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A report of this job is there already.
    #[error("{} is there already: this job was done before; remove its report, or name the new job otherwise", .0.display())]
    Done(PathBuf),
    /// The repository was not fetched.
    #[error(transparent)]
    Fetch(Box<FetchError>),
    /// Git failed.
    #[error(transparent)]
    Mirror(#[from] MirrorError),
    /// A tree was not written for a box.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// What a box left was not read.
    #[error(transparent)]
    Walk(#[from] WalkError),
    /// A directory of the job is still there.
    #[error(transparent)]
    Remove(#[from] RemoveError),
    /// A test run could not be followed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The agent could not be started or followed.
    #[error(transparent)]
    Agent(#[from] AgentError),
    /// The patch cannot be put on paper.
    #[error(transparent)]
    Carried(#[from] gate::carried::NotCarried),
    /// There is no canary.
    #[error(transparent)]
    Canary(#[from] gate::canary::BadCanary),
    /// A thread of ours ended before its work.
    #[error("a thread of the job ended early: {0}; this is a defect, report it")]
    Thread(String),
}

/// What ends a job before its last step.
pub(super) enum Halt {
    Over(Outcome),
    Broken(Box<JobError>),
}

impl<E: Into<JobError>> From<E> for Halt {
    fn from(error: E) -> Self {
        Self::Broken(Box::new(error.into()))
    }
}

impl Halt {
    pub(super) fn no_fix(why: NoFix) -> Self {
        Self::Over(Outcome::NoFix { why })
    }

    pub(super) fn refused(why: Refused) -> Self {
        Self::Over(Outcome::Refused { why })
    }

    /// A run that the jail does not take is no failure of ours: the tree, or the agent's
    /// configuration in it, makes it so.
    pub(super) fn of_run(error: RunError) -> Self {
        match error {
            RunError::Refused { .. } => Self::refused(Refused::Sandbox(error.to_string())),
            error => error.into(),
        }
    }

    pub(super) fn of_agent(error: AgentError) -> Self {
        match error {
            AgentError::Run(error) => Self::of_run(error),
            AgentError::Mask(error) => Self::refused(Refused::Sandbox(error.to_string())),
            error => error.into(),
        }
    }

    /// A repository that is too large or made to harm is refused; a git that fails is a failure.
    pub(super) fn of_fetch(error: FetchError) -> Self {
        match error {
            FetchError::TooLarge { .. }
            | FetchError::Sha256 { .. }
            | FetchError::Malformed { .. }
            | FetchError::NotFound { .. }
            | FetchError::NoSuchCommit { .. }
            | FetchError::Redirected { .. }
            | FetchError::OtherCommit { .. }
            | FetchError::NoBranchName(_) => Self::refused(Refused::Repository(error.to_string())),
            error => JobError::Fetch(Box::new(error)).into(),
        }
    }

    pub(super) fn of_base(error: MirrorError) -> Self {
        match error {
            MirrorError::TooManyFiles(_)
            | MirrorError::FileTooLarge { .. }
            | MirrorError::TooLarge(_)
            | MirrorError::Path(_)
            | MirrorError::NotCanonical(_) => Self::refused(Refused::Repository(error.to_string())),
            error => error.into(),
        }
    }

    /// What the agent made too large is its fault; a directory that cannot be read is not.
    pub(super) fn of_walk(error: WalkError) -> Self {
        match error {
            WalkError::NoTree { .. } | WalkError::Read { .. } => error.into(),
            error => Self::no_fix(NoFix::Unreadable(error.to_string())),
        }
    }
}
