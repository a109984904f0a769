//! Why the ledger could not do something, in words an owner can act on.

use std::path::{Path, PathBuf};

use sqlx::migrate::MigrateError;

/// A failure of the ledger. Whatever it is, the caller must not act on the outside world.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// There is no file.
    #[error("there is no ledger at {}: run `bountyd run` first, or name its directory with `state_directory`", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The schema is one this program does not know.
    #[error("the ledger {} was written by a newer bountyd (schema {found}, this one knows {known}): install that version again, or restore the backup made before the upgrade", path.display())]
    Newer {
        /// The ledger's file.
        path: PathBuf,
        /// Its schema version.
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// The schema could not be brought up to date.
    #[error("the ledger {} could not be brought from schema {from} to {to}, and is as it was{kept}. Mend what is named and start again, or install the version that wrote it", path.display())]
    Upgrade {
        /// The ledger's file.
        path: PathBuf,
        /// Its schema.
        from: i64,
        /// This program's.
        to: i64,
        /// Where a copy lies, in words; empty when there is none.
        kept: String,
        /// What failed.
        #[source]
        cause: Box<LedgerError>,
    },
    /// There is a ledger already.
    #[error("there is a ledger at {}: say --replace to have it kept beside the new one", path.display())]
    InTheWay {
        /// It.
        path: PathBuf,
    },
    /// Another bountyd works on this ledger.
    #[error("another bountyd works on this ledger ({}): stop it, or let it do this through its control socket", lock.display())]
    Held {
        /// The lock file.
        lock: PathBuf,
    },
    /// Another program holds the database.
    #[error(
        "{what} failed: another program holds the ledger; close it (a database browser?) and nothing is lost"
    )]
    Busy {
        /// What was tried.
        what: String,
    },
    /// No room to write.
    #[error(
        "{what} failed: no space left for the ledger; free some and bountyd goes on by itself, nothing goes out until then"
    )]
    Full {
        /// What was tried.
        what: String,
    },
    /// The file is no database, or not a whole one.
    #[error(
        "{what} failed: the file is damaged or not a ledger; restore it from a backup, or move it away and bountyd starts a new one"
    )]
    Damaged {
        /// What was tried.
        what: String,
        /// The database's words.
        #[source]
        source: sqlx::Error,
    },
    /// The work belongs to somebody else by now.
    #[error("bounty {bounty} was taken over in the meantime (epoch {epoch} is past)")]
    LostLease {
        /// The bounty's row.
        bounty: i64,
        /// The epoch the caller held.
        epoch: i64,
    },
    /// What a client asked for was taken back, or answered, while a step was at it.
    #[error("the request {request} of a client was taken back or answered in the meantime")]
    RequestMoved {
        /// The request's id.
        request: String,
    },
    /// A value in the ledger is not what this program writes.
    #[error(
        "the ledger holds a {what} that cannot be read: {detail}; `bountyd journal verify` tells whether it was changed from outside"
    )]
    Corrupt {
        /// Which value.
        what: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// A file operation around the ledger failed.
    #[error("{what} failed for {}", path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Any other trouble of the database.
    #[error("{what} failed")]
    Database {
        /// What was tried.
        what: String,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
}

impl LedgerError {
    /// Another process holds the lock.
    #[must_use]
    pub fn is_held(&self) -> bool {
        matches!(self, Self::Held { .. })
    }

    /// Whether somebody else was faster, whose word stands: then there is nothing to mend, and the row is
    /// read again.
    #[must_use]
    pub fn is_overtaken(&self) -> bool {
        matches!(self, Self::LostLease { .. } | Self::RequestMoved { .. })
    }

    /// Whether it may pass by itself: then waiting is better than leaving.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Busy { .. } | Self::Full { .. })
    }

    /// Whether the disk or another program is to blame, and not what stands in a row: then the same
    /// work may well succeed a moment later.
    #[must_use]
    pub fn is_of_the_disk(&self) -> bool {
        match self {
            // SQLITE_READONLY, SQLITE_IOERR, SQLITE_CANTOPEN.
            Self::Database { source, .. } => matches!(code(source), Some(8 | 10 | 14)),
            other => other.may_pass(),
        }
    }

    pub(crate) fn from_sqlx(what: &str, error: sqlx::Error) -> Self {
        let what = what.to_owned();
        if is_busy(&error) {
            return Self::Busy { what };
        }
        match code(&error) {
            Some(11 | 26) => Self::Damaged {
                what,
                source: error,
            },
            Some(13) => Self::Full { what },
            _ => Self::Database {
                what,
                source: error,
            },
        }
    }

    pub(crate) fn from_migrate(path: &Path, error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMissing(found) => Self::Newer {
                path: path.to_owned(),
                found,
                known: super::MIGRATIONS
                    .iter()
                    .map(|m| m.version)
                    .max()
                    .unwrap_or(0),
            },
            MigrateError::Execute(e) | MigrateError::ExecuteMigration(e, _) => {
                Self::from_sqlx("bringing the ledger up to date", e).at(path)
            }
            other => Self::Corrupt {
                what: "schema",
                detail: other.to_string(),
            },
        }
    }

    /// Adds the file's name to a message that has none.
    #[must_use]
    pub(crate) fn at(self, path: &Path) -> Self {
        let named = |what: String| format!("{what} {}", path.display());
        match self {
            Self::Busy { what } => Self::Busy { what: named(what) },
            Self::Full { what } => Self::Full { what: named(what) },
            Self::Damaged { what, source } => Self::Damaged {
                what: named(what),
                source,
            },
            Self::Database { what, source } => Self::Database {
                what: named(what),
                source,
            },
            other => other,
        }
    }
}

/// SQLite's primary result code, in the low byte: <https://www.sqlite.org/rescode.html>.
/// Whether another program held the file all the while.
pub(super) fn is_busy(error: &sqlx::Error) -> bool {
    matches!(code(error), Some(5 | 6))
}

fn code(error: &sqlx::Error) -> Option<u32> {
    let code = error.as_database_error()?.code()?;
    code.parse::<u32>().ok().map(|c| c & 0xff)
}

/// An error and its causes, in one line.
#[must_use]
pub fn in_full(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let said = inner.to_string();
        // Some say what their cause says, and more.
        if !text.ends_with(&said) {
            text = format!("{text}: {said}");
        }
        cause = inner.source();
    }
    text
}
