//! Where bountyd keeps things: whose the directories are, and how much room there is.

use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use rustix::fs::{Access, StatVfsMountFlags, access, statvfs};

use super::check::Check;
use super::finding::Finding;
use super::mend::Mend;
use crate::config::Config;

/// Less than this is no room: a page of search results alone takes as much.
const LEAST: u64 = MIB;

/// Less than this lasts some weeks.
const TIGHT: u64 = 64 * MIB;

/// A mirror, a tree and its tests take about this much; what a language's tools build takes more.
const FOR_A_PATCH: u64 = 512 * MIB;

/// With less than this a large repository may not fit.
const FOR_MANY: u64 = 4096 * MIB;

const MIB: u64 = 1024 * 1024;

/// What a file system has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room {
    /// Bytes that this user may still write.
    pub(super) left: u64,
    /// Files and directories that may still be made.
    pub(super) files: u64,
    /// Nothing may be written.
    pub(super) read_only: bool,
}

impl Room {
    /// Of the file system that holds `path`; `None` where it cannot be asked.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let stat = statvfs(path).ok()?;
        Some(Self {
            left: stat.f_bavail.saturating_mul(stat.f_frsize),
            // Some file systems do not count them.
            files: if stat.f_files == 0 {
                u64::MAX
            } else {
                stat.f_favail
            },
            read_only: stat.f_flag.contains(StatVfsMountFlags::RDONLY),
        })
    }

    /// Whether the ledger will soon have none.
    pub(super) fn is_tight(self) -> bool {
        self.left < TIGHT || self.files < 64
    }
}

/// The directory of the ledger.
#[must_use]
pub(super) fn directory(config: &Config) -> Finding {
    let check = Check::LedgerDirectory;
    let path = &config.state_directory;
    let shown = path.display();
    let found = match path.metadata() {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Finding::failure(
                check,
                format!("{shown} does not exist"),
                "make it with `bountyd doctor --fix`, or start bountyd once",
            )
            .link("bountyd doctor --fix")
            .mend(Mend::Directories);
        }
        Err(error) => return cannot_see(check, path, &error),
    };
    if !found.is_dir() {
        return Finding::failure(
            check,
            format!("{shown} is no directory"),
            "name another one with `state_directory`, or move away what is there",
        );
    }
    let mode = found.permissions().mode() & 0o7777;
    // With the sticky bit, as in /tmp, others may put files beside ours and not in their place.
    if mode & 0o022 != 0 && mode & 0o1000 == 0 {
        return Finding::failure(
            check,
            format!("{shown} has mode {mode:04o}: others could put another ledger there"),
            format!("close it: chmod 700 {shown}"),
        )
        .link("bountyd doctor --fix")
        .mend(Mend::LedgerModes);
    }
    let us = rustix::process::geteuid().as_raw();
    if us != 0 && found.uid() != us {
        return Finding {
            remedy: Some("run `sudo bountyd doctor`, or as the user bountyd runs as".to_owned()),
            ..Finding::not_tried(check, format!("{shown} belongs to user id {}", found.uid()))
        };
    }
    if access(path, Access::WRITE_OK | Access::EXEC_OK).is_err() {
        return Finding::failure(
            check,
            format!("{shown} cannot be written by user id {us}"),
            format!("let its owner write there: chmod u+rwx {shown}"),
        );
    }
    Finding::ok(check, format!("{shown}, mode {mode:04o}"))
}

/// This user may not look there.
pub(super) fn cannot_see(check: Check, path: &Path, error: &std::io::Error) -> Finding {
    Finding {
        remedy: Some("run `sudo bountyd doctor`, or as the user bountyd runs as".to_owned()),
        ..Finding::not_tried(check, format!("{}: {error}", path.display()))
    }
}

/// Room for the ledger.
#[must_use]
pub(super) fn disk(config: &Config) -> Finding {
    let check = Check::LedgerDisk;
    let path = &config.state_directory;
    let Some(room) = Room::of(path) else {
        return Finding::not_tried(check, format!("{} cannot be asked", path.display()));
    };
    let left = format!("{} MiB left for {}", room.left / MIB, path.display());
    if room.read_only {
        return Finding::failure(
            check,
            format!("the file system of {} is mounted read-only", path.display()),
            "mount it for writing; a disk that failed is mounted so by itself: see `dmesg`",
        );
    }
    if room.left < LEAST || room.files == 0 {
        return Finding::failure(
            check,
            left,
            "free some room: nothing goes out while nothing can be recorded",
        );
    }
    if room.is_tight() {
        return Finding::warning(
            check,
            left,
            "free some room before there is none: nothing goes out while nothing can be recorded",
        );
    }
    Finding::ok(check, left)
}

/// Room for patches.
#[must_use]
pub(super) fn disk_for_patches(config: &Config) -> Finding {
    let check = Check::FixDisk;
    if config.fix.is_none() {
        return Finding::not_applicable(check, "no [fix] is configured");
    }
    let path = &config.state_directory;
    let Some(room) = Room::of(path) else {
        return Finding::not_tried(check, format!("{} cannot be asked", path.display()));
    };
    let left = format!("{} MiB left in {}", room.left / MIB, path.display());
    if room.left < FOR_A_PATCH {
        return Finding::failure(
            check,
            left,
            "free some room: a patch takes a mirror, a tree and what its tests build, 512 MiB at least",
        );
    }
    if room.left < FOR_MANY {
        return Finding::warning(
            check,
            left,
            "free some room: with less than 4 GiB a large repository may not fit",
        );
    }
    Finding::ok(check, left)
}
