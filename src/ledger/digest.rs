//! What the digest tells, read from the rows and the journal.

use sqlx::Row;

use super::{During, Ledger, Result};
use crate::bounty::judgement::Judgement;
use crate::bounty::stage::Stage;
use crate::clock::UnixMillis;
use crate::messages::notice::Digest;

/// Lines of one kind that are told at most.
const LINES: i64 = 20;

/// SQL about the bounties of stage `$1` that were judged after `$2` for the first time, or otherwise
/// than before it. When one was first seen says little: many are first seen without their amount.
macro_rules! judged_anew {
    ($select:literal, $rest:literal) => {
        concat!(
            $select,
            " FROM bounty WHERE stage = $1 AND id IN (
                SELECT new.bounty_id FROM journal new
                WHERE new.kind = 'bounty.judged' AND new.at > $2 AND new.body <> COALESCE(
                    (SELECT old.body FROM journal old WHERE old.bounty_id = new.bounty_id
                     AND old.kind = 'bounty.judged' AND old.at <= $2
                     ORDER BY old.seq DESC LIMIT 1), '')) ",
            $rest
        )
    };
}

impl Ledger {
    /// What happened after `since`.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn digest_since(&self, since: UnixMillis) -> Result<Digest> {
        let during = "gathering the digest";
        let mut digest = Digest {
            found: sqlx::query_scalar("SELECT COUNT(*) FROM bounty WHERE first_seen > $1")
                .bind(since.0)
                .fetch_one(self.read())
                .await
                .during(during)?,
            scans: sqlx::query_scalar(
                "SELECT COUNT(*) FROM journal WHERE kind = 'scan.done' AND at > $1",
            )
            .bind(since.0)
            .fetch_one(self.read())
            .await
            .during(during)?,
            skipped: sqlx::query_as(judged_anew!(
                "SELECT COALESCE(reason, 'unknown'), COUNT(*)",
                "GROUP BY reason ORDER BY COUNT(*) DESC, reason"
            ))
            .bind(Stage::Skipped.as_str())
            .bind(since.0)
            .fetch_all(self.read())
            .await
            .during(during)?,
            ..Digest::default()
        };
        digest.reported_count = sqlx::query_scalar(judged_anew!("SELECT COUNT(*)", ""))
            .bind(Stage::Reported.as_str())
            .bind(since.0)
            .fetch_one(self.read())
            .await
            .during(during)?;
        let reported = sqlx::query(judged_anew!(
            "SELECT repo, number, reason, appraisal",
            "ORDER BY COALESCE(usd, -1) DESC, id LIMIT $3"
        ))
        .bind(Stage::Reported.as_str())
        .bind(since.0)
        .bind(LINES)
        .fetch_all(self.read())
        .await
        .during(during)?;
        for row in reported {
            let repo: String = row.try_get("repo").during(during)?;
            let number: i64 = row.try_get("number").during(during)?;
            let reason: Option<String> = row.try_get("reason").during(during)?;
            let appraisal: Option<String> = row.try_get("appraisal").during(during)?;
            let judged = appraisal.and_then(|t| serde_json::from_str::<Judgement>(&t).ok());
            let amount = judged.map(|j| j.amount).unwrap_or_default();
            digest.reported.push((
                format!("{repo}#{number}"),
                amount,
                reason.unwrap_or_default(),
            ));
        }
        digest.claimed = self
            .names(
                "SELECT b.repo, b.number, e.kind AS what FROM effect e
                 JOIN bounty b ON b.id = e.bounty_id
                 WHERE e.kind IN ('claim', 'ask-assignment') AND e.state = 'done' AND e.ended_at > $1
                 ORDER BY e.ended_at LIMIT $2",
                since,
            )
            .await?;
        digest.ended = self
            .names(
                "SELECT b.repo, b.number, COALESCE(b.reason, b.stage) AS what FROM bounty b
                 WHERE b.stage IN ('lost', 'withdrawn', 'paid')
                 AND b.id IN (SELECT j.bounty_id FROM journal j WHERE j.at > $1)
                 ORDER BY b.id LIMIT $2",
                since,
            )
            .await?;
        digest.problems = self
            .names(
                "SELECT COALESCE(b.repo, '') AS repo, COALESCE(b.number, 0) AS number, j.kind AS what
                 FROM journal j LEFT JOIN bounty b ON b.id = j.bounty_id
                 WHERE j.kind IN ('trouble.begun', 'effect.unknown', 'effect.failed',
                     'effect.unproven', 'bounty.given_up') AND j.at > $1
                 ORDER BY j.seq LIMIT $2",
                since,
            )
            .await?;
        Ok(digest)
    }

    async fn names(&self, sql: &'static str, since: UnixMillis) -> Result<Vec<String>> {
        let during = "gathering the digest";
        let rows = sqlx::query(sql)
            .bind(since.0)
            .bind(LINES)
            .fetch_all(self.read())
            .await
            .during(during)?;
        rows.iter()
            .map(|row| {
                let repo: String = row.try_get("repo").during(during)?;
                let number: i64 = row.try_get("number").during(during)?;
                let what: String = row.try_get("what").during(during)?;
                Ok(if repo.is_empty() {
                    what
                } else {
                    format!("{repo}#{number} {what}")
                })
            })
            .collect()
    }
}
