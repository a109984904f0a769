//! The append-only record of what was decided and done, chained by hashes.
//!
//! A row's hash covers the row and the hash before it. Whoever changes or removes a row must
//! rewrite every later one; the chain's head goes to the owner in the daily digest, so that even a
//! complete rewrite shows against a message on a phone.

mod append;
mod chain;
mod of_client;

use std::fmt;

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

pub(super) use append::{append_and_commit, append_entry};
pub use chain::Chain;
pub(super) use chain::chain;

use super::{During, Ledger, LedgerError, Result};
use crate::clock::UnixMillis;

/// The hash before the first row.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Who made something happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The schedule.
    Schedule,
    /// The daemon on its own account: start, recovery, expiry.
    Daemon,
    /// The owner, by numeric Telegram user id.
    Telegram(u64),
    /// The owner, by a push to his phone: the `sub` of the ID token that the tenant vouched with.
    Push(String),
    /// A person on this machine, by user id.
    Operator(u32),
    /// A program on this machine that the owner lets ask. It never answers for him.
    Client {
        /// Its name in the configuration.
        name: String,
        /// The user it runs as.
        uid: u32,
        /// Its process; over HTTP, where the kernel names none, less than 0: the number of the key that it
        /// showed, negated.
        pid: i32,
    },
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Schedule => f.write_str("schedule"),
            Self::Daemon => f.write_str("daemon"),
            Self::Telegram(id) => write!(f, "telegram:{id}"),
            Self::Push(sub) => write!(f, "push:{sub}"),
            Self::Operator(uid) => write!(f, "uid:{uid}"),
            Self::Client { name, pid, .. } if *pid < 0 => {
                write!(f, "client:{name} key:{:07x}", pid.unsigned_abs())
            }
            Self::Client { name, uid, pid } => write!(f, "client:{name} uid:{uid} pid:{pid}"),
        }
    }
}

/// Something to be recorded.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Who.
    pub actor: Actor,
    /// What, as a dotted word such as `approval.decided`.
    pub kind: &'static str,
    /// About which bounty.
    pub bounty: Option<i64>,
    /// About which outside write.
    pub effect: Option<String>,
    /// The particulars. Never a secret, never an issue's text.
    pub body: Value,
}

impl Entry {
    /// An entry about nothing in particular.
    #[must_use]
    pub fn new(actor: Actor, kind: &'static str, body: Value) -> Self {
        Self {
            actor,
            kind,
            bounty: None,
            effect: None,
            body,
        }
    }

    /// About this bounty.
    #[must_use]
    pub fn bounty(mut self, id: i64) -> Self {
        self.bounty = Some(id);
        self
    }

    /// About this outside write.
    #[must_use]
    pub fn effect(mut self, id: &str) -> Self {
        self.effect = Some(id.to_owned());
        self
    }
}

/// A row of the journal as it was written.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// Position, from 1, without gaps.
    pub seq: i64,
    /// When.
    pub at: UnixMillis,
    /// Who.
    pub actor: String,
    /// What.
    pub kind: String,
    /// About which bounty.
    pub bounty_id: Option<i64>,
    /// About which outside write.
    pub effect_id: Option<String>,
    /// The particulars, as the JSON text that was hashed.
    pub body: String,
    /// The row's hash.
    pub hash: String,
}

impl Line {
    fn read(row: &SqliteRow) -> std::result::Result<Self, sqlx::Error> {
        Ok(Self {
            seq: row.try_get("seq")?,
            at: UnixMillis(row.try_get("at")?),
            actor: row.try_get("actor")?,
            kind: row.try_get("kind")?,
            bounty_id: row.try_get("bounty_id")?,
            effect_id: row.try_get("effect_id")?,
            body: row.try_get("body")?,
            hash: row.try_get("hash")?,
        })
    }

    /// The hash this row should have after `previous`. A JSON array keeps the fields apart: no
    /// value can imitate a border between two.
    #[must_use]
    pub fn expected_hash(&self, previous: &str) -> String {
        let text = serde_json::json!([
            previous,
            self.seq,
            self.at,
            self.actor,
            self.kind,
            self.bounty_id,
            self.effect_id,
            self.body
        ])
        .to_string();
        hex::encode(Sha256::digest(text.as_bytes()))
    }
}

/// The end of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Head {
    /// Position of the newest row; 0 when there is none.
    pub seq: i64,
    /// Its hash.
    pub hash: String,
}

/// Stands for the rows that retention removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checkpoint {
    /// Position of the last row that was removed.
    pub seq: i64,
    /// When they were removed.
    pub at: UnixMillis,
    /// That row's hash: the next row's is over it.
    pub hash: String,
    /// How many rows went, the last time.
    pub removed: i64,
}

/// What `verify` found.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    /// The first row that was checked.
    pub from: i64,
    /// How many rows were checked.
    pub rows: i64,
    /// Where retention cut the chain, if it did.
    pub checkpoint: Option<i64>,
    /// The end of the chain.
    pub head: Head,
    /// The first row that is wrong, and why.
    pub broken: Option<(i64, String)>,
}

/// Rows read at a time while walking the whole chain.
const WALK: i64 = 1_000;

