//! When and in which words a bounty is claimed.

use serde::{Deserialize, Serialize};

/// When to claim.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "plan", rename_all = "snake_case")]
pub enum ClaimPlan {
    /// Say so in one comment, then work.
    CommentFirst {
        /// Slash command on its own line, where the platform counts it.
        command: Option<String>,
    },
    /// Ask to be assigned, and do nothing before that has happened.
    AskAssignmentAndWait {
        /// Slash command on its own line, where the platform counts it.
        command: Option<String>,
    },
    /// The claim is the pull request itself: needs a fixer.
    WithSubmission,
}

impl ClaimPlan {
    /// The platform's slash command, if one is to be written.
    #[must_use]
    pub fn command(&self) -> Option<&str> {
        match self {
            Self::CommentFirst { command } | Self::AskAssignmentAndWait { command } => {
                command.as_deref()
            }
            Self::WithSubmission => None,
        }
    }

    /// Its name in the ledger.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::CommentFirst { .. } => "comment_first",
            Self::AskAssignmentAndWait { .. } => "ask_assignment_and_wait",
            Self::WithSubmission => "with_submission",
        }
    }
}
