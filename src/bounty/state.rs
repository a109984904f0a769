//! Where a bounty stands.

use serde::{Deserialize, Serialize};

/// Where a bounty stands. Only the first two may be claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nobody else is at it.
    Open,
    /// Others try; it is not exclusive.
    Tried,
    /// Taken by one person.
    Claimed,
    /// Work has been handed in.
    Submitted,
    /// Paid, or about to be.
    Paid,
    /// Withdrawn, or the issue is closed.
    Cancelled,
    /// Promised only; nobody has put money in.
    Unfunded,
    /// A trap, a forgery, a joke, a test.
    Fake,
    /// No bounty at all.
    NotABounty,
}

impl Status {
    /// Its name in the ledger and in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Tried => "tried",
            Self::Claimed => "claimed",
            Self::Submitted => "submitted",
            Self::Paid => "paid",
            Self::Cancelled => "cancelled",
            Self::Unfunded => "unfunded",
            Self::Fake => "fake",
            Self::NotABounty => "not_a_bounty",
        }
    }

    /// A claim may be made.
    #[must_use]
    pub const fn claimable(self) -> bool {
        matches!(self, Self::Open | Self::Tried)
    }
}
