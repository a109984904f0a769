//! When and in which words a bounty is claimed.

use serde::{Deserialize, Serialize};

use super::etiquette::Etiquette;
use super::evidence::Evidence;
use super::platform::Platform;
use super::programmes;

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

/// The platform's word in a pull request that hands work in, where it was identified by its own account:
/// Algora counts `/claim #n` (docs.algora.io, \"Claiming bounties\").
#[must_use]
pub fn with_pull_request(appraisal: &super::appraise::Appraisal, number: u64) -> Option<String> {
    let known = appraisal.platform_evidence == Evidence::Verified;
    (known && appraisal.platform == Some(Platform::Algora)).then(|| format!("/claim #{number}"))
}

/// The plan for a bounty. A slash command is written only where the platform was identified by its
/// own account or by a label whose setter is known, never because a text names it.
pub(crate) fn plan(
    platform: Option<(Platform, Evidence)>,
    etiquette: &Etiquette,
    owner: &str,
    number: u64,
) -> ClaimPlan {
    let Some((platform, evidence)) = platform else {
        return ClaimPlan::AskAssignmentAndWait { command: None };
    };
    let known = evidence == Evidence::Verified;
    match platform {
        Platform::Ubiquity => ClaimPlan::AskAssignmentAndWait {
            command: known.then(|| "/start".to_owned()),
        },
        Platform::Algora if etiquette.assignment => {
            ClaimPlan::AskAssignmentAndWait { command: None }
        }
        Platform::Algora => ClaimPlan::CommentFirst {
            command: known.then(|| format!("/attempt #{number}")),
        },
        Platform::Opire | Platform::Roxonn | Platform::Devasign if !etiquette.assignment => {
            ClaimPlan::CommentFirst { command: None }
        }
        // The pull request is the claim, or a site wants it handed in there.
        Platform::IssueHunt
        | Platform::BountyHub
        | Platform::Boss
        | Platform::Lightning
        | Platform::Frantic
        | Platform::Nspg13
        | Platform::Expensify
        | Platform::Bountysource
        | Platform::Gitcoin
        | Platform::Polar
        | Platform::RustChain
        | Platform::MergeOs
        | Platform::MergeWork => ClaimPlan::WithSubmission,
        // First to solve it gets it; a word beforehand avoids double work.
        Platform::Maintainer if programmes::of(owner).is_some_and(|p| p.first_wins) => {
            ClaimPlan::CommentFirst { command: None }
        }
        Platform::Comma if !etiquette.assignment => ClaimPlan::CommentFirst { command: None },
        _ => ClaimPlan::AskAssignmentAndWait { command: None },
    }
}
