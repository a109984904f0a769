//! One regular file, read while somebody may still write it, swap it or make it longer.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::{FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use super::beneath::open;

/// What a name turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// A file, with its bytes.
    File { content: Vec<u8>, executable: bool },
    /// Nothing that git could store.
    Odd(&'static str),
    /// More bytes than are left; they were not read.
    TooLarge(u64),
}

/// Something changed between two looks at it.
pub(super) const CHANGED: &str = "thing that changed while it was read";

/// Reads the file `name`, which was `seen` a moment ago, if it has at most `most` bytes.
pub(super) fn read_file(
    directory: BorrowedFd<'_>,
    name: &[u8],
    seen: &Stat,
    most: u64,
) -> io::Result<Look> {
    // NONBLOCK: a pipe that took the file's place must not make us wait for its writer.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = match open(directory, name, flags, Mode::empty()) {
        Ok(file) => file,
        Err(Errno::XDEV) => return Ok(Look::Odd("mount point")),
        Err(Errno::ACCESS | Errno::PERM) => return Ok(Look::Odd("file that cannot be read")),
        Err(Errno::NOENT | Errno::LOOP | Errno::NXIO | Errno::NODEV | Errno::NOTDIR) => {
            return Ok(Look::Odd(CHANGED));
        }
        Err(errno) => return Err(errno.into()),
    };
    let before = rustix::fs::fstat(file.as_fd())?;
    if (before.st_dev, before.st_ino) != (seen.st_dev, seen.st_ino)
        || FileType::from_raw_mode(before.st_mode) != FileType::RegularFile
    {
        return Ok(Look::Odd(CHANGED));
    }
    if before.st_nlink != 1 {
        return Ok(Look::Odd("hard link"));
    }
    let mode = Mode::from_raw_mode(before.st_mode);
    if mode.intersects(Mode::SUID | Mode::SGID) {
        return Ok(Look::Odd("file that runs as its owner"));
    }
    // The size is believed only as a limit: a file with a hole is as large as it says.
    let size = u64::try_from(before.st_size).unwrap_or(u64::MAX);
    if size > most {
        return Ok(Look::TooLarge(size));
    }
    let mut content = Vec::new();
    content
        .try_reserve_exact(usize::try_from(size).unwrap_or(usize::MAX))
        .map_err(|_| io::ErrorKind::OutOfMemory)?;
    let file = File::from(file);
    (&file).take(size).read_to_end(&mut content)?;
    let after = rustix::fs::fstat(file.as_fd())?;
    if content.len() as u64 != size || !same(&before, &after) {
        return Ok(Look::Odd(CHANGED));
    }
    Ok(Look::File {
        content,
        executable: mode.contains(Mode::XUSR),
    })
}

/// Whether nothing was written and no link was made between two looks.
fn same(before: &Stat, after: &Stat) -> bool {
    let facts = |s: &Stat| {
        (
            (s.st_size, s.st_mode, s.st_nlink),
            (s.st_mtime, s.st_mtime_nsec),
            (s.st_ctime, s.st_ctime_nsec),
        )
    };
    facts(before) == facts(after)
}
