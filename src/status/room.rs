//! Whether the ledger has room to grow: a daemon that rests does not notice that it has none.

use std::path::Path;

use rustix::fs::{StatVfsMountFlags, statvfs};

use super::LedgerTrouble;

/// Less than this is no room: a page of search results alone takes as much.
const LEAST: u64 = 1024 * 1024;

/// What keeps the file system from taking more of the ledger, if anything does.
pub(super) fn trouble(ledger: &Path) -> Option<LedgerTrouble> {
    let directory = ledger.parent()?;
    let stat = statvfs(directory).ok()?;
    let left = stat.f_bavail.saturating_mul(stat.f_frsize);
    let why = why(left, stat.f_flag.contains(StatVfsMountFlags::RDONLY))?;
    Some(LedgerTrouble::new(why, ledger))
}

fn why(left: u64, read_only: bool) -> Option<String> {
    if read_only {
        return Some("the file system of the ledger is mounted read-only".to_owned());
    }
    (left < LEAST).then(|| format!("{} KiB are left for the ledger", left / 1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_room_and_no_leave_to_write_are_told_apart() {
        assert_eq!(why(LEAST, false), None);
        assert_eq!(
            why(4096, false).as_deref(),
            Some("4 KiB are left for the ledger")
        );
        assert!(why(LEAST, true).is_some_and(|w| w.contains("read-only")));
        assert_eq!(trouble(Path::new("/nowhere/at/all/ledger.db")), None);
    }
}
