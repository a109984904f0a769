//! Waiting for what the kernel does: for an event, not for a time, and not for ever.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::fd::AsFd;
use std::path::Path;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// How long a killed process may take to be gone.
const PATIENCE: Timespec = Timespec {
    tv_sec: 10,
    tv_nsec: 0,
};

/// Waits until something happens to `fd`; false if nothing did in 10 s.
pub(crate) fn until(fd: impl AsFd, flags: PollFlags) -> io::Result<bool> {
    until_within(fd, flags, PATIENCE)
}

/// Waits until something happens to `fd`; false if nothing did in time.
pub(crate) fn until_within(fd: impl AsFd, flags: PollFlags, most: Timespec) -> io::Result<bool> {
    let mut polled = [PollFd::new(&fd, flags)];
    loop {
        match poll(&mut polled, Some(&most)) {
            Ok(happened) => return Ok(happened > 0),
            Err(rustix::io::Errno::INTR) => {}
            Err(e) => return Err(e.into()),
        }
    }
}

/// Waits until a control group has no process; `events` is its `cgroup.events`, which the kernel
/// marks whenever it changes.
pub(crate) fn until_empty(events: &Path) -> io::Result<()> {
    let mut file = File::open(events)?;
    loop {
        // The kernel tells news since the last reading of this very descriptor.
        let mut text = String::new();
        file.rewind()?;
        file.read_to_string(&mut text)?;
        if text.lines().any(|line| line == "populated 0") {
            return Ok(());
        }
        // Each wait ends with a change or is the last.
        if !until(&file, PollFlags::PRI)? {
            return Err(io::Error::other("it is not empty 10 s after the kill"));
        }
    }
}
