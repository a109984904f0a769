//! What the journal has of one client.

use super::Line;
use crate::ledger::{During, Ledger, Result};

impl Ledger {
    /// The newest entries that a client made, newest first, by its name in the configuration.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn journal_of_client(&self, client: &str, uid: u32, limit: i64) -> Result<Vec<Line>> {
        // The space ends the name: none of another client begins so. What another user did under this name
        // is not this client's.
        let rows = sqlx::query(
            "SELECT * FROM journal WHERE substr(actor, 1, length($1)) = $1
             OR substr(actor, 1, length($2)) = $2 ORDER BY seq DESC LIMIT $3",
        )
        .bind(format!("client:{client} uid:{uid} "))
        .bind(format!("client:{client} key:"))
        .bind(limit)
        .fetch_all(self.read())
        .await
        .during("reading the journal")?;
        rows.iter()
            .map(|row| Line::read(row).during("reading the journal"))
            .collect()
    }
}
