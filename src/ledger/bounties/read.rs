//! Bounties, read: one, many, counted, and when the next is due.

use sqlx::Row;

use super::{Bounty, Filter, signed};
use crate::bounty::facts::IssueFacts;
use crate::bounty::stage::Stage;
use crate::clock::UnixMillis;
use crate::ledger::{During, Ledger, LedgerError, Result, Tx};
use crate::money::Usd;

const DEAREST: &str = "looking for the dearest bounty of a repository";

impl Ledger {
    /// When the next bounty in one of the working stages is due.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn next_wake(&self) -> Result<Option<UnixMillis>> {
        let at: Option<i64> =
            sqlx::query_scalar("SELECT MIN(wake_at) FROM bounty WHERE wake_at IS NOT NULL")
                .fetch_one(self.read())
                .await
                .during("looking for due work")?;
        Ok(at.map(UnixMillis))
    }

    /// One bounty by its row.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn bounty(&self, id: i64) -> Result<Option<Bounty>> {
        let row = sqlx::query("SELECT * FROM bounty WHERE id = $1")
            .bind(id)
            .fetch_optional(self.read())
            .await
            .during("reading a bounty")?;
        row.as_ref().map(Bounty::read).transpose()
    }

    /// One bounty by `owner/name` (any case) and number.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn bounty_by_name(&self, repo: &str, number: u64) -> Result<Option<Bounty>> {
        let row = sqlx::query(
            "SELECT * FROM bounty WHERE LOWER(repo) = LOWER($1) AND number = $2 ORDER BY id DESC",
        )
        .bind(repo)
        .bind(signed(number))
        .fetch_optional(self.read())
        .await
        .during("reading a bounty")?;
        row.as_ref().map(Bounty::read).transpose()
    }

    /// The dearest amount among the bounties of a repository that may be open still, and whether there are some whose
    /// amount nobody knows.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn dearest_in(&self, repo: &str) -> Result<(Option<Usd>, bool)> {
        let row = sqlx::query(
            "SELECT MAX(usd) AS dearest, COALESCE(SUM(usd IS NULL), 0) AS unknown FROM bounty
             WHERE LOWER(repo) = LOWER($1) AND stage NOT IN ($2, $3)",
        )
        .bind(repo)
        .bind(Stage::Paid.as_str())
        .bind(Stage::Lost.as_str())
        .fetch_one(self.read())
        .await
        .during(DEAREST)?;
        let dearest: Option<i64> = row.try_get("dearest").during(DEAREST)?;
        let unknown: i64 = row.try_get("unknown").during(DEAREST)?;
        Ok((dearest.map(Usd), unknown > 0))
    }

    /// Bounties that are at a stage for this reason, as `owner/name#number`, dearest first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn slugs_at(&self, stage: Stage, reason: &str) -> Result<Vec<String>> {
        sqlx::query_scalar(
            "SELECT repo || '#' || number FROM bounty WHERE stage = $1 AND reason = $2
             ORDER BY COALESCE(usd, 0) DESC, id",
        )
        .bind(stage.as_str())
        .bind(reason)
        .fetch_all(self.read())
        .await
        .during("reading bounties")
    }

    /// Bounties, dearest first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn bounties(&self, filter: &Filter) -> Result<Vec<Bounty>> {
        let rows = sqlx::query(
            "SELECT * FROM bounty WHERE $1 = '' OR $1 LIKE '%,' || stage || ',%'
             ORDER BY COALESCE(usd, -1) DESC, id LIMIT $2",
        )
        .bind(stage_list(&filter.stages))
        .bind(filter.limit.unwrap_or(i64::MAX))
        .fetch_all(self.read())
        .await
        .during("listing bounties")?;
        rows.iter().map(Bounty::read).collect()
    }

    /// What was seen of a bounty, while it is kept.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn facts(&self, bounty: i64) -> Result<Option<IssueFacts>> {
        let during = "reading what was found";
        let mut conn = self.read().acquire().await.during(during)?;
        facts(&mut conn, bounty).await
    }

    /// What the last judgement of a bounty said, as JSON text.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn appraisal(&self, bounty: i64) -> Result<Option<String>> {
        sqlx::query_scalar("SELECT appraisal FROM bounty WHERE id = $1")
            .bind(bounty)
            .fetch_optional(self.read())
            .await
            .during("reading an appraisal")
            .map(Option::flatten)
    }

    /// How many bounties stand in each stage.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn count_by_stage(&self) -> Result<Vec<(Stage, i64)>> {
        let rows = sqlx::query("SELECT stage, COUNT(*) AS n FROM bounty GROUP BY stage")
            .fetch_all(self.read())
            .await
            .during("counting bounties")?;
        rows.iter()
            .map(|row| {
                let stage: String = row.try_get("stage").during("counting bounties")?;
                let n = row.try_get("n").during("counting bounties")?;
                let stage = Stage::parse(&stage).ok_or(LedgerError::Corrupt {
                    what: "stage",
                    detail: stage,
                })?;
                Ok((stage, n))
            })
            .collect()
    }
}

impl Tx {
    /// As [`Ledger::facts`], and what is committed before this transaction.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn facts(&mut self, bounty: i64) -> Result<Option<IssueFacts>> {
        facts(self.conn().await?, bounty).await
    }
}

async fn facts(conn: &mut sqlx::SqliteConnection, bounty: i64) -> Result<Option<IssueFacts>> {
    let text: Option<String> = sqlx::query_scalar("SELECT facts FROM found WHERE bounty_id = $1")
        .bind(bounty)
        .fetch_optional(conn)
        .await
        .during("reading what was found")?;
    text.map(|t| {
        serde_json::from_str(&t).map_err(|e| LedgerError::Corrupt {
            what: "sighting",
            detail: e.to_string(),
        })
    })
    .transpose()
}

pub(super) fn stage_list(stages: &[Stage]) -> String {
    if stages.is_empty() {
        return String::new();
    }
    let names: Vec<_> = stages.iter().map(|s| s.as_str()).collect();
    format!(",{},", names.join(","))
}
