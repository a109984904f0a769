//! The durable state. A bounty's row is its state; waiting is a row with a `wake_at`; every
//! change is one transaction together with the journal entry that says why.
//!
//! SQL here keeps to what SQLite and PostgreSQL share (`$1` parameters, `RETURNING`, integers for
//! time and money); SQLite's own words are confined to this file and to `writer`.

pub mod approvals;
pub mod asked;
pub mod bounties;
pub mod contents;
pub mod copy;
pub mod digest;
pub mod earnings;
pub mod effects;
pub mod error;
mod examine;
pub mod exchange;
mod export;
pub(crate) mod guise;
pub mod jobs;
pub mod journal;
pub mod key_uses;
pub mod lock;
pub mod notices;
pub mod permits;
pub mod pushes;
pub mod questions;
pub mod request_leases;
pub mod requests;
pub mod restore;
pub mod restored;
pub mod retention;
mod set_back;
pub mod settings;
pub mod stop;
pub mod tally;
mod told;
mod upgrade;
mod writer;

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

pub use error::{LedgerError, in_full};
pub use journal::{Actor, Entry};
use journal::{Head, Line};

use crate::clock::{Clock, Entropy, UnixMillis};
use bounties::Pending;
use guise::Guise;
use told::Told;
use writer::{Held, Writer};

/// What every ledger call returns.
pub type Result<T> = std::result::Result<T, LedgerError>;

/// How long a statement waits for another program that holds the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Readers that may run beside the one writer.
const READERS: u32 = 2;

/// Pages a connection keeps to itself, in KiB (SQLite's own default is 2000): three connections are held
/// all night, and the kernel caches the file anyway.
const CACHE: &str = "-256";

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// The step of the schema that brought clients' requests, and one table for all questions but claims.
const REQUESTS: i64 = 7;

/// The newest step of the schema.
fn known() -> i64 {
    MIGRATIONS.iter().map(|m| m.version).max().unwrap_or(0)
}

/// A handle to the ledger; clones share the connections.
#[derive(Clone, Debug)]
pub struct Ledger {
    writer: Writer,
    readers: SqlitePool,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    path: PathBuf,
    /// The newest step of the schema that the file has seen.
    schema: i64,
    /// How often this process has paused, stopped or let go on, or tried to.
    halts: Arc<AtomicU64>,
}

