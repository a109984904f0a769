//! The pinned command run over a tree, in a box that nothing was in before and that nothing is left of.

use std::ffi::OsString;
use std::sync::Arc;

use gate::tree::Tree;

use super::error::Halt;
use super::outcome::NoFix;
use super::progress::{Progress, What};
use super::record::Tests;
use super::work::{Work, off_thread};
use crate::finished::{End, Finished};
use crate::run;
use crate::suite::Pinned;
use crate::walk::export;

/// Tries `tree`.
pub(super) async fn trial(
    work: &Work<'_>,
    what: What,
    tree: &Arc<Tree>,
    command: &Pinned,
) -> Result<Finished, Halt> {
    work.patience.check().map_err(Halt::no_fix)?;
    work.saw(Progress::Testing { what });
    let place = work.room.place()?;
    let dir = place.path().join("tree");
    let (exported, into) = (Arc::clone(tree), dir.clone());
    off_thread(move || export(&exported, &into)).await??;
    let argv = command
        .candidate()
        .argv
        .iter()
        .map(OsString::from)
        .collect();
    let mut spec = work.parts.tests.spec(argv, dir);
    spec.limits.wall = work.patience.at_most(spec.limits.wall);
    let finished = run::to_end(
        &*work.parts.confine,
        &spec,
        b"",
        &*work.parts.clock,
        work.patience.stopped(),
    )
    .await
    .map_err(Halt::of_run)?;
    off_thread(move || place.remove()).await??;
    if finished.end == End::Cancelled {
        return Err(Halt::no_fix(NoFix::Cancelled));
    }
    let Tests { end, millis, .. } = Tests::from(&finished);
    work.saw(Progress::Tested { what, end, millis });
    // What was cut short by the end of the whole job says nothing.
    work.patience.check().map_err(Halt::no_fix)?;
    Ok(finished)
}
