//! Chooses the test command, before the agent sees the tree; nothing it does can change it.

use crate::job::command::Command;
use crate::job::error::Halt;
use crate::job::outcome::Refused;
use crate::job::progress::Progress;
use crate::job::work::Work;

pub(super) fn command(work: &mut Work<'_>) -> Result<Command, Halt> {
    let Some(command) = work.job.test_command.clone() else {
        return Err(Halt::refused(Refused::NoTestCommand));
    };
    work.record.test_command = Some(command.to_string());
    work.saw(Progress::Pinned {
        command: command.to_string(),
    });
    Ok(command)
}