impl Ledger {
    /// The end of the chain.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn journal_head(&self) -> Result<Head> {
        let mut conn = self.read().acquire().await.during("reading the journal")?;
        head(&mut conn).await
    }

    /// Up to `limit` rows after position `after`, oldest first; with a bounty, only its rows.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn journal_after(
        &self,
        after: i64,
        bounty: Option<i64>,
        limit: i64,
    ) -> Result<Vec<Line>> {
        let rows = sqlx::query(
            "SELECT * FROM journal WHERE seq > $1 AND ($2 IS NULL OR bounty_id = $2)
             ORDER BY seq LIMIT $3",
        )
        .bind(after)
        .bind(bounty)
        .bind(limit)
        .fetch_all(self.read())
        .await
        .during("reading the journal")?;
        rows.iter()
            .map(|r| Line::read(r).during("reading the journal"))
            .collect()
    }

    /// The newest `limit` rows, oldest first; with a bounty, only its rows.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn journal_newest(&self, bounty: Option<i64>, limit: i64) -> Result<Vec<Line>> {
        let mut rows = sqlx::query(
            "SELECT * FROM journal WHERE $1 IS NULL OR bounty_id = $1 ORDER BY seq DESC LIMIT $2",
        )
        .bind(bounty)
        .bind(limit)
        .fetch_all(self.read())
        .await
        .during("reading the journal")?;
        rows.reverse();
        rows.iter()
            .map(|r| Line::read(r).during("reading the journal"))
            .collect()
    }

    /// Where retention cut the chain, if it did.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn journal_checkpoint(&self) -> Result<Option<Checkpoint>> {
        let during = "reading the journal's checkpoint";
        let row = sqlx::query("SELECT * FROM journal_checkpoint ORDER BY seq DESC LIMIT 1")
            .fetch_optional(self.read())
            .await
            .during(during)?;
        row.map(|row| {
            Ok(Checkpoint {
                seq: row.try_get("seq").during(during)?,
                at: UnixMillis(row.try_get("at").during(during)?),
                hash: row.try_get("hash").during(during)?,
                removed: row.try_get("removed").during(during)?,
            })
        })
        .transpose()
    }

    /// Whether a row with this hash stands in the journal, or the chain was cut behind it.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn journal_has(&self, hash: &str) -> Result<bool> {
        let found: i64 = sqlx::query_scalar(
            "SELECT (SELECT COUNT(*) FROM journal WHERE hash = $1)
             + (SELECT COUNT(*) FROM journal_checkpoint WHERE hash = $1)",
        )
        .bind(hash)
        .fetch_one(self.read())
        .await
        .during("looking for a journal entry")?;
        Ok(found > 0)
    }

    /// Walks the chain from its checkpoint, or from the first row, to its end.
    ///
    /// # Errors
    /// The ledger cannot be read. A broken chain is no error but a verdict.
    pub async fn verify_journal(&self) -> Result<Verdict> {
        self.verify_journal_after(0).await
    }

    /// Walks the chain from the row after `seq`, whose own hash is taken as it stands; from the
    /// beginning if there is no such row.
    ///
    /// # Errors
    /// As [`Ledger::verify_journal`].
    pub async fn verify_journal_after(&self, seq: i64) -> Result<Verdict> {
        let checkpoint = self.journal_checkpoint().await?;
        let cut = checkpoint.as_ref().map(|cut| cut.seq);
        let trusted: Option<String> = sqlx::query_scalar("SELECT hash FROM journal WHERE seq = $1")
            .bind(seq)
            .fetch_optional(self.read())
            .await
            .during("reading the journal")?;
        let (mut at, mut hash) = match (trusted, checkpoint) {
            (Some(hash), _) => (seq, hash),
            (None, Some(cut)) => (cut.seq, cut.hash),
            (None, None) => (0, GENESIS.to_owned()),
        };
        let mut verdict = Verdict {
            from: at + 1,
            rows: 0,
            checkpoint: cut.filter(|cut| *cut == at),
            head: Head {
                seq: at,
                hash: hash.clone(),
            },
            broken: None,
        };
        loop {
            let lines = self.journal_after(at, None, WALK).await?;
            if lines.is_empty() {
                return Ok(verdict);
            }
            for line in lines {
                let wrong = if line.seq != at + 1 {
                    Some(format!("row {} is missing", at + 1))
                } else if line.hash != line.expected_hash(&hash) {
                    Some("its content or the row before it was changed".to_owned())
                } else {
                    None
                };
                if let Some(why) = wrong {
                    verdict.broken = Some((line.seq, why));
                    return Ok(verdict);
                }
                at = line.seq;
                hash.clone_from(&line.hash);
                verdict.rows += 1;
                verdict.head = Head {
                    seq: line.seq,
                    hash: line.hash,
                };
            }
        }
    }
}

async fn head(conn: &mut sqlx::SqliteConnection) -> Result<Head> {
    let during = "reading the end of the journal";
    let row = sqlx::query(
        "SELECT seq, hash FROM journal UNION ALL SELECT seq, hash FROM journal_checkpoint
         ORDER BY seq DESC LIMIT 1",
    )
    .fetch_optional(&mut *conn)
    .await
    .during(during)?;
    match row {
        Some(row) => Ok(Head {
            seq: row.try_get("seq").during(during)?,
            hash: row.try_get("hash").during(during)?,
        }),
        None => Ok(Head {
            seq: 0,
            hash: GENESIS.to_owned(),
        }),
    }
}

/// A body that was hashed, as a value again.
///
/// # Errors
/// The text is not JSON: somebody else wrote it.
pub fn body_of(line: &Line) -> Result<Value> {
    serde_json::from_str(&line.body).map_err(|e| LedgerError::Corrupt {
        what: "journal entry",
        detail: e.to_string(),
    })
}
