//! Requests, read.

use super::{Request, RequestState, Used};
use crate::clock::UnixMillis;
use crate::ledger::{During, Ledger, Result, Tx};

const READING: &str = "reading a client's request";

impl Ledger {
    /// A client's request by its id; another's is not found.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn request_of(&self, client: &str, uid: u32, id: &str) -> Result<Option<Request>> {
        let row =
            sqlx::query("SELECT * FROM client_request WHERE id = $1 AND client = $2 AND uid = $3")
                .bind(id)
                .bind(client)
                .bind(i64::from(uid))
                .fetch_optional(self.read())
                .await
                .during(READING)?;
        row.as_ref().map(Request::read).transpose()
    }

    /// The newest requests of a client, newest first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn requests_of(&self, client: &str, uid: u32, limit: i64) -> Result<Vec<Request>> {
        let rows = sqlx::query(
            "SELECT * FROM client_request WHERE client = $1 AND uid = $2
             ORDER BY created_at DESC, id LIMIT $3",
        )
        .bind(client)
        .bind(i64::from(uid))
        .bind(limit)
        .fetch_all(self.read())
        .await
        .during(READING)?;
        rows.iter().map(Request::read).collect()
    }

    /// The request that a job works on.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn request_of_job(&self, job: &str) -> Result<Option<Request>> {
        let row = sqlx::query("SELECT * FROM client_request WHERE job_id = $1")
            .bind(job)
            .fetch_optional(self.read())
            .await
            .during(READING)?;
        row.as_ref().map(Request::read).transpose()
    }

    /// The request that has been due longest.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn due_request(&self, now: UnixMillis) -> Result<Option<Request>> {
        let row = sqlx::query(
            "SELECT * FROM client_request WHERE wake_at <= $1 ORDER BY wake_at, id LIMIT 1",
        )
        .bind(now.0)
        .fetch_optional(self.read())
        .await
        .during(READING)?;
        row.as_ref().map(Request::read).transpose()
    }

    /// When the next request is due.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn next_request_at(&self) -> Result<Option<UnixMillis>> {
        let at: Option<i64> = sqlx::query_scalar("SELECT MIN(wake_at) FROM client_request")
            .fetch_one(self.read())
            .await
            .during(READING)?;
        Ok(at.map(UnixMillis))
    }
}

impl Tx {
    /// A client's request by its own name for it.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn request_by_key(
        &mut self,
        client: &str,
        uid: u32,
        key: &str,
    ) -> Result<Option<Request>> {
        let row =
            sqlx::query("SELECT * FROM client_request WHERE client = $1 AND uid = $2 AND key = $3")
                .bind(client)
                .bind(i64::from(uid))
                .bind(key)
                .fetch_optional(self.conn().await?)
                .await
                .during(READING)?;
        row.as_ref().map(Request::read).transpose()
    }

    /// A request by its id, as of this transaction.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn request(&mut self, id: &str) -> Result<Option<Request>> {
        let row = sqlx::query("SELECT * FROM client_request WHERE id = $1")
            .bind(id)
            .fetch_optional(self.conn().await?)
            .await
            .during(READING)?;
        row.as_ref().map(Request::read).transpose()
    }

    /// The newest lasting no of whoever answers for this repository, `owner/name`, and when it was heard.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn told_to_stop(&mut self, repo: &str) -> Result<Option<(String, UnixMillis)>> {
        let repo = repo.to_lowercase();
        let owner = repo.split('/').next().unwrap_or_default();
        let found: Option<(String, i64)> = sqlx::query_as(
            "SELECT reason, at FROM refusal WHERE subject IN ($1, $2) ORDER BY at DESC LIMIT 1",
        )
        .bind(owner)
        .bind(&repo)
        .fetch_optional(self.conn().await?)
        .await
        .during("looking for a lasting no")?;
        Ok(found.map(|(reason, at)| (reason, UnixMillis(at))))
    }

    /// Whether the owner turned down exactly this since `since`. The hash is over who asked, too.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn was_denied(
        &mut self,
        client: &str,
        hash: &str,
        since: UnixMillis,
    ) -> Result<bool> {
        let denied: Option<i64> = sqlx::query_scalar(
            "SELECT 1 FROM client_request JOIN question ON question.request_id = client_request.id
             WHERE client_request.client = $1 AND client_request.hash = $2
             AND client_request.state = $3 AND question.decided_at > $4 LIMIT 1",
        )
        .bind(client)
        .bind(hash)
        .bind(RequestState::Denied.as_str())
        .bind(since.0)
        .fetch_optional(self.conn().await?)
        .await
        .during(READING)?;
        Ok(denied.is_some())
    }

    /// What a client has used up since `since`: everything that it asked for counts, whatever came of it, for
    /// the owner may have been asked about it. `jobs` names the tools that begin jobs.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn used_by(
        &mut self,
        client: &str,
        since: UnixMillis,
        jobs: &[&str],
    ) -> Result<Used> {
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "SELECT tool, COUNT(*) FROM client_request WHERE client = $1 AND created_at > $2
             GROUP BY tool",
        )
        .bind(client)
        .bind(since.0)
        .fetch_all(self.conn().await?)
        .await
        .during("counting a client's requests")?;
        let mut used = Used::default();
        for (tool, count) in rows {
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            let counter = if jobs.contains(&tool.as_str()) {
                &mut used.jobs
            } else {
                &mut used.writes
            };
            *counter = counter.saturating_add(count);
        }
        Ok(used)
    }
}
