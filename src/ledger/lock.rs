//! One bountyd per ledger.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Seek, Write};
use std::path::Path;

use super::{LedgerError, Result};

/// Held as long as this process works on the ledger; the kernel lets go when it dies, however it
/// dies.
#[derive(Debug)]
pub struct InstanceLock {
    _file: File,
}

impl InstanceLock {
    /// Takes the lock beside the ledger at `ledger`.
    ///
    /// # Errors
    /// Somebody holds it, or the directory cannot be written.
    pub fn take(ledger: &Path) -> Result<Self> {
        let path = ledger.with_extension("lock");
        let failed = |what, source| LedgerError::File {
            what,
            path: path.clone(),
            source,
        };
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|e| failed("opening the lock", e))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LedgerError::Held { lock: path }),
            Err(TryLockError::Error(e)) => return Err(failed("locking", e)),
        }
        // For a person who looks; the lock itself does not depend on it, and a full disk is the
        // ledger's to report.
        let _ = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()));
        Ok(Self { _file: file })
    }
}
