//! Contribution rules that were read a short while ago. A scan meets the same repository on many
//! pages and its rules are wanted each time; they are read once. A claim does not look here: it reads
//! them anew.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::policies::RepoRef;
use crate::bounty::facts::PolicyFile;
use crate::clock::UnixMillis;

/// About as long as a scan takes.
const FRESH: Duration = Duration::from_secs(15 * 60);
/// Text kept at most, in bytes; beyond it everything is dropped and read again when wanted.
const MOST: usize = 4 * 1024 * 1024;
/// Repositories a request at first: as many as GitHub's `nodes` takes.
const LARGEST_BATCH: usize = 100;

/// Rules by node id.
type Rules = HashMap<String, Vec<PolicyFile>>;

/// What is kept, and how much GitHub made in time.
#[derive(Debug)]
pub(super) struct Shelf {
    kept: Mutex<Kept>,
    batch: AtomicUsize,
}

#[derive(Debug, Default)]
struct Kept {
    rules: HashMap<String, (UnixMillis, Vec<PolicyFile>)>,
    bytes: usize,
}

impl Shelf {
    pub(super) fn new() -> Self {
        Self {
            kept: Mutex::default(),
            batch: AtomicUsize::new(LARGEST_BATCH),
        }
    }

    /// Repositories a request may ask for.
    pub(super) fn batch(&self) -> usize {
        self.batch.load(Ordering::Relaxed)
    }

    /// GitHub did not make a larger batch in time; it is not tried again in this scan.
    pub(super) fn learn_batch(&self, size: usize) {
        self.batch.fetch_min(size.max(1), Ordering::Relaxed);
    }

    /// What is here of `repos`, and what must be read.
    pub(super) fn look(&self, repos: &[RepoRef], now: UnixMillis) -> (Rules, Vec<RepoRef>) {
        let mut kept = self.lock();
        kept.rules
            .retain(|_, (read_at, _)| *read_at <= now && now.since(*read_at) < FRESH);
        kept.bytes = kept.rules.values().map(|(_, files)| size(files)).sum();
        let mut found = Rules::new();
        let mut missing = Vec::new();
        for repo in repos {
            match kept.rules.get(&repo.node_id) {
                Some((_, files)) => {
                    found.insert(repo.node_id.clone(), files.clone());
                }
                None => missing.push(repo.clone()),
            }
        }
        (found, missing)
    }

    /// Keeps what was read at `now`.
    pub(super) fn keep(&self, read: &Rules, now: UnixMillis) {
        let mut kept = self.lock();
        for (node_id, files) in read {
            let more = size(files);
            if kept.bytes + more > MOST {
                *kept = Kept::default();
            }
            kept.bytes += more;
            kept.rules.insert(node_id.clone(), (now, files.clone()));
        }
    }

    /// Forgets everything: between scans nobody asks, and the next may find GitHub less busy.
    pub(super) fn clear(&self) {
        *self.lock() = Kept::default();
        self.batch.store(LARGEST_BATCH, Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Length of the texts together, in bytes.
pub(super) fn size(files: &[PolicyFile]) -> usize {
    files.iter().map(|file| file.text.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repo(id: &str) -> RepoRef {
        RepoRef {
            node_id: id.to_owned(),
            owner: "acme".to_owned(),
            name: id.to_owned(),
        }
    }

    fn read(id: &str, length: usize) -> Rules {
        let file = PolicyFile {
            path: "CONTRIBUTING.md".to_owned(),
            of_organisation: false,
            text: "x".repeat(length),
        };
        Rules::from([(id.to_owned(), vec![file])])
    }

    #[test]
    fn rules_are_here_for_a_while_and_not_longer() {
        let shelf = Shelf::new();
        let read_at = UnixMillis(1_000_000);
        shelf.keep(&read("a", 3), read_at);
        let (found, missing) = shelf.look(&[repo("a"), repo("b")], read_at);
        assert!(found.contains_key("a"));
        assert_eq!(missing, [repo("b")]);
        let set_back = UnixMillis(read_at.0 - 1);
        assert_eq!(shelf.look(&[repo("a")], set_back).1, [repo("a")]);
        shelf.keep(&read("a", 3), read_at);
        assert_eq!(shelf.look(&[repo("a")], read_at.plus(FRESH)).1, [repo("a")]);
    }

    #[test]
    fn memory_is_bounded() {
        let shelf = Shelf::new();
        let now = UnixMillis(0);
        for n in 0..10 {
            shelf.keep(&read(&n.to_string(), MOST / 4), now);
            assert!(shelf.lock().bytes <= MOST, "{n}");
        }
        let all: Vec<_> = (0..10).map(|n| repo(&n.to_string())).collect();
        assert!(!shelf.look(&all, now).0.is_empty(), "the newest are here");
    }

    #[test]
    fn a_batch_that_was_too_much_is_not_tried_again_in_this_scan() {
        let shelf = Shelf::new();
        shelf.learn_batch(25);
        shelf.learn_batch(50);
        assert_eq!(shelf.batch(), 25);
        shelf.learn_batch(0);
        assert_eq!(shelf.batch(), 1);
        shelf.clear();
        assert_eq!(shelf.batch(), LARGEST_BATCH);
    }
}
