//! The owner's yes for a while: a client may do the same kind of thing in the same repository again, so long and so
//! often, without a question about each.
//!
//! What was granted is what the card showed. A lease never widens what the rules allow, is never found where the owner
//! is asked for another reason than a rule, and ends at a no, at the emergency stop, and with a restored ledger.

mod change;

use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{During, Ledger, Result, Tx};
use crate::clock::UnixMillis;

const READING: &str = "reading a lease";

/// How long a lease lasts and how often it serves, as the owner has set it and the card shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseTerms {
    /// Seconds from the yes.
    pub lasts_s: u64,
    /// Times, beside what the yes was to.
    pub at_most: u32,
}

/// Whose lease, for what and where.
#[derive(Clone, Copy, Debug)]
pub struct Purpose<'a> {
    /// The client's name in the configuration.
    pub client: &'a str,
    /// The user it runs as.
    pub uid: u32,
    /// With which tool.
    pub tool: &'a str,
    /// `owner/name`, however it is written.
    pub repo: &'a str,
}

/// A lease as the ledger knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestLease {
    /// 128-bit id in hexadecimal.
    pub id: String,
    /// The client's name in the configuration.
    pub client: String,
    /// The user it runs as.
    pub uid: u32,
    /// With which tool.
    pub tool: String,
    /// `owner/name`, in lower case.
    pub repo: String,
    /// Who granted it, as the journal names him.
    pub granted_by: String,
    /// When.
    pub granted_at: UnixMillis,
    /// Its end.
    pub until: UnixMillis,
    /// Times it may serve.
    pub most: u32,
    /// Times it has served.
    pub used: u32,
}

impl RequestLease {
    fn read(row: &SqliteRow) -> Result<Self> {
        let text = |name: &str| row.try_get::<String, _>(name).during(READING);
        let number = |name: &str| row.try_get::<i64, _>(name).during(READING);
        let small = |name: &str| number(name).map(|n| u32::try_from(n).unwrap_or(u32::MAX));
        Ok(Self {
            id: text("id")?,
            client: text("client")?,
            uid: small("uid")?,
            tool: text("tool")?,
            repo: text("repo")?,
            granted_by: text("granted_by")?,
            granted_at: UnixMillis(number("granted_at")?),
            until: UnixMillis(number("until")?),
            most: small("most")?,
            used: small("used")?,
        })
    }

    /// Times it may serve still.
    #[must_use]
    pub fn left(&self) -> u32 {
        self.most.saturating_sub(self.used)
    }
}

/// Whether a request was stored by a lease, and what became of that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leased {
    /// Its yes has not been taken back.
    Stands,
    /// It has.
    TakenBack,
}

impl Ledger {
    /// The leases that may serve still at `now`, the one that ends last first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn request_leases(&self, now: UnixMillis) -> Result<Vec<RequestLease>> {
        let rows = sqlx::query(
            "SELECT * FROM request_lease WHERE ended_at IS NULL AND until > $1 AND used < most
             ORDER BY until DESC, id",
        )
        .bind(now.0)
        .fetch_all(self.read())
        .await
        .during(READING)?;
        rows.iter().map(RequestLease::read).collect()
    }

    /// Whether a request was stored by a lease.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn leased(&self, request: &str) -> Result<Option<Leased>> {
        let ended: Option<Option<i64>> = sqlx::query_scalar(
            "SELECT request_lease.ended_at FROM request_lease_use
             JOIN request_lease ON request_lease.id = request_lease_use.lease_id
             WHERE request_lease_use.request_id = $1",
        )
        .bind(request)
        .fetch_optional(self.read())
        .await
        .during(READING)?;
        Ok(ended.map(|ended| match ended {
            None => Leased::Stands,
            Some(_) => Leased::TakenBack,
        }))
    }
}

impl Tx {
    /// The lease that a request was stored by.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn lease_of(&mut self, request: &str) -> Result<Option<RequestLease>> {
        let row = sqlx::query(
            "SELECT request_lease.* FROM request_lease JOIN request_lease_use
             ON request_lease.id = request_lease_use.lease_id WHERE request_lease_use.request_id = $1",
        )
        .bind(request)
        .fetch_optional(self.conn().await?)
        .await
        .during(READING)?;
        row.as_ref().map(RequestLease::read).transpose()
    }

    /// The leases whose id begins so and that may serve still.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn request_leases_by_prefix(&mut self, prefix: &str) -> Result<Vec<RequestLease>> {
        let now = self.now();
        let rows = sqlx::query(
            "SELECT * FROM request_lease WHERE ended_at IS NULL AND until > $1 AND used < most
             AND substr(id, 1, $2) = $3 ORDER BY id",
        )
        .bind(now.0)
        .bind(i64::try_from(prefix.len()).unwrap_or(i64::MAX))
        .bind(prefix)
        .fetch_all(self.conn().await?)
        .await
        .during(READING)?;
        rows.iter().map(RequestLease::read).collect()
    }
}
