//! What local AI wants done beyond a read, from the call until its answer was fetched.
//!
//! A request is stored, with the question to the owner if there is one, before the client is answered. Who
//! acts on it is the work lane, whether or not anybody waits; its outcome is given out once.

mod change;
mod read;

use serde::Serialize;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{During, LedgerError, Result};
use crate::clock::UnixMillis;

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RequestState {
    /// The owner is asked.
    Pending,
    /// It may be done, and is not begun.
    Approved,
    /// A job works on it.
    Working,
    /// A write may be on its way.
    Begun,
    /// The answer to the write was lost.
    Unknown,
    /// It is done.
    Done,
    /// It came to nothing.
    Failed,
    /// The owner said no.
    Denied,
    /// Nobody answered, or the yes was not acted on in time.
    Expired,
    /// The client took it back.
    Cancelled,
}

impl RequestState {
    const ALL: [Self; 10] = [
        Self::Pending,
        Self::Approved,
        Self::Working,
        Self::Begun,
        Self::Unknown,
        Self::Done,
        Self::Failed,
        Self::Denied,
        Self::Expired,
        Self::Cancelled,
    ];

    /// The name in the ledger.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Working => "working",
            Self::Begun => "begun",
            Self::Unknown => "unknown",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Nothing more will happen.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(
            self,
            Self::Done | Self::Failed | Self::Denied | Self::Expired | Self::Cancelled
        )
    }
}

/// A request as the ledger knows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Request {
    /// 128-bit id in hexadecimal.
    pub id: String,
    /// The client's name in the configuration.
    pub client: String,
    /// The user it runs as.
    pub uid: u32,
    /// The process that asked.
    pub pid: i32,
    /// The client's own name for it.
    pub key: String,
    /// Which tool.
    pub tool: String,
    /// `owner/name`.
    pub repo: String,
    /// The issue, where it is about one.
    pub number: Option<u64>,
    /// The arguments as checked, JSON.
    pub arguments: String,
    /// Over all of that: what a yes is to.
    pub hash: String,
    /// Where it stands.
    pub state: RequestState,
    /// Why, in words.
    pub why: Option<String>,
    /// Who said yes; `None`: a rule.
    pub approved_by: Option<String>,
    /// Until when the yes may be acted on.
    pub approved_until: Option<UnixMillis>,
    /// Steps that failed in a row.
    pub failures: i64,
    /// When it was asked for.
    pub created_at: UnixMillis,
    /// When the write left.
    pub begun_at: Option<UnixMillis>,
    /// Look-ups that did not find it.
    pub misses: i64,
    /// The last of them.
    pub missed_at: Option<UnixMillis>,
    /// What the tool gives, JSON.
    pub outcome: Option<String>,
    /// The job that works on it.
    pub job: Option<String>,
    /// When its outcome was given out.
    pub redeemed_at: Option<UnixMillis>,
}

/// A request to be stored.
#[derive(Clone, Copy, Debug)]
pub struct NewRequest<'a> {
    /// The client's name in the configuration.
    pub client: &'a str,
    /// The user it runs as.
    pub uid: u32,
    /// The process that asks.
    pub pid: i32,
    /// The client's own name for it.
    pub key: &'a str,
    /// Which tool.
    pub tool: &'a str,
    /// `owner/name`.
    pub repo: &'a str,
    /// The issue, where it is about one.
    pub number: Option<u64>,
    /// The arguments as checked, JSON.
    pub arguments: &'a str,
    /// Over all of that.
    pub hash: &'a str,
    /// How long a yes may be acted on, in milliseconds.
    pub answer_valid_ms: i64,
}

/// What a client used up in a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Writes, denied ones not among them.
    pub writes: u32,
    /// Jobs.
    pub jobs: u32,
}

impl Request {
    fn read(row: &SqliteRow) -> Result<Self> {
        let during = "reading a client's request";
        let text = |name: &str| row.try_get::<String, _>(name).during(during);
        let words = |name: &str| row.try_get::<Option<String>, _>(name).during(during);
        let number = |name: &str| row.try_get::<i64, _>(name).during(during);
        let time = |name: &str| -> Result<Option<UnixMillis>> {
            let at: Option<i64> = row.try_get(name).during(during)?;
            Ok(at.map(UnixMillis))
        };
        let state = text("state")?;
        Ok(Self {
            id: text("id")?,
            client: text("client")?,
            uid: u32::try_from(number("uid")?).unwrap_or(u32::MAX),
            pid: i32::try_from(number("pid")?).unwrap_or_default(),
            key: text("key")?,
            tool: text("tool")?,
            repo: text("repo")?,
            number: row
                .try_get::<Option<i64>, _>("number")
                .during(during)?
                .and_then(|n| u64::try_from(n).ok()),
            arguments: text("arguments")?,
            hash: text("hash")?,
            state: RequestState::parse(&state).ok_or(LedgerError::Corrupt {
                what: "state of a client's request",
                detail: state,
            })?,
            why: words("why")?,
            approved_by: words("approved_by")?,
            approved_until: time("approved_until")?,
            failures: number("failures")?,
            created_at: UnixMillis(number("created_at")?),
            begun_at: time("begun_at")?,
            misses: number("misses")?,
            missed_at: time("missed_at")?,
            outcome: words("outcome")?,
            job: words("job_id")?,
            redeemed_at: time("redeemed_at")?,
        })
    }
}
