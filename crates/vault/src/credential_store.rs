//! Puts a secret where the daemon finds it: a file of mode 0600, whole or not at all, and never silently
//! over another one. Optionally sealed by systemd, so that the file alone is worth nothing.

mod file;
mod sealing;

use std::path::{Path, PathBuf};

use secrecy::ExposeSecret as _;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

pub use self::sealing::{SealError, Sealer};
use crate::prompt::EnteredSecret;
use crate::secret::{SecretError, SecretSource};

/// What becomes of another secret under the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and nothing is stored.
    Keep,
    /// It goes for good.
    Replace,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// There was none before.
    New,
    /// The same secret was there already.
    Unchanged,
    /// Another one was there, and is gone.
    Replaced,
}

/// Why nothing was stored. What was there before still is.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Something else is there.
    #[error("{}: holds another secret, which is not overwritten unasked; move it away, or say that it is to be replaced", .0.display())]
    Different(PathBuf),
    /// A link, a directory, a pipe.
    #[error("{}: is {what}; name a regular file, or one that is not there yet", .path.display())]
    Odd {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// Others could exchange the file.
    #[error("{}: {reason}; run: chmod go-w {}", .path.display(), .path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why not there.
        reason: &'static str,
    },
    /// The path names no file.
    #[error("{:?} names no file", .0)]
    NoName(PathBuf),
    /// Somebody else stores something in the same place.
    #[error("{}: another process stores a secret there just now; try again", .0.display())]
    Busy(PathBuf),
    /// What is there cannot be compared with what was entered.
    #[error(transparent)]
    Present(#[from] SecretError),
    /// systemd did not seal or open it.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The operating system refused.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The refusal.
        source: std::io::Error,
    },
}

/// Stores `secret` in the file `path`, mode 0600, whose directory is made (0700) if it is missing. Run by
/// root for somebody else's directory, the file is theirs.
///
/// # Errors
/// See [`StoreError`].
pub fn store(
    path: &Path,
    secret: &EnteredSecret,
    existing: Existing,
) -> Result<Stored, StoreError> {
    let text = secret.secret().expose_secret();
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() + 1));
    bytes.extend_from_slice(text.as_bytes());
    bytes.push(b'\n');
    file::put(
        path,
        existing,
        || Ok(bytes),
        |path| {
            let source = SecretSource {
                credential: String::new(),
                file: Some(path.to_owned()),
            };
            let there = source.load()?;
            Ok(same(&there.bytes, text.as_bytes()))
        },
    )
}

/// Stores `secret` sealed for the credential `name`: systemd opens it for the unit that loads it
/// (`LoadCredentialEncrypted=`), and nobody else can without this machine's key. The rest is as with
/// [`store`].
///
/// # Errors
/// See [`StoreError`].
pub fn store_sealed(
    path: &Path,
    name: &str,
    secret: &EnteredSecret,
    sealer: &Sealer,
    existing: Existing,
) -> Result<Stored, StoreError> {
    let text = secret.secret().expose_secret().as_bytes();
    file::put(
        path,
        existing,
        || Ok(Zeroizing::new(sealer.seal(name, text)?)),
        |path| Ok(same(&sealer.open(name, path)?, text)),
    )
}

/// Compares without telling by the time how much of it was right; white space around it is none of it.
fn same(there: &[u8], entered: &[u8]) -> bool {
    there.trim_ascii().ct_eq(entered).into()
}

#[cfg(test)]
mod tests;
