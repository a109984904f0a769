//! Pushes, changed: wanted, asked, answered, over. Each change is one transaction with its journal entry.

use serde_json::{Value, json};

use super::{PUSH, Push, PushState};
use crate::clock::UnixMillis;
use crate::ledger::asked::{Answer, ApprovalState, Decided, TELEGRAM, Topic as _};
use crate::ledger::questions::About;
use crate::ledger::requests::{Request, RequestState};
use crate::ledger::{Actor, During, Entry, LedgerError, Result, Tx};

const CHANGING: &str = "changing a push";

impl Tx {
    /// Has a question about a request take a push, from `now` on.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn take_push(
        &mut self,
        question: &str,
        request: &Request,
        with_chat: bool,
        words: &str,
    ) -> Result<()> {
        let now = self.now();
        sqlx::query(
            "INSERT INTO push (question_id, request_id, with_chat, words, state, next_at)
             VALUES ($1, $2, $3, $4, 'due', $5)",
        )
        .bind(question)
        .bind(&request.id)
        .bind(i64::from(with_chat))
        .bind(words)
        .bind(now.0)
        .execute(self.conn().await?)
        .await
        .during("storing a push")?;
        let body = json!({ "question": question, "request": request.id, "with_chat": with_chat });
        self.journal(Entry::new(Actor::Daemon, "push.wanted", body))
            .await?;
        Ok(())
    }

    /// What becomes of an answer to a question that takes a push, where it does not decide by itself. A no
    /// counts from wherever it comes; a yes in the chat is no yes on the phone.
    pub(in crate::ledger) async fn push_takes(
        &mut self,
        id: &str,
        answer: &Answer,
        actor: &Actor,
        channel: &str,
    ) -> Result<Option<Decided>> {
        let push = match answer {
            Answer::Approve { .. } => self.push(id).await?,
            Answer::Deny { .. } => None,
        };
        let Some(push) = push else {
            return Ok(None);
        };
        if !self.question_takes_answer(id, channel).await? {
            return Ok(None);
        }
        let by_push = channel == PUSH && matches!(actor, Actor::Push(_));
        let (mine, other) = match (push.with_chat, by_push) {
            (false, true) => return Ok(None),
            (false, false) => return Ok(Some(Decided::TakesPush)),
            (true, true) => (&push.push_by, &push.chat_by),
            (true, false) => (&push.chat_by, &push.push_by),
        };
        if channel == TELEGRAM && !self.chat_shows_all_of(id).await? {
            return Ok(Some(Decided::NotShown));
        }
        if mine.is_none() {
            let sql = if by_push {
                "UPDATE push SET push_by = $2 WHERE question_id = $1"
            } else {
                "UPDATE push SET chat_by = $2 WHERE question_id = $1"
            };
            sqlx::query(sql)
                .bind(id)
                .bind(actor.to_string())
                .execute(self.conn().await?)
                .await
                .during(CHANGING)?;
            let body = json!({ "channel": channel });
            self.note_push(&push, actor.clone(), "push.one_of_two", body)
                .await?;
        }
        Ok(other.is_none().then_some(Decided::OneOfTwo))
    }

    /// What cannot be read was not shown either.
    async fn chat_shows_all_of(&mut self, id: &str) -> Result<bool> {
        match self.question::<About>(id).await {
            Ok(question) => Ok(question.is_some_and(|question| About::shown_whole(&question))),
            Err(LedgerError::Corrupt { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether a question still stands and is in time: what comes later is no half of a yes, and ends it as any
    /// late answer does.
    async fn question_takes_answer(&mut self, id: &str, channel: &str) -> Result<bool> {
        let found: Option<(String, Option<i64>)> =
            sqlx::query_as("SELECT state, expires_at FROM question WHERE id = $1")
                .bind(id)
                .fetch_optional(self.conn().await?)
                .await
                .during("reading a question")?;
        let Some((state, expires_at)) = found else {
            return Ok(false);
        };
        let in_time = match expires_at.map(UnixMillis) {
            Some(deadline) if deadline <= self.now() => {
                self.may_be_in_time(channel, deadline).await?
            }
            _ => true,
        };
        Ok(in_time && state == ApprovalState::Pending.as_str())
    }

    /// The phone is about to be asked, with this code: durable before anything leaves. Should nothing more be
    /// written, it is looked at again at `again`.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn push_leaves(&mut self, push: &Push, code: &str, again: UnixMillis) -> Result<()> {
        sqlx::query(
            "UPDATE push SET state = 'asked', code = $2, asked = asked + 1, next_at = $3,
             until = NULL WHERE question_id = $1",
        )
        .bind(&push.question)
        .bind(code)
        .bind(again.0)
        .execute(self.conn().await?)
        .await
        .during(CHANGING)?;
        let body = json!({ "code": code, "time": push.asked + 1, "words": push.words });
        self.note_push(push, Actor::Daemon, "push.asked", body)
            .await
    }

    /// A process that starts polls for nothing: what the one before it had asked is looked at at once.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn pushes_are_lost(&mut self) -> Result<()> {
        let now = self.now();
        sqlx::query("UPDATE push SET next_at = $1 WHERE state = 'asked'")
            .bind(now.0)
            .execute(self.conn().await?)
            .await
            .during(CHANGING)?;
        Ok(())
    }

    /// When the phone is polled for next, and until when the person may answer, where that is known.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn push_polls(
        &mut self,
        push: &Push,
        next: UnixMillis,
        until: Option<UnixMillis>,
    ) -> Result<()> {
        sqlx::query(
            "UPDATE push SET next_at = $2, until = COALESCE($3, until),
             failures = CASE WHEN $3 IS NULL THEN failures ELSE 0 END WHERE question_id = $1",
        )
        .bind(&push.question)
        .bind(next.0)
        .bind(until.map(|at| at.0))
        .execute(self.conn().await?)
        .await
        .during(CHANGING)?;
        Ok(())
    }

    /// The phone is to be asked (again) at `at`. `reached`: it may have been asked this time; `failed`: the
    /// tenant could not be reached.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn push_again(
        &mut self,
        push: &Push,
        at: UnixMillis,
        reached: bool,
        failed: bool,
    ) -> Result<()> {
        sqlx::query(
            "UPDATE push SET state = 'due', next_at = $2, until = NULL, asked = asked - $3,
             failures = failures + $4 WHERE question_id = $1",
        )
        .bind(&push.question)
        .bind(at.0)
        .bind(i64::from(!reached && push.asked > 0))
        .bind(i64::from(failed))
        .execute(self.conn().await?)
        .await
        .during(CHANGING)?;
        Ok(())
    }

    /// Nothing more is to be done about a push.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn push_over(&mut self, push: &Push, state: PushState) -> Result<()> {
        sqlx::query("UPDATE push SET state = $2, next_at = NULL WHERE question_id = $1")
            .bind(&push.question)
            .bind(state.as_str())
            .execute(self.conn().await?)
            .await
            .during(CHANGING)?;
        Ok(())
    }

    /// What the client is told while its request waits.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn pending_because(&mut self, request: &str, why: &str) -> Result<()> {
        sqlx::query("UPDATE client_request SET why = $2 WHERE id = $1 AND state = 'pending'")
            .bind(request)
            .bind(why)
            .execute(self.conn().await?)
            .await
            .during("changing a client's request")?;
        Ok(())
    }

    /// Ends a push, its question and the request with it: it came to nothing because of `why`.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn push_fails(&mut self, push: &Push, why: &str) -> Result<()> {
        self.push_over(push, PushState::Over).await?;
        self.void_question_about_request(&push.request, why).await?;
        match self.request(&push.request).await? {
            Some(request) if request.state == RequestState::Pending => {
                self.move_request(&request, RequestState::Failed, Some(why), None)
                    .await
            }
            Some(_) => Ok(()),
            None => Err(LedgerError::Corrupt {
                what: "a push",
                detail: format!("its request {} is gone", push.request),
            }),
        }
    }

    /// A line of the journal about a push.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn note_push(
        &mut self,
        push: &Push,
        actor: Actor,
        kind: &'static str,
        mut body: Value,
    ) -> Result<()> {
        body["question"] = json!(push.question);
        body["request"] = json!(push.request);
        if body.get("code").is_none() {
            body["code"] = json!(push.code);
        }
        self.journal(Entry::new(actor, kind, body)).await?;
        Ok(())
    }
}
