//! The one connection that writes, and the transactions on it, one after another.
//!
//! It is not in a pool: a pool asks a connection whether it is well each time it comes back, and
//! each question to SQLite's thread costs a transaction a tenth of its time.

use std::sync::Arc;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _, Error, raw_sql};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard};

use super::bounties::Pending;
use super::error::is_busy;
use super::journal::{Head, Line, append_and_commit};

/// How every transaction begins, and after it another statement in the same call. A deferred one that
/// starts to write later is refused at once when somebody else writes, without the busy timeout; an
/// immediate one waits its turn.
macro_rules! begin_and {
    ($statement:literal) => {
        concat!("BEGIN IMMEDIATE; ", $statement)
    };
}
pub(super) use begin_and;

/// A statement, and after it the commit in the same call. When the statement fails, nothing is
/// committed.
macro_rules! and_commit {
    ($statement:expr) => {
        concat!($statement, "; COMMIT")
    };
}
pub(super) use and_commit;

/// A value if the statement before this one changed exactly one row; nothing otherwise, which a
/// column that is never empty refuses.
macro_rules! if_one_row {
    ($value:literal) => {
        concat!("CASE WHEN changes() = 1 THEN ", $value, " END")
    };
}
pub(super) use if_one_row;

const BEGIN: &str = begin_and!("");

/// Opens the connection, keeps it, and opens it anew when it is lost.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    options: SqliteConnectOptions,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
pub(super) enum State {
    /// Ready to write.
    Open(Open),
    /// Not opened yet, or given up because it was of no use any more.
    Lost,
    /// Nothing is written any more.
    Closed,
}

/// The connection, with what is known by whoever writes alone.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) conn: SqliteConnection,
    /// A transaction was begun and not committed.
    unfinished: bool,
    /// The journal's end as the last transaction left it; empty when that is not sure. The instance
    /// lock keeps other writers away, and a wrong end cannot be built upon: the position after it is
    /// taken.
    head: Option<Head>,
}

impl Writer {
    /// A writer that opens its connection when it is first asked to write.
    pub(super) fn new(options: SqliteConnectOptions) -> Self {
        Self {
            options,
            state: Arc::new(Mutex::new(State::Lost)),
        }
    }

    /// The same once the ledger is there: when its file is gone, no empty one takes its place.
    pub(super) fn of_what_is_there(self) -> Self {
        Self {
            options: self.options.create_if_missing(false),
            ..self
        }
    }

    /// The connection, outside any transaction, for nobody else until it is given back.
    pub(super) async fn hold(&self) -> Result<OwnedMappedMutexGuard<State, Open>, Error> {
        let mut state = Arc::clone(&self.state).lock_owned().await;
        settle(&mut state).await;
        if matches!(*state, State::Lost) {
            *state = State::Open(Open {
                conn: self.options.connect().await?,
                unfinished: false,
                head: None,
            });
        }
        OwnedMutexGuard::try_map(state, |state| match state {
            State::Open(open) => Some(open),
            State::Lost | State::Closed => None,
        })
        .map_err(|_| Error::PoolClosed)
    }

    /// The connection for a transaction, which is yet to be begun.
    pub(super) async fn hold_for_transaction(&self) -> Result<Held, Error> {
        let mut held = Held {
            open: self.hold().await?,
            writer: self.clone(),
        };
        // Before the word is sent: whoever stops waiting for the answer leaves a transaction.
        held.open.unfinished = true;
        Ok(held)
    }

    /// Has the connection keep no page and no statement, if it is open and in no transaction. Trouble
    /// with it is told to whoever writes next.
    pub(super) async fn rest(&self) {
        if let State::Open(open) = &mut *self.state.lock().await
            && !open.unfinished
        {
            let _ = open.conn.clear_cached_statements().await;
            let _ = raw_sql("PRAGMA shrink_memory")
                .execute(&mut open.conn)
                .await;
        }
    }

    /// Ends the connection for good, once the transaction that is under way has ended.
    pub(super) async fn close(&self) {
        let mut state = self.state.lock().await;
        if let State::Open(open) = std::mem::replace(&mut *state, State::Closed) {
            // What was not committed goes with it.
            let _ = open.conn.close().await;
        }
    }
}

/// Takes back what a transaction left that was not committed. SQLite may have done so by itself,
/// because the disk was full or failed (<https://www.sqlite.org/lang_transaction.html>, "Response To
/// Errors Within A Transaction"); after that, only a new connection is above doubt.
async fn settle(state: &mut State) {
    let State::Open(open) = state else { return };
    if !open.unfinished {
        return;
    }
    if raw_sql("ROLLBACK").execute(&mut open.conn).await.is_ok() {
        open.unfinished = false;
    } else if let State::Open(open) = std::mem::replace(state, State::Lost) {
        let _ = open.conn.close().await;
    }
}

/// The connection inside a transaction. Dropped without [`Held::commit`], it leaves nothing.
#[derive(Debug)]
pub(super) struct Held {
    open: OwnedMappedMutexGuard<State, Open>,
    writer: Writer,
}

