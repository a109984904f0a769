//! A job: from a repository and an issue to a patch that the gate has judged, or to the reason why
//! there is none.
//!
//! It holds no secret and submits nothing. What it made is a directory of reports and an [`Outcome`];
//! whatever happens, and also when its future is dropped, no process, box or work tree of it is left.
//!
//! # Layout
//!
//! * `asked` – what is to be done
//! * `parts` – by whom, and with how much of everything
//! * `progress` – what happens, for whoever watches
//! * `outcome`, `error` – how it ends
//! * `record` – the same on disk, as `job.json`
//! * `steps` – the flow, one file a step
//! * `work` – what all steps share
//! * `patience` – until when, and whether anybody still wants it
//! * `room` – the directories of a job, and their end
//! * `trial` – a command run over a tree in a fresh box
//! * `bait` – the canary of a job

mod asked;
mod bait;
mod error;
mod outcome;
mod parts;
mod patience;
mod progress;
mod record;
mod room;
mod steps;
mod trial;
mod work;

use std::sync::Arc;

pub use asked::{Comment, HandedIn, Issue, Job};
pub use bait::VARIABLE as CANARY_VARIABLE;
pub use error::JobError;
pub use outcome::{NoFix, Outcome, Patch, Refused};
pub use parts::{Agent, Confinement, Limits, Parts};
pub use progress::{Onlooker, Progress, What};
pub use record::{Ending, Evidence, Found, Record, Round, Tests, Word};
pub use room::sweep;

use error::Halt;
use room::Room;
use work::Work;

/// Does `job` from the fetch to the reports.
///
/// Reports are written to the directory [`Job::id`] below [`Parts::state`], all at once and last:
/// `job.json` ([`Record`]), and as far as it came to that `gate.txt`, `gate.sarif`, `patch.diff` and, for
/// a patch that may be submitted, `patch.json` ([`gate::carried::Carried`]). The patch holds strangers'
/// bytes: make hidden characters visible before showing it.
///
/// # Errors
/// Something of ours failed, so that nothing can be said about the job: no network, no disk, no git. No
/// report is written then. That the agent, the repository or the tests misbehave is an [`Outcome`].
pub async fn run(
    job: Job,
    parts: &Parts,
    onlooker: Arc<dyn Onlooker>,
) -> Result<Outcome, JobError> {
    let room = Room::make(&parts.state, &job.id)?;
    let mut work = Work::begin(&job, parts, &room, Arc::clone(&onlooker));
    let ended = match steps::all(&mut work).await {
        Ok(outcome) | Err(Halt::Over(outcome)) => Ok(outcome),
        Err(Halt::Broken(error)) => Err(*error),
    };
    let (record, papers) = work.finish(ended.as_ref().ok());
    room.clear().await?;
    let outcome = ended?;
    steps::report::write(&parts.state, &job.id, record, papers).await?;
    onlooker.saw(Progress::Ended {
        outcome: Word::of(&outcome),
        why: outcome.why(),
    });
    Ok(outcome)
}
