//! A question to the owner, whatever it is about: one life, written once.
//!
//! It is stored with the card that he is shown. The card is delivered, at least once; from then on its time
//! counts. It is answered, or its time runs out, or it is void; and in the end its message says so.
//! What it is about is its [`Topic`], which adds what an answer and an end without one do: a claim
//! (`approvals`), a patch, or what a client wants (`questions`). Claims have a table of their own.
//!
//! A decision is compare-and-set in one transaction with the journal (and with the Telegram offset,
//! when it came from there): a double tap, a replayed update, a stale button and a restart between
//! tap and act all end in exactly one effect.

mod deliver;
mod find;
mod read;
mod settle;

use std::future::Future;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Actor, During, LedgerError, Result, Tx};
use crate::clock::UnixMillis;
use crate::money::Usd;
pub use find::Asked;

/// The channel that is the owner's chat.
pub const TELEGRAM: &str = "telegram";

/// An answer may still be on its way when the time is over: a question is not closed before the
/// chat was read once after its deadline, unless it could not be read for this long.
pub const LAST_CALL: Duration = Duration::from_secs(10 * 60);

/// SQL about the table in which the questions about a topic are.
macro_rules! in_table {
    ($topic:ty, $before:literal, $after:literal) => {
        match <$topic as crate::ledger::asked::Topic>::TABLE {
            crate::ledger::asked::Table::Approval => concat!($before, " approval ", $after),
            crate::ledger::asked::Table::Question => concat!($before, " question ", $after),
        }
    };
}
pub(in crate::ledger) use in_table;

/// SQL that reads the questions `q` about a topic, each with its bounty and the amount it is for.
macro_rules! questions {
    ($topic:ty, $rest:literal) => {
        match <$topic as crate::ledger::asked::Topic>::TABLE {
            crate::ledger::asked::Table::Approval => concat!("SELECT q.* FROM approval q ", $rest),
            crate::ledger::asked::Table::Question => concat!(
                "SELECT q.*, j.bounty_id AS bounty_id, b.usd AS usd FROM question q
                 LEFT JOIN job j ON j.id = q.job_id LEFT JOIN bounty b ON b.id = j.bounty_id ",
                $rest
            ),
        }
    };
}
pub(in crate::ledger) use questions;

/// The table in which questions are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Those about claims.
    Approval,
    /// All others.
    Question,
}

/// What kind of thing a question is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Matter {
    /// Whether to claim a bounty.
    #[default]
    Claim,
    /// Whether to submit a patch.
    Patch,
    /// Whether to do what a client wants.
    Request,
}

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
pub struct Question<A> {
    /// 128-bit id in hexadecimal; the button carries nothing else.
    pub id: String,
    /// About what, and what a yes is to.
    #[serde(flatten)]
    pub about: A,
    /// The bounty that it is about, or that the patch is for.
    #[serde(skip)]
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

impl<A: Topic> Question<A> {
    pub(in crate::ledger) fn read(row: &SqliteRow) -> Result<Self> {
        let during = "reading a question";
        let text = |name: &str| row.try_get::<String, _>(name).during(during);
        let words = |name: &str| row.try_get::<Option<String>, _>(name).during(during);
        let number = |name: &str| row.try_get::<Option<i64>, _>(name).during(during);
        let state = text("state")?;
        Ok(Self {
            id: text("id")?,
            about: A::read(row)?,
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

/// An answer, and who gave it.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// Yes or no.
    pub answer: &'a Answer,
    /// By whom.
    pub actor: &'a Actor,
    /// Through which channel.
    pub channel: &'a str,
}

impl<'a> Given<'a> {
    /// How the question stands with it, and the reason that was given.
    pub(in crate::ledger) fn verdict(&self) -> (ApprovalState, Option<&'a str>) {
        match self.answer {
            Answer::Approve { .. } => (ApprovalState::Approved, None),
            Answer::Deny { why } => (ApprovalState::Denied, why.as_deref()),
        }
    }
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
    /// The chat did not show all of it, so a yes from there is to nothing.
    NotShown,
    /// It is one of the two that are needed.
    OneOfTwo,
    /// A yes to this is given on the phone, by push.
    TakesPush,
    /// The question had been settled before; this answer changed nothing.
    Already(ApprovalState),
    /// There is no such question.
    Unknown,
}

/// How a question ends that has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// Nobody answered in time.
    OutOfTime,
    /// It never reached the owner: nobody was asked, so nobody said no.
    NeverAsked,
}

impl Unanswered {
    /// How the question stands then.
    #[must_use]
    pub fn state(self) -> ApprovalState {
        match self {
            Self::OutOfTime => ApprovalState::Expired,
            Self::NeverAsked => ApprovalState::Superseded,
        }
    }

    /// What superseded it.
    #[must_use]
    pub fn why(self) -> Option<&'static str> {
        match self {
            Self::OutOfTime => None,
            Self::NeverAsked => Some("it could not be delivered"),
        }
    }
}

/// A line of the journal: its kind, and what it says.
pub type Words = (&'static str, Value);

/// What a question can be about: all in which one kind of question differs from another.
pub trait Topic: Sized + Send + Sync {
    /// Where these questions are.
    const TABLE: Table;

    /// Reads what the question is about from its row.
    ///
    /// # Errors
    /// The row was written by another version, or the disk has spoilt it.
    fn read(row: &SqliteRow) -> Result<Self>;

    /// What kind of thing it is.
    fn matter(&self) -> Matter;

    /// What the journal says when the question is void because of `why`.
    fn superseded(question: &Question<Self>, why: &str) -> Words;

    /// Whether the open question is still about what stands there, and a yes would be to that. What is
    /// not was made void here.
    fn stands(tx: &mut Tx, question: &Question<Self>) -> impl Future<Output = Result<bool>> + Send;

    /// Whether the chat showed all that a yes would be to.
    fn shown_whole(_question: &Question<Self>) -> bool {
        true
    }

    /// What is counted when its card arrives, before that is recorded.
    fn arrives(_tx: &mut Tx, _id: &str) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// What the end of a question makes room for, however it ended.
    fn ended(_tx: &mut Tx) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// Does what the owner's word says, once it is written down; with its journal entry.
    fn answered(
        tx: &mut Tx,
        question: &Question<Self>,
        given: Given<'_>,
    ) -> impl Future<Output = Result<Decided>> + Send;

    /// Does what follows when there is no answer, once that is written down; with its journal entry.
    fn unanswered(
        tx: &mut Tx,
        question: &Question<Self>,
        how: Unanswered,
    ) -> impl Future<Output = Result<()>> + Send;
}
