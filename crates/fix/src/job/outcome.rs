//! How a job ends.

use std::sync::Arc;

use gate::tree::Tree;
use gate::{Finding, GatePass, Verdict};
use thiserror::Error;

use crate::given::NotApplied;
use crate::objects::{CommitId, TreeId};
use crate::suite::NoCommand;
use crate::suite::evidence::{Evidence, Why};

/// What came of a job.
#[derive(Debug)]
pub enum Outcome {
    /// A patch that tests and gate let through.
    Gated {
        /// Lets exactly this patch be submitted.
        pass: GatePass,
        /// The patch.
        patch: Box<Patch>,
    },
    /// A patch that needs the owner's yes.
    Held {
        /// The patch. [`Verdict::pass_with`] makes the pass of an approval where the gate holds it;
        /// where only the proof is missing that makes one, too, and the approval is the caller's to
        /// insist on.
        patch: Box<Patch>,
        /// Why.
        why: String,
    },
    /// The gate blocks it: the request before any work, or what was made of it.
    Blocked {
        /// What was found, worst first.
        findings: Vec<Finding>,
    },
    /// There is no patch that could be judged further.
    NoFix {
        /// Why.
        why: NoFix,
    },
    /// The job cannot be done here; nothing was decided about a patch.
    Refused {
        /// Why.
        why: Refused,
    },
}

/// What was made, and what is known about it.
#[derive(Debug)]
pub struct Patch {
    /// The commit that it was made on.
    pub base: CommitId,
    /// The whole tree with it.
    pub tree: Arc<Tree>,
    /// The id of that tree, here and at GitHub.
    pub tree_id: TreeId,
    /// What the gate says.
    pub verdict: Verdict,
    /// What the tests show.
    pub evidence: Evidence,
}

/// Why there is no patch.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoFix {
    /// Nobody wants it any more.
    #[error("it was cancelled")]
    Cancelled,
    /// The time of the job is up.
    #[error("the time for the whole job is up; raise it, or leave the issue")]
    OutOfTime,
    /// The agent did not come to an end by itself.
    #[error("the agent {0}")]
    Agent(String),
    /// The agent changed nothing.
    #[error("nothing was changed; what was said is in the report")]
    NothingChanged,
    /// The agent left what it had left before.
    #[error("the agent makes no progress: round {0} left the same tree as one before")]
    SameTree(u32),
    /// The same fails as before.
    #[error("the agent makes no progress: after round {0} the tests fail as they did before")]
    SameFailures(u32),
    /// The tests still fail.
    #[error("the tests still fail after {0} rounds")]
    Rounds(u32),
    /// The tests fail with the patch that was handed in.
    #[error("with the patch the tests fail, and not only as before; mend it and hand it in again")]
    TestsFail,
    /// What the agent left cannot be read.
    #[error("what the agent left is not read: {0}")]
    Unreadable(String),
    /// The tree changed after it was tried, and fails now.
    #[error("the agent changed the tree after it was done, and the tests fail now")]
    Changed,
    /// The tests fail with the change where they are as they were, or in the end.
    #[error("{0}")]
    Tests(Why),
    /// The tests prove nothing about the change, and nobody can be asked.
    #[error("nothing is proven, and nobody can be asked: {0}")]
    NotProven(Why),
}

/// Why a job cannot be done here.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refused {
    /// The repository cannot be fetched or read as it is.
    #[error("{0}")]
    Repository(String),
    /// There is nothing to test with.
    #[error(transparent)]
    NoTestCommand(#[from] NoCommand),
    /// The tests do not run on the base tree, so nothing they say later would mean anything.
    #[error(
        "`{command}` cannot be used on the repository as it is: it {how}; name another command"
    )]
    Tests {
        /// The pinned command.
        command: String,
        /// How it ended.
        how: String,
    },
    /// The jail does not take it.
    #[error("{0}")]
    Sandbox(String),
    /// The patch that was handed in is not one to the base tree.
    #[error("{0}")]
    Patch(NotApplied),
    /// What was made cannot be stored by git.
    #[error("git does not take the changed tree: {0}")]
    Tree(String),
}

impl Outcome {
    /// Why it is so, in words; nothing where there is a patch that may go.
    #[must_use]
    pub fn why(&self) -> Option<String> {
        match self {
            Self::Gated { .. } => None,
            Self::Held { why, .. } => Some(why.clone()),
            Self::Blocked { findings } => {
                let worst = findings.first()?;
                Some(format!("{}: {}", worst.rule, worst.message))
            }
            Self::NoFix { why } => Some(why.to_string()),
            Self::Refused { why } => Some(why.to_string()),
        }
    }
}
