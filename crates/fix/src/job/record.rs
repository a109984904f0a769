//! A job on disk: `job.json`.

use std::fmt;

use clock::UnixMillis;
use serde::{Deserialize, Serialize};

use super::outcome::Outcome;
use crate::finished::{End, Finished};

/// Everything that is known about a job when it is over. Text that came from strangers or the agent
/// is revealed and short.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The form of this file; 1.
    pub version: u32,
    /// The job's name.
    pub id: String,
    /// `owner/name`.
    pub repository: String,
    /// The issue's number.
    pub issue: Option<u64>,
    /// What people call the agent.
    pub agent: String,
    /// The commit that was worked on.
    pub base_commit: Option<String>,
    /// The id of its tree.
    pub base_tree: Option<String>,
    /// The id of the tree that the gate judged.
    pub tree: Option<String>,
    /// The gate's hash of the change.
    pub patch_sha256: Option<String>,
    /// Whether `patch.diff` shows less than all of it.
    pub diff_cut: bool,
    /// The pinned test command.
    pub test_command: Option<String>,
    /// Why it is this one.
    pub test_command_why: Option<String>,
    /// The tests before the change.
    pub tests_before: Option<Tests>,
    /// What the agent did.
    pub rounds: Vec<Round>,
    /// The tests after the change.
    pub tests_after: Option<Tests>,
    /// What the tests show.
    pub evidence: Option<Evidence>,
    /// What the gate found in the request.
    pub request: Vec<Found>,
    /// What scanners said of the patch.
    #[serde(default)]
    pub scans: Vec<Scanned>,
    /// What the gate found in the patch.
    pub findings: Vec<Found>,
    /// How it ended.
    pub outcome: Option<Word>,
    /// Why.
    pub why: Option<String>,
    /// When it began.
    pub started: UnixMillis,
    /// When it was over.
    pub ended: UnixMillis,
}

/// One run of the test command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tests {
    /// Whether it says that all is well.
    pub passed: bool,
    /// How it ended.
    pub end: Ending,
    /// How long it took, in milliseconds.
    pub millis: u64,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// It left with this code.
    Code(i32),
    /// A signal ended it.
    Signal(i32),
    /// It took too long and was killed.
    OutOfTime,
    /// It wrote too much and was killed.
    TooLoud,
    /// It was cancelled.
    Cancelled,
}

/// One round of the agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// How the agent ended.
    pub end: String,
    /// What it said last.
    pub summary: String,
    /// What it says it has cost so far, in US dollars.
    pub cost_usd: Option<f64>,
    /// The id of the tree that it left, where git could store it.
    pub tree: Option<String>,
    /// The tests on that.
    pub tests: Option<Tests>,
    /// How long the agent took, in milliseconds.
    pub millis: u64,
}

/// What the tests prove about a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Whether a test fails without the change and passes with it, and no test was bent for it.
    pub proven: bool,
    /// Why, or why not.
    pub why: String,
    /// The test files as they were, over the changed sources; none where that is what was tried.
    pub old_tests: Option<Tests>,
    /// The new test files over the old sources; none where there is no such file.
    pub new_tests: Option<Tests>,
}

/// What one scanner said of a patch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scanned {
    /// Its name.
    pub tool: String,
    /// Whether the gate stays shut when it fails.
    pub required: bool,
    /// How much it found in the changed files; none where it failed.
    pub results: Option<usize>,
    /// Why it failed.
    pub failed: Option<String>,
}

/// A finding of the gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The rule's id.
    pub rule: String,
    /// `block`, `hold` or `note`.
    pub severity: String,
    /// Where.
    pub path: Option<String>,
    /// Line, from 1.
    pub line: Option<u32>,
    /// What.
    pub message: String,
}

/// How a job ended, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// [`Outcome::Gated`]
    Gated,
    /// [`Outcome::Held`]
    Held,
    /// [`Outcome::Blocked`]
    Blocked,
    /// [`Outcome::NoFix`]
    NoFix,
    /// [`Outcome::Refused`]
    Refused,
}

impl Word {
    /// The word for an outcome.
    #[must_use]
    pub fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Gated { .. } => Self::Gated,
            Outcome::Held { .. } => Self::Held,
            Outcome::Blocked { .. } => Self::Blocked,
            Outcome::NoFix { .. } => Self::NoFix,
            Outcome::Refused { .. } => Self::Refused,
        }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gated => "the patch may go",
            Self::Held => "the patch waits for the owner",
            Self::Blocked => "blocked",
            Self::NoFix => "no fix",
            Self::Refused => "refused",
        })
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(0) => f.write_str("passed"),
            Self::Code(code) => write!(f, "failed with code {code}"),
            Self::Signal(signal) => write!(f, "was ended by signal {signal}"),
            Self::OutOfTime => f.write_str("took too long"),
            Self::TooLoud => f.write_str("wrote too much"),
            Self::Cancelled => f.write_str("was cancelled"),
        }
    }
}

impl From<End> for Ending {
    fn from(end: End) -> Self {
        match end {
            End::Code(code) => Self::Code(code),
            End::Signal(signal) => Self::Signal(signal),
            End::OutOfTime => Self::OutOfTime,
            End::TooLoud => Self::TooLoud,
            End::Cancelled => Self::Cancelled,
        }
    }
}

impl From<&Finished> for Tests {
    fn from(finished: &Finished) -> Self {
        Self {
            passed: finished.succeeded(),
            end: finished.end.into(),
            millis: u64::try_from(finished.took.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

impl From<&gate::Finding> for Found {
    fn from(finding: &gate::Finding) -> Self {
        Self {
            rule: finding.rule.to_string(),
            severity: finding.severity.word().to_owned(),
            path: finding.path.clone(),
            line: finding.line,
            message: finding.message.clone(),
        }
    }
}
