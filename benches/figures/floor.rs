//! The empty program: the daemon's runtime and the daemon's database, and nothing else. This binary
//! runs itself with [`WORD`] to be it, so it carries the weight of a large executable as the daemon does.

use std::process::ExitCode;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use tokio::signal::unix::{SignalKind, signal};

/// The first argument that makes this binary the empty program; the second is a ledger.
pub(crate) const WORD: &str = "--be-the-empty-program";

/// Opens the ledger, reads from it, says that it is ready, and waits for SIGTERM.
pub(crate) fn run(ledger: Option<String>) -> ExitCode {
    let Some(ledger) = ledger else {
        return ExitCode::from(64);
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let options = SqliteConnectOptions::new()
            .filename(ledger)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true);
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options)
            .await
            .expect("a ledger");
        let found: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM setting")
            .fetch_one(&pool)
            .await
            .expect("a ledger");
        assert!(found > 0, "a ledger that was used");
        let mut stop = signal(SignalKind::terminate()).expect("a signal handler");
        sd_notify::notify(&[sd_notify::NotifyState::Ready]).expect("somebody to tell");
        stop.recv().await;
        pool.close().await;
    });
    ExitCode::SUCCESS
}
