//! Questions, read: those that wait and those that are due.

use std::time::Duration;

use sqlx::sqlite::SqliteRow;

use super::{Question, Table, Topic, in_table, questions};
use crate::clock::UnixMillis;
use crate::ledger::{During, Ledger, LedgerError, Result, Tx};

impl Ledger {
    /// Whether there is a table for questions about this: one that is only read may be of an older version.
    pub(super) fn keeps<A: Topic>(&self) -> bool {
        A::TABLE == Table::Approval || self.has_requests()
    }

    /// Open questions, dearest first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn pending_questions<A: Topic>(&self) -> Result<Vec<Question<A>>> {
        if !self.keeps::<A>() {
            return Ok(Vec::new());
        }
        self.questions(
            questions!(
                A,
                "WHERE q.state = 'pending' ORDER BY COALESCE(usd, 0) DESC, q.created_at, q.id"
            ),
            &[],
        )
        .await
    }

    /// Questions whose card is to be sent at `now`, dearest first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn questions_to_send<A: Topic>(&self, now: UnixMillis) -> Result<Vec<Question<A>>> {
        self.questions(
            questions!(
                A,
                "WHERE q.state = 'pending' AND q.next_try_at <= $1
                 ORDER BY COALESCE(usd, 0) DESC, q.created_at, q.id"
            ),
            &[now],
        )
        .await
    }

    /// Questions whose time is over at `now`: the time to answer, or `undelivered` since they were
    /// stored while their card did not arrive.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn questions_to_expire<A: Topic>(
        &self,
        now: UnixMillis,
        undelivered: Duration,
    ) -> Result<Vec<Question<A>>> {
        self.questions(
            questions!(
                A,
                "WHERE q.state = 'pending' AND (q.expires_at <= $1
                 OR (q.expires_at IS NULL AND q.created_at <= $2)) ORDER BY q.created_at"
            ),
            &[now, now.minus(undelivered)],
        )
        .await
    }

    /// Settled questions whose message does not say so yet and is to be edited at `now`.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn questions_to_edit<A: Topic>(&self, now: UnixMillis) -> Result<Vec<Question<A>>> {
        self.questions(
            questions!(
                A,
                "WHERE q.edit_due = 1 AND q.message_id IS NOT NULL
                 AND COALESCE(q.next_try_at, 0) <= $1 ORDER BY q.decided_at LIMIT 20"
            ),
            &[now],
        )
        .await
    }

    /// When the next question is over, or the next message is to be edited; a question that was not
    /// delivered is over `undelivered` after it was stored.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn next_question_at<A: Topic>(
        &self,
        undelivered: Duration,
    ) -> Result<Option<UnixMillis>> {
        let ends = self.at(in_table!(
            A,
            "SELECT MIN(expires_at) FROM",
            "WHERE state = 'pending'"
        ));
        let edits = self.at(in_table!(
            A,
            "SELECT MIN(next_try_at) FROM",
            "WHERE edit_due = 1 AND message_id IS NOT NULL"
        ));
        let stored = self.at(in_table!(
            A,
            "SELECT MIN(created_at) FROM",
            "WHERE state = 'pending' AND expires_at IS NULL"
        ));
        let given_up = stored.await?.map(|at| at.plus(undelivered));
        let times = [ends.await?, edits.await?, given_up];
        Ok(times.into_iter().flatten().min())
    }

    /// When the next card is to be sent.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn next_card_at<A: Topic>(&self) -> Result<Option<UnixMillis>> {
        self.at(in_table!(
            A,
            "SELECT MIN(next_try_at) FROM",
            "WHERE state = 'pending'"
        ))
        .await
    }

    /// A question by its whole id.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn question<A: Topic>(&self, id: &str) -> Result<Option<Question<A>>> {
        if !self.keeps::<A>() {
            return Ok(None);
        }
        let row = sqlx::query(questions!(A, "WHERE q.id = $1"))
            .bind(id)
            .fetch_optional(self.read())
            .await
            .during("reading a question")?;
        row.as_ref().map(Question::read).transpose()
    }

    pub(in crate::ledger) async fn at(&self, sql: &'static str) -> Result<Option<UnixMillis>> {
        let at: Option<i64> = sqlx::query_scalar(sql)
            .fetch_one(self.read())
            .await
            .during("looking for due questions")?;
        Ok(at.map(UnixMillis))
    }

    async fn questions<A: Topic>(
        &self,
        sql: &'static str,
        times: &[UnixMillis],
    ) -> Result<Vec<Question<A>>> {
        let mut query = sqlx::query(sql);
        for at in times {
            query = query.bind(at.0);
        }
        let rows = query
            .fetch_all(self.read())
            .await
            .during("reading questions")?;
        readable(&rows)
    }
}

impl Tx {
    /// A question by its id, as of this transaction.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn question<A: Topic>(&mut self, id: &str) -> Result<Option<Question<A>>> {
        self.one_question(questions!(A, "WHERE q.id = $1"), id)
            .await
    }

    /// The one question that `sql` of [`questions`] finds, by the id of the question or of what it is about.
    pub(in crate::ledger) async fn one_question<'q, A: Topic>(
        &mut self,
        sql: &'static str,
        id: impl sqlx::Encode<'q, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
    ) -> Result<Option<Question<A>>> {
        let row = sqlx::query(sql)
            .bind(id)
            .fetch_optional(self.conn().await?)
            .await
            .during("reading a question")?;
        row.as_ref().map(Question::read).transpose()
    }
}

/// One question that another version wrote, or that the disk has spoilt, must not hold up the others.
fn readable<A: Topic>(rows: &[SqliteRow]) -> Result<Vec<Question<A>>> {
    let mut questions = Vec::with_capacity(rows.len());
    for row in rows {
        match Question::read(row) {
            Ok(question) => questions.push(question),
            Err(LedgerError::Corrupt { what, detail }) => {
                tracing::warn!("a question is passed over, its {what} cannot be read: {detail}");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(questions)
}
