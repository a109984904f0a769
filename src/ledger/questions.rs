//! The question to the owner about exactly one patch, or about exactly what a client wants, and his answer.
//!
//! It is decided as a question about a claim is: compare-and-set, in one transaction with the
//! journal, the job or request, and the chat's offset. A yes is to what was stored with the question (the
//! patch, base and tree; the request's hash), and to nothing that has come since.

mod ask;
mod decide;
mod read;

use serde::Serialize;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::clock::UnixMillis;
use crate::ledger::approvals::ApprovalState;
use crate::ledger::{During, LedgerError, Result};
use crate::money::Usd;

/// SQL that reads questions, each with the bounty and the amount that its job is for.
macro_rules! questions {
    ($rest:literal) => {
        concat!(
            "SELECT q.*, j.bounty_id AS bounty_id, b.usd AS usd FROM question q
             LEFT JOIN job j ON j.id = q.job_id LEFT JOIN bounty b ON b.id = j.bounty_id ",
            $rest
        )
    };
}
use questions;

/// What a question is about, and what a yes is to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// A patch.
    Patch {
        /// Of which job.
        job: String,
        /// The gate's hash of the change.
        patch: String,
        /// The commit it was made on.
        base_commit: String,
        /// The id of the tree that the gate judged.
        tree: String,
    },
    /// What a client wants.
    Request {
        /// Its id.
        request: String,
        /// Over exactly what it wants.
        hash: String,
    },
}

/// A question that is not about a claim.
#[derive(Clone, Debug, Serialize)]
pub struct Question {
    /// 128-bit id in hexadecimal; the button carries nothing else.
    pub id: String,
    /// About what.
    pub about: About,
    /// The bounty of the job, if it is about one.
    pub bounty: Option<i64>,
    /// The amount of the bounty, where it is known.
    pub usd: Option<Usd>,
    /// What the owner is shown, serialised by `messages`.
    pub card: String,
    /// How it stands.
    pub state: ApprovalState,
    /// When it was asked.
    pub created_at: UnixMillis,
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

impl Question {
    fn read(row: &SqliteRow) -> Result<Self> {
        let during = "reading a question";
        let text = |name: &str| row.try_get::<String, _>(name).during(during);
        let words = |name: &str| row.try_get::<Option<String>, _>(name).during(during);
        let number = |name: &str| row.try_get::<Option<i64>, _>(name).during(during);
        let state = text("state")?;
        Ok(Self {
            id: text("id")?,
            about: match words("job_id")? {
                Some(job) => About::Patch {
                    job,
                    patch: text("patch")?,
                    base_commit: text("base_commit")?,
                    tree: text("tree")?,
                },
                None => About::Request {
                    request: text("request_id")?,
                    hash: text("hash")?,
                },
            },
            bounty: number("bounty_id")?,
            usd: number("usd")?.map(Usd),
            card: text("card")?,
            state: ApprovalState::parse(&state).ok_or(LedgerError::Corrupt {
                what: "state of a question",
                detail: state,
            })?,
            created_at: UnixMillis(row.try_get("created_at").during(during)?),
            delivered_at: number("delivered_at")?.map(UnixMillis),
            expires_at: number("expires_at")?.map(UnixMillis),
            message_id: number("message_id")?,
            attempts: row.try_get("attempts").during(during)?,
            decided_at: number("decided_at")?.map(UnixMillis),
            decided_by: words("decided_by")?,
            channel: words("channel")?,
            why: words("why")?,
        })
    }
}
