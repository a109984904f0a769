//! A directory removed with everything in it, however deep, however locked, and whoever still works in
//! it. No path is ever resolved: each step is one name in one open directory, and a name that became a
//! symbolic link is unlinked, not followed.
//!
//! There is no recursion and no stack: the directories in a directory are moved up to the root under
//! names of ours before it is removed, so that ten thousand levels need two open files.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, RenameFlags};
use rustix::io::Errno;
use thiserror::Error;

use super::beneath::open;

/// Entries that are touched before it is given up, because somebody makes them as fast as they go.
const MOST: u64 = 50_000_000;

/// Why something is still there.
#[derive(Debug, Error)]
pub enum RemoveError {
    /// It is no directory.
    #[error("{} is no directory, so it is left alone; look at it and remove it by hand", dir.display())]
    NotADirectory {
        /// The path.
        dir: PathBuf,
    },
    /// The system refused.
    #[error("cannot remove `{}` in {}: {source}; a mount or a foreign file may be in it, remove it by hand", name.escape_ascii(), dir.display())]
    Refused {
        /// The directory that was to be removed.
        dir: PathBuf,
        /// The name on which it stopped; levels are lost, so it may be deep inside.
        name: Vec<u8>,
        /// What the system said.
        source: io::Error,
    },
    /// It is filled again meanwhile.
    #[error("{} is filled as fast as it is emptied: a process still works in it; end that first", dir.display())]
    StillFilled {
        /// The directory.
        dir: PathBuf,
    },
}

/// Removes the directory `dir`. What does not exist is removed already. The path to it is trusted, its
/// last part is not.
///
/// # Errors
/// It is no directory, it has a mount or a file that this user may not remove, or somebody keeps filling
/// it.
pub fn remove_tree(dir: &Path) -> Result<(), RemoveError> {
    let explain = |stopped| match stopped {
        Stopped::StillFilled => RemoveError::StillFilled {
            dir: dir.to_owned(),
        },
        Stopped::Refused(name, errno) => RemoveError::Refused {
            dir: dir.to_owned(),
            name,
            source: errno.into(),
        },
    };
    let root = match unlocked(|flags| rustix::fs::openat(CWD, dir, flags, Mode::empty())) {
        Ok(root) => root,
        Err(Errno::NOENT) => return Ok(()),
        Err(Errno::NOTDIR | Errno::LOOP) => {
            return Err(RemoveError::NotADirectory {
                dir: dir.to_owned(),
            });
        }
        Err(errno) => return Err(explain(Stopped::at(b".")(errno))),
    };
    let mut remover = Remover {
        root: root.as_fd(),
        lifted: 0,
        left: MOST,
    };
    loop {
        remover.empty(root.as_fd(), false).map_err(explain)?;
        match rustix::fs::unlinkat(CWD, dir, AtFlags::REMOVEDIR) {
            Ok(()) | Err(Errno::NOENT) => return Ok(()),
            // There are directories that were moved up, or somebody made something.
            Err(Errno::NOTEMPTY | Errno::EXIST) => {}
            Err(errno) => return Err(explain(Stopped::at(b".")(errno))),
        }
    }
}

enum Stopped {
    Refused(Vec<u8>, Errno),
    StillFilled,
}

impl Stopped {
    fn at(name: &[u8]) -> impl Fn(Errno) -> Self + '_ {
        move |errno| Self::Refused(name.to_vec(), errno)
    }
}

struct Remover<'a> {
    root: BorrowedFd<'a>,
    /// How many names of ours were given.
    lifted: u64,
    left: u64,
}

impl Remover<'_> {
    /// Empties a directory: files are unlinked; directories are emptied and removed or, with `lift`,
    /// moved up to the root, where the next round finds them.
    fn empty(&mut self, directory: BorrowedFd<'_>, lift: bool) -> Result<(), Stopped> {
        for entry in Dir::read_from(directory).map_err(Stopped::at(b"."))? {
            let entry = entry.map_err(Stopped::at(b"."))?;
            let name = entry.file_name().to_bytes();
            if matches!(name, b"." | b"..") {
                continue;
            }
            self.left = self.left.checked_sub(1).ok_or(Stopped::StillFilled)?;
            let done = match entry.file_type() {
                FileType::Directory | FileType::Unknown if lift => self.lift(directory, name),
                FileType::Directory | FileType::Unknown => self.remove(directory, name)?,
                _ => rustix::fs::unlinkat(directory, name, AtFlags::empty()),
            };
            let done = match done {
                // It is something else than it was, or than the file system could say.
                Err(Errno::NOTDIR | Errno::LOOP) => {
                    rustix::fs::unlinkat(directory, name, AtFlags::empty())
                }
                done => done,
            };
            match done {
                // What became a directory, or was filled again, is found in the next round.
                Ok(()) | Err(Errno::NOENT | Errno::ISDIR | Errno::NOTEMPTY | Errno::EXIST) => {}
                Err(errno) => return Err(Stopped::Refused(name.to_vec(), errno)),
            }
        }
        Ok(())
    }

    fn remove(
        &mut self,
        parent: BorrowedFd<'_>,
        name: &[u8],
    ) -> Result<Result<(), Errno>, Stopped> {
        match unlocked(|flags| open(parent, name, flags, Mode::empty())) {
            Ok(directory) => {
                self.empty(directory.as_fd(), true)?;
                Ok(rustix::fs::unlinkat(parent, name, AtFlags::REMOVEDIR))
            }
            Err(errno) => Ok(Err(errno)),
        }
    }

    /// Moves a directory up to the root, under a name that nothing has there.
    fn lift(&mut self, parent: BorrowedFd<'_>, name: &[u8]) -> Result<(), Errno> {
        // Most need not travel: they are empty.
        match rustix::fs::unlinkat(parent, name, AtFlags::REMOVEDIR) {
            Err(Errno::NOTEMPTY | Errno::EXIST) => {}
            done => return done,
        }
        // The kernel writes a new `..` into it, for which it must be writable.
        unlocked(|flags| open(parent, name, flags, Mode::empty()))?;
        loop {
            self.lifted += 1;
            let to = format!("lifted-{}", self.lifted);
            match rustix::fs::renameat_with(parent, name, self.root, &to, RenameFlags::NOREPLACE) {
                Err(Errno::EXIST) => {}
                done => return done,
            }
        }
    }
}

/// Opens a directory that may be locked, and makes it one that its owner can read, write and enter.
fn unlocked(open: impl Fn(OFlags) -> Result<OwnedFd, Errno>) -> Result<OwnedFd, Errno> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let directory = match open(flags | OFlags::RDONLY) {
        Err(Errno::ACCESS) => {
            let locked = open(flags | OFlags::PATH)?;
            // By its descriptor, not by its name, which may mean something else by now.
            let this = format!("/proc/self/fd/{}", locked.as_raw_fd());
            rustix::fs::chmodat(CWD, this, Mode::RWXU, AtFlags::empty())?;
            rustix::fs::openat(&locked, ".", flags | OFlags::RDONLY, Mode::empty())?
        }
        opened => opened?,
    };
    let mode = Mode::from_raw_mode(rustix::fs::fstat(&directory)?.st_mode);
    if !mode.contains(Mode::RWXU) {
        rustix::fs::fchmod(&directory, Mode::RWXU)?;
    }
    Ok(directory)
}
