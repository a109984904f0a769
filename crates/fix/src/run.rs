//! Running a command where it can harm nothing, with an end to everything it may do.
//!
//! [`to_end()`] is for a command that is asked once and answers by leaving; [`Live`] is for one that is
//! spoken with. Both hold the whole group of processes: when a run is over, for whatever reason, or its
//! future is dropped, nothing of it is left.

mod confine;
mod kept;
mod lines;
mod live;
mod process;
mod starter;
mod to_end;

use std::time::Duration;

use clock::Clock;
use thiserror::Error;
use tokio::sync::watch;

pub use confine::{Confine, Guard, LeftBehind, Prepared, Refused};
pub use live::{Bounds, Deaf, Heard, Live};
pub use to_end::{LOUD, to_end};

/// Becomes `true` when nobody wants the result any more.
pub type Stopped = watch::Receiver<bool>;

/// How long a command that was killed may take to be gone, before it is left to a thread that waits for
/// it.
const LAST_BREATH: Duration = Duration::from_secs(10);

/// Why a command did not run, or could not be followed.
#[derive(Debug, Error)]
pub enum RunError {
    /// The jail does not take it.
    #[error("the sandbox refuses to run `{program}`: {why}")]
    Refused {
        /// What should have run.
        program: String,
        /// What the jail said.
        why: Refused,
    },
    /// The system did not start it.
    #[error(
        "`{program}` did not start: {source}; see that it exists, and that processes and open files are left"
    )]
    NotStarted {
        /// What should have run.
        program: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It ran, and the system does not say what became of it; it was killed.
    #[error("lost sight of `{program}`, which was killed: {source}")]
    Lost {
        /// What ran.
        program: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It has ended or was killed, and something of it is still there.
    #[error("something of `{program}` is still running: {what}; look for it before you go on")]
    LeftBehind {
        /// What ran.
        program: String,
        /// What is left.
        what: LeftBehind,
    },
}

/// Ends when `stopped` says so, and never if nobody is there to say it.
async fn is_stopped(mut stopped: Stopped) {
    if stopped.wait_for(|stopped| *stopped).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// The instant on the clock that is `span` away.
fn in_future(clock: &dyn Clock, span: Duration) -> Duration {
    clock.monotonic().saturating_add(span)
}
