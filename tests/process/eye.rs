//! What the ledger says, read beside the daemon: the condition that every wait of these stories
//! ends with.

use std::path::{Path, PathBuf};

use bountyd::clock::UnixMillis;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row, SqliteConnection};

/// How far the daemon is with what is due.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Look {
    /// Rows, questions, messages that are due and not done.
    pub(crate) due: i64,
    /// Writes of unknown outcome.
    pub(crate) open_effects: i64,
    /// The journal's length.
    pub(crate) journal: i64,
    /// When something is due next.
    pub(crate) next: Option<i64>,
    /// When the next scan is due.
    pub(crate) scan: Option<i64>,
}

/// A reader of the ledger. It lets go of the file whenever it is told to, so that a restarted
/// daemon recovers it alone, as it would after a crash of the machine's only user of it.
#[derive(Debug)]
pub(crate) struct Eye {
    path: PathBuf,
    open: Option<SqliteConnection>,
}

const LOOK: &str = "SELECT
    (SELECT COUNT(*) FROM bounty WHERE wake_at <= $1)
  + (SELECT COUNT(*) FROM approval WHERE state = 'pending' AND (next_try_at <= $1 OR expires_at <= $1))
  + (SELECT COUNT(*) FROM approval WHERE edit_due = 1 AND message_id IS NOT NULL)
  + (SELECT COUNT(*) FROM job WHERE wake_at <= $1)
  + (SELECT COUNT(*) FROM question WHERE state = 'pending' AND (next_try_at <= $1 OR expires_at <= $1))
  + (SELECT COUNT(*) FROM question WHERE edit_due = 1 AND message_id IS NOT NULL)
  + (SELECT COUNT(*) FROM notice WHERE next_try_at <= $1) AS due,
    (SELECT COUNT(*) FROM effect WHERE state IN ('begun', 'unknown'))
  + (SELECT COUNT(*) FROM job_effect WHERE state IN ('begun', 'unknown')) AS open_effects,
    (SELECT COALESCE(MAX(seq), 0) FROM journal) AS journal,
    (SELECT MIN(at) FROM (SELECT wake_at AS at FROM bounty WHERE wake_at > $1
        UNION ALL SELECT next_try_at FROM approval WHERE state = 'pending' AND next_try_at > $1
        UNION ALL SELECT expires_at FROM approval WHERE state = 'pending' AND expires_at > $1
        UNION ALL SELECT wake_at FROM job WHERE wake_at > $1
        UNION ALL SELECT next_try_at FROM question WHERE state = 'pending' AND next_try_at > $1
        UNION ALL SELECT expires_at FROM question WHERE state = 'pending' AND expires_at > $1
        UNION ALL SELECT next_try_at FROM notice WHERE next_try_at > $1)) AS next,
    (SELECT CAST(value AS INTEGER) FROM setting WHERE name = 'scan.next') AS scan";

impl Eye {
    pub(crate) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            open: None,
        }
    }

    pub(crate) async fn close(&mut self) {
        if let Some(connection) = self.open.take() {
            // A connection that broke with its daemon is closed all the same.
            let _ = connection.close().await;
        }
    }

    async fn connection(&mut self) -> Result<&mut SqliteConnection, sqlx::Error> {
        if self.open.is_none() {
            let options = SqliteConnectOptions::new()
                .filename(&self.path)
                .read_only(true)
                .disable_statement_logging();
            self.open = Some(options.connect().await?);
        }
        Ok(self.open.as_mut().expect("it was just opened"))
    }

    /// Nothing while there is no ledger, or its schema is being made.
    pub(crate) async fn look(&mut self, now: UnixMillis) -> Option<Look> {
        let read = async {
            let row = sqlx::query(LOOK)
                .bind(now.0)
                .fetch_one(self.connection().await?)
                .await?;
            Ok::<_, sqlx::Error>(Look {
                due: row.try_get("due")?,
                open_effects: row.try_get("open_effects")?,
                journal: row.try_get("journal")?,
                next: row.try_get("next")?,
                scan: row.try_get("scan")?,
            })
        };
        let read = read.await;
        if read.is_err() {
            self.close().await;
        }
        read.ok()
    }

    /// The first column of every row, as text.
    pub(crate) async fn column(&mut self, sql: &str) -> Vec<String> {
        let connection = self.connection().await.expect("there is a ledger");
        let rows = sqlx::query(AssertSqlSafe(sql))
            .fetch_all(connection)
            .await
            .unwrap_or_else(|e| panic!("{sql}: {e}"));
        rows.iter()
            .map(|row| row.try_get::<String, _>(0).expect("text"))
            .collect()
    }

    /// One number; 0 while there is no ledger.
    pub(crate) async fn number(&mut self, sql: &str) -> i64 {
        let Ok(connection) = self.connection().await else {
            return 0;
        };
        sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_one(connection)
            .await
            .unwrap_or(0)
    }
}
