//! What a scan saw, into rows: new, changed, or as it was.

use sqlx::Row;

use super::{Bounty, Sighting, signed};
use crate::bounty::facts::{IssueFacts, RepoFacts};
use crate::bounty::stage::Stage;
use crate::ledger::{During, LedgerError, Result, Tx};

/// A change of the issue wakes these where they are; they do not start over by themselves.
fn waits_for_somebody(stage: Stage) -> bool {
    stage == Stage::Asking || stage.in_hand()
}

impl Tx {
    /// Stores what a scan saw. A bounty that waits for the owner or is in hand keeps its stage and
    /// is woken to look at the change, and so is one that has ended where we spoke: somebody may answer
    /// us. Any other starts over.
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
            "SELECT id, stage, source_updated_at, repo FROM bounty
             WHERE repository_id = $1 AND number = $2",
        )
        .bind(signed(repository_id))
        .bind(signed(facts.number))
        .fetch_optional(self.conn().await?)
        .await
        .during(during)?;
        let updated = facts.updated_at.map(|t| t.0);
        let now = self.now();
        let repo = facts.repo.slug();
        let (id, sighting) = match known {
            Some(row) => {
                let id: i64 = row.try_get("id").during(during)?;
                let before: Option<i64> = row.try_get("source_updated_at").during(during)?;
                let named: String = row.try_get("repo").during(during)?;
                // A rename or a transfer dates no issue anew, and others may have the say there now.
                let moved = before == updated && named != repo;
                if before.is_some() && before >= updated && !moved {
                    return Ok(Sighting::Same);
                }
                let stage: String = row.try_get("stage").during(during)?;
                let stage = Stage::parse(&stage).ok_or(LedgerError::Corrupt {
                    what: "stage",
                    detail: stage,
                })?;
                if stage.is_final() && !self.we_spoke(id).await? {
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
                .execute(self.conn().await?)
                .await
                .during(during)?;
                if stage.is_final() {
                    // It is read again for an answer to us; nothing is decided about it any more.
                    return Ok(Sighting::Changed);
                }
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
                .fetch_one(self.conn().await?)
                .await
                .during(during)?;
                (id, Sighting::New)
            }
        };
        self.keep_facts(id, facts).await?;
        Ok(sighting)
    }

    /// Whether a claim of ours stands under an issue, or may have stood there.
    async fn we_spoke(&mut self, bounty: i64) -> Result<bool> {
        let found: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM effect WHERE bounty_id = $1
             AND kind IN ('claim', 'ask-assignment') AND state IN ('done', 'unproven')",
        )
        .bind(bounty)
        .fetch_one(self.conn().await?)
        .await
        .during("storing what was found")?;
        Ok(found > 0)
    }

    /// Replaces what is known of a bounty, and where it is.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn put_facts(&mut self, bounty: &Bounty, facts: &IssueFacts) -> Result<()> {
        self.follow_name(bounty, &facts.repo).await?;
        self.keep_facts(bounty.id, facts).await
    }

    /// Follows a rename or a transfer: a bounty is counted by, told with and looked for under the name
    /// that GitHub gave its repository last. Another repository under the old name changes nothing.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn follow_name(&mut self, bounty: &Bounty, repo: &RepoFacts) -> Result<()> {
        let slug = repo.slug();
        if repo.id != Some(bounty.repository_id) || slug == bounty.repo {
            return Ok(());
        }
        sqlx::query("UPDATE bounty SET repo = $2, owner = $3 WHERE id = $1")
            .bind(bounty.id)
            .bind(slug)
            .bind(repo.owner.to_lowercase())
            .execute(self.conn().await?)
            .await
            .during("following a repository's new name")?;
        Ok(())
    }

    async fn keep_facts(&mut self, bounty: i64, facts: &IssueFacts) -> Result<()> {
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
        .execute(self.conn().await?)
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
            .execute(self.conn().await?)
            .await
            .during("forgetting what was found")?;
        Ok(())
    }
}
