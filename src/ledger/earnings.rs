//! What was worked on: how far each bounty came, what it is worth, and what it took.

use serde::Serialize;
use sqlx::Row;

use super::{During, Ledger, LedgerError, Result};
use crate::bounty::stage::Stage;
use crate::money::Usd;

/// How far a bounty came; ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It came to nothing.
    Lost,
    /// It is claimed or worked on.
    Working,
    /// A pull request of ours was opened.
    Submitted,
    /// It was merged.
    Merged,
    /// It was paid.
    Paid,
}

impl Outcome {
    /// In a word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Working => "working",
            Self::Submitted => "submitted",
            Self::Merged => "merged",
            Self::Paid => "paid",
        }
    }
}

/// A bounty that was worked on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Earning {
    /// `owner/name#number`.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// What it is worth, in cents; `None` where that is not known.
    pub usd: Option<Usd>,
    /// How far it came.
    pub outcome: Outcome,
    /// Minutes of work, of all attempts together.
    pub minutes: i64,
    /// What models cost, in millionths of a US dollar.
    pub micro_usd: i64,
}

impl Ledger {
    /// Every bounty that was claimed or worked on, the newest first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn earnings(&self) -> Result<Vec<Earning>> {
        let rows = sqlx::query(
            "SELECT b.repo, b.number, b.title, b.usd, b.stage, b.reason,
                 COALESCE((SELECT SUM(worked_ms) FROM job WHERE bounty_id = b.id), 0) AS worked_ms,
                 COALESCE((SELECT SUM(micro_usd) FROM job WHERE bounty_id = b.id), 0) AS micro_usd,
                 (SELECT COUNT(*) FROM job WHERE bounty_id = b.id AND state = 'merged') AS merged,
                 (SELECT COUNT(*) FROM job WHERE bounty_id = b.id AND pull IS NOT NULL) AS opened
             FROM bounty b
             WHERE b.stage IN ('requested', 'claimed', 'fixing', 'submitted', 'withdrawing', 'paid')
                 OR EXISTS (SELECT 1 FROM job WHERE bounty_id = b.id)
             ORDER BY b.first_seen DESC, b.id DESC",
        )
        .fetch_all(self.read())
        .await
        .during("reading earnings")?;
        rows.iter()
            .map(|row| {
                let during = "reading earnings";
                let stage: String = row.try_get("stage").during(during)?;
                let stage = Stage::parse(&stage).ok_or(LedgerError::Corrupt {
                    what: "stage",
                    detail: stage,
                })?;
                let reason: Option<String> = row.try_get("reason").during(during)?;
                let (merged, opened): (i64, i64) = (
                    row.try_get("merged").during(during)?,
                    row.try_get("opened").during(during)?,
                );
                let repo: String = row.try_get("repo").during(during)?;
                let number: i64 = row.try_get("number").during(during)?;
                let worked: i64 = row.try_get("worked_ms").during(during)?;
                let usd: Option<i64> = row.try_get("usd").during(during)?;
                Ok(Earning {
                    slug: format!("{repo}#{number}"),
                    title: row.try_get("title").during(during)?,
                    usd: usd.map(Usd),
                    outcome: outcome(stage, reason.as_deref(), merged > 0, opened > 0),
                    // A begun minute is one.
                    minutes: (worked + 59_999) / 60_000,
                    micro_usd: row.try_get("micro_usd").during(during)?,
                })
            })
            .collect()
    }
}

fn outcome(stage: Stage, reason: Option<&str>, merged: bool, opened: bool) -> Outcome {
    match stage {
        Stage::Paid => Outcome::Paid,
        _ if merged || (stage == Stage::Submitted && reason == Some("merged")) => Outcome::Merged,
        Stage::Submitted => Outcome::Submitted,
        _ if opened && !stage.is_final() => Outcome::Submitted,
        stage if stage.in_hand() => Outcome::Working,
        _ => Outcome::Lost,
    }
}
