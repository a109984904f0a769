//! The whole journal on one connection: what a copy and an upgrade must not change.

use futures_util::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::SqliteConnection;

use super::{GENESIS, Line};
use crate::ledger::{During, Result};

/// A journal from its first row to its last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    /// Rows.
    pub rows: i64,
    /// Position of the last one.
    pub seq: i64,
    /// The last one's hash.
    pub head: String,
    /// SHA-256 over the hashes of all rows.
    pub sha256: String,
    /// The first row that does not hold, if one does not.
    pub broken: Option<i64>,
}

/// Walks the journal behind `conn`, from its checkpoint on.
pub(in crate::ledger) async fn chain(conn: &mut SqliteConnection) -> Result<Chain> {
    let during = "walking the journal";
    let cut: Option<(i64, String)> =
        sqlx::query_as("SELECT seq, hash FROM journal_checkpoint ORDER BY seq DESC LIMIT 1")
            .fetch_optional(&mut *conn)
            .await
            .during(during)?;
    let (seq, head) = cut.unwrap_or_else(|| (0, GENESIS.to_owned()));
    let mut chain = Chain {
        rows: 0,
        seq,
        head,
        sha256: String::new(),
        broken: None,
    };
    let mut all = Sha256::new();
    let mut rows = sqlx::query("SELECT * FROM journal ORDER BY seq").fetch(conn);
    while let Some(row) = rows.try_next().await.during(during)? {
        let line = Line::read(&row).during(during)?;
        let holds = line.seq == chain.seq + 1 && line.hash == line.expected_hash(&chain.head);
        if !holds && chain.broken.is_none() {
            chain.broken = Some(line.seq);
        }
        all.update(line.hash.as_bytes());
        all.update(b"\n");
        chain.rows += 1;
        chain.seq = line.seq;
        chain.head = line.hash;
    }
    chain.sha256 = hex::encode(all.finalize());
    Ok(chain)
}
