//! The emergency stop of a ledger that another is to replace: read so that nothing but a whole ledger that says
//! so counts as none.

use std::io::ErrorKind;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use super::settings::Setting;
use super::{During, LedgerError, Result};
use crate::clock::UnixMillis;

/// An emergency stop: by whom, and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// The actor as the journal names it.
    pub by: String,
    /// When.
    pub at: UnixMillis,
}

/// What the ledger at `path` says of one. Where none can be read, one is in force since `now`: nobody can know
/// whether there was.
pub(super) async fn of(path: &Path, now: UnixMillis) -> Option<Stop> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        _ => read(path).await.unwrap_or_else(|_| {
            Some(Stop {
                by: "the restore, because the ledger that was there cannot be read".to_owned(),
                at: now,
            })
        }),
    }
}

async fn read(path: &Path) -> Result<Option<Stop>> {
    let during = "looking for an emergency stop";
    let mut conn = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .connect()
        .await
        .during(during)?;
    // A page that is lost can be the one that says so.
    let said: String = sqlx::query_scalar("PRAGMA quick_check(1)")
        .fetch_one(&mut conn)
        .await
        .during(during)?;
    if said != "ok" {
        return Err(LedgerError::Corrupt {
            what: "page",
            detail: said,
        });
    }
    let text: Option<String> = sqlx::query_scalar("SELECT value FROM setting WHERE name = $1")
        .bind(Setting::Stopped.key())
        .fetch_optional(&mut conn)
        .await
        .during(during)?;
    conn.close().await.during(during)?;
    super::settings::parse(text)
}
