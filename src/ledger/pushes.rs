//! Yeses by a push to the owner's phone: one row beside a question that takes one.
//!
//! A question that has such a row is not answered by a yes in the chat alone. The row knows how often the phone
//! was asked and with which code; what the tenant knows the push by is in the vault's memory, so a restart
//! asks anew, and counts.

mod change;

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{During, Ledger, LedgerError, Result, Tx};
use crate::clock::UnixMillis;

/// The channel that is the push.
pub const PUSH: &str = "push";

const READING: &str = "reading a push";

/// Where a push stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushState {
    /// The phone is to be asked.
    Due,
    /// It was asked, and is polled for.
    Asked,
    /// The owner said yes on it.
    Answered,
    /// Nothing more comes of it.
    Over,
}

impl PushState {
    const ALL: [Self; 4] = [Self::Due, Self::Asked, Self::Answered, Self::Over];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Asked => "asked",
            Self::Answered => "answered",
            Self::Over => "over",
        }
    }
}

/// A push as the ledger knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    /// The question that takes it; in the vault, the push has this name.
    pub question: String,
    /// The request that the question is about.
    pub request: String,
    /// The yes in the chat is needed, too.
    pub with_chat: bool,
    /// What the phone shows behind the code.
    pub words: String,
    /// Where it stands.
    pub state: PushState,
    /// The code of the last time.
    pub code: Option<String>,
    /// Times that the phone was asked.
    pub asked: i64,
    /// Times in a row that the tenant could not be reached.
    pub failures: i64,
    /// When the person's time is over.
    pub until: Option<UnixMillis>,
    /// Who said yes in the chat.
    pub chat_by: Option<String>,
    /// Who said yes by push.
    pub push_by: Option<String>,
}

impl Push {
    fn read(row: &SqliteRow) -> Result<Self> {
        let text = |name: &str| row.try_get::<String, _>(name).during(READING);
        let words = |name: &str| row.try_get::<Option<String>, _>(name).during(READING);
        let number = |name: &str| row.try_get::<i64, _>(name).during(READING);
        let state = text("state")?;
        let known = PushState::ALL.into_iter().find(|s| s.as_str() == state);
        let until: Option<i64> = row.try_get("until").during(READING)?;
        Ok(Self {
            question: text("question_id")?,
            request: text("request_id")?,
            with_chat: number("with_chat")? != 0,
            words: text("words")?,
            state: known.ok_or(LedgerError::Corrupt {
                what: "state of a push",
                detail: state,
            })?,
            code: words("code")?,
            asked: number("asked")?,
            failures: number("failures")?,
            until: until.map(UnixMillis),
            chat_by: words("chat_by")?,
            push_by: words("push_by")?,
        })
    }
}

impl Ledger {
    /// The push that has been due longest.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn due_push(&self, now: UnixMillis) -> Result<Option<Push>> {
        let row = sqlx::query("SELECT * FROM push WHERE next_at <= $1 ORDER BY next_at LIMIT 1")
            .bind(now.0)
            .fetch_optional(self.read())
            .await
            .during(READING)?;
        row.as_ref().map(Push::read).transpose()
    }

    /// When the next push is due.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn next_push_at(&self) -> Result<Option<UnixMillis>> {
        let at: Option<i64> = sqlx::query_scalar("SELECT MIN(next_at) FROM push")
            .fetch_one(self.read())
            .await
            .during(READING)?;
        Ok(at.map(UnixMillis))
    }

    /// The push that was asked about a request, if there was one.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn push_about(&self, request: &str) -> Result<Option<Push>> {
        let row = sqlx::query("SELECT * FROM push WHERE request_id = $1")
            .bind(request)
            .fetch_optional(self.read())
            .await
            .during(READING)?;
        row.as_ref().map(Push::read).transpose()
    }

    /// The codes that phones show just now.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn push_codes(&self) -> Result<Vec<String>> {
        sqlx::query_scalar("SELECT code FROM push WHERE state = 'asked' AND code IS NOT NULL")
            .fetch_all(self.read())
            .await
            .during(READING)
    }
}

impl Tx {
    /// The push that a question takes, if it takes one.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn push(&mut self, question: &str) -> Result<Option<Push>> {
        let row = sqlx::query("SELECT * FROM push WHERE question_id = $1")
            .bind(question)
            .fetch_optional(self.conn().await?)
            .await
            .during(READING)?;
        row.as_ref().map(Push::read).transpose()
    }
}
