//! A command in a box, followed to its end or to the end of its time.

use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use jail::Guard;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use crate::clock::{Clock as _, SystemClock};

/// The code when the time was up, as timeout(1) has it.
const OUT_OF_TIME: i32 = 124;

/// Starts `command`, waits for it, and ends everything that is left of it. Gives the code a shell
/// would.
///
/// # Errors
/// It cannot be started or followed, or something of it is left.
pub(super) fn to_the_end(
    mut command: Command,
    mut guard: Guard,
    wall: Duration,
) -> io::Result<i32> {
    let mut child = command.spawn()?;
    guard.started(child.id())?;
    let pid = Pid::from_child(&child);
    let ended = pidfd_open(pid, PidfdFlags::empty())?;
    let deadline = SystemClock.monotonic().saturating_add(wall);
    let in_time = loop {
        let left = deadline.saturating_sub(SystemClock.monotonic());
        let mut watched = [PollFd::from_borrowed_fd(ended.as_fd(), PollFlags::IN)];
        match poll(&mut watched, Timespec::try_from(left).ok().as_ref()) {
            Ok(seen) => break seen > 0,
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    };
    if !in_time {
        eprintln!("its time is up");
    }
    guard.kill_all().map_err(io::Error::other)?;
    let status = child.wait()?;
    Ok(if in_time { code(status) } else { OUT_OF_TIME })
}

fn code(status: ExitStatus) -> i32 {
    status
        .code()
        .unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}
