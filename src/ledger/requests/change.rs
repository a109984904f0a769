//! Requests, changed: stored, decided, begun, ended, and their outcome given out. Each change names the state
//! it changes, and is one transaction with its journal entry.

use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{NewRequest, Request, RequestState};
use crate::clock::UnixMillis;
use crate::ledger::request_leases::Purpose;
use crate::ledger::{Actor, During, Entry, LedgerError, Result, Tx};

impl Request {
    /// Who asked, as the journal names it.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::Client {
            name: self.client.clone(),
            uid: self.uid,
            pid: self.pid,
        }
    }

    /// Where, as the journal names it.
    pub(in crate::ledger) fn place(&self) -> String {
        match self.number {
            Some(number) => format!("{}#{number}", self.repo),
            None => self.repo.clone(),
        }
    }
}

impl Request {
    /// What a lease for more of the same is to.
    #[must_use]
    pub fn purpose(&self) -> Purpose<'_> {
        Purpose {
            client: &self.client,
            uid: self.uid,
            tool: &self.tool,
            repo: &self.repo,
        }
    }
}

impl NewRequest<'_> {
    /// Its id, and the marker in what it writes: the same for the same thing under the same name. So a ledger
    /// that came back from a backup and has forgotten it knows its words at GitHub by it.
    fn id(&self) -> String {
        // An array keeps the two apart. The hash is over client, user, place and arguments.
        let text = json!([self.hash, self.key]).to_string();
        hex::encode(&Sha256::digest(text.as_bytes())[..16])
    }
}

