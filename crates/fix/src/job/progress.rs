//! What happens in a job, for whoever watches: a live display, the journal.

use std::fmt;

use serde::Serialize;

use super::record::{Ending, Word};
use crate::agent::Step;

/// One thing that happened. Text is revealed, on one line and short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Progress {
    /// The repository is being fetched.
    Fetching {
        /// From where.
        remote: String,
    },
    /// It is here.
    Fetched {
        /// The commit that is worked on.
        base: String,
        /// Its files.
        files: usize,
    },
    /// The gate looked at the request.
    Looked {
        /// What follows.
        outcome: gate::Outcome,
        /// How much it found.
        findings: usize,
    },
    /// The test command is chosen, and stays.
    Pinned {
        /// As a person would type it.
        command: String,
    },
    /// Tests are running.
    Testing {
        /// On what.
        what: What,
    },
    /// They have ended.
    Tested {
        /// On what.
        what: What,
        /// How.
        end: Ending,
        /// How long they took, in milliseconds.
        millis: u64,
    },
    /// The agent begins a round.
    Working {
        /// From 1.
        round: u32,
    },
    /// The agent did something.
    Agent {
        /// What, in words.
        did: String,
    },
    /// The agent ended a round.
    Worked {
        /// From 1.
        round: u32,
        /// How.
        end: String,
    },
    /// A scanner looks at the patch.
    Scanning {
        /// Which.
        tool: String,
    },
    /// The gate looked at the patch.
    Judged {
        /// What follows.
        outcome: gate::Outcome,
        /// How much it found.
        findings: usize,
    },
    /// It is over, and the reports are written.
    Ended {
        /// How.
        outcome: Word,
        /// Why, where there is no patch that may go.
        why: Option<String>,
    },
}

/// What tests run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The base tree.
    Base,
    /// What the agent left.
    Candidate,
    /// The base tree with the new tests.
    NewTests,
    /// What the agent left, with the tests of the base tree.
    BaseTests,
}

/// Watches a job. Must not block.
pub trait Onlooker: Send + Sync {
    /// This happened.
    fn saw(&self, progress: Progress);
}

/// Nobody watches.
impl Onlooker for () {
    fn saw(&self, _: Progress) {}
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Base => "the base tree",
            Self::Candidate => "the change",
            Self::NewTests => "the new tests without the change",
            Self::BaseTests => "the change with the old tests",
        })
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fetching { remote } => write!(f, "fetching {remote}"),
            Self::Fetched { base, files } => write!(f, "at {base}, {files} files"),
            Self::Looked { outcome, findings } => {
                write!(f, "the request: {}, {findings} findings", outcome.word())
            }
            Self::Pinned { command } => write!(f, "tests by `{command}`"),
            Self::Testing { what } => write!(f, "testing {what}"),
            Self::Tested { what, end, millis } => {
                write!(
                    f,
                    "tested {what}: {end} ({}.{} s)",
                    millis / 1000,
                    millis % 1000 / 100
                )
            }
            Self::Working { round } => write!(f, "round {round}: the agent works"),
            Self::Agent { did } => write!(f, "  {did}"),
            Self::Worked { round, end } => write!(f, "round {round}: the agent {end}"),
            Self::Scanning { tool } => write!(f, "{tool} looks at the patch"),
            Self::Judged { outcome, findings } => {
                write!(f, "the patch: {}, {findings} findings", outcome.word())
            }
            Self::Ended { outcome, why: None } => write!(f, "{outcome}"),
            Self::Ended {
                outcome,
                why: Some(why),
            } => write!(f, "{outcome}: {why}"),
        }
    }
}

/// What an agent did, in words.
pub(super) fn words(step: Step) -> String {
    match step {
        Step::Said(text) => text,
        Step::Tool(name) => format!("uses {name}"),
        Step::Asked { what, allowed } => {
            let answer = if allowed { "yes" } else { "no" };
            format!("asks: {what} ({answer})")
        }
        Step::Declined(what) => format!("was declined: {what}"),
    }
}
