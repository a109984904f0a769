//! One bountyd per ledger.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Seek, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::OFlags;

use super::guise::Guise;
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
    /// Somebody holds it, the directory cannot be written, or what is there is no regular file.
    pub fn take(ledger: &Path) -> Result<Self> {
        let path = ledger.with_extension("lock");
        let failed = |what, source| LedgerError::File {
            what,
            path: path.clone(),
            source,
        };
        // A link would have another file emptied and written, and a pipe would have us wait for its reader.
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let guise = Guise::beside(&path);
        let open = || {
            guise.fits(&path)?;
            OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .custom_flags(flags.bits().cast_signed())
                .open(&path)
        };
        let opened = guise.wear(open).and_then(|opened| opened);
        let mut file = opened.map_err(|e| failed("opening the lock", e))?;
        let regular = file.metadata().map(|meta| meta.is_file());
        if !regular.map_err(|e| failed("looking at the lock", e))? {
            let odd = std::io::Error::other("it is no regular file; remove it");
            return Err(failed("opening the lock", odd));
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_and_what_is_no_regular_file_are_refused_and_left_alone() {
        let dir = tempfile::tempdir().expect("a directory");
        let ledger = dir.path().join("ledger.db");
        let lock = dir.path().join("ledger.lock");
        let other = dir.path().join("other");
        std::fs::write(&other, "kept").expect("written");
        std::os::unix::fs::symlink(&other, &lock).expect("a link");
        InstanceLock::take(&ledger).expect_err("a link");
        assert_eq!(std::fs::read_to_string(&other).expect("read"), "kept");
        std::fs::remove_file(&lock).expect("removed");
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &lock, rustix::fs::FileType::Fifo, mode, 0)
            .expect("a pipe");
        InstanceLock::take(&ledger).expect_err("a pipe");
        // Also where somebody reads it, so that it can be opened.
        let reader = OpenOptions::new()
            .read(true)
            .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
            .open(&lock)
            .expect("opened");
        let odd = InstanceLock::take(&ledger).expect_err("a pipe").to_string();
        assert!(odd.contains("ledger.lock"), "{odd}");
        drop(reader);
        std::fs::remove_file(&lock).expect("removed");
        InstanceLock::take(&ledger).expect("free");
    }
}
