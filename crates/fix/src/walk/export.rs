//! A tree written as plain files, for the sandbox to work on.

use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path as FsPath, PathBuf};

use gate::tree::{Entry, Path, Tree};
use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;
use thiserror::Error;

use super::beneath::{Beneath, open};
use super::links::{LinkFault, link_fault};
use super::remove::remove_tree;
use crate::objects::{BadPath, ancestors, check_path};

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// Regular files.
    pub files: usize,
    /// Their bytes, all together.
    pub bytes: u64,
    /// What is in the tree and not in the directory.
    pub left_out: Vec<LeftOut>,
}

/// A path that is in the tree and not in the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The path.
    pub path: Path,
    /// Why.
    pub why: Why,
}

/// Why a path is not exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// A symbolic link that could mislead somebody.
    Link(LinkFault),
    /// Another repository; an empty directory stands in its place.
    Submodule,
}

/// Why a tree was not exported. Nothing of it is left on disk.
#[derive(Debug, Error)]
pub enum ExportError {
    /// A path that cannot be there.
    #[error(transparent)]
    Path(#[from] BadPath),
    /// Something that cannot be written.
    #[error("`{}` is a {kind}, which cannot be exported", path.escape_ascii())]
    Odd {
        /// The path.
        path: Path,
        /// What it is.
        kind: &'static str,
    },
    /// The directory could not be made.
    #[error("cannot make {}: {source}; it must not exist yet, and its parent must be writable", dir.display())]
    Directory {
        /// The directory.
        dir: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Something could not be written.
    #[error("cannot write `{}`: {source}; check the space and the rights in the work directory", path.escape_ascii())]
    Write {
        /// The path in the tree.
        path: Path,
        /// What the system said.
        source: io::Error,
    },
}

/// What of `tree` is not exported. It depends on the tree alone.
#[must_use]
pub fn left_out(tree: &Tree) -> Vec<LeftOut> {
    let why = |path: &Path, entry: &Entry| match entry {
        Entry::Link { target } => link_fault(tree, path, target).map(Why::Link),
        Entry::Submodule { .. } => Some(Why::Submodule),
        Entry::File { .. } | Entry::Odd { .. } => None,
    };
    let entries = tree.entries.iter();
    entries
        .filter_map(|(path, entry)| {
            let why = why(path, entry)?;
            let path = path.clone();
            Some(LeftOut { path, why })
        })
        .collect()
}

/// Writes `tree` into a new directory `dir`, which only this user can enter. Inside, files have mode
/// 0644 or 0755 and directories 0755, whatever the umask is; no `.git` is made.
///
/// # Errors
/// The tree has a path or an entry that cannot be on disk, the directory exists, or the system refuses.
pub fn export(tree: &Tree, dir: &FsPath) -> Result<Exported, ExportError> {
    for (path, entry) in &tree.entries {
        check_path(tree, path)?;
        if let Entry::Odd { kind } = entry {
            let path = path.clone();
            return Err(ExportError::Odd { path, kind });
        }
    }
    let directory = |errno: Errno| ExportError::Directory {
        dir: dir.to_owned(),
        source: errno.into(),
    };
    rustix::fs::mkdirat(CWD, dir, Mode::RWXU).map_err(directory)?;
    let written = Beneath::open(dir)
        .map_err(directory)
        .and_then(|beneath| Writer::new(&beneath).write(tree));
    if written.is_err()
        && let Err(error) = remove_tree(dir)
    {
        tracing::warn!(%error, "a tree that could not be exported is still there");
    }
    written
}

struct Writer<'a> {
    beneath: &'a Beneath,
    /// The directory that was written to last: paths come in order, so mostly the next one's too.
    last: Option<(Path, OwnedFd)>,
}

impl<'a> Writer<'a> {
    fn new(beneath: &'a Beneath) -> Self {
        Self {
            beneath,
            last: None,
        }
    }

    fn write(mut self, tree: &Tree) -> Result<Exported, ExportError> {
        let mut done = Exported {
            left_out: left_out(tree),
            ..Exported::default()
        };
        for (path, entry) in &tree.entries {
            let put = match entry {
                Entry::File {
                    content,
                    executable,
                } => {
                    done.files += 1;
                    done.bytes += content.len() as u64;
                    self.file(path, content, *executable)
                }
                Entry::Submodule { .. } => self.directory(path),
                Entry::Link { .. } | Entry::Odd { .. } => Ok(()),
            };
            put.map_err(|source| failed(path, source))?;
        }
        // Links last: nothing is written while one stands there.
        for (path, entry) in &tree.entries {
            let Entry::Link { target } = entry else {
                continue;
            };
            if done
                .left_out
                .binary_search_by(|o| o.path.cmp(path))
                .is_err()
            {
                self.link(path, target)
                    .map_err(|source| failed(path, source))?;
            }
        }
        Ok(done)
    }

    fn file(&mut self, path: &[u8], content: &[u8], executable: bool) -> io::Result<()> {
        let mode = Mode::from_raw_mode(if executable { 0o755 } else { 0o644 });
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
        let (parent, name) = self.parent(path)?;
        let file = open(parent.as_fd(), name, flags, mode)?;
        rustix::fs::fchmod(&file, mode)?;
        std::fs::File::from(file).write_all(content)
    }

    fn link(&mut self, path: &[u8], target: &[u8]) -> io::Result<()> {
        let (parent, name) = self.parent(path)?;
        Ok(rustix::fs::symlinkat(target, parent, name)?)
    }

    fn directory(&mut self, path: &[u8]) -> io::Result<()> {
        let (parent, name) = self.parent(path)?;
        let mode = Mode::from_raw_mode(0o755);
        match rustix::fs::mkdirat(parent, name, mode) {
            Err(errno) if errno != Errno::EXIST => return Err(errno.into()),
            Err(_) | Ok(()) => {}
        }
        let made = open(
            parent.as_fd(),
            name,
            OFlags::RDONLY | OFlags::DIRECTORY,
            Mode::empty(),
        )?;
        rustix::fs::fchmod(&made, mode)?;
        Ok(())
    }

    /// The directory above `path`, made if it is missing, and the last part of `path`.
    fn parent<'p>(&mut self, path: &'p [u8]) -> io::Result<(&OwnedFd, &'p [u8])> {
        let (above, name) = match path.iter().rposition(|b| *b == b'/') {
            Some(slash) => (&path[..slash], &path[slash + 1..]),
            None => (&path[..0], path),
        };
        let known = self.last.take().filter(|(at, _)| at == above);
        let (at, fd) = match known {
            Some(known) => known,
            None => {
                let fd = match self.beneath.directory(above) {
                    Err(Errno::NOENT) => {
                        for missing in ancestors(path) {
                            self.directory(missing)?;
                        }
                        self.beneath.directory(above)?
                    }
                    found => found?,
                };
                (above.to_vec(), fd)
            }
        };
        let (_, fd) = self.last.insert((at, fd));
        Ok((fd, name))
    }
}

fn failed(path: &[u8], source: io::Error) -> ExportError {
    ExportError::Write {
        path: path.to_vec(),
        source,
    }
}
