//! A directory of our own: nobody else may enter it, and it is removed with its owner.

use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode};

use super::remove::{RemoveError, remove_tree};

/// A directory of mode 0700 that did not exist before. Dropping it removes it and all that is in it,
/// blocking for as long as that takes. After a crash it is still there: who chose the path removes what
/// stands there with [`remove_tree`] before making it again.
#[derive(Debug)]
pub struct PrivateDir {
    path: PathBuf,
}

impl PrivateDir {
    /// Makes it. Its parent must exist.
    ///
    /// # Errors
    /// It exists already, or the system refuses.
    pub fn make(path: impl Into<PathBuf>) -> std::io::Result<Self> {
        let path = path.into();
        rustix::fs::mkdirat(CWD, &path, Mode::RWXU)?;
        Ok(Self { path })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes it, and says whether that worked.
    ///
    /// # Errors
    /// Something in it could not be removed.
    pub fn remove(self) -> Result<(), RemoveError> {
        let path = self.path.clone();
        // What remains of `self` is dropped afterwards, and finds nothing.
        remove_tree(&path)
    }
}

impl Drop for PrivateDir {
    fn drop(&mut self) {
        if let Err(error) = remove_tree(&self.path) {
            tracing::warn!(%error, "a directory of ours is still there");
        }
    }
}
