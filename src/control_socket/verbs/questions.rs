//! Questions that wait for the owner, as an operator on this machine sees them.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::super::protocol::{Answer, Failing};
use crate::clock::UnixMillis;
use crate::ledger::asked::{self, ApprovalState, Asked, Matter, Topic};
use crate::ledger::{Ledger, LedgerError, Result};
use crate::messages::card::Card;
use crate::messages::patch_card::PatchCard;
use crate::messages::request_card::RequestCard;

/// A question with what the owner is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The whole id.
    pub id: String,
    /// How it stands.
    pub state: ApprovalState,
    /// What is asked.
    #[serde(flatten)]
    pub shown: Shown,
    /// When it was asked.
    pub created_at: UnixMillis,
    /// When it stops to count; unset until the card was delivered.
    pub expires_at: Option<UnixMillis>,
    /// By whom it was answered.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<UnixMillis>,
}

/// What the owner is shown: what the question is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// A claim.
    Card(Box<Card>),
    /// A patch.
    PatchCard(Box<PatchCard>),
    /// What a client wants.
    RequestCard(Box<RequestCard>),
}

impl Shown {
    /// `owner/name`.
    #[must_use]
    pub fn repo(&self) -> &str {
        match self {
            Self::Card(card) => &card.repo,
            Self::PatchCard(card) => &card.repo,
            Self::RequestCard(card) => &card.repo,
        }
    }

    /// The issue; a patch may be for a goal of the owner's.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        match self {
            Self::Card(card) => Some(card.number),
            Self::PatchCard(card) => card.number,
            Self::RequestCard(card) => card.number,
        }
    }
}

/// The question whose id begins with `prefix` (at least 6 characters), if there is exactly one.
///
/// # Errors
/// The ledger cannot be read.
pub async fn find(ledger: &Ledger, prefix: &str) -> Result<Option<Question>> {
    let found = ledger.asked_by_prefix(prefix).await?;
    found
        .map(|asked| match asked {
            Asked::Claim(approval) => question(*approval),
            Asked::Other(other) => question(*other),
        })
        .transpose()
}

fn question<A: Topic>(asked: asked::Question<A>) -> Result<Question> {
    Ok(Question {
        shown: match asked.about.matter() {
            Matter::Claim => Shown::Card(read(&asked.card)?),
            Matter::Patch => Shown::PatchCard(read(&asked.card)?),
            Matter::Request => Shown::RequestCard(read(&asked.card)?),
        },
        id: asked.id,
        state: asked.state,
        created_at: asked.created_at,
        expires_at: asked.expires_at,
        decided_by: asked.decided_by,
        decided_at: asked.decided_at,
    })
}

fn read<T: DeserializeOwned>(card: &str) -> Result<T> {
    serde_json::from_str(card).map_err(|e| LedgerError::Corrupt {
        what: "card",
        detail: e.to_string(),
    })
}

/// There is no such question, or more than one.
#[must_use]
pub fn no_such() -> Answer {
    Answer::failed(
        Failing::NotFound,
        "no single question has an id that begins so (at least 6 characters are needed); \
         `bountyd pending` lists those that wait",
    )
}