impl Held {
    pub(super) async fn begin(&mut self) -> Result<(), Error> {
        let begun = raw_sql(BEGIN).execute(self.conn()).await;
        self.heard(begun).map(drop)
    }

    /// Passes on the answer to the call with which the transaction begins.
    pub(super) fn heard<T>(&mut self, begun: Result<T, Error>) -> Result<T, Error> {
        if begun.as_ref().is_err_and(is_busy) {
            // Nothing was begun, and nothing is wrong with the connection.
            self.open.unfinished = false;
        }
        begun
    }

    pub(super) fn conn(&mut self) -> &mut SqliteConnection {
        &mut self.open.conn
    }

    /// The journal's end, if it is known; it is not known any more until [`Held::commit`] says.
    pub(super) fn take_head(&mut self) -> Option<Head> {
        self.open.head.take()
    }

    /// Writes the last step and the journal's new rows, and makes everything durable; `head` is then
    /// the journal's end.
    pub(super) async fn commit(
        mut self,
        step: Option<&Pending>,
        lines: &[Line],
        head: Option<Head>,
    ) -> super::Result<()> {
        append_and_commit(self.conn(), step, lines).await?;
        self.open.unfinished = false;
        self.open.head = head;
        Ok(())
    }
}

impl Drop for Held {
    /// The next transaction would clear away what this one left, but it may be long in coming, and
    /// until then the file would be held.
    fn drop(&mut self) {
        if self.open.unfinished
            && let Ok(runtime) = Handle::try_current()
        {
            let state = Arc::clone(&self.writer.state);
            runtime.spawn(async move { settle(&mut *state.lock().await).await });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Ledger, LedgerError};
    use super::*;
    use crate::clock::{OsEntropy, SystemClock};

    #[tokio::test]
    async fn a_ledger_that_was_moved_away_is_not_replaced_by_an_empty_one() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("ledger.db");
        let opened = Ledger::open(&path, Arc::new(SystemClock), Arc::new(OsEntropy)).await;
        let ledger = opened.expect("a ledger");
        *ledger.writer.state.lock().await = State::Lost;
        let aside = dir.path().join("aside.db");
        std::fs::rename(&path, &aside).expect("it is moved");
        let error = ledger.begin().await.expect_err("there is none");
        assert!(error.is_of_the_disk(), "{error}");
        assert!(!path.exists());
        std::fs::rename(&aside, &path).expect("it is moved back");
        let tx = ledger.begin().await.expect("it goes on");
        tx.commit().await.expect("and writes");
    }

    #[tokio::test]
    async fn a_ledger_that_rested_reads_and_writes_on() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("ledger.db");
        let opened = Ledger::open(&path, Arc::new(SystemClock), Arc::new(OsEntropy)).await;
        let ledger = opened.expect("a ledger");
        let tx = ledger.begin().await.expect("begun");
        ledger.next_wake().await.expect("read");
        let reading = ledger.read().acquire().await.expect("a reader");
        ledger.read().acquire().await.expect("another, given back");
        tx.commit().await.expect("committed");
        // A connection that was given back is put back by a task of its own.
        while ledger.read().num_idle() == 0 {
            tokio::task::yield_now().await;
        }
        // The writer is at rest only between transactions, so this ends when it is.
        ledger.rest().await;
        assert_eq!(ledger.read().size(), 1, "the one that is in use");
        assert!(matches!(*ledger.writer.state.lock().await, State::Open(_)));
        drop(reading);
        ledger.next_wake().await.expect("read");
        let tx = ledger.begin().await.expect("begun");
        tx.commit().await.expect("committed");
    }

    #[tokio::test]
    async fn a_connection_that_had_to_wait_too_long_is_kept() {
        let dir = tempfile::tempdir().expect("a directory");
        let options = SqliteConnectOptions::new()
            .filename(dir.path().join("ledger.db"))
            .create_if_missing(true)
            .busy_timeout(std::time::Duration::ZERO);
        let writer = Writer::new(options.clone());
        let mut open = writer.hold().await.expect("a connection");
        // Seen by this connection only.
        let mark = raw_sql("CREATE TEMP TABLE mark (x)").execute(&mut open.conn);
        mark.await.expect("it is made");
        drop(open);
        let mut other = options.connect().await.expect("another program");
        let hold = raw_sql("BEGIN IMMEDIATE").execute(&mut other);
        hold.await.expect("it holds the file");
        let mut held = writer.hold_for_transaction().await.expect("a connection");
        let error = held.begin().await.expect_err("it is held");
        drop(held);
        let error = LedgerError::from_sqlx("beginning", error);
        assert!(matches!(error, LedgerError::Busy { .. }), "{error}");
        other.close().await.expect("it lets go");
        let mut held = writer.hold_for_transaction().await.expect("a connection");
        held.begin().await.expect("free");
        let seen = raw_sql("SELECT x FROM mark").execute(held.conn()).await;
        seen.expect("the same connection");
    }
}
