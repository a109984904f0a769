//! Chooses the test command, before the agent sees the tree; nothing it does can change it.

use std::sync::Arc;

use super::fetch::Base;
use crate::job::error::Halt;
use crate::job::outcome::Refused;
use crate::job::progress::Progress;
use crate::job::work::{Work, off_thread};
use crate::suite::Pinned;
use crate::untrusted::one_line;

/// Bytes of the reason that are recorded.
const WHY: usize = 300;

pub(super) async fn command(work: &mut Work<'_>, base: &Base) -> Result<Pinned, Halt> {
    let (tree, owner) = (Arc::clone(&base.tree), work.job.test_command.clone());
    let command = off_thread(move || Pinned::choose(&tree, owner.as_ref()))
        .await?
        .map_err(|none| Halt::refused(Refused::NoTestCommand(none)))?;
    work.record.test_command = Some(command.line());
    work.record.test_command_why = Some(one_line(&command.candidate().why, WHY));
    work.saw(Progress::Pinned {
        command: command.line(),
    });
    Ok(command)
}
