//! Bounties: seen, due, leased, moved on.

mod judged;
mod pending;
mod read;
mod sight;
mod step;

use serde::Serialize;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

pub(super) use pending::Pending;

use super::{During, LedgerError, Result};
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
    /// `owner/name` as GitHub said last.
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
}

/// The right to write about one bounty. Only the ledger makes one; a later holder's epoch is
/// higher, and every write checks that ours is still the newest.
#[derive(Debug)]
pub struct Lease {
    bounty: i64,
    epoch: i64,
    /// Where the bounty was when it was leased.
    stage: Stage,
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

pub(super) fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Which bounties a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only these stages; empty means all.
    pub stages: Vec<Stage>,
    /// At most so many.
    pub limit: Option<i64>,
}

/// The stages that `to` may follow, for SQL's `LIKE`.
fn stages_before(to: Stage) -> String {
    let before: Vec<_> = Stage::ALL
        .into_iter()
        .filter(|stage| stage.may_become(to))
        .collect();
    read::stage_list(&before)
}
