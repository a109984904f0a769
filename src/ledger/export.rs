//! Everything in a ledger as JSON Lines, for another program.

use futures_util::TryStreamExt as _;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _};

use super::{During, Ledger, Result};

const DURING: &str = "exporting the ledger";

impl Ledger {
    /// Hands out one line after the other: what this is, and then every row of every table, as they are at one
    /// instant. `line` says whether to go on.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn export(&self, mut line: impl FnMut(&str) -> bool) -> Result<()> {
        let mut conn = self.read().acquire().await.during(DURING)?;
        let mut tx = conn.begin().await.during(DURING)?;
        let tables: Vec<String> = sqlx::query_scalar(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite|_%' ESCAPE '|'
             AND name NOT LIKE '|_%' ESCAPE '|' ORDER BY name",
        )
        .fetch_all(&mut *tx)
        .await
        .during(DURING)?;
        let first = json!({
            "format": "bountyd export",
            "version": env!("CARGO_PKG_VERSION"),
            "schema": self.schema,
            "at": self.clock.now(),
        });
        if !line(&first.to_string()) {
            return Ok(());
        }
        for table in tables {
            let columns: Vec<String> = sqlx::query_scalar("SELECT name FROM pragma_table_info($1)")
                .bind(&table)
                .fetch_all(&mut *tx)
                .await
                .during(DURING)?;
            let fields: Vec<String> = columns
                .iter()
                .map(|c| {
                    format!(
                        "'{}', \"{}\"",
                        c.replace('\'', "''"),
                        c.replace('"', "\"\"")
                    )
                })
                .collect();
            let sql = format!(
                "SELECT json_object('table', '{}', 'row', json_object({})) FROM \"{}\" ORDER BY rowid",
                table.replace('\'', "''"),
                fields.join(", "),
                table.replace('"', "\"\"")
            );
            let mut rows = sqlx::query_scalar::<_, String>(AssertSqlSafe(sql)).fetch(&mut *tx);
            while let Some(row) = rows.try_next().await.during(DURING)? {
                if !line(&row) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}
