//! The seam between a run and the jail: who makes a command out of a [`jail::Spec`].

use std::io;
use std::process::Command;

use thiserror::Error;

/// Makes commands that run confined.
///
/// What it returns must hold: the command, and everything it starts, is in the box that the spec
/// describes before a byte of foreign code runs.
pub trait Confine: Send + Sync {
    /// The command for `spec`, not started.
    ///
    /// # Errors
    /// The spec asks for what the jail does not give.
    fn prepare(&self, spec: &jail::Spec) -> Result<Prepared, Refused>;
}

/// A command that can be started once. Its standard streams and its process group are set by the run,
/// and it is started from a thread that never ends.
pub struct Prepared {
    /// What to start.
    pub command: Command,
    /// What ends it. Dropped when the run is over and its first process is gone.
    pub guard: Box<dyn Guard>,
}

/// Ends everything that runs in one box.
pub trait Guard: Send {
    /// The command became this process, which leads its own group. Called once, right after the start.
    ///
    /// # Errors
    /// It cannot be watched; it is killed then.
    fn started(&mut self, child: u32) -> io::Result<()>;

    /// Kills every process of the box, also those that left the process group, and waits until they
    /// are gone; it may block for that. May be called more than once, and for a box that is empty.
    ///
    /// # Errors
    /// Something is still there.
    fn kill_all(&mut self) -> Result<(), LeftBehind>;
}

/// Why the jail does not take a spec, in words.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct Refused(pub String);

/// What is left of a box and why, in words.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct LeftBehind(pub String);
