//! From an earlier schema to this program's, or not at all.
//!
//! First a copy is made and read back. Then all steps of the schema, what is checked after them, and the
//! journal's entry about them are one transaction: whatever ends it, a full disk or `kill -9`, the ledger
//! is as it was or as it is to be.

use std::path::{Path, PathBuf};

use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _, Sqlite, Transaction};

use super::contents::{Contents, contents};
use super::copy::{self, Manifest};
use super::journal::{Chain, Entry, append_entry, chain};
use super::{Actor, During, LedgerError, MIGRATIONS, Result, known};
use crate::clock::UnixMillis;
use crate::crash;

/// Copies of earlier ledgers that are kept, the newest.
const KEPT: usize = 3;

/// The ending of such a copy's name.
const ENDING: &str = "bak";

/// The newest step of the schema that the file has seen; `None` if it has seen none.
pub(super) async fn version(conn: &mut SqliteConnection) -> Result<Option<i64>> {
    let during = "reading the ledger's version";
    let table: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = '_sqlx_migrations'",
    )
    .fetch_one(&mut *conn)
    .await
    .during(during)?;
    if table == 0 {
        return Ok(None);
    }
    sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations")
        .fetch_one(conn)
        .await
        .during(during)
}

/// Brings the ledger at `path` to the newest schema.
///
/// # Errors
/// It is newer than this program; or it could not be done, and is as it was.
pub(super) async fn bring_up_to_date(
    conn: &mut SqliteConnection,
    path: &Path,
    now: UnixMillis,
) -> Result<()> {
    let found = version(conn).await.map_err(|e| e.at(path))?;
    let Some(found) = found.filter(|found| *found < known()) else {
        // A new file; or nothing to do but to see that this program's steps made it.
        return in_one(conn, path, None).await;
    };
    let stopped = |backup: Option<&Path>, error: LedgerError| match error {
        busy @ LedgerError::Busy { .. } => busy,
        cause => LedgerError::Upgrade {
            path: path.to_owned(),
            from: found,
            to: known(),
            kept: backup.map_or_else(String::new, |backup| {
                format!("; a checked copy of it lies at {}", backup.display())
            }),
            cause: Box::new(cause),
        },
    };
    crash::point("upgrade.before");
    let (backup, manifest) = back_up(conn, path, found, now)
        .await
        .map_err(|e| stopped(None, e))?;
    crash::point("upgrade.kept");
    tracing::info!(
        from = found,
        to = known(),
        backup = %backup.display(),
        "bringing the ledger up to date"
    );
    let before = Before {
        schema: found,
        manifest,
        backup: backup.clone(),
        now,
    };
    in_one(conn, path, Some(&before))
        .await
        .map_err(|e| stopped(Some(&backup), e))?;
    crash::point("upgrade.committed");
    prune(path);
    crash::point("upgrade.done");
    Ok(())
}

/// Brings a file to the newest schema that is a copy itself.
pub(super) async fn without_a_copy(path: &Path) -> Result<()> {
    let opened = SqliteConnectOptions::new().filename(path).connect().await;
    let mut conn = opened.during("opening a copy of the ledger")?;
    in_one(&mut conn, path, None).await?;
    conn.close().await.during("closing a copy of the ledger")
}

/// What was there before.
struct Before {
    schema: i64,
    manifest: Manifest,
    backup: PathBuf,
    now: UnixMillis,
}

/// All steps in one transaction.
async fn in_one(conn: &mut SqliteConnection, path: &Path, before: Option<&Before>) -> Result<()> {
    let during = "bringing the ledger up to date";
    let mut tx = conn
        .begin_with("BEGIN IMMEDIATE")
        .await
        .during(during)
        .map_err(|e| e.at(path))?;
    let done = steps(&mut tx, path, before).await;
    match done {
        Ok(()) => tx.commit().await.during(during).map_err(|e| e.at(path)),
        Err(error) => {
            // What cannot be taken back now is taken back when the file is opened next: it was not committed.
            let _ = tx.rollback().await;
            Err(error)
        }
    }
}

