//! Patches on their way: what is being made, what was made, where it stands at GitHub, what it cost.
//!
//! Nobody leases a job: the instance lock proves that one process works on the ledger, and in it one
//! lane on jobs. Every change says which state it changes, so that none is made twice.

mod bounty;
mod change;
mod effect;
mod read;

use serde::Serialize;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

pub use change::{Made, NewJob, Spent};
pub use effect::{JobEffect, JobEffectKind};

use super::bounties::unsigned;
use super::{During, LedgerError, Result};
use crate::clock::UnixMillis;

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum JobState {
    /// A patch is to be made, or being made.
    Making,
    /// There is a patch, and nobody has been asked about it yet.
    Made,
    /// The owner is asked about exactly this patch.
    Asking,
    /// It may be submitted.
    Submitting,
    /// Its pull request is open.
    Open,
    /// It was merged.
    Merged,
    /// The pull request was closed without it.
    Closed,
    /// There is no patch, or it will not be submitted.
    Dropped,
}

impl JobState {
    const ALL: [Self; 8] = [
        Self::Making,
        Self::Made,
        Self::Asking,
        Self::Submitting,
        Self::Open,
        Self::Merged,
        Self::Closed,
        Self::Dropped,
    ];

    /// Its name in the ledger.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Making => "making",
            Self::Made => "made",
            Self::Asking => "asking",
            Self::Submitting => "submitting",
            Self::Open => "open",
            Self::Merged => "merged",
            Self::Closed => "closed",
            Self::Dropped => "dropped",
        }
    }

    /// Reads a name written by [`JobState::as_str`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Nothing more will happen.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Merged | Self::Closed | Self::Dropped)
    }
}

/// What becomes of the branch of a job that is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Branch {
    /// It is taken away, if it was made.
    Cleared,
    /// It stands for the owner to go on with.
    Kept,
}

/// A job as the ledger knows it.
#[derive(Clone, Debug, Serialize)]
pub struct Job {
    /// 16 hexadecimal digits; also the end of its branch's name.
    pub id: String,
    /// For which bounty; `None`: asked for by hand.
    pub bounty: Option<i64>,
    /// GitHub's numeric repository id, as permitted.
    pub repository_id: u64,
    /// `owner/name`.
    pub repo: String,
    /// The issue; `None`: a goal of the owner's.
    pub number: Option<u64>,
    /// The title, or the goal.
    pub title: String,
    /// Where it stands.
    pub state: JobState,
    /// Why, in words.
    pub reason: Option<String>,
    /// Who asked for it.
    pub asked_by: String,
    /// When something is to be done.
    pub wake_at: Option<UnixMillis>,
    /// Steps that failed in a row.
    pub failures: i64,
    /// How often a patch was tried for it.
    pub attempts: i64,
    /// When it began.
    pub begun_at: UnixMillis,
    /// When it was over.
    pub ended_at: Option<UnixMillis>,
    /// What all attempts took, in milliseconds.
    pub worked_ms: i64,
    /// What models cost, in millionths of a US dollar.
    pub micro_usd: i64,
    /// Requests to models.
    pub requests: i64,
    /// The commit that the patch was made on.
    pub base_commit: Option<String>,
    /// The id of the tree that the gate judged.
    pub tree: Option<String>,
    /// The gate's hash of the change.
    pub patch: Option<String>,
    /// Who said yes to exactly that patch.
    pub approved_by: Option<String>,
    /// The newest commit of ours at GitHub.
    pub head: Option<String>,
    /// The pull request's number.
    pub pull: Option<u64>,
    /// Its node id.
    pub pull_node: Option<String>,
}

impl Job {
    /// `owner/name#number`, or `owner/name`.
    #[must_use]
    pub fn slug(&self) -> String {
        match self.number {
            Some(number) => format!("{}#{number}", self.repo),
            None => self.repo.clone(),
        }
    }

    fn read(row: &SqliteRow) -> Result<Self> {
        let during = "reading a job";
        let state: String = row.try_get("state").during(during)?;
        let time = |name: &str| -> Result<Option<UnixMillis>> {
            let at: Option<i64> = row.try_get(name).during(during)?;
            Ok(at.map(UnixMillis))
        };
        let number = |name: &str| -> Result<Option<u64>> {
            let number: Option<i64> = row.try_get(name).during(during)?;
            Ok(number.map(unsigned))
        };
        Ok(Self {
            id: row.try_get("id").during(during)?,
            bounty: row.try_get("bounty_id").during(during)?,
            repository_id: unsigned(row.try_get("repository_id").during(during)?),
            repo: row.try_get("repo").during(during)?,
            number: number("number")?,
            title: row.try_get("title").during(during)?,
            state: JobState::parse(&state).ok_or(LedgerError::Corrupt {
                what: "job state",
                detail: state,
            })?,
            reason: row.try_get("reason").during(during)?,
            asked_by: row.try_get("asked_by").during(during)?,
            wake_at: time("wake_at")?,
            failures: row.try_get("failures").during(during)?,
            attempts: row.try_get("attempts").during(during)?,
            begun_at: UnixMillis(row.try_get("begun_at").during(during)?),
            ended_at: time("ended_at")?,
            worked_ms: row.try_get("worked_ms").during(during)?,
            micro_usd: row.try_get("micro_usd").during(during)?,
            requests: row.try_get("requests").during(during)?,
            base_commit: row.try_get("base_commit").during(during)?,
            tree: row.try_get("tree").during(during)?,
            patch: row.try_get("patch").during(during)?,
            approved_by: row.try_get("approved_by").during(during)?,
            head: row.try_get("head").during(during)?,
            pull: number("pull")?,
            pull_node: row.try_get("pull_node").during(during)?,
        })
    }
}
