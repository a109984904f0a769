//! Driving a coding agent: it is hostile code in a box, and what it says is data.
//!
//! A [`Driver`] knows one agent. It opens a [`Session`] on a [`Desk`], and each [`Session::turn`] has
//! the agent work once on the tree. There are two ways to drive one: [`Acp`] speaks the Agent Client
//! Protocol with it, [`Exec`] runs it as a command and reads what it prints.

mod acp;
mod desk;
mod exec;
mod papers;
mod turn;

use futures_util::future::BoxFuture;
use thiserror::Error;

pub use acp::Acp;
pub use desk::{Desk, Settings, SettingsError};
pub use exec::Exec;
pub use turn::{AgentEnd, Step, Tokens, Turn, Witness};

use crate::finished::End;
use crate::profiles::MaskError;
use crate::prompt::Ask;
use crate::run::{Live, RunError};
use crate::untrusted::{one_line, output};

/// Where the prompt and the agent's settings are seen in the box; read-only.
pub const PAPERS: &str = "/opt/job";

/// Where the tree is seen in the box.
pub const WORK: &str = "/work";

/// Knows how one agent is driven.
pub trait Driver: Send + Sync {
    /// A session at `desk`. Nothing is started yet.
    fn session(&self, desk: Desk) -> Box<dyn Session>;
}

/// An agent at work on one job. Dropped, everything it runs is killed.
///
/// Between two turns its process may live, so the tree may change until [`Session::leave`]: whoever
/// reads it for good does so afterwards.
pub trait Session: Send {
    /// Has it work once. It is told `ask.more()` if it still knows the task, else `ask.whole()`.
    ///
    /// However it behaves, the turn has an end, and that is a value.
    ///
    /// # Errors
    /// It could not be started, or its end could not be learned.
    fn turn<'a>(&'a mut self, ask: &'a Ask) -> BoxFuture<'a, Result<Turn, AgentError>>;

    /// Ends it.
    ///
    /// # Errors
    /// It was killed, but how it ended cannot be learned.
    fn leave(self: Box<Self>) -> BoxFuture<'static, Result<(), AgentError>>;
}

/// Why an agent did not get to work.
#[derive(Debug, Error)]
pub enum AgentError {
    /// The command could not be run or followed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The repository's agent configuration cannot be covered.
    #[error(transparent)]
    Mask(#[from] MaskError),
    /// Prompt or settings could not be written.
    #[error("cannot write `{path}` for the agent: {source}")]
    Papers {
        /// Which file.
        path: std::path::PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A value that the agent cannot do without is not known.
    #[error("{agent} cannot be started without a value for `{placeholder}`; set it for the fixer")]
    Missing {
        /// What people call it.
        agent: String,
        /// What is missing.
        placeholder: &'static str,
    },
    /// The prompt cannot be an argument of a command.
    #[error("the prompt cannot be given to {agent} as an argument: {why}")]
    Prompt {
        /// What people call it.
        agent: String,
        /// Why.
        why: &'static str,
    },
}

/// How a command left that should not have, with the last it said about it.
fn crashed(end: End, live: &Live) -> String {
    let how = match end {
        End::Code(code) => format!("it left with code {code}"),
        End::Signal(signal) => format!("signal {signal} ended it"),
        End::OutOfTime | End::TooLoud | End::Cancelled => "it was ended".to_owned(),
    };
    let complaint = output(&live.complaint(4_000));
    let mut lines = complaint.lines().filter(|line| !line.trim().is_empty());
    // What it is about may be followed by a trace of calls.
    let about = lines.clone().rfind(|line| line.contains("rror"));
    match about.or_else(|| lines.next_back()) {
        Some(line) => format!("{how}: {}", one_line(line, 300)),
        None => how,
    }
}
