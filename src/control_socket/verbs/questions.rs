//! Questions that wait for the owner, as an operator on this machine sees them.

use serde::{Deserialize, Serialize};

use super::super::protocol::{Answer, Failing};
use crate::clock::UnixMillis;
use crate::ledger::approvals::{Approval, ApprovalState};
use crate::ledger::{Ledger, LedgerError, Result};
use crate::messages::card::Card;

/// A question with what the owner is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The whole id.
    pub id: String,
    /// How it stands.
    pub state: ApprovalState,
    /// What is asked.
    pub card: Card,
    /// When it was asked.
    pub created_at: UnixMillis,
    /// When it stops to count; unset until the card was delivered.
    pub expires_at: Option<UnixMillis>,
    /// By whom it was answered.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<UnixMillis>,
}

/// The question whose id begins with `prefix` (at least 6 characters), if there is exactly one.
///
/// # Errors
/// The ledger cannot be read.
pub async fn find(ledger: &Ledger, prefix: &str) -> Result<Option<Question>> {
    let found = ledger.approval_by_prefix(prefix).await?;
    found.map(question).transpose()
}

fn question(approval: Approval) -> Result<Question> {
    let card = serde_json::from_str(&approval.card).map_err(|e| LedgerError::Corrupt {
        what: "card",
        detail: e.to_string(),
    })?;
    Ok(Question {
        id: approval.id,
        state: approval.state,
        card,
        created_at: approval.created_at,
        expires_at: approval.expires_at,
        decided_by: approval.decided_by,
        decided_at: approval.decided_at,
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
