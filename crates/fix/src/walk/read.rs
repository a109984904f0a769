//! A directory read as a tree: what the sandbox left.

use std::collections::BTreeSet;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;

use gate::tree::{Entry, Path, Tree};
use jail::Mask;
use rustix::fs::{AtFlags, Dir, FileType};
use rustix::io::Errno;
use thiserror::Error;

use super::beneath::Beneath;
use super::export::left_out;
use super::file::{CHANGED, Look, read_file};
use super::ignored::Ignored;
use crate::objects::{ancestors, is_git_directory};

/// How much is read at most; above it nothing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Files, links and directories; of what is ignored, only what is seen in passing.
    pub entries: usize,
    /// Directories within each other.
    pub depth: usize,
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Bytes of all files, links and paths together.
    pub total_bytes: u64,
}

/// What a directory is read against.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// What was exported into it.
    pub base: &'a Tree,
    /// What was covered inside the sandbox: it is not looked at and keeps its base content.
    pub masks: &'a [Mask],
    /// How much is read at most.
    pub caps: &'a Caps,
}

/// Why a directory was not read.
#[derive(Debug, Error)]
pub enum WalkError {
    /// Too many files and directories.
    #[error(
        "the work tree has more than {0} files and directories; see what made them, or raise the cap"
    )]
    TooMany(usize),
    /// Too deep.
    #[error("`{}…` is more than {cap} directories deep; no honest change needs that", start.escape_ascii())]
    TooDeep {
        /// The first bytes of the path.
        start: Path,
        /// The cap.
        cap: usize,
    },
    /// One file is too large.
    #[error("`{}` has {bytes} bytes, more than the {cap} that one file may have; see what made it, or raise the cap", path.escape_ascii())]
    FileTooLarge {
        /// The file.
        path: Path,
        /// Its size.
        bytes: u64,
        /// The cap.
        cap: u64,
    },
    /// All files together are too large.
    #[error("the work tree has more than {0} bytes; see what made them, or raise the cap")]
    TooLarge(u64),
    /// The directory is not there.
    #[error("{} cannot be read as a work tree: {source}; the run is void", dir.display())]
    NoTree {
        /// The directory.
        dir: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system refused, for a reason that says nothing about the tree.
    #[error("cannot read `{}` of the work tree: {source}; the run is void", path.escape_ascii())]
    Read {
        /// The path.
        path: Path,
        /// What the system said.
        source: io::Error,
    },
}

/// Reads what stands in `dir`. Left out are `.git` at the top, empty directories, and what the base
/// tree's own `.gitignore` files ignore and the base tree does not have, as build output. Masked paths,
/// links that were not exported and submodules that are still empty directories keep what the base has.
/// What git cannot store, or what does not hold still, is an [`Entry::Odd`].
///
/// # Errors
/// A cap is exceeded, or the system refuses to read.
pub fn walk(dir: &FsPath, asked: &Asked<'_>) -> Result<Tree, WalkError> {
    let beneath = Beneath::open(dir).map_err(|errno| WalkError::NoTree {
        dir: dir.to_owned(),
        source: errno.into(),
    })?;
    let mut walker = Walker {
        beneath,
        asked,
        masked: asked.masks.iter().map(mask_path).collect(),
        seen: 0,
        bytes: 0,
        tree: Tree::default(),
        ignored: Ignored::by(asked.base),
        ahead: vec![(Path::new(), false)],
    };
    while let Some((path, ignored)) = walker.ahead.pop() {
        walker.directory(&path, ignored)?;
    }
    walker.carry_over();
    Ok(walker.tree)
}

fn mask_path(mask: &Mask) -> &[u8] {
    let (Mask::Directory(path) | Mask::File(path)) = mask;
    let path = path.as_os_str().as_bytes();
    path.strip_suffix(b"/").unwrap_or(path)
}

struct Walker<'a> {
    beneath: Beneath,
    asked: &'a Asked<'a>,
    masked: BTreeSet<&'a [u8]>,
    seen: usize,
    bytes: u64,
    tree: Tree,
    ignored: Ignored<'a>,
    /// Directories that are still to be read, and whether they are ignored.
    ahead: Vec<(Path, bool)>,
}

