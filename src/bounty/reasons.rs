//! Why a bounty is left alone, and why the owner is asked.

use serde::{Deserialize, Serialize};

use super::state::Status;
use crate::money::Usd;

/// A lasting no that the ledger is to remember.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deny {
    /// `owner`, or `owner/name`.
    pub name: String,
    /// Why, for people.
    pub reason: String,
}

/// Why a bounty is left alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "skip", rename_all = "snake_case")]
pub enum SkipReason {
    /// Nothing can be earned by delivering code here.
    NotABounty,
    /// It is not open to us.
    NotClaimable {
        /// Where it stands.
        status: Status,
    },
    /// The repository or its organisation is on a deny list.
    Denied {
        /// Why it is there.
        reason: String,
    },
    /// It looks like bait.
    Trap {
        /// Points.
        score: u32,
        /// Names of what was found.
        hits: Vec<String>,
    },
    /// The repository does not want automated contributors.
    Etiquette {
        /// The words, and where they stand.
        quote: String,
    },
    /// The policy files were not read, so nothing may be said there.
    PoliciesNotRead,
    /// A project token: worth nothing.
    ProjectToken {
        /// Its ticker.
        ticker: String,
    },
    /// Worth less than the owner's minimum.
    BelowMinimum {
        /// What it is worth.
        usd: Usd,
    },
    /// Not among the owner's organisations or languages.
    Unwanted {
        /// Which rule.
        what: String,
    },
    /// Our account has claimed it already, or has given it back.
    ClaimedByUs {
        /// What stands there, in words.
        what: String,
    },
    /// Too many others are at it.
    Crowded {
        /// How many, in words.
        what: String,
    },
    /// The repository is archived or asleep.
    RepositoryAsleep {
        /// Which.
        what: String,
    },
    /// The claim is the pull request: needs the fix stage.
    NeedsFixer,
    /// A cap is reached; it is looked at again later.
    Cap {
        /// Which.
        what: String,
    },
}

impl SkipReason {
    /// Short stable name: what the digest counts by.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotABounty => "not_a_bounty",
            Self::NotClaimable { status } => status.as_str(),
            Self::Denied { .. } => "denied",
            Self::Trap { .. } => "trap",
            Self::Etiquette { .. } => "etiquette",
            Self::PoliciesNotRead => "policies_not_read",
            Self::ProjectToken { .. } => "project_token",
            Self::BelowMinimum { .. } => "below_minimum",
            Self::Unwanted { .. } => "unwanted",
            Self::ClaimedByUs { .. } => "claimed_by_us",
            Self::Crowded { .. } => "crowded",
            Self::RepositoryAsleep { .. } => "repository_asleep",
            Self::NeedsFixer => "needs-fixer",
            Self::Cap { .. } => "cap",
        }
    }
}

/// Why the owner is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum AskReason {
    /// The mode says so.
    Mode,
    /// Worth more than the threshold.
    AboveThreshold {
        /// What it is worth.
        usd: Usd,
        /// The threshold.
        threshold: Usd,
    },
    /// The day's total would go above its threshold.
    AboveDayTotal {
        /// The total with this one.
        total: Usd,
        /// The threshold.
        threshold: Usd,
    },
    /// Nobody says how much, or there is no rate for it.
    AmountUnknown,
    /// Nobody with standing vouches for the amount.
    AmountUnverified,
    /// Two sources name different amounts.
    Disagreement {
        /// Both, in words.
        what: String,
    },
    /// The first claim in this repository.
    FirstTimeRepository,
    /// The ledger is one from a backup that is older than what may have been done here.
    Restored,
    /// Something was not recorded, so it could not be checked.
    Unchecked {
        /// What.
        what: String,
    },
    /// There is no fixer, and the owner has not said that he does the work himself.
    NoFixer,
    /// The repository's rules want something said or accepted first.
    Manners {
        /// What.
        what: String,
    },
    /// Words that may mean that automated contributors are not wanted.
    MayBeUnwanted {
        /// The words, and where they stand.
        what: String,
    },
    /// Signs of a trap, below the limit.
    TrapSigns {
        /// Points.
        score: u32,
    },
}

impl AskReason {
    /// Short stable name.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Mode => "mode",
            Self::AboveThreshold { .. } => "above_threshold",
            Self::AboveDayTotal { .. } => "above_day_total",
            Self::AmountUnknown => "amount_unknown",
            Self::AmountUnverified => "amount_unverified",
            Self::Disagreement { .. } => "disagreement",
            Self::FirstTimeRepository => "first_time_repository",
            Self::Restored => "restored",
            Self::Unchecked { .. } => "unchecked",
            Self::NoFixer => "no_fixer",
            Self::Manners { .. } => "manners",
            Self::MayBeUnwanted { .. } => "may_be_unwanted",
            Self::TrapSigns { .. } => "trap_signs",
        }
    }
}
