//! Leases, changed: granted, used, taken back. Each change is in one transaction with its journal entry.

use std::time::Duration;

use serde_json::json;

use super::{LeaseTerms, Purpose, RequestLease};
use crate::ledger::requests::Request;
use crate::ledger::{Actor, During, Entry, Result, Tx};

const CHANGING: &str = "changing a lease";

impl Tx {
    /// Grants what the card of `request` offered. Another of the same purpose ends with it, so that what is left is never
    /// more than was shown.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn grant_lease(
        &mut self,
        request: &Request,
        terms: LeaseTerms,
        by: &Actor,
    ) -> Result<RequestLease> {
        self.end_leases_of(&request.purpose(), by, "a newer one takes its place")
            .await?;
        let now = self.now();
        let lease = RequestLease {
            id: self.fresh_id(),
            client: request.client.clone(),
            uid: request.uid,
            tool: request.tool.clone(),
            repo: request.repo.to_ascii_lowercase(),
            granted_by: by.to_string(),
            granted_at: now,
            until: now.plus(Duration::from_secs(terms.lasts_s)),
            most: terms.at_most,
            used: 0,
        };
        sqlx::query(
            "INSERT INTO request_lease (id, request_id, client, uid, tool, repo, granted_by, granted_at, until, most)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(&lease.id)
        .bind(&request.id)
        .bind(&lease.client)
        .bind(i64::from(lease.uid))
        .bind(&lease.tool)
        .bind(&lease.repo)
        .bind(&lease.granted_by)
        .bind(now.0)
        .bind(lease.until.0)
        .bind(i64::from(lease.most))
        .execute(self.conn().await?)
        .await
        .during("storing a lease")?;
        let body = json!({
            "lease": lease.id, "request": request.id, "client": lease.client, "tool": lease.tool,
            "place": request.repo, "until": lease.until, "most": lease.most,
        });
        self.journal(Entry::new(by.clone(), "lease.granted", body))
            .await?;
        Ok(lease)
    }

    /// Takes one time of a lease for this purpose, if there is one.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn take_lease(&mut self, purpose: &Purpose<'_>) -> Result<Option<RequestLease>> {
        let now = self.now();
        let row = sqlx::query(
            "UPDATE request_lease SET used = used + 1 WHERE id = (SELECT id FROM request_lease
             WHERE client = $1 AND uid = $2 AND tool = $3 AND repo = $4 AND ended_at IS NULL AND until > $5
             AND used < most ORDER BY until DESC LIMIT 1) RETURNING *",
        )
        .bind(purpose.client)
        .bind(i64::from(purpose.uid))
        .bind(purpose.tool)
        .bind(purpose.repo.to_ascii_lowercase())
        .bind(now.0)
        .fetch_optional(self.conn().await?)
        .await
        .during(CHANGING)?;
        row.as_ref().map(RequestLease::read).transpose()
    }

    /// Notes that a request was stored by a lease.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn lease_serves(&mut self, lease: &RequestLease, request: &Request) -> Result<()> {
        sqlx::query("INSERT INTO request_lease_use (request_id, lease_id) VALUES ($1, $2)")
            .bind(&request.id)
            .bind(&lease.id)
            .execute(self.conn().await?)
            .await
            .during(CHANGING)?;
        let body = json!({
            "lease": lease.id, "request": request.id, "client": lease.client, "tool": lease.tool,
            "place": request.place(), "by": lease.granted_by, "left": lease.left(),
        });
        self.journal(Entry::new(request.actor(), "lease.used", body))
            .await?;
        Ok(())
    }

    /// Takes one lease back; says whether it was one still.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn end_lease(&mut self, lease: &RequestLease, by: &Actor, why: &str) -> Result<bool> {
        let now = self.now();
        let done = sqlx::query(
            "UPDATE request_lease SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL",
        )
        .bind(&lease.id)
        .bind(now.0)
        .execute(self.conn().await?)
        .await
        .during(CHANGING)?;
        if done.rows_affected() != 1 {
            return Ok(false);
        }
        let body = json!({
            "lease": lease.id, "client": lease.client, "tool": lease.tool, "place": lease.repo, "why": why,
        });
        self.journal(Entry::new(by.clone(), "lease.ended", body))
            .await?;
        Ok(true)
    }

    /// Takes back every lease for this purpose.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub(in crate::ledger) async fn end_leases_of(
        &mut self,
        purpose: &Purpose<'_>,
        by: &Actor,
        why: &str,
    ) -> Result<()> {
        let same = |lease: &RequestLease| {
            (lease.client.as_str(), lease.uid, lease.tool.as_str())
                == (purpose.client, purpose.uid, purpose.tool)
                && lease.repo.eq_ignore_ascii_case(purpose.repo)
        };
        for lease in self.request_leases_by_prefix("").await? {
            if same(&lease) {
                self.end_lease(&lease, by, why).await?;
            }
        }
        Ok(())
    }

    /// Takes back every lease.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn end_all_leases(&mut self, by: &Actor, why: &str) -> Result<()> {
        for lease in self.request_leases_by_prefix("").await? {
            self.end_lease(&lease, by, why).await?;
        }
        Ok(())
    }
}
