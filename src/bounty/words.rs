//! Decisions in words, for people.

use super::platform::Platform;
use super::policy::{AskReason, Mode};
use super::text::count;

impl Mode {
    /// Its name in the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Watch => "watch",
            Self::Ask => "ask",
            Self::Auto => "auto",
        }
    }
}

impl Platform {
    /// The word that gives an assignment back, where the platform has one.
    #[must_use]
    pub const fn stop_command(self) -> Option<&'static str> {
        match self {
            Self::Ubiquity => Some("/stop"),
            _ => None,
        }
    }
}

impl AskReason {
    /// One clause that ends "I ask because …".
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Self::Mode => "you want to be asked about every bounty".to_owned(),
            Self::AboveThreshold { usd, threshold } => {
                format!("{usd} is above your threshold of {threshold}")
            }
            Self::AboveDayTotal { total, threshold } => {
                format!("the day's total would be {total}, above {threshold}")
            }
            Self::AmountUnknown => "the amount is not known".to_owned(),
            Self::AmountUnverified => "nobody with standing vouches for the amount".to_owned(),
            Self::Disagreement { what } => format!("sources disagree: {what}"),
            Self::FirstTimeRepository => "the first claim in this repository".to_owned(),
            Self::Restored => {
                "the ledger came back from a backup, and what was done here since is not in it"
                    .to_owned()
            }
            Self::Unchecked { what } => format!("could not be checked: {what}"),
            Self::NoFixer => "no fixer is set up: the work would be yours".to_owned(),
            Self::Manners { what } => format!("its rules ask for something first: {what}"),
            Self::MayBeUnwanted { what } => {
                format!("automated contributors may not be wanted: {what}")
            }
            Self::TrapSigns { score } => {
                format!("signs of a trap ({})", count(*score, "point", "points"))
            }
        }
    }
}
