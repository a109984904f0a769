//! What a ledger holds, as one hash and the number of rows of each table: two files with the same hash
//! hold the same, whatever their bytes are.

use std::collections::BTreeMap;

use futures_util::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::{During, Result};

/// The table in which sqlx notes the steps of the schema.
const STEPS: &str = "_sqlx_migrations";

/// What a ledger holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// SHA-256 over the schema and every row, in hexadecimal.
    pub sha256: String,
    /// Rows, by table.
    pub rows: BTreeMap<String, i64>,
}

const DURING: &str = "reading the whole ledger";

/// Reads everything but the table named `without`. Rows are read in the order of their values, because a
/// copy may number them anew. When a step of the schema was made, and how long it took, says nothing of
/// what the ledger holds.
pub(super) async fn contents(conn: &mut SqliteConnection, without: &str) -> Result<Contents> {
    let schema: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT type, name, COALESCE(sql, '') FROM sqlite_schema
         WHERE name NOT LIKE 'sqlite|_%' ESCAPE '|' AND tbl_name <> $1 ORDER BY type, name",
    )
    .bind(without)
    .fetch_all(&mut *conn)
    .await
    .during(DURING)?;
    let mut hash = Sha256::new();
    let mut rows = BTreeMap::new();
    for (kind, name, sql) in &schema {
        take(&mut hash, &[kind.as_str(), name, sql]);
    }
    for (_, table, _) in schema.iter().filter(|(kind, ..)| kind == "table") {
        take(&mut hash, &["rows", table]);
        let n = table_rows(conn, table, &mut hash).await?;
        rows.insert(table.clone(), n);
    }
    Ok(Contents {
        sha256: hex::encode(hash.finalize()),
        rows,
    })
}

/// Each text with its length before it, so that none can imitate a border between two.
fn take(hash: &mut Sha256, texts: &[&str]) {
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
}

async fn table_rows(conn: &mut SqliteConnection, table: &str, hash: &mut Sha256) -> Result<i64> {
    let columns: Vec<String> = sqlx::query_scalar("SELECT name FROM pragma_table_info($1)")
        .bind(table)
        .fetch_all(&mut *conn)
        .await
        .during(DURING)?;
    // `quote` writes each value as SQL would, so that a number, a text and nothing differ.
    let values: Vec<String> = columns
        .iter()
        .filter(|c| table != STEPS || !["installed_on", "execution_time"].contains(&c.as_str()))
        .map(|c| format!("quote({})", quoted(c)))
        .collect();
    let row = values.join(" || ',' || ");
    let sql = format!("SELECT {row} AS line FROM {} ORDER BY line", quoted(table));
    let mut lines = sqlx::query_scalar::<_, String>(AssertSqlSafe(sql)).fetch(conn);
    let mut n = 0;
    while let Some(line) = lines.try_next().await.during(DURING)? {
        take(hash, &[line.as_str()]);
        n += 1;
    }
    Ok(n)
}

/// A name as SQL takes it, whatever is in it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
