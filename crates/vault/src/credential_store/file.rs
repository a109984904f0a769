//! One file, written beside its place and then moved there.

use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, fchown};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FlockOperation, RenameFlags, flock, renameat_with};
use zeroize::Zeroizing;

use super::{Existing, StoreError, Stored};

/// Puts what `contents` gives at `path`, after `same` has looked at what is there.
pub(super) fn put(
    path: &Path,
    existing: Existing,
    contents: impl FnOnce() -> Result<Zeroizing<Vec<u8>>, StoreError>,
    same: impl FnOnce(&Path) -> Result<bool, StoreError>,
) -> Result<Stored, StoreError> {
    let name = path
        .file_name()
        .ok_or_else(|| StoreError::NoName(path.to_owned()))?;
    let parent = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let io = |source| StoreError::Io {
        path: path.to_owned(),
        source,
    };
    // Held until the end, so that what lies there half-written is nobody's work in progress.
    let directory = directory(parent)?;
    match flock(&directory, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(rustix::io::Errno::WOULDBLOCK) => return Err(StoreError::Busy(parent.to_owned())),
        Err(error) => return Err(io(error.into())),
    }
    let stored = match look(path)? {
        false => Stored::New,
        true => match (same(path), existing) {
            (Ok(true), _) => return Ok(Stored::Unchanged),
            (Ok(false), Existing::Keep) => return Err(StoreError::Different(path.to_owned())),
            (Err(why), Existing::Keep) => return Err(why),
            (_, Existing::Replace) => Stored::Replaced,
        },
    };
    let contents = contents()?;
    let mut beside = std::ffi::OsString::from(".");
    beside.push(name);
    beside.push(".new");
    let beside = parent.join(beside);
    write(&beside, &contents, &directory).map_err(io)?;
    let flags = match stored {
        Stored::Replaced => RenameFlags::empty(),
        // What came meanwhile, by somebody who does not know our lock, stays.
        Stored::New | Stored::Unchanged => RenameFlags::NOREPLACE,
    };
    let moved = renameat_with(CWD, &beside, CWD, path, flags);
    if let Err(error) = moved {
        let _ = fs::remove_file(&beside);
        return Err(match error {
            rustix::io::Errno::EXIST => StoreError::Different(path.to_owned()),
            other => io(other.into()),
        });
    }
    directory.sync_all().map_err(io)?;
    Ok(stored)
}

/// The directory, made if it is missing, with its parents.
fn directory(path: &Path) -> Result<File, StoreError> {
    let io = |source| StoreError::Io {
        path: path.to_owned(),
        source,
    };
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(io)?;
    let directory = File::open(path).map_err(io)?;
    let meta = directory.metadata().map_err(io)?;
    let refuse = |reason| {
        Err(StoreError::Directory {
            path: path.to_owned(),
            reason,
        })
    };
    let us = rustix::process::geteuid().as_raw();
    // Whoever can write there can exchange the file, sticky or not: he takes the name first.
    if meta.mode() & 0o022 != 0 {
        return refuse("others can write there");
    }
    if us != 0 && meta.uid() != us && meta.uid() != 0 {
        return refuse("belongs to somebody else");
    }
    Ok(directory)
}

/// Whether a regular file is there.
fn look(path: &Path) -> Result<bool, StoreError> {
    let odd = |what| {
        Err(StoreError::Odd {
            path: path.to_owned(),
            what,
        })
    };
    match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_file() => Ok(true),
        Ok(meta) if meta.is_symlink() => odd("a symbolic link"),
        Ok(meta) if meta.is_dir() => odd("a directory"),
        Ok(_) => odd("no regular file"),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(source) => Err(StoreError::Io {
            path: path.to_owned(),
            source,
        }),
    }
}

/// A new file that only its owner reads. A half-written one is removed.
fn write(path: &PathBuf, contents: &[u8], directory: &File) -> io::Result<()> {
    // Left by a process that was killed; nobody else works here.
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    let written = (|| {
        let owner = directory.metadata()?;
        if rustix::process::geteuid().is_root() && owner.uid() != 0 {
            fchown(&file, Some(owner.uid()), Some(owner.gid()))?;
        }
        file.write_all(contents)?;
        file.sync_all()
    })();
    if written.is_err() {
        let _ = fs::remove_file(path);
    }
    written
}
