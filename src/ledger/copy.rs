//! A whole copy of a ledger in one file, with what it must hold written into it: the format of backups.
//!
//! It is an ordinary SQLite database with one more table, so that it can be read without this program.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};

use super::contents::{Contents, contents};
use super::journal::{Chain, chain};
use super::{During, LedgerError, Result, known};
use crate::clock::UnixMillis;
use crate::crash;

/// The table that a copy has and a ledger has not.
const MANIFEST: &str = "bountyd_backup";

/// How the manifest is written. Another number is another format.
const FORMAT: u32 = 1;

/// What a copy says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// How this is written.
    format: u32,
    /// The bountyd that made it.
    pub version: String,
    /// The schema of the ledger in it.
    pub schema: i64,
    /// When it was made.
    pub made_at: UnixMillis,
    /// What is in it.
    pub contents: Contents,
    /// The end of its journal.
    pub journal: Chain,
}

/// Copies the ledger behind `conn` to `target`, which must not exist, as it is at one instant, whoever
/// writes meanwhile; reads the copy back and has it on the disk before it gets its name.
pub(super) async fn write(
    conn: &mut SqliteConnection,
    target: &Path,
    now: UnixMillis,
) -> Result<Manifest> {
    let part = beside(target, "partial")?;
    let failed = |what, path: &Path, source| LedgerError::File {
        what,
        path: path.to_owned(),
        source,
    };
    match std::fs::remove_file(&part) {
        Err(e) if e.kind() != ErrorKind::NotFound => {
            return Err(failed("removing what an earlier copy left", &part, e));
        }
        _ => {}
    }
    // For its owner only, whatever the umask; SQLite takes an empty file.
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&part)
        .map_err(|e| failed("making a copy of the ledger", &part, e))?;
    let made = fill(conn, &part, now).await;
    let named = made.and_then(|manifest| {
        let file = File::open(&part).map_err(|e| failed("reading the copy", &part, e))?;
        file.sync_all()
            .map_err(|e| failed("writing the copy to the disk", &part, e))?;
        name(&part, target).map_err(|e| failed("naming the copy", target, e))?;
        Ok(manifest)
    });
    // A file that stays is cleared away by the next copy.
    let _ = std::fs::remove_file(&part);
    let manifest = named?;
    sync_directory(target)?;
    Ok(manifest)
}

/// Gives a file its name, never over another one.
fn name(part: &Path, target: &Path) -> std::io::Result<()> {
    match renameat_with(CWD, part, CWD, target, RenameFlags::NOREPLACE) {
        // A file system that cannot say so, such as that of a memory stick.
        Err(Errno::INVAL | Errno::NOSYS) if target.symlink_metadata().is_err() => {
            std::fs::rename(part, target)
        }
        done => Ok(done?),
    }
}

async fn fill(conn: &mut SqliteConnection, part: &Path, now: UnixMillis) -> Result<Manifest> {
    let during = "copying the ledger";
    let text = part.to_str().ok_or_else(|| LedgerError::Corrupt {
        what: "file name",
        detail: format!("{} is not UTF-8: name another", part.display()),
    })?;
    sqlx::query("VACUUM INTO $1")
        .bind(text)
        .execute(conn)
        .await
        .during(during)
        .map_err(|e| e.at(part))?;
    crash::point("upgrade.copied");
    let mut copy = open(part, false).await?;
    let manifest = Manifest {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        schema: super::upgrade::version(&mut copy).await?.unwrap_or(0),
        made_at: now,
        contents: contents(&mut copy, MANIFEST).await?,
        journal: chain(&mut copy).await?,
    };
    let line = serde_json::to_string(&manifest).map_err(|e| LedgerError::Corrupt {
        what: "manifest",
        detail: e.to_string(),
    })?;
    for sql in [
        "CREATE TABLE bountyd_backup (manifest TEXT NOT NULL)",
        "INSERT INTO bountyd_backup (manifest) VALUES ($1)",
    ] {
        let mut statement = sqlx::query(sql);
        if sql.contains("$1") {
            statement = statement.bind(&line);
        }
        statement
            .execute(&mut copy)
            .await
            .during(during)
            .map_err(|e| e.at(part))?;
    }
    copy.close().await.during(during)?;
    check(part).await
}

