//! Asking about a patch, or about what a client wants: the question is stored if its card shows exactly that.

use serde_json::json;

use crate::clock::UnixMillis;
use crate::ledger::jobs::{Job, JobState};
use crate::ledger::requests::Request;
use crate::ledger::{Actor, During, Entry, LedgerError, Result, Tx};
use crate::messages::patch_card::PatchCard;
use crate::messages::request_card::RequestCard;

impl Tx {
    /// Stores the question about a job's patch, to be sent from `send_at` on, and has the job wait for
    /// the answer. Gives the question's id.
    ///
    /// # Errors
    /// The job is elsewhere, its patch is another by now, or the card shows another; or the ledger
    /// cannot be written.
    pub async fn ask_about_patch(
        &mut self,
        job: &Job,
        card: &PatchCard,
        send_at: UnixMillis,
    ) -> Result<String> {
        if job.state != JobState::Made {
            return Err(unasked(job, "is not where its patch is asked about"));
        }
        let (Some(patch), Some(base), Some(tree)) = (&job.patch, &job.base_commit, &job.tree)
        else {
            return Err(unasked(job, "has no patch to ask about"));
        };
        // What the owner reads is what his yes is to.
        if (&card.patch, &card.tree) != (patch, tree) {
            return Err(unasked(job, "has another patch than the card shows"));
        }
        let shown = serde_json::to_string(card).map_err(|e| LedgerError::Corrupt {
            what: "card",
            detail: e.to_string(),
        })?;
        let id = self.fresh_id();
        let now = self.now();
        let done = sqlx::query(
            "INSERT INTO question (id, job_id, patch, base_commit, tree, card, state, created_at,
             next_try_at) SELECT $1, id, patch, base_commit, tree, $6, 'pending', $7, $8 FROM job
             WHERE id = $2 AND patch = $3 AND base_commit = $4 AND tree = $5",
        )
        .bind(&id)
        .bind(&job.id)
        .bind(patch)
        .bind(base)
        .bind(tree)
        .bind(shown)
        .bind(now.0)
        .bind(send_at.0)
        .execute(self.conn().await?)
        .await
        .during("storing a question about a patch")?;
        if done.rows_affected() != 1 {
            return Err(unasked(job, "has another patch by now"));
        }
        let body = json!({
            "question": id, "job": job.id, "patch": patch, "base": base, "tree": tree,
        });
        let mut entry = Entry::new(Actor::Daemon, "patch.asked", body);
        entry.bounty = job.bounty;
        self.journal(entry).await?;
        self.move_job(job, JobState::Asking, Some("the owner is asked"), None)
            .await?;
        Ok(id)
    }

    /// Stores the question about what a client wants, to be sent from `send_at` on. Gives its id.
    ///
    /// # Errors
    /// The card shows something else, or the ledger cannot be written.
    pub async fn ask_about_request(
        &mut self,
        request: &Request,
        card: &RequestCard,
        send_at: UnixMillis,
    ) -> Result<String> {
        // What the owner reads is what his yes is to.
        if (&card.hash, &card.request) != (&request.hash, &request.id) {
            return Err(LedgerError::Corrupt {
                what: "card",
                detail: format!("it does not show the request {}", request.id),
            });
        }
        let shown = serde_json::to_string(card).map_err(|e| LedgerError::Corrupt {
            what: "card",
            detail: e.to_string(),
        })?;
        let (id, now) = (self.fresh_id(), self.now());
        sqlx::query(
            "INSERT INTO question (id, request_id, hash, card, state, created_at, next_try_at)
             VALUES ($1, $2, $3, $4, 'pending', $5, $6)",
        )
        .bind(&id)
        .bind(&request.id)
        .bind(&request.hash)
        .bind(shown)
        .bind(now.0)
        .bind(send_at.0)
        .execute(self.conn().await?)
        .await
        .during("storing a question about a request")?;
        let body = json!({ "question": id, "request": request.id, "hash": request.hash });
        self.journal(Entry::new(Actor::Daemon, "request.asked", body))
            .await?;
        Ok(id)
    }
}

fn unasked(job: &Job, why: &str) -> LedgerError {
    LedgerError::Corrupt {
        what: "job",
        detail: format!("{} {why}", job.id),
    }
}
