//! What the rules count: hands, claims, money, cards, lasting refusals.

use std::time::Duration;

use serde_json::json;
use sqlx::Row as _;

use super::restored::FromBackup;
use super::settings::parse;
use super::{Actor, During, Entry, Result, Tx};
use crate::bounty::facts::RepoFacts;
use crate::bounty::policy::{Deny, Tally};
use crate::bounty::stage::Stage;
use crate::clock::UnixMillis;
use crate::ledger::approvals::Approval;
use crate::money::Usd;

/// Caps and totals are rolling.
pub const DAY: Duration = Duration::from_secs(24 * 3600);

/// What is dated no further ahead than this was written before a clock was set right, just now perhaps.
const SMALL_CORRECTION: Duration = Duration::from_secs(10 * 60);

fn count(n: i64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// What is counted for; it is itself not counted.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The bounty's row, if it has one.
    pub row: Option<i64>,
    /// `owner/name`.
    pub repo: &'a str,
    /// GitHub's numeric repository id; `None` when unknown.
    pub repository_id: Option<u64>,
}

impl Tx {
    /// Counts for a decision about the row `bounty`, which itself is not counted. The owner whose no and
    /// whose cap hold is the one of the facts that are judged: a repository may have moved since the row
    /// was named.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn tally(&mut self, bounty: i64, repo: &RepoFacts) -> Result<Tally> {
        self.tally_for(&Subject {
            row: Some(bounty),
            repo: &repo.slug(),
            repository_id: repo.id,
        })
        .await
    }

    /// As [`Tx::tally`], for the claim of a permitted bounty. Others that are
    /// permitted and not yet claimed do not count either: claims are made one after the other, and
    /// whoever comes first takes the hand. If they counted, more yeses than hands would all wait
    /// for one another until the last of them had expired.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn tally_at_claim(&mut self, bounty: i64, repo: &RepoFacts) -> Result<Tally> {
        let subject = Subject {
            row: Some(bounty),
            repo: &repo.slug(),
            repository_id: repo.id,
        };
        self.count(&subject, |stage| {
            stage.in_hand() && stage != Stage::Permitted
        })
        .await
    }

    /// Counts for sending a question: other questions that the owner has before him count like what
    /// is in hand, because each may become that by one tap.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn tally_with_questions(&mut self, question: &Approval) -> Result<Tally> {
        let proposal = &question.about.proposal;
        let subject = Subject {
            row: Some(question.about.bounty_id),
            repo: &proposal.repository,
            repository_id: proposal.repository_id,
        };
        let mut tally = self.tally_for(&subject).await?;
        let owner = proposal.repository.split('/').next().unwrap_or_default();
        let (all, own): (i64, i64) = sqlx::query_as(
            "SELECT COUNT(*), COALESCE(SUM(CASE WHEN b.owner = $1 THEN 1 ELSE 0 END), 0)
             FROM approval a JOIN bounty b ON b.id = a.bounty_id
             WHERE a.state = 'pending' AND a.delivered_at IS NOT NULL AND a.id <> $2",
        )
        .bind(owner.to_lowercase())
        .bind(&question.id)
        .fetch_one(self.conn().await?)
        .await
        .during("counting open questions")?;
        for (has, more) in [
            (&mut tally.in_hand, all),
            (&mut tally.in_hand_in_organisation, own),
            (&mut tally.claims_per_day, all),
        ] {
            *has = has.saturating_add(count(more));
        }
        Ok(tally)
    }

    /// Counts for a decision about an issue that may have no row yet.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn tally_for(&mut self, subject: &Subject<'_>) -> Result<Tally> {
        self.count(subject, Stage::in_hand).await
    }

    async fn count(
        &mut self,
        subject: &Subject<'_>,
        takes_a_hand: impl Fn(Stage) -> bool,
    ) -> Result<Tally> {
        let during = "counting for a decision";
        let owner = subject.repo.split('/').next().unwrap_or_default();
        // An unused place repeats the first.
        let taken: Vec<&str> = Stage::ALL
            .into_iter()
            .filter(|stage| takes_a_hand(*stage))
            .map(Stage::as_str)
            .collect();
        let mut stages = [taken.first().copied().unwrap_or_default(); 8];
        debug_assert!(taken.len() <= stages.len(), "more stages than places");
        for (place, stage) in stages.iter_mut().zip(&taken) {
            *place = stage;
        }
        // One statement, because there is one for every bounty that is judged.
        let row = sqlx::query(
            "SELECT
             (SELECT COUNT(*) FROM bounty WHERE id <> $1
                 AND stage IN ($6, $7, $8, $9, $10, $11, $12, $13)) AS in_hand,
             (SELECT COUNT(*) FROM bounty WHERE id <> $1 AND owner = $2
                 AND stage IN ($6, $7, $8, $9, $10, $11, $12, $13)) AS in_hand_of_owner,
             (SELECT COUNT(*) FROM effect WHERE kind IN ('claim', 'ask-assignment')
                 AND state <> 'failed' AND first_at > $4 AND bounty_id <> $1) AS claims,
             (SELECT COALESCE(SUM(usd), 0) FROM permit
                 WHERE asked = 0 AND created_at > $4 AND bounty_id <> $1) AS permitted,
             (SELECT COUNT(*) FROM effect e JOIN bounty b ON b.id = e.bounty_id
                 WHERE b.repository_id = $5 AND e.state = 'done'
                 AND e.kind IN ('claim', 'ask-assignment')) AS known,
             (SELECT reason FROM refusal WHERE subject IN ($2, $3)
                 ORDER BY subject LIMIT 1) AS denied,
             (SELECT value FROM setting WHERE name = 'restored') AS restored",
        )
        // Rows count from 1.
        .bind(subject.row.unwrap_or(-1))
        .bind(owner.to_lowercase())
        .bind(subject.repo.to_lowercase())
        .bind(self.now().minus(DAY).0)
        .bind(subject.repository_id.map(super::bounties::signed))
        .bind(stages[0])
        .bind(stages[1])
        .bind(stages[2])
        .bind(stages[3])
        .bind(stages[4])
        .bind(stages[5])
        .bind(stages[6])
        .bind(stages[7])
        .fetch_one(self.conn().await?)
        .await
        .during(during)?;
        let restored: Option<String> = row.try_get("restored").during(during)?;
        let restored: Option<FromBackup> = parse(restored)?;
        let number = |name| row.try_get::<i64, _>(name).during(during);
        Ok(Tally {
            in_hand: count(number("in_hand")?),
            in_hand_in_organisation: count(number("in_hand_of_owner")?),
            claims_per_day: count(number("claims")?),
            permitted_per_day: Usd(number("permitted")?),
            repository_known: number("known")? > 0,
            restored_at: restored.map(|from| from.at),
            denied: row.try_get("denied").during(during)?,
        })
    }

    /// Claims begun after `since`; those that failed for certain are left out, those that may have
    /// stood there are not.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn claims_since(&mut self, since: UnixMillis, but: Option<i64>) -> Result<i64> {
        sqlx::query_scalar(
            "SELECT (SELECT COUNT(*) FROM effect WHERE kind IN ('claim', 'ask-assignment')
                 AND state <> 'failed' AND first_at > $1 AND bounty_id <> $2)
             + (SELECT COUNT(*) FROM job WHERE begun_at > $1 AND bounty_id <> $2 AND NOT EXISTS
                 (SELECT 1 FROM effect WHERE effect.bounty_id = job.bounty_id
                  AND kind IN ('claim', 'ask-assignment') AND state <> 'failed'))",
        )
        .bind(since.0)
        .bind(but.unwrap_or(-1))
        .fetch_one(self.conn().await?)
        .await
        .during("counting claims")
    }

    /// When the newest write of any kind began, or ended, if it took long: writes keep a distance. One
    /// dated in the future was begun before the clock was set back: that may have been just now, but one
    /// dated far ahead must not stop all writing until then.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn newest_write(&mut self) -> Result<Option<UnixMillis>> {
        let now = self.now();
        let at: Option<i64> = sqlx::query_scalar(
            "SELECT MAX(at) FROM (
                SELECT CASE WHEN ended_at > begun_at THEN ended_at ELSE begun_at END AS at
                FROM effect WHERE begun_at <= $1
                UNION ALL SELECT CASE WHEN ended_at > begun_at THEN ended_at ELSE begun_at END AS at
                FROM job_effect WHERE begun_at <= $1 AND kind IN ('pull-request', 'close')
                UNION ALL SELECT CASE WHEN ended_at > begun_at THEN ended_at ELSE begun_at END AS at
                FROM client_request WHERE begun_at <= $1)",
        )
        .bind(now.plus(SMALL_CORRECTION).0)
        .fetch_one(self.conn().await?)
        .await
        .during("looking for the newest write")?;
        Ok(at.map(|at| UnixMillis(at).min(now)))
    }

    /// Cards delivered after `since`.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn cards_since(&mut self, since: UnixMillis) -> Result<i64> {
        sqlx::query_scalar("SELECT COUNT(*) FROM approval WHERE delivered_at > $1")
            .bind(since.0)
            .fetch_one(self.conn().await?)
            .await
            .during("counting cards")
    }

    /// The lasting no for an owner or a repository, if there is one.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn refusal(&mut self, owner: &str, repo: &str) -> Result<Option<String>> {
        sqlx::query_scalar("SELECT reason FROM refusal WHERE subject IN ($1, $2) ORDER BY subject")
            .bind(owner.to_lowercase())
            .bind(repo.to_lowercase())
            .fetch_optional(self.conn().await?)
            .await
            .during("looking for a lasting no")
    }

    /// Remembers a lasting no; says whether it is news. The first reason stays.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn remember_refusal(&mut self, bounty: i64, deny: &Deny) -> Result<bool> {
        let now = self.now();
        let done = sqlx::query(
            "INSERT INTO refusal (subject, reason, at) VALUES ($1, $2, $3)
             ON CONFLICT (subject) DO NOTHING",
        )
        .bind(deny.name.to_lowercase())
        .bind(&deny.reason)
        .bind(now.0)
        .execute(self.conn().await?)
        .await
        .during("remembering a no")?;
        let news = done.rows_affected() == 1;
        if news {
            let body = json!({ "subject": deny.name, "reason": deny.reason });
            self.journal(Entry::new(Actor::Daemon, "refusal.remembered", body).bounty(bounty))
                .await?;
        }
        Ok(news)
    }
}
