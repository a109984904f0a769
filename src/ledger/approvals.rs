//! Questions to the owner and their answers.
//!
//! A decision is compare-and-set in one transaction with the journal (and with the Telegram offset,
//! when it came from there): a double tap, a replayed update, a stale button and a restart between
//! tap and act all end in exactly one effect.

mod decide;
mod deliver;
mod read;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{During, LedgerError, Result};
use crate::bounty::permit::PermitRecord;
use crate::clock::UnixMillis;
use crate::money::Usd;

/// The channel that is the owner's chat.
pub const TELEGRAM: &str = "telegram";

/// An answer may still be on its way when the time is over: a question is not closed before the
/// chat was read once after its deadline, unless it could not be read for this long.
pub const LAST_CALL: Duration = Duration::from_secs(10 * 60);

/// How a question stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ApprovalState {
    /// Not answered yet.
    Pending,
    /// The owner said yes.
    Approved,
    /// The owner said no.
    Denied,
    /// Nobody answered in time.
    Expired,
    /// What was asked about is no longer what stands there.
    Superseded,
}

impl ApprovalState {
    const ALL: [Self; 5] = [
        Self::Pending,
        Self::Approved,
        Self::Denied,
        Self::Expired,
        Self::Superseded,
    ];

    /// The name in the ledger.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Superseded => "superseded",
        }
    }

    /// Reads a name written by [`ApprovalState::as_str`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == name)
    }
}

/// A question to the owner.
#[derive(Clone, Debug, Serialize)]
pub struct Approval {
    /// 128-bit id in hexadecimal; the button carries nothing else.
    pub id: String,
    /// About which bounty.
    pub bounty_id: i64,
    /// Over exactly what is approved.
    pub hash: String,
    /// The permit that a yes gives, without its times.
    pub proposal: PermitRecord,
    /// What the owner is shown, serialised by `messages`.
    pub card: String,
    /// The amount asked about.
    pub usd: Option<Usd>,
    /// How strong an answer is needed.
    pub tier: String,
    /// How it stands.
    pub state: ApprovalState,
    /// When it was asked.
    pub created_at: UnixMillis,
    /// When what is asked was last seen to be so.
    pub checked_at: UnixMillis,
    /// When the owner's channel confirmed it.
    pub delivered_at: Option<UnixMillis>,
    /// When it stops to count; unset until it was delivered.
    pub expires_at: Option<UnixMillis>,
    /// The message that carries it.
    pub message_id: Option<i64>,
    /// Deliveries that failed.
    pub attempts: i64,
    /// When it was answered.
    pub decided_at: Option<UnixMillis>,
    /// By whom.
    pub decided_by: Option<String>,
    /// Through which channel.
    pub channel: Option<String>,
    /// The reason given, or what superseded it.
    pub why: Option<String>,
}

/// A question to be stored.
#[derive(Clone, Debug)]
pub struct NewApproval<'a> {
    /// The permit that a yes gives; its hash is over exactly what is approved.
    pub proposal: &'a PermitRecord,
    /// What the owner is shown.
    pub card: &'a str,
    /// The amount asked about.
    pub usd: Option<Usd>,
    /// How strong an answer is needed.
    pub tier: &'a str,
    /// When to send it first: now, or when quiet hours end.
    pub send_at: UnixMillis,
}

/// Yes or no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Yes; the permit it gives ends at this instant.
    Approve {
        /// When the permit ends if it was not used.
        permit_until: UnixMillis,
    },
    /// No.
    Deny {
        /// The reason, in the owner's words.
        why: Option<String>,
    },
}

/// What an answer did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decided {
    /// It counted.
    Applied,
    /// It counted, and the question was about a patch.
    AppliedToPatch,
    /// It counted, and the question was about what a client wants.
    AppliedToRequest,
    /// It is one of the two that are needed.
    OneOfTwo,
    /// A yes to this is given on the phone, by push.
    TakesPush,
    /// The question had been settled before; this answer changed nothing.
    Already(ApprovalState),
    /// There is no such question.
    Unknown,
}

impl Approval {
    fn read(row: &SqliteRow) -> Result<Self> {
        let during = "reading an approval";
        let time = |name: &str| -> Result<Option<UnixMillis>> {
            Ok(row
                .try_get::<Option<i64>, _>(name)
                .during(during)?
                .map(UnixMillis))
        };
        let state: String = row.try_get("state").during(during)?;
        Ok(Self {
            id: row.try_get("id").during(during)?,
            bounty_id: row.try_get("bounty_id").during(during)?,
            hash: row.try_get("hash").during(during)?,
            proposal: serde_json::from_str(&row.try_get::<String, _>("proposal").during(during)?)
                .map_err(|e| LedgerError::Corrupt {
                what: "proposal",
                detail: e.to_string(),
            })?,
            card: row.try_get("card").during(during)?,
            usd: row
                .try_get::<Option<i64>, _>("usd")
                .during(during)?
                .map(Usd),
            tier: row.try_get("tier").during(during)?,
            state: ApprovalState::parse(&state).ok_or(LedgerError::Corrupt {
                what: "approval state",
                detail: state,
            })?,
            created_at: UnixMillis(row.try_get("created_at").during(during)?),
            checked_at: UnixMillis(row.try_get("checked_at").during(during)?),
            delivered_at: time("delivered_at")?,
            expires_at: time("expires_at")?,
            message_id: row.try_get("message_id").during(during)?,
            attempts: row.try_get("attempts").during(during)?,
            decided_at: time("decided_at")?,
            decided_by: row.try_get("decided_by").during(during)?,
            channel: row.try_get("channel").during(during)?,
            why: row.try_get("why").during(during)?,
        })
    }
}
