//! The stages of our work on a bounty, and which may follow which.

use serde::{Deserialize, Serialize};

/// Why a bounty that is permitted by the owner's yes is not claimed yet: no hand is free.
pub const YES_WAITS: &str = "yes_waits";

/// Where our work on a bounty stands. The ledger stores the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Seen; to be appraised.
    Found,
    /// Left alone for a reason; may be looked at again when it changes.
    Skipped,
    /// Reported to the owner without acting.
    Reported,
    /// Waiting for the owner's answer.
    Asking,
    /// The owner said no.
    Denied,
    /// The owner did not answer in time.
    Expired,
    /// Work is permitted.
    Permitted,
    /// The claim is being written.
    Claiming,
    /// We asked to be assigned and wait for it.
    Requested,
    /// It is ours to work on.
    Claimed,
    /// Work is being done.
    Fixing,
    /// A pull request of ours is open.
    Submitted,
    /// The claim is being taken back.
    Withdrawing,
    /// We took our claim back.
    Withdrawn,
    /// Somebody else got it, or it was closed.
    Lost,
    /// We were paid.
    Paid,
}

impl Stage {
    /// Every stage, in the order of the flow.
    pub const ALL: [Self; 16] = [
        Self::Found,
        Self::Skipped,
        Self::Reported,
        Self::Asking,
        Self::Denied,
        Self::Expired,
        Self::Permitted,
        Self::Claiming,
        Self::Requested,
        Self::Claimed,
        Self::Fixing,
        Self::Submitted,
        Self::Withdrawing,
        Self::Withdrawn,
        Self::Lost,
        Self::Paid,
    ];

    /// Its name in the ledger and in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Skipped => "skipped",
            Self::Reported => "reported",
            Self::Asking => "asking",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Permitted => "permitted",
            Self::Claiming => "claiming",
            Self::Requested => "requested",
            Self::Claimed => "claimed",
            Self::Fixing => "fixing",
            Self::Submitted => "submitted",
            Self::Withdrawing => "withdrawing",
            Self::Withdrawn => "withdrawn",
            Self::Lost => "lost",
            Self::Paid => "paid",
        }
    }

    /// Reads a name written by [`Stage::as_str`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == name)
    }

    /// Stages that may follow. A stage may always stay as it is.
    #[must_use]
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Found => &[Self::Skipped, Self::Reported, Self::Asking, Self::Permitted],
            // Looked at again when the issue or the rules change.
            Self::Skipped | Self::Reported | Self::Expired => &[Self::Found],
            Self::Asking => &[
                Self::Permitted,
                Self::Denied,
                Self::Expired,
                // Superseded: what was asked is no longer what stands there.
                Self::Found,
                Self::Skipped,
            ],
            // Where the claim is the pull request, work comes first.
            Self::Permitted => &[Self::Claiming, Self::Fixing, Self::Found, Self::Skipped],
            // Back to where it waits for a hand, when what was tried surely did not happen.
            Self::Claiming => &[
                Self::Claimed,
                Self::Requested,
                Self::Permitted,
                Self::Found,
                Self::Skipped,
                Self::Lost,
            ],
            // A pull request may come instead of an answer.
            Self::Requested => &[
                Self::Claimed,
                Self::Submitted,
                Self::Withdrawing,
                Self::Lost,
                Self::Paid,
            ],
            Self::Claimed => &[
                Self::Fixing,
                Self::Submitted,
                Self::Withdrawing,
                Self::Lost,
                Self::Paid,
            ],
            Self::Fixing => &[Self::Submitted, Self::Withdrawing, Self::Lost],
            Self::Submitted => &[Self::Paid, Self::Withdrawing, Self::Lost],
            // A pull request may turn up while the withdrawal waits.
            Self::Withdrawing => &[Self::Withdrawn, Self::Submitted, Self::Lost],
            Self::Denied | Self::Withdrawn | Self::Lost | Self::Paid => &[],
        }
    }

    /// Whether `to` may follow.
    #[must_use]
    pub fn may_become(self, to: Self) -> bool {
        self == to || self.next().contains(&to)
    }

    /// Nothing more will happen.
    #[must_use]
    pub const fn is_final(self) -> bool {
        self.next().is_empty()
    }

    /// It counts against the cap of bounties in hand.
    #[must_use]
    pub const fn in_hand(self) -> bool {
        matches!(
            self,
            Self::Permitted
                | Self::Claiming
                | Self::Requested
                | Self::Claimed
                | Self::Fixing
                | Self::Submitted
                | Self::Withdrawing
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Stage;

    #[test]
    fn names_read_back_and_are_distinct() {
        for stage in Stage::ALL {
            assert_eq!(Stage::parse(stage.as_str()), Some(stage));
        }
        assert_eq!(Stage::parse("Found"), None);
    }

    #[test]
    fn nothing_is_claimed_without_a_permit() {
        for stage in Stage::ALL {
            let reaches = stage.next().contains(&Stage::Claiming);
            assert_eq!(reaches, stage == Stage::Permitted, "{stage:?}");
        }
        assert!(!Stage::Denied.may_become(Stage::Permitted));
        assert!(Stage::Paid.is_final() && Stage::Denied.is_final());
    }

    #[test]
    fn every_stage_can_be_reached_and_every_hand_emptied() {
        for stage in Stage::ALL.into_iter().filter(|s| *s != Stage::Found) {
            assert!(
                Stage::ALL.iter().any(|from| from.next().contains(&stage)),
                "{stage:?}"
            );
        }
        for stage in Stage::ALL.into_iter().filter(|s| s.in_hand()) {
            assert!(stage.next().iter().any(|to| !to.in_hand()), "{stage:?}");
        }
    }
}
