//! A ledger taken away in one file, and brought back.

use std::path::Path;
use std::sync::Arc;

use crate::clock::{Clock, Entropy};
use crate::ledger::restore::{self, Restored, StopFile};
use crate::ledger::stop::Stop;
use crate::ledger::{Actor, Result};
use crate::messages::halt;
use crate::telegram::outbox;

/// Puts the backup in `file` in the place of the ledger at `path`, and has the owner told what that means.
/// Under the instance lock only.
///
/// # Errors
/// As [`restore::restore`]: then nothing was changed.
pub async fn bring_back(
    file: &Path,
    path: &Path,
    replace: bool,
    actor: &Actor,
    stop: StopFile<impl FnOnce(&Stop) -> Result<()>>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> Result<Restored> {
    let age = clock.now();
    let notice = |manifest: &crate::ledger::copy::Manifest| {
        outbox::encode(&halt::restored(age.since(manifest.made_at)))
    };
    restore::restore(file, path, replace, actor, notice, stop, (clock, entropy)).await
}
