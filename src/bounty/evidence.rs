//! What was read, who said it, and how sure we are of who that was.

use serde::{Deserialize, Serialize};

use super::facts::{Actor, Association};
use crate::clock::UnixMillis;
use crate::money::Amount;

/// How sure we are of who stands behind a statement.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// The source did not record who said it.
    #[default]
    Unknown,
    /// Somebody without checked standing says so.
    Claimed,
    /// A platform known by numeric id, or somebody GitHub itself calls a maintainer.
    Verified,
}

impl Evidence {
    /// One word for people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Claimed => "claimed",
            Self::Verified => "verified",
        }
    }
}

/// Where in the issue a statement stands. The order is the order of trust, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A comment by somebody without standing.
    StrangerComment,
    /// The opening text.
    Body,
    /// A block in the opening text that IssueHunt writes and keeps.
    PlatformBlock,
    /// The title.
    Title,
    /// A maintainer's comment, such as a `/bounty` command.
    MaintainerComment,
    /// A label.
    Label,
    /// A comment by a platform's account, checked by login, id and kind.
    PlatformComment,
}

/// What a statement says about the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactKind {
    /// Money is offered.
    Offer,
    /// Somebody tries.
    Attempt,
    /// Somebody has handed in work.
    Submission,
    /// It is given to one person.
    Assigned,
    /// It has been paid, or is about to be to somebody else.
    Paid,
    /// It is withdrawn.
    Cancelled,
    /// A bot says no, or a maintainer does.
    Refusal,
}

/// One statement with its source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Where it stands.
    pub source: Source,
    /// Who said it, as far as recorded.
    pub author: Actor,
    /// The author's standing.
    pub association: Association,
    /// What it says.
    pub kind: FactKind,
    /// How much, if it names an amount.
    pub amount: Option<Amount>,
    /// When it was said.
    pub at: Option<UnixMillis>,
    /// How sure we are of who said it.
    pub evidence: Evidence,
}