/// Reads the whole copy at `path`, and says what it is. It is not changed.
pub(super) async fn check(path: &Path) -> Result<Manifest> {
    let mut conn = open(path, true).await?;
    let checked = checked(&mut conn, path).await;
    let _ = conn.close().await;
    checked
}

async fn checked(conn: &mut SqliteConnection, path: &Path) -> Result<Manifest> {
    let not = |detail: String| LedgerError::Corrupt {
        what: "backup",
        detail: format!("{}: {detail}", path.display()),
    };
    intact(conn).await.map_err(|e| e.at(path))?;
    let line = sqlx::query_scalar("SELECT manifest FROM bountyd_backup")
        .fetch_one(&mut *conn)
        .await;
    let line: String = line
        .map_err(|_| not("it has no manifest: it was not made by `bountyd backup`".to_owned()))?;
    let manifest: Manifest = serde_json::from_str(&line)
        .map_err(|e| not(format!("its manifest cannot be read: {e}")))?;
    if manifest.format != FORMAT || manifest.schema > known() {
        return Err(LedgerError::Newer {
            path: path.to_owned(),
            found: manifest.schema,
            known: known(),
        });
    }
    if contents(conn, MANIFEST).await? != manifest.contents {
        return Err(not("what is in it is not what its manifest says".to_owned()));
    }
    if chain(conn).await? != manifest.journal {
        return Err(not("its journal is not what its manifest says".to_owned()));
    }
    Ok(manifest)
}

/// SQLite's own check of a whole file.
pub(super) async fn intact(conn: &mut SqliteConnection) -> Result<()> {
    let during = "checking a ledger";
    let said: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check(3)")
        .fetch_all(&mut *conn)
        .await
        .during(during)?;
    if said != ["ok"] {
        return Err(LedgerError::Corrupt {
            what: "page",
            detail: said.join("; "),
        });
    }
    let lost = sqlx::query("PRAGMA foreign_key_check")
        .fetch_optional(conn)
        .await
        .during(during)?;
    match lost {
        None => Ok(()),
        Some(_) => Err(LedgerError::Corrupt {
            what: "row",
            detail: "it belongs to another that is not there".to_owned(),
        }),
    }
}

/// Makes a ledger of a copy: what only copies have is taken out.
pub(super) async fn strip(path: &Path) -> Result<()> {
    let during = "making a ledger of a backup";
    let mut conn = open(path, false).await?;
    sqlx::query("DROP TABLE bountyd_backup")
        .execute(&mut conn)
        .await
        .during(during)?;
    conn.close().await.during(during)
}

async fn open(path: &Path, read_only: bool) -> Result<SqliteConnection> {
    SqliteConnectOptions::new()
        .filename(path)
        .read_only(read_only)
        .connect()
        .await
        .map_err(|e| LedgerError::from_sqlx("opening", e).at(path))
}

/// `path` with `ending` after its name.
pub(super) fn beside(path: &Path, ending: &str) -> Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| LedgerError::Corrupt {
        what: "file name",
        detail: format!("{} names no file", path.display()),
    })?;
    let mut name = name.to_owned();
    name.push(".");
    name.push(ending);
    Ok(path.with_file_name(name))
}

/// Has the names in the directory of `path` on the disk.
pub(super) fn sync_directory(path: &Path) -> Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(directory)
        .and_then(|dir| dir.sync_all())
        .map_err(|source| LedgerError::File {
            what: "writing the directory to the disk",
            path: directory.to_owned(),
            source,
        })
}
