//! Questions, read: those that wait, that are due, and those about a job.

use std::time::Duration;

use sqlx::sqlite::SqliteRow;

use super::{Question, questions};
use crate::clock::UnixMillis;
use crate::ledger::{During, Ledger, LedgerError, Result};

impl Ledger {
    /// Open questions that are not about claims, dearest first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn pending_questions(&self) -> Result<Vec<Question>> {
        if !self.has_requests() {
            return Ok(Vec::new());
        }
        self.questions(
            questions!(
                "WHERE q.state = 'pending' ORDER BY COALESCE(b.usd, 0) DESC, q.created_at, q.id"
            ),
            None,
        )
        .await
    }

    /// Questions whose card is to be sent at `now`, dearest first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn questions_to_send(&self, now: UnixMillis) -> Result<Vec<Question>> {
        self.questions(
            questions!(
                "WHERE q.state = 'pending' AND q.next_try_at <= $1
                 ORDER BY COALESCE(b.usd, 0) DESC, q.created_at, q.id"
            ),
            Some(now),
        )
        .await
    }

    /// Questions whose time is over at `now`: the time to answer, or `undelivered` since they were
    /// stored while their card did not arrive.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn questions_to_expire(
        &self,
        now: UnixMillis,
        undelivered: Duration,
    ) -> Result<Vec<Question>> {
        let rows = sqlx::query(questions!(
            "WHERE q.state = 'pending' AND (q.expires_at <= $1
             OR (q.expires_at IS NULL AND q.created_at <= $2)) ORDER BY q.created_at"
        ))
        .bind(now.0)
        .bind(now.minus(undelivered).0)
        .fetch_all(self.read())
        .await
        .during("reading questions")?;
        readable(&rows)
    }

    /// Settled questions whose message does not say so yet and is to be edited at `now`.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn questions_to_edit(&self, now: UnixMillis) -> Result<Vec<Question>> {
        self.questions(
            questions!(
                "WHERE q.edit_due = 1 AND q.message_id IS NOT NULL
                 AND COALESCE(q.next_try_at, 0) <= $1 ORDER BY q.decided_at LIMIT 20"
            ),
            Some(now),
        )
        .await
    }

    /// When the next question is over, or the next message is to be edited; a question that was not
    /// delivered is over `undelivered` after it was stored.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn next_question_at(&self, undelivered: Duration) -> Result<Option<UnixMillis>> {
        let answered = self.at("SELECT MIN(at) FROM (
                SELECT expires_at AS at FROM question WHERE state = 'pending'
                UNION ALL SELECT next_try_at AS at FROM question
                    WHERE edit_due = 1 AND message_id IS NOT NULL)");
        let stored = self.at("SELECT MIN(created_at) FROM question
                WHERE state = 'pending' AND expires_at IS NULL");
        let given_up = stored.await?.map(|at| at.plus(undelivered));
        let next = answered.await?;
        Ok(next.into_iter().chain(given_up).min())
    }

    /// When the next card is to be sent.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn next_question_card_at(&self) -> Result<Option<UnixMillis>> {
        self.at("SELECT MIN(next_try_at) FROM question WHERE state = 'pending'")
            .await
    }

    /// The questions about a job's patches, newest first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn questions_about_job(&self, job: &str) -> Result<Vec<Question>> {
        let rows = sqlx::query(questions!(
            "WHERE q.job_id = $1 ORDER BY q.created_at DESC, q.id"
        ))
        .bind(job)
        .fetch_all(self.read())
        .await
        .during("reading questions")?;
        rows.iter().map(Question::read).collect()
    }

    /// A question by its whole id.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn question(&self, id: &str) -> Result<Option<Question>> {
        let row = sqlx::query(questions!("WHERE q.id = $1"))
            .bind(id)
            .fetch_optional(self.read())
            .await
            .during("reading a question")?;
        row.as_ref().map(Question::read).transpose()
    }

    async fn questions(&self, sql: &'static str, at: Option<UnixMillis>) -> Result<Vec<Question>> {
        let query = sqlx::query(sql);
        let query = match at {
            Some(at) => query.bind(at.0),
            None => query,
        };
        let rows = query
            .fetch_all(self.read())
            .await
            .during("reading questions")?;
        readable(&rows)
    }
}

/// One question that another version wrote, or that the disk has spoilt, must not hold up the others.
fn readable(rows: &[SqliteRow]) -> Result<Vec<Question>> {
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