impl Tx {
    /// Stores a request, `Pending` or `Approved` by a rule, and gives it.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn store_request(
        &mut self,
        new: &NewRequest<'_>,
        state: RequestState,
    ) -> Result<Request> {
        let (id, now) = (new.id(), self.now());
        let approved = state == RequestState::Approved;
        sqlx::query(
            "INSERT INTO client_request (id, client, uid, pid, key, tool, repo, number, arguments, hash,
             state, answer_valid_ms, approved_until, wake_at, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        )
        .bind(&id)
        .bind(new.client)
        .bind(i64::from(new.uid))
        .bind(i64::from(new.pid))
        .bind(new.key)
        .bind(new.tool)
        .bind(new.repo)
        .bind(new.number.and_then(|n| i64::try_from(n).ok()))
        .bind(new.arguments)
        .bind(new.hash)
        .bind(state.as_str())
        .bind(new.answer_valid_ms)
        .bind(approved.then(|| now.0.saturating_add(new.answer_valid_ms)))
        .bind(approved.then_some(now.0))
        .bind(now.0)
        .execute(self.conn().await?)
        .await
        .during("storing a client's request")?;
        let request = self.request(&id).await?.ok_or(LedgerError::Corrupt {
            what: "a client's request",
            detail: format!("{id} is gone"),
        })?;
        let kind = if approved {
            "request.allowed"
        } else {
            "request.pending"
        };
        self.note_request(&request, request.actor(), kind, json!({ "hash": new.hash }))
            .await?;
        Ok(request)
    }

    /// The owner's answer, or that there was none, to exactly what was asked.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub(in crate::ledger) async fn settle_request(
        &mut self,
        id: &str,
        hash: &str,
        state: RequestState,
        by: &Actor,
        why: Option<&str>,
    ) -> Result<bool> {
        let now = self.now();
        let approved = state == RequestState::Approved;
        let done = sqlx::query(
            "UPDATE client_request SET state = $3, why = $4, approved_by = $5,
             approved_until = CASE WHEN $6 = 1 THEN $7 + answer_valid_ms END,
             wake_at = CASE WHEN $6 = 1 THEN $7 END, ended_at = CASE WHEN $6 = 1 THEN NULL ELSE $7 END
             WHERE id = $1 AND hash = $2 AND state = 'pending'",
        )
        .bind(id)
        .bind(hash)
        .bind(state.as_str())
        .bind(why)
        .bind(approved.then(|| by.to_string()))
        .bind(i64::from(approved))
        .bind(now.0)
        .execute(self.conn().await?)
        .await
        .during("settling a client's request")?;
        if done.rows_affected() != 1 {
            return Ok(false);
        }
        if let Some(request) = self.request(id).await? {
            let kind = match state {
                RequestState::Approved => "request.approved",
                RequestState::Denied => "request.denied",
                _ => "request.expired",
            };
            self.note_request(&request, by.clone(), kind, json!({ "why": why }))
                .await?;
        }
        Ok(true)
    }

    /// Moves a request on from the state it was read in.
    ///
    /// # Errors
    /// It is elsewhere by now, or the ledger cannot be written.
    pub async fn move_request(
        &mut self,
        request: &Request,
        state: RequestState,
        why: Option<&str>,
        wake_at: Option<UnixMillis>,
    ) -> Result<()> {
        let now = self.now();
        let begins = matches!(state, RequestState::Begun) && request.state != RequestState::Begun;
        self.change_request(
            request,
            sqlx::query(
                "UPDATE client_request SET state = $3, why = $4, wake_at = $5,
                 begun_at = CASE WHEN $6 = 1 THEN $7 ELSE begun_at END,
                 misses = CASE WHEN $6 = 1 THEN 0 ELSE misses END,
                 ended_at = CASE WHEN $8 = 1 THEN $7 END WHERE id = $1 AND state = $2",
            )
            .bind(&request.id)
            .bind(request.state.as_str())
            .bind(state.as_str())
            .bind(why)
            .bind(wake_at.map(|at| at.0))
            .bind(i64::from(begins))
            .bind(now.0)
            .bind(i64::from(state.is_over())),
        )
        .await?;
        let kind = match state {
            RequestState::Begun => "request.begun",
            RequestState::Unknown => "request.unknown",
            RequestState::Failed => "request.failed",
            RequestState::Expired => "request.expired",
            _ => "request.moved",
        };
        let body = json!({ "why": why, "state": state });
        self.note_request(request, Actor::Daemon, kind, body).await
    }

    /// Ends a request that its client took back before anything was done.
    ///
    /// # Errors
    /// It is elsewhere by now, or the ledger cannot be written.
    pub async fn cancel_request(&mut self, request: &Request, by: &Actor, why: &str) -> Result<()> {
        let now = self.now();
        self.change_request(
            request,
            sqlx::query(
                "UPDATE client_request SET state = 'cancelled', why = $3, wake_at = NULL, ended_at = $4
                 WHERE id = $1 AND state = $2 AND state IN ('pending', 'approved')",
            )
            .bind(&request.id)
            .bind(request.state.as_str())
            .bind(why)
            .bind(now.0),
        )
        .await?;
        self.note_request(
            request,
            by.clone(),
            "request.cancelled",
            json!({ "why": why }),
        )
        .await
    }

    /// Ends a request with what the tool gives.
    ///
    /// # Errors
    /// It is elsewhere by now, or the ledger cannot be written.
    pub async fn end_request(
        &mut self,
        request: &Request,
        outcome: &serde_json::Value,
    ) -> Result<()> {
        let now = self.now();
        self.change_request(
            request,
            sqlx::query(
                "UPDATE client_request SET state = 'done', why = NULL, wake_at = NULL, outcome = $3,
                 ended_at = $4 WHERE id = $1 AND state = $2",
            )
            .bind(&request.id)
            .bind(request.state.as_str())
            .bind(outcome.to_string())
            .bind(now.0),
        )
        .await?;
        self.note_request(request, Actor::Daemon, "request.done", json!({}))
            .await
    }

    /// Has a job work on a request.
    ///
    /// # Errors
    /// It is elsewhere by now, or the ledger cannot be written.
    pub async fn request_works(&mut self, request: &Request, job: &str) -> Result<()> {
        self.change_request(
            request,
            sqlx::query(
                "UPDATE client_request SET state = 'working', job_id = $3, wake_at = NULL
                 WHERE id = $1 AND state = $2",
            )
            .bind(&request.id)
            .bind(request.state.as_str())
            .bind(job),
        )
        .await?;
        let body = json!({ "job": job });
        self.note_request(request, Actor::Daemon, "request.working", body)
            .await
    }

    /// Puts a request off; `failed` counts the step.
    ///
    /// # Errors
    /// It is elsewhere by now, or the ledger cannot be written.
    pub async fn postpone_request(
        &mut self,
        request: &Request,
        at: UnixMillis,
        failed: bool,
    ) -> Result<()> {
        self.change_request(
            request,
            sqlx::query(
                "UPDATE client_request SET wake_at = $3, failures = failures + $4
                 WHERE id = $1 AND state = $2",
            )
            .bind(&request.id)
            .bind(request.state.as_str())
            .bind(at.0)
            .bind(i64::from(failed)),
        )
        .await
    }

    /// Notes that a look-up did not find what a request wrote.
    ///
    /// # Errors
    /// It is elsewhere by now, or the ledger cannot be written.
    pub async fn missed_request(&mut self, request: &Request, again: UnixMillis) -> Result<()> {
        let now = self.now();
        self.change_request(
            request,
            sqlx::query(
                "UPDATE client_request SET misses = misses + 1, missed_at = $3, wake_at = $4
                 WHERE id = $1 AND state = $2",
            )
            .bind(&request.id)
            .bind(request.state.as_str())
            .bind(now.0)
            .bind(again.0),
        )
        .await
    }

    /// Notes that the outcome of a request is given out; says no if it was before.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn redeem_request(&mut self, request: &Request, by: &Actor) -> Result<bool> {
        let now = self.now();
        let done = sqlx::query(
            "UPDATE client_request SET redeemed_at = $2 WHERE id = $1 AND redeemed_at IS NULL",
        )
        .bind(&request.id)
        .bind(now.0)
        .execute(self.conn().await?)
        .await
        .during("giving out the outcome of a request")?;
        if done.rows_affected() != 1 {
            return Ok(false);
        }
        self.note_request(request, by.clone(), "request.redeemed", json!({}))
            .await?;
        Ok(true)
    }

    async fn change_request<'q>(
        &mut self,
        request: &Request,
        query: sqlx::query::Query<'q, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>,
    ) -> Result<()> {
        let done = query
            .execute(self.conn().await?)
            .await
            .during("changing a client's request")?;
        if done.rows_affected() == 1 {
            return Ok(());
        }
        Err(LedgerError::RequestMoved {
            request: request.id.clone(),
        })
    }

    async fn note_request(
        &mut self,
        request: &Request,
        actor: Actor,
        kind: &'static str,
        mut body: serde_json::Value,
    ) -> Result<()> {
        body["request"] = json!(request.id);
        body["client"] = json!(request.client);
        body["tool"] = json!(request.tool);
        body["place"] = json!(request.place());
        self.journal(Entry::new(actor, kind, body)).await?;
        Ok(())
    }
}