async fn steps(
    tx: &mut Transaction<'_, Sqlite>,
    path: &Path,
    before: Option<&Before>,
) -> Result<()> {
    let Some(before) = before else {
        let done = MIGRATIONS.run(&mut **tx).await;
        return done.map_err(|e| LedgerError::from_migrate(path, e));
    };
    // What is changed here is what was copied: nobody wrote in between.
    if contents(tx, "").await? != before.manifest.contents {
        return Err(LedgerError::Busy {
            what: format!("copying {}", path.display()),
        });
    }
    crash::point("upgrade.begun");
    for step in MIGRATIONS.iter().map(|m| m.version) {
        if step > before.schema {
            let done = MIGRATIONS.run_to(step, &mut **tx).await;
            done.map_err(|e| LedgerError::from_migrate(path, e))?;
            crash::point("upgrade.step");
        }
    }
    let now = contents(tx, "").await?;
    check(
        tx,
        &now,
        &before.manifest.contents,
        &before.manifest.journal,
    )
    .await?;
    let name = before.backup.file_name().unwrap_or_default();
    let body = json!({
        "from": before.schema,
        "to": known(),
        "before": before.manifest.contents.sha256,
        "backup": name.to_string_lossy(),
    });
    let entry = Entry::new(Actor::Daemon, "ledger.upgraded", body);
    append_entry(tx, entry, before.now).await?;
    crash::point("upgrade.checked");
    Ok(())
}

/// The file is whole, the journal is word for word what it was, and no table that stays has lost a row.
async fn check(
    tx: &mut SqliteConnection,
    now: &Contents,
    before: &Contents,
    journal: &Chain,
) -> Result<()> {
    copy::intact(tx).await?;
    let lost = |what: &str| LedgerError::Corrupt {
        what: "new schema",
        detail: what.to_owned(),
    };
    if version(tx).await? != Some(known()) {
        return Err(lost("a step is missing"));
    }
    if chain(tx).await? != *journal {
        return Err(lost("the journal would not be what it was"));
    }
    for (table, rows) in &before.rows {
        if now.rows.get(table).is_some_and(|n| n < rows) {
            return Err(lost(&format!("rows of `{table}` would be lost")));
        }
    }
    Ok(())
}

/// A checked copy beside the ledger. One of an earlier try that holds the same is as good.
async fn back_up(
    conn: &mut SqliteConnection,
    path: &Path,
    schema: i64,
    now: UnixMillis,
) -> Result<(PathBuf, Manifest)> {
    let held = contents(conn, "").await?;
    for (_, earlier) in copies(path).into_iter().rev() {
        if let Ok(manifest) = copy::check(&earlier).await
            && manifest.contents == held
        {
            return Ok((earlier, manifest));
        }
    }
    let target = copy::beside(path, &format!("schema-{schema}.{}.{ENDING}", now.0))?;
    let manifest = copy::write(conn, &target, now).await?;
    Ok((target, manifest))
}

/// The copies beside the ledger, with their times, oldest first.
fn copies(path: &Path) -> Vec<(i64, PathBuf)> {
    let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else {
        return Vec::new();
    };
    let start = format!("{}.schema-", name.to_string_lossy());
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut found: Vec<_> = entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let rest = name.strip_prefix(&start)?.strip_suffix(ENDING)?;
            let (_, at) = rest.strip_suffix('.')?.split_once('.')?;
            Some((at.parse().ok()?, entry.path()))
        })
        .collect();
    found.sort();
    found
}

/// Removes all copies but the newest few.
fn prune(path: &Path) {
    let copies = copies(path);
    for (_, old) in copies.iter().take(copies.len().saturating_sub(KEPT)) {
        if let Err(error) = std::fs::remove_file(old) {
            tracing::warn!(
                "an old copy of the ledger stays, {}: {error}",
                old.display()
            );
        }
    }
}