impl Ledger {
    /// Opens the ledger at `path` for writing, makes it if there is none, and brings its schema up
    /// to date; a checked copy of an older one stays beside it. Under the instance lock only.
    ///
    /// # Errors
    /// A ledger of a newer bountyd, a file that is no ledger, a full or read-only disk. What could not be
    /// brought up to date is as it was.
    pub async fn open(
        path: &Path,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self> {
        let guise = Guise::beside(path);
        let opened = match guise.fits(path) {
            Ok(()) => guise.during(Self::open_here(path, clock, entropy)).await,
            Err(not_his) => Err(not_his),
        };
        opened.map_err(|source| LedgerError::File {
            what: "opening the ledger",
            path: path.to_owned(),
            source,
        })?
    }

    async fn open_here(
        path: &Path,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self> {
        restore::finish(path)?;
        make_private(path);
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            .pragma("cache_size", CACHE);
        let failed = |e| LedgerError::from_sqlx("opening the ledger", e).at(path);
        let writer = Writer::new(options.clone());
        let mut open = writer.hold().await.map_err(failed)?;
        upgrade::bring_up_to_date(&mut open.conn, path, clock.now()).await?;
        drop(open);
        let writer = writer.of_what_is_there();
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .min_connections(0)
            // A file does not hang up.
            .test_before_acquire(false)
            .connect_lazy_with(options.read_only(true).create_if_missing(false));
        Ok(Self {
            writer,
            readers,
            clock,
            entropy,
            path: path.to_owned(),
            schema: known(),
            halts: Arc::default(),
        })
    }

    /// Opens an existing ledger for reading only, beside a running daemon.
    ///
    /// # Errors
    /// No ledger at `path`, or one of a newer bountyd.
    pub async fn open_read_only(
        path: &Path,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self> {
        if !path.exists() {
            return Err(LedgerError::Missing {
                path: path.to_owned(),
            });
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .read_only(true)
            .busy_timeout(BUSY_TIMEOUT);
        let pool = SqlitePoolOptions::new()
            .max_connections(READERS)
            .connect_lazy_with(options.clone());
        let known = known();
        let found: i64 =
            sqlx::query_scalar("SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations")
                .fetch_one(&pool)
                .await
                .map_err(|e| LedgerError::from_sqlx("reading the ledger's version", e).at(path))?;
        if found > known {
            return Err(LedgerError::Newer {
                path: path.to_owned(),
                found,
                known,
            });
        }
        Ok(Self {
            writer: Writer::new(options),
            readers: pool,
            clock,
            entropy,
            path: path.to_owned(),
            schema: found,
            halts: Arc::default(),
        })
    }

    /// Begins a transaction that may write. It holds the one writer until it ends, so nothing in
    /// it may wait for the network.
    ///
    /// # Errors
    /// The file is held by another program, or the disk is full.
    pub async fn begin(&self) -> Result<Tx> {
        let mut tx = self.hold().await?;
        let begun = tx.held.begin().await;
        begun.during("beginning a transaction")?;
        Ok(tx)
    }

    /// Changes with every pause, stop and end of one, before whoever asked for it is answered. Nobody else writes
    /// beside whoever holds the instance lock, so what was read since the last change still holds.
    #[must_use]
    pub fn halts(&self) -> u64 {
        self.halts.load(Ordering::SeqCst)
    }

    /// What [`Ledger::begin`] gives, before anything was said to the file.
    async fn hold(&self) -> Result<Tx> {
        let held = self.writer.hold_for_transaction().await;
        let mut held = held.during("beginning a transaction")?;
        Ok(Tx {
            head: held.take_head(),
            held,
            pending: None,
            unwritten: Vec::new(),
            now: self.clock.now(),
            told: Vec::new(),
            entropy: Arc::clone(&self.entropy),
            halts: Arc::clone(&self.halts),
            halted: false,
        })
    }

    /// Copies the ledger as it is at this instant to `target`, whoever writes meanwhile, and reads the copy
    /// back.
    ///
    /// # Errors
    /// `target` exists, there is no room, or the copy is not whole; then there is none.
    pub async fn backup(&self, target: &Path) -> Result<copy::Manifest> {
        let mut conn = self.read().acquire().await.during("opening the ledger")?;
        copy::write(&mut conn, target, self.clock.now()).await
    }

    /// Reads the whole backup at `path`, and says what it is.
    ///
    /// # Errors
    /// It is none, is not whole, or was made by a newer bountyd.
    pub async fn check_backup(path: &Path) -> Result<copy::Manifest> {
        copy::check(path).await
    }

    /// Whether it has a place for requests and for questions about more than claims: one that an earlier
    /// version left, and that was only opened for reading since, has none.
    pub(crate) fn has_requests(&self) -> bool {
        self.schema >= REQUESTS
    }

    /// Connections for reading.
    pub(crate) fn read(&self) -> &SqlitePool {
        &self.readers
    }

    /// The clock that dates what is written.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Where the ledger lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Lets go of what the connections keep at hand: pages, statements that were prepared, and the
    /// readers themselves. Each is made anew when it is needed.
    pub async fn rest(&self) {
        // One that is in use is not idle, and stays.
        while let Some(idle) = self.readers.try_acquire() {
            // A reader that cannot be closed in good order is gone all the same.
            let _ = idle.close().await;
        }
        self.writer.rest().await;
    }

    /// Closes all connections, so that the write-ahead log is folded into the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// Makes the file at `path`, if there is none, for its owner only, whatever the umask; SQLite gives
/// the files beside it the same mode. What is in the way is SQLite's to report.
fn make_private(path: &Path) {
    let _ = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
}

/// A transaction that may write. Dropped without [`Tx::commit`], it leaves nothing.
#[derive(Debug)]
pub struct Tx {
    held: Held,
    /// The journal's end, as far as it was asked for.
    head: Option<Head>,
    /// The step that was taken last, until it is written.
    pending: Option<Pending>,
    /// The journal's new rows.
    unwritten: Vec<Line>,
    now: UnixMillis,
    /// What the log says once this is durable.
    told: Vec<Told>,
    entropy: Arc<dyn Entropy>,
    halts: Arc<AtomicU64>,
    /// It pauses, stops or lets go on.
    halted: bool,
}

impl Tx {
    /// When the transaction began: one instant for everything it writes.
    #[must_use]
    pub fn now(&self) -> UnixMillis {
        self.now
    }

    /// A fresh 128-bit id in lower-case hexadecimal.
    #[must_use]
    pub fn fresh_id(&self) -> String {
        hex::encode(self.entropy.id128())
    }

    /// Makes everything written durable, all or nothing.
    ///
    /// # Errors
    /// The lease of the last step is lost, disk full, or the file is gone: then nothing was written.
    pub async fn commit(self) -> Result<()> {
        let committed = self
            .held
            .commit(self.pending.as_ref(), &self.unwritten, self.head)
            .await;
        if self.halted {
            // Whatever came of it: who remembers how it stood looks again.
            self.halts.fetch_add(1, Ordering::SeqCst);
        }
        committed?;
        for line in &self.told {
            line.say();
        }
        Ok(())
    }

    /// The connection, to which everything was said that this transaction did so far, except for
    /// the journal's new rows.
    ///
    /// # Errors
    /// The last step could not be written, and this transaction will not be committed.
    pub(crate) async fn conn(&mut self) -> Result<&mut sqlx::SqliteConnection> {
        if let Some(step) = &self.pending {
            // Kept until it is written, and kept if it is not: what was refused once is never
            // committed, whatever became of the error.
            step.write(self.held.conn()).await?;
            self.pending = None;
        }
        Ok(self.held.conn())
    }
}

/// Names the operation in the error of a statement.
pub(crate) trait During<T> {
    /// `what` completes "… failed".
    fn during(self, what: &'static str) -> Result<T>;
}

impl<T> During<T> for std::result::Result<T, sqlx::Error> {
    fn during(self, what: &'static str) -> Result<T> {
        self.map_err(|e| LedgerError::from_sqlx(what, e))
    }
}
