//! A tree of files as trusted code has read it: what stands where, with which mode.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Paths are bytes, relative, with `/` between their parts, exactly as they were found.
pub type Path = Vec<u8>;

/// A tree; git knows no empty directories, and neither does this.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// What stands where.
    pub entries: BTreeMap<Path, Entry>,
}

/// One path of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A regular file.
    File {
        /// Its bytes.
        content: Arc<[u8]>,
        /// Mode 100755 instead of 100644.
        executable: bool,
    },
    /// A symbolic link (mode 120000).
    Link {
        /// Where it points, as bytes.
        target: Vec<u8>,
    },
    /// Another repository at a commit (mode 160000).
    Submodule {
        /// The commit, in hexadecimal.
        commit: String,
    },
    /// What git cannot store, met by the walker: a socket, a device, a hard link, a mount point.
    Odd {
        /// What it is, in a word or two.
        kind: &'static str,
    },
}
