//! The launcher outside. It runs before the box is there, with nothing of the daemon's but standard
//! input, output and error, and becomes bubblewrap.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{Seek, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use rustix::fs::{MemfdFlags, memfd_create};
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::{Signal, getppid, set_parent_process_death_signal};

use super::{Enter, Failure};
use crate::cgroup;

/// Never comes back when all goes well.
pub(crate) fn enter(enter: Enter) -> Result<(), Failure> {
    set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(Failure::at("the parent-death signal"))?;
    // The signal is for a death that is still to come.
    let parent = getppid().and_then(|pid| u32::try_from(pid.as_raw_nonzero().get()).ok());
    if parent != Some(enter.parent) {
        return Err(Failure::new("the daemon", "it is gone already"));
    }
    if let Some(group) = &enter.cgroup {
        cgroup::enter(group).map_err(Failure::at("the control group cannot be joined"))?;
    }
    close_inherited().map_err(Failure::at("inherited descriptors"))?;
    // A copy costs the kernel less than a mount for each.
    let mut options = Vec::new();
    let mut files = Vec::new();
    for (outside, inside) in &enter.files {
        let file = to_hand_on(outside)
            .map_err(|e| Failure::new("a file", format!("{}: {e}", outside.display())))?;
        options.extend(["--perms", "0444", "--file"].map(OsString::from));
        options.push(file.as_raw_fd().to_string().into());
        options.push(inside.into());
        files.push(file);
    }
    options.extend(enter.options);
    let options = in_memory(&options).map_err(Failure::at("bubblewrap's options"))?;
    // By a descriptor, so that the machine's paths do not stand in /proc/1/cmdline inside.
    // bubblewrap closes each when it has read it.
    let error = Command::new(&enter.bwrap)
        .arg("--args")
        .arg(options.as_raw_fd().to_string())
        .arg("--")
        .args(&enter.command)
        .exec();
    Err(Failure::new("bubblewrap cannot be started", error))
}

/// Closes every descriptor but the first three. The daemon's own close themselves at exec; these are
/// what whoever started the daemon left open. Nothing here has one open yet.
fn close_inherited() -> std::io::Result<()> {
    let mut open = Vec::new();
    for entry in fs::read_dir("/proc/self/fd")? {
        let name = entry?.file_name();
        if let Some(number) = name.to_str().and_then(|n| n.parse::<i32>().ok()) {
            open.push(number);
        }
    }
    for number in open.into_iter().filter(|number| *number > 2) {
        match nix::unistd::close(number) {
            // It was the one that read the directory.
            Ok(()) | Err(nix::errno::Errno::EBADF) => {}
            Err(e) => return Err(e.into()),
        }
    }
    Ok(())
}

/// A file that stays open at exec.
fn to_hand_on(path: &Path) -> std::io::Result<File> {
    let file = File::open(path)?;
    fcntl_setfd(&file, FdFlags::empty())?;
    Ok(file)
}

/// A file without a name that stays open at exec, with these words, each ended by NUL.
fn in_memory(words: &[OsString]) -> std::io::Result<OwnedFd> {
    let fd = memfd_create("options", MemfdFlags::empty())?;
    let mut file = fs::File::from(fd);
    let mut text = Vec::new();
    for word in words {
        text.extend_from_slice(word.as_bytes());
        text.push(0);
    }
    file.write_all(&text)?;
    file.rewind()?;
    Ok(file.into())
}
