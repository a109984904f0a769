//! How much a repository may cost.

use std::time::Duration;

/// How much of everything; above it there is a refusal, never half a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes on disk while and after fetching one commit.
    pub mirror_bytes: u64,
    /// How long the fetch may take.
    pub fetch_time: Duration,
    /// How long each later call of git may take; they use no network.
    pub call_time: Duration,
    /// Bytes of address space of each git process.
    pub memory: u64,
    /// Files, links and submodules of a tree.
    pub files: usize,
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Bytes of all files and their paths.
    pub tree_bytes: u64,
    /// Bytes of a diff for people; it is cut there.
    pub diff_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            mirror_bytes: 1 << 30,
            fetch_time: Duration::from_secs(10 * 60),
            call_time: Duration::from_secs(5 * 60),
            memory: 2 << 30,
            files: 100_000,
            file_bytes: 64 << 20,
            tree_bytes: 1 << 30,
            diff_bytes: 4 << 20,
        }
    }
}