impl Walker<'_> {
    fn directory(&mut self, path: &[u8], ignored: bool) -> Result<(), WalkError> {
        let failed = |errno: Errno| read_error(path, errno.into());
        let directory = match self.beneath.directory(path) {
            Ok(directory) => directory,
            Err(errno) if path.is_empty() => return Err(failed(errno)),
            Err(Errno::XDEV) => return self.odd(path, "mount point"),
            Err(Errno::ACCESS | Errno::PERM) => {
                return self.odd(path, "directory that cannot be read");
            }
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return self.odd(path, CHANGED),
            Err(errno) => return Err(failed(errno)),
        };
        let mut empty = true;
        for entry in Dir::read_from(&directory).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_bytes();
            if matches!(name, b"." | b"..") {
                continue;
            }
            empty = false;
            let below = match path {
                b"" if name == b".git" => continue,
                b"" => name.to_vec(),
                _ => [path, name].join(&b'/'),
            };
            if !self.masked.contains(below.as_slice()) {
                self.count(&below)?;
                self.entry(directory.as_fd(), name, below, ignored)?;
            }
        }
        if empty && let Some(entry @ Entry::Submodule { .. }) = self.asked.base.entries.get(path) {
            self.tree.entries.insert(path.to_vec(), entry.clone());
        }
        Ok(())
    }

    fn entry(
        &mut self,
        directory: BorrowedFd<'_>,
        name: &[u8],
        path: Path,
        above_ignored: bool,
    ) -> Result<(), WalkError> {
        let stat = match rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(Errno::NOENT) => return self.odd(&path, CHANGED),
            Err(Errno::ACCESS) => return self.odd(&path, "thing that cannot be looked at"),
            Err(errno) => return Err(read_error(&path, errno.into())),
        };
        let kind = FileType::from_raw_mode(stat.st_mode);
        let directory_too = kind == FileType::Directory;
        let ignored = above_ignored || self.ignored.ignores(&path, directory_too);
        if ignored && !self.ignored.base_has(&path) {
            return Ok(());
        }
        if is_git_directory(name) {
            return self.odd(&path, "git directory");
        }
        match kind {
            FileType::Directory => self.ahead.push((path, ignored)),
            FileType::RegularFile => {
                let left = self.asked.caps.total_bytes - self.bytes;
                let most = left.min(self.asked.caps.file_bytes);
                let read = read_file(directory, name, &stat, most);
                let read = read.map_err(|source| read_error(&path, source))?;
                self.file(path, read)?;
            }
            FileType::Symlink => match rustix::fs::readlinkat(directory, name, Vec::new()) {
                Ok(target) => {
                    let target = target.into_bytes();
                    self.add_bytes(target.len() as u64)?;
                    self.tree.entries.insert(path, Entry::Link { target });
                }
                Err(Errno::NOENT | Errno::INVAL) => self.odd(&path, CHANGED)?,
                Err(errno) => return Err(read_error(&path, errno.into())),
            },
            FileType::Fifo => self.odd(&path, "pipe")?,
            FileType::Socket => self.odd(&path, "socket")?,
            FileType::CharacterDevice | FileType::BlockDevice => self.odd(&path, "device")?,
            FileType::Unknown => self.odd(&path, "thing of no known kind")?,
        }
        Ok(())
    }

    fn file(&mut self, path: Path, read: Look) -> Result<(), WalkError> {
        match read {
            Look::File {
                content,
                executable,
            } => {
                self.add_bytes(content.len() as u64)?;
                // Most files are what they were: those are not held twice.
                let content = match self.asked.base.entries.get(&path) {
                    Some(Entry::File { content: base, .. }) if **base == *content => base.clone(),
                    _ => Arc::from(content),
                };
                let file = Entry::File {
                    content,
                    executable,
                };
                self.tree.entries.insert(path, file);
            }
            Look::Odd(kind) => self.odd(&path, kind)?,
            Look::TooLarge(bytes) if bytes > self.asked.caps.file_bytes => {
                let cap = self.asked.caps.file_bytes;
                return Err(WalkError::FileTooLarge { path, bytes, cap });
            }
            Look::TooLarge(_) => return Err(WalkError::TooLarge(self.asked.caps.total_bytes)),
        }
        Ok(())
    }

    /// Always well: it is the gate that has an opinion about it.
    fn odd(&mut self, path: &[u8], kind: &'static str) -> Result<(), WalkError> {
        self.tree.entries.insert(path.to_vec(), Entry::Odd { kind });
        Ok(())
    }

    fn count(&mut self, path: &[u8]) -> Result<(), WalkError> {
        let caps = self.asked.caps;
        self.seen += 1;
        if self.seen > caps.entries {
            return Err(WalkError::TooMany(caps.entries));
        }
        if ancestors(path).count() > caps.depth {
            let start = path[..path.len().min(80)].to_vec();
            let cap = caps.depth;
            return Err(WalkError::TooDeep { start, cap });
        }
        self.add_bytes(path.len() as u64)
    }

    fn add_bytes(&mut self, bytes: u64) -> Result<(), WalkError> {
        let cap = self.asked.caps.total_bytes;
        match self.bytes.checked_add(bytes).filter(|sum| *sum <= cap) {
            Some(sum) => self.bytes = sum,
            None => return Err(WalkError::TooLarge(cap)),
        }
        Ok(())
    }

    /// Puts back what the sandbox could not see. A link that was not exported, and for which there is no
    /// place any more, went with the directory it was in.
    fn carry_over(&mut self) {
        let base = self.asked.base;
        for masked in &self.masked {
            for (path, entry) in base.entries.range(masked.to_vec()..) {
                if !path.starts_with(masked) {
                    break;
                }
                if path.len() == masked.len() || path[masked.len()] == b'/' {
                    self.tree.entries.insert(path.clone(), entry.clone());
                }
            }
        }
        for left in left_out(base) {
            let Some(entry @ Entry::Link { .. }) = base.entries.get(&left.path) else {
                continue;
            };
            if self.has_place_for(&left.path) {
                self.tree.entries.insert(left.path, entry.clone());
            }
        }
    }

    fn has_place_for(&self, path: &[u8]) -> bool {
        let below = [path, b"/"].concat();
        let entries = &self.tree.entries;
        !entries.contains_key(path)
            && !ancestors(path).any(|above| entries.contains_key(above))
            && !entries
                .range(below.clone()..)
                .next()
                .is_some_and(|(next, _)| next.starts_with(&below))
    }
}

fn read_error(path: &[u8], source: io::Error) -> WalkError {
    WalkError::Read {
        path: path.to_vec(),
        source,
    }
}
