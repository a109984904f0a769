//! A patch that somebody hands in: a unified diff, read as data and applied to a tree in memory.
//!
//! It is hostile text. Nothing is guessed: a hunk stands where its header says or nowhere, paths are as
//! `git diff --no-renames` writes them, and what is no plain change of text is refused by name. Whatever it
//! says, nothing but the tree in memory is touched; what it makes is for the gate to judge.
//!
//! # Layout
//!
//! * `read` – the text, and what it changes
//! * `path` – paths as git writes them
//! * `apply` – the change made to a tree

mod apply;
mod path;
mod read;

pub use apply::NotApplied;
pub use read::BadPatch;

use std::ops::Range;

use gate::tree::Path;

/// Bytes of a patch at most.
pub const LONGEST: usize = 256 * 1024;
/// Files of a patch at most; the gate lets no more through either.
pub const MOST_FILES: usize = 100;

/// A patch that was read: which files it changes, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    text: String,
    files: Vec<FileChange>,
}

impl Given {
    /// Reads a unified diff.
    ///
    /// # Errors
    /// It is none, or changes something that is not handed in in this way.
    pub fn read(text: &str) -> Result<Self, BadPatch> {
        read::read(text)
    }

    /// The files that it changes, in its order.
    pub fn paths(&self) -> impl Iterator<Item = &[u8]> {
        self.files.iter().map(|file| file.path.as_slice())
    }

    /// Lines that it adds, and lines that it takes away.
    #[must_use]
    pub fn lines(&self) -> (usize, usize) {
        let lines = |sign| {
            let hunks = self.files.iter().flat_map(|file| &file.hunks);
            let lines = hunks.flat_map(|hunk| &hunk.lines);
            lines.filter(|line| line.sign == sign).count()
        };
        (lines(Sign::New), lines(Sign::Gone))
    }
}

/// What is done to one file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct FileChange {
    path: Path,
    how: How,
    hunks: Vec<Hunk>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Added,
    Changed,
    Deleted,
}

/// Lines that stand together.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Hunk {
    /// Lines of the old file before it.
    before: usize,
    lines: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    sign: Sign,
    /// Where its words stand in the patch, without the sign.
    words: Range<usize>,
    /// A line break ends it.
    ended: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Kept,
    Gone,
    New,
}

#[cfg(test)]
mod tests;
