//! Traps: what makes a bounty look like bait, with a score and named reasons.

use serde::{Deserialize, Serialize};

/// One sign of a trap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrapHit {
    /// Short name, such as `asks_for_prompt`.
    pub code: String,
    /// Points; 100 is a trap by itself.
    pub points: u32,
    /// One sentence for people.
    pub text: String,
}

/// All signs of a trap and their sum.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrapVerdict {
    /// Sum of points, at most 1,000.
    pub score: u32,
    /// What was found.
    pub hits: Vec<TrapHit>,
}

/// Known trap organisations and repositories, with the evidence for each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrapList {
    /// The entries.
    pub entries: Vec<TrapEntry>,
}

/// A known trap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrapEntry {
    /// `owner`, or `owner/name`; compared without case.
    pub name: String,
    /// Why it is listed.
    pub reason: String,
    /// Public page that shows it.
    pub url: String,
    /// Date of the observation, `YYYY-MM-DD`.
    pub date: String,
}
