//! What a scan saw, into rows: new, changed, or as it was.

use sqlx::Row;

use super::{Sighting, signed};
use crate::bounty::facts::IssueFacts;
use crate::bounty::stage::Stage;
use crate::ledger::{During, LedgerError, Result, Tx};

/// A change of the issue wakes these where they are; they do not start over by themselves.
fn waits_for_somebody(stage: Stage) -> bool {
    stage == Stage::Asking || stage.in_hand()
}

impl Tx {
    /// Stores what a scan saw. A bounty that waits for the owner or is in hand keeps its stage and
    /// is woken to look at the change; any other starts over.
    ///
    /// # Errors
    /// The ledger cannot be written, or the facts lack the repository's id.
    pub async fn sight(&mut self, facts: &IssueFacts) -> Result<Sighting> {
        let during = "storing what was found";
        let repository_id = facts.repo.id.ok_or(LedgerError::Corrupt {
            what: "sighting",
            detail: format!("{} came without a repository id", facts.repo.slug()),
        })?;
        let known = sqlx::query(
            "SELECT id, stage, source_updated_at FROM bounty
             WHERE repository_id = $1 AND number = $2",
        )
        .bind(signed(repository_id))
        .bind(signed(facts.number))
        .fetch_optional(self.conn())
        .await
        .during(during)?;
        let updated = facts.updated_at.map(|t| t.0);
        let now = self.now();
        let repo = facts.repo.slug();
        let (id, sighting) = match known {
            Some(row) => {
                let id: i64 = row.try_get("id").during(during)?;
                let before: Option<i64> = row.try_get("source_updated_at").during(during)?;
                if before.is_some() && before >= updated {
                    return Ok(Sighting::Same);
                }
                let stage: String = row.try_get("stage").during(during)?;
                let stage = Stage::parse(&stage).ok_or(LedgerError::Corrupt {
                    what: "stage",
                    detail: stage,
                })?;
                if stage.is_final() {
                    return Ok(Sighting::Same);
                }
                let next = if stage.may_become(Stage::Found) && !waits_for_somebody(stage) {
                    Stage::Found
                } else {
                    stage
                };
                sqlx::query(
                    "UPDATE bounty SET stage = $2, wake_at = $3, source_updated_at = $4,
                     title = $5, repo = $6, owner = $7, failures = 0 WHERE id = $1",
                )
                .bind(id)
                .bind(next.as_str())
                .bind(now.0)
                .bind(updated)
                .bind(&facts.title)
                .bind(&repo)
                .bind(facts.repo.owner.to_lowercase())
                .execute(self.conn())
                .await
                .during(during)?;
                (id, Sighting::Changed)
            }
            None => {
                let id = sqlx::query_scalar(
                    "INSERT INTO bounty (repository_id, number, owner, repo, title, stage, wake_at,
                     source_updated_at, first_seen) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $7)
                     RETURNING id",
                )
                .bind(signed(repository_id))
                .bind(signed(facts.number))
                .bind(facts.repo.owner.to_lowercase())
                .bind(&repo)
                .bind(&facts.title)
                .bind(Stage::Found.as_str())
                .bind(now.0)
                .bind(updated)
                .fetch_one(self.conn())
                .await
                .during(during)?;
                (id, Sighting::New)
            }
        };
        self.put_facts(id, facts).await?;
        Ok(sighting)
    }

    /// Replaces what is known of a bounty.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn put_facts(&mut self, bounty: i64, facts: &IssueFacts) -> Result<()> {
        let text = serde_json::to_string(facts).map_err(|e| LedgerError::Corrupt {
            what: "facts",
            detail: e.to_string(),
        })?;
        sqlx::query(
            "INSERT INTO found (bounty_id, facts) VALUES ($1, $2)
             ON CONFLICT (bounty_id) DO UPDATE SET facts = excluded.facts",
        )
        .bind(bounty)
        .bind(text)
        .execute(self.conn())
        .await
        .during("storing what was found")?;
        Ok(())
    }

    /// Forgets the raw facts of a bounty about which nothing is left to decide.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn drop_facts(&mut self, bounty: i64) -> Result<()> {
        sqlx::query("DELETE FROM found WHERE bounty_id = $1")
            .bind(bounty)
            .execute(self.conn())
            .await
            .during("forgetting what was found")?;
        Ok(())
    }
}
