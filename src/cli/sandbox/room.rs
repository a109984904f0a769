//! A private directory for one command, removed at its end.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use crate::clock::{Entropy as _, OsEntropy};

/// The directory.
#[derive(Debug)]
pub(super) struct Room {
    path: PathBuf,
}

impl Room {
    /// Makes it where temporary files are, for this user only.
    ///
    /// # Errors
    /// It cannot be made.
    pub(super) fn make() -> io::Result<Self> {
        let name = format!("bountyd-sandbox-{}", hex::encode(OsEntropy.id128()));
        let path = std::env::temp_dir().canonicalize()?.join(name);
        private(&path)?;
        let room = Self { path };
        private(&room.work())?;
        Ok(room)
    }

    /// Where the jail keeps the files that a box shows. Not made yet.
    pub(super) fn state(&self) -> PathBuf {
        self.path.join("state")
    }

    /// An empty tree to work in.
    pub(super) fn work(&self) -> PathBuf {
        self.path.join("work")
    }

    /// Removes it with all that a command left in it.
    pub(super) fn remove(&self) {
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            eprintln!("warning: {} is left: {error}", self.path.display());
        }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        if self.path.exists() {
            self.remove();
        }
    }
}

fn private(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}
