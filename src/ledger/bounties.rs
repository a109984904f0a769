//! Bounties: seen, due, leased, moved on.

use std::time::Duration;

use serde::Serialize;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{During, Ledger, LedgerError, Result, Tx};
use crate::bounty::facts::IssueFacts;
use crate::bounty::stage::Stage;
use crate::clock::UnixMillis;
use crate::money::Usd;

/// A bounty as the ledger knows it.
#[derive(Clone, Debug, Serialize)]
pub struct Bounty {
    /// Row.
    pub id: i64,
    /// GitHub's numeric repository id.
    pub repository_id: u64,
    /// `owner/name`.
    pub repo: String,
    /// Issue number.
    pub number: u64,
    /// Title as last seen.
    pub title: String,
    /// Where it is.
    pub stage: Stage,
    /// Why it is there.
    pub reason: Option<String>,
    /// What it is worth, where known.
    pub usd: Option<Usd>,
    /// When something is to be done.
    pub wake_at: Option<UnixMillis>,
    /// Steps that failed in a row.
    pub failures: i64,
    /// How often the owner was asked.
    pub asks: i64,
    /// GitHub's `updated_at` of the state that was judged.
    pub source_updated_at: Option<UnixMillis>,
    /// When it was found first.
    pub first_seen: UnixMillis,
    /// When a claim that shows no pull request is taken back.
    pub deadline: Option<UnixMillis>,
    #[serde(skip)]
    epoch: i64,
}

impl Bounty {
    fn read(row: &SqliteRow) -> Result<Self> {
        let during = "reading a bounty";
        let stage: String = row.try_get("stage").during(during)?;
        Ok(Self {
            id: row.try_get("id").during(during)?,
            repository_id: unsigned(row.try_get("repository_id").during(during)?),
            repo: row.try_get("repo").during(during)?,
            number: unsigned(row.try_get("number").during(during)?),
            title: row.try_get("title").during(during)?,
            stage: Stage::parse(&stage).ok_or(LedgerError::Corrupt {
                what: "stage",
                detail: stage,
            })?,
            reason: row.try_get("reason").during(during)?,
            usd: row
                .try_get::<Option<i64>, _>("usd")
                .during(during)?
                .map(Usd),
            wake_at: row
                .try_get::<Option<i64>, _>("wake_at")
                .during(during)?
                .map(UnixMillis),
            failures: row.try_get("failures").during(during)?,
            asks: row.try_get("asks").during(during)?,
            source_updated_at: row
                .try_get::<Option<i64>, _>("source_updated_at")
                .during(during)?
                .map(UnixMillis),
            first_seen: UnixMillis(row.try_get("first_seen").during(during)?),
            deadline: row
                .try_get::<Option<i64>, _>("deadline")
                .during(during)?
                .map(UnixMillis),
            epoch: row.try_get("epoch").during(during)?,
        })
    }

    /// `owner/name#number`.
    #[must_use]
    pub fn slug(&self) -> String {
        format!("{}#{}", self.repo, self.number)
    }

    /// Owner, lower case: what caps and lasting refusals are counted by.
    #[must_use]
    pub fn owner(&self) -> String {
        self.repo
            .split('/')
            .next()
            .unwrap_or_default()
            .to_lowercase()
    }
}

/// The right to write about one bounty. Only the ledger makes one; a later holder's epoch is
/// higher, and every write checks that ours is still the newest.
#[derive(Debug)]
pub struct Lease {
    bounty: i64,
    epoch: i64,
}

impl Lease {
    /// Which bounty.
    #[must_use]
    pub fn bounty(&self) -> i64 {
        self.bounty
    }
}

/// Where a bounty goes next.
#[derive(Clone, Debug)]
pub struct Step<'a> {
    /// The stage after this step.
    pub stage: Stage,
    /// Why.
    pub reason: Option<&'a str>,
    /// When to look again; `None` when nothing is to be done.
    pub wake_at: Option<UnixMillis>,
}

/// A change of the issue wakes these where they are; they do not start over by themselves.
fn waits_for_somebody(stage: Stage) -> bool {
    stage == Stage::Asking || stage.in_hand()
}

/// What storing a sighting did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sighting {
    /// Never seen before.
    New,
    /// Known, and GitHub says that it changed since it was judged.
    Changed,
    /// Known and unchanged.
    Same,
}

fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
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

    /// Leases up to `limit` due bounties in one of `stages`, dearest first.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn lease_due(
        &mut self,
        worker: &str,
        stages: &[Stage],
        lasting: Duration,
        limit: i64,
    ) -> Result<Vec<(Bounty, Lease)>> {
        let during = "taking due work";
        let now = self.now();
        // At most six stages are ever asked for at once; an unused place repeats the first.
        let mut names = [stages.first().map_or("", |s| s.as_str()); 6];
        for (name, stage) in names.iter_mut().zip(stages) {
            *name = stage.as_str();
        }
        debug_assert!(stages.len() <= names.len(), "more stages than places");
        let rows = sqlx::query(
            "UPDATE bounty SET lease_owner = $1, lease_until = $2, epoch = epoch + 1
             WHERE id IN (SELECT id FROM bounty WHERE wake_at <= $3
                 AND (lease_until IS NULL OR lease_until <= $3)
                 AND stage IN ($4, $5, $6, $7, $8, $9)
                 ORDER BY COALESCE(usd, 0) DESC, id LIMIT $10)
             RETURNING id, repository_id, repo, number, title, stage, reason, usd, wake_at, failures,
                 asks, source_updated_at, first_seen, deadline, epoch",
        )
        .bind(worker)
        .bind(now.plus(lasting).0)
        .bind(now.0)
        .bind(names[0])
        .bind(names[1])
        .bind(names[2])
        .bind(names[3])
        .bind(names[4])
        .bind(names[5])
        .bind(limit)
        .fetch_all(self.conn())
        .await
        .during(during)?;
        let mut leased = rows
            .iter()
            .map(|row| {
                let bounty = Bounty::read(row)?;
                let lease = Lease {
                    bounty: bounty.id,
                    epoch: bounty.epoch,
                };
                Ok((bounty, lease))
            })
            .collect::<Result<Vec<_>>>()?;
        leased.sort_by_key(|(b, _)| (std::cmp::Reverse(b.usd), b.id));
        Ok(leased)
    }

    /// Moves a leased bounty one step and gives the lease back.
    ///
    /// # Errors
    /// Somebody else took the bounty over, or the ledger cannot be written.
    pub async fn advance(&mut self, lease: &Lease, step: &Step<'_>) -> Result<()> {
        self.may_become(lease, step.stage).await?;
        let done = sqlx::query(
            "UPDATE bounty SET stage = $3, reason = $4, wake_at = $5, failures = 0,
             lease_owner = NULL, lease_until = NULL WHERE id = $1 AND epoch = $2",
        )
        .bind(lease.bounty)
        .bind(lease.epoch)
        .bind(step.stage.as_str())
        .bind(step.reason)
        .bind(step.wake_at.map(|t| t.0))
        .execute(self.conn())
        .await
        .during("moving a bounty on")?;
        lease.held(done.rows_affected())
    }

    /// Moves a leased bounty one step and keeps the lease.
    ///
    /// # Errors
    /// As [`Tx::advance`].
    pub async fn mark_stage(&mut self, lease: &Lease, stage: Stage) -> Result<()> {
        self.may_become(lease, stage).await?;
        let done = sqlx::query("UPDATE bounty SET stage = $3 WHERE id = $1 AND epoch = $2")
            .bind(lease.bounty)
            .bind(lease.epoch)
            .bind(stage.as_str())
            .execute(self.conn())
            .await
            .during("moving a bounty on")?;
        lease.held(done.rows_affected())
    }

    async fn may_become(&mut self, lease: &Lease, to: Stage) -> Result<()> {
        let from: Option<String> =
            sqlx::query_scalar("SELECT stage FROM bounty WHERE id = $1 AND epoch = $2")
                .bind(lease.bounty)
                .bind(lease.epoch)
                .fetch_optional(self.conn())
                .await
                .during("moving a bounty on")?;
        let from = from.ok_or(LedgerError::LostLease {
            bounty: lease.bounty,
            epoch: lease.epoch,
        })?;
        if Stage::parse(&from).is_some_and(|f| f.may_become(to)) {
            return Ok(());
        }
        let detail = format!("{from} may not become {}", to.as_str());
        Err(LedgerError::Corrupt {
            what: "step",
            detail,
        })
    }

    /// Leaves a leased bounty where it is, to be tried again at `wake_at`.
    ///
    /// # Errors
    /// As [`Tx::advance`].
    pub async fn postpone(
        &mut self,
        lease: &Lease,
        wake_at: UnixMillis,
        failed: bool,
    ) -> Result<()> {
        let done = sqlx::query(
            "UPDATE bounty SET wake_at = $3, failures = failures + $4,
             lease_owner = NULL, lease_until = NULL WHERE id = $1 AND epoch = $2",
        )
        .bind(lease.bounty)
        .bind(lease.epoch)
        .bind(wake_at.0)
        .bind(i64::from(failed))
        .execute(self.conn())
        .await
        .during("postponing a bounty")?;
        lease.held(done.rows_affected())
    }

    /// Whether a scan has seen a change of a leased bounty since it was leased.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn changed_since_leased(&mut self, bounty: &Bounty) -> Result<bool> {
        let seen: Option<i64> =
            sqlx::query_scalar("SELECT source_updated_at FROM bounty WHERE id = $1")
                .bind(bounty.id)
                .fetch_one(self.conn())
                .await
                .during("looking for a change")?;
        Ok(seen != bounty.source_updated_at.map(|t| t.0))
    }

    /// Checks that a lease is still the newest one, before something is written beside the row.
    ///
    /// # Errors
    /// Somebody else took the bounty over.
    pub async fn confirm(&mut self, lease: &Lease) -> Result<()> {
        let found: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM bounty WHERE id = $1 AND epoch = $2")
                .bind(lease.bounty)
                .bind(lease.epoch)
                .fetch_one(self.conn())
                .await
                .during("checking a lease")?;
        lease.held(unsigned(found))
    }

    /// Notes what a judgement said about a leased bounty.
    ///
    /// # Errors
    /// As [`Tx::advance`].
    pub async fn put_appraisal(
        &mut self,
        lease: &Lease,
        usd: Option<Usd>,
        appraisal: &str,
        asked: bool,
    ) -> Result<()> {
        let done = sqlx::query(
            "UPDATE bounty SET usd = $3, appraisal = $4, asks = asks + $5
             WHERE id = $1 AND epoch = $2",
        )
        .bind(lease.bounty)
        .bind(lease.epoch)
        .bind(usd.map(Usd::cents))
        .bind(appraisal)
        .bind(i64::from(asked))
        .execute(self.conn())
        .await
        .during("storing an appraisal")?;
        lease.held(done.rows_affected())
    }

    /// Puts a bounty that waits for the owner where the answer says, at once due. Whoever was
    /// looking at it in the meantime loses the lease.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub(super) async fn answered(
        &mut self,
        bounty: i64,
        stage: Stage,
        reason: &str,
        wake: bool,
    ) -> Result<()> {
        let wake_at = wake.then_some(self.now().0);
        sqlx::query(
            "UPDATE bounty SET stage = $2, reason = $3, wake_at = $4, epoch = epoch + 1,
             lease_owner = NULL, lease_until = NULL, failures = 0 WHERE id = $1 AND stage = $5",
        )
        .bind(bounty)
        .bind(stage.as_str())
        .bind(reason)
        .bind(wake_at)
        .bind(Stage::Asking.as_str())
        .execute(self.conn())
        .await
        .during("recording the owner's answer")?;
        Ok(())
    }

    /// Sets when a leased bounty's claim is taken back unless it shows a pull request.
    ///
    /// # Errors
    /// As [`Tx::advance`].
    pub async fn set_deadline(&mut self, lease: &Lease, at: UnixMillis) -> Result<()> {
        let done = sqlx::query("UPDATE bounty SET deadline = $3 WHERE id = $1 AND epoch = $2")
            .bind(lease.bounty)
            .bind(lease.epoch)
            .bind(at.0)
            .execute(self.conn())
            .await
            .during("setting a deadline")?;
        lease.held(done.rows_affected())
    }

    /// Gives a claim time until `until`, if it stands in one of `stages`. Whoever was looking at it
    /// in the meantime loses the lease: he would take it back by the old deadline.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn extend_claim(
        &mut self,
        bounty: i64,
        until: UnixMillis,
        stages: &[Stage; 2],
    ) -> Result<bool> {
        let done = sqlx::query(
            "UPDATE bounty SET deadline = $2, epoch = epoch + 1, lease_owner = NULL,
                 lease_until = NULL WHERE id = $1 AND stage IN ($3, $4)",
        )
        .bind(bounty)
        .bind(until.0)
        .bind(stages[0].as_str())
        .bind(stages[1].as_str())
        .execute(self.conn())
        .await
        .during("extending a claim")?;
        Ok(done.rows_affected() == 1)
    }

    /// Has everything that was left alone by other rules judged again: it is read anew from the
    /// beginning, and the next sighting counts as a change.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn forget_judgements(&mut self) -> Result<()> {
        sqlx::query("DELETE FROM setting WHERE name LIKE 'cursor:%'")
            .execute(self.conn())
            .await
            .during("forgetting judgements")?;
        for stage in [Stage::Skipped, Stage::Reported] {
            sqlx::query("UPDATE bounty SET source_updated_at = NULL WHERE stage = $1")
                .bind(stage.as_str())
                .execute(self.conn())
                .await
                .during("forgetting judgements")?;
        }
        Ok(())
    }

    /// Gives back every lease: called once at start, when the instance lock proves that no other
    /// holder is alive.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn release_all_leases(&mut self) -> Result<u64> {
        let done = sqlx::query(
            "UPDATE bounty SET lease_owner = NULL, lease_until = NULL, epoch = epoch + 1
             WHERE lease_owner IS NOT NULL",
        )
        .execute(self.conn())
        .await
        .during("releasing leases")?;
        Ok(done.rows_affected())
    }
}

impl Lease {
    fn held(&self, rows: u64) -> Result<()> {
        if rows == 1 {
            return Ok(());
        }
        Err(LedgerError::LostLease {
            bounty: self.bounty,
            epoch: self.epoch,
        })
    }
}

/// Which bounties a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only these stages; empty means all.
    pub stages: Vec<Stage>,
    /// At most so many.
    pub limit: Option<i64>,
}

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
        let text: Option<String> =
            sqlx::query_scalar("SELECT facts FROM found WHERE bounty_id = $1")
                .bind(bounty)
                .fetch_optional(self.read())
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

fn stage_list(stages: &[Stage]) -> String {
    if stages.is_empty() {
        return String::new();
    }
    let names: Vec<_> = stages.iter().map(|s| s.as_str()).collect();
    format!(",{},", names.join(","))
}
