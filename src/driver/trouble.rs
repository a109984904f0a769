//! The ledger cannot be used: nothing goes out, everything is tried again a little later, and what
//! was cut off in the middle does not wait for its lease to end.

use std::time::Duration;

use super::LONGEST_IDLE;
use crate::app::App;
use crate::clock::UnixMillis;
use crate::ledger::{LedgerError, Result, in_full};

/// The pause after the ledger could not be used: disk full, held by another program.
const PAUSE: Duration = Duration::from_secs(15);

/// Says what is wrong; gives the time of the next try.
pub(super) fn ledger_trouble(app: &App, error: &LedgerError) -> UnixMillis {
    let why = in_full(error);
    tracing::error!("nothing goes out: {why}");
    app.live(|l| l.ledger_trouble = Some(why));
    app.now().plus(PAUSE)
}

/// The pauses of the scan lane: each try costs GitHub requests, so they double with every scan in a row
/// that could not be stored.
#[derive(Debug, Default)]
pub(super) struct ScanPauses {
    failures: u32,
}

impl ScanPauses {
    /// The time of the next look, whatever came of this one.
    pub(super) fn after(&mut self, app: &App, looked: Result<UnixMillis>) -> UnixMillis {
        let error = match looked {
            Ok(until) => {
                self.failures = 0;
                return until;
            }
            Err(error) => error,
        };
        let pause = PAUSE.saturating_mul(1 << self.failures.min(16));
        self.failures += 1;
        let at = app.now().plus(pause.min(LONGEST_IDLE));
        ledger_trouble(app, &error).max(at)
    }
}

/// Gives back the leases whose steps the trouble has cut off. Only the work lane leases, one step at
/// a time, and calls this between two steps: so each of them has ended. What failed over something
/// in its own row keeps its lease, and with it a distance to the next try.
///
/// # Errors
/// The ledger still cannot be written.
pub(super) async fn after_trouble(app: &App, stuck: &mut bool) -> Result<()> {
    if !*stuck {
        return Ok(());
    }
    let mut tx = app.ledger.begin().await?;
    let released = tx.release_leases_of(&app.worker).await?;
    tx.commit().await?;
    *stuck = false;
    // A transaction that changed nothing writes nothing, and so proves nothing.
    if released > 0 {
        app.live(|l| l.ledger_trouble = None);
    }
    Ok(())
}

/// Passes the panic of a lane on. One that ended by itself is no better: the program must not leave as if it had been
/// told to, for then nobody starts it anew.
pub(super) fn end_with(ended: std::result::Result<(), tokio::task::JoinError>) {
    let panic = match ended {
        Ok(()) => None,
        Err(error) => error.try_into_panic().ok(),
    };
    match panic {
        Some(panic) => {
            tracing::error!("a lane has panicked: the program ends");
            std::panic::resume_unwind(panic);
        }
        None => {
            tracing::error!("a lane has ended that was not told to: the program ends");
            std::panic::resume_unwind(Box::new("a lane has ended"));
        }
    }
}
