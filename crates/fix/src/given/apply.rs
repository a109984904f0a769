//! A patch applied to a tree in memory: every line where its head says it stands, or not at all.

use std::sync::Arc;

use gate::tree::{Entry, Path, Tree};
use thiserror::Error;

use super::read::shown;
use super::{FileChange, Given, How, Sign};
use crate::objects::{BadPath, check_path};

/// Why a patch is not one to this tree.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotApplied {
    /// It changes what is not there.
    #[error("the patch does not apply: there is no file `{0}`")]
    Missing(String),
    /// It adds what is there already.
    #[error("the patch does not apply: `{0}` is there already")]
    Exists(String),
    /// It changes a link, or another repository.
    #[error("the patch does not apply: `{0}` is no plain file")]
    NotAFile(String),
    /// Other lines stand there.
    #[error("the patch does not apply: `{path}` has something else at line {line}")]
    Elsewhere {
        /// Where.
        path: String,
        /// The old file's line, from 1.
        line: usize,
    },
    /// It deletes a file, and only names some of its lines.
    #[error("the patch does not apply: it deletes `{0}` without all of its lines")]
    Rest(String),
    /// A file would stand where a directory does.
    #[error("the patch does not apply: {0}")]
    Path(#[from] BadPath),
}

impl Given {
    /// The tree with the change in it.
    ///
    /// # Errors
    /// It is not a change of this tree.
    pub fn apply(&self, base: &Tree) -> Result<Tree, NotApplied> {
        let mut tree = base.clone();
        // What goes makes room for what comes.
        for file in self.files.iter().filter(|file| file.how == How::Deleted) {
            let (_, rest) = self.change(base, file)?;
            if !rest.is_empty() {
                return Err(NotApplied::Rest(shown(&file.path)));
            }
            tree.entries.remove(&file.path);
        }
        for file in self.files.iter().filter(|file| file.how != How::Deleted) {
            let (executable, content) = self.change(base, file)?;
            let entry = Entry::File {
                content: Arc::from(content),
                executable,
            };
            tree.entries.insert(file.path.clone(), entry);
        }
        for file in self.files.iter().filter(|file| file.how == How::Added) {
            check_path(&tree, &file.path)?;
            if is_directory(&tree, &file.path) {
                let path = file.path.clone();
                return Err(BadPath::NotADirectory { path }.into());
            }
        }
        Ok(tree)
    }

    /// What a file holds after the change, and whether it is a program as before.
    fn change(&self, base: &Tree, file: &FileChange) -> Result<(bool, Vec<u8>), NotApplied> {
        let name = || shown(&file.path);
        match (file.how, base.entries.get(&file.path)) {
            (How::Added, None) => Ok((false, self.patched(file, b"")?)),
            (How::Added, Some(_)) => Err(NotApplied::Exists(name())),
            (_, None) => Err(NotApplied::Missing(name())),
            (
                _,
                Some(Entry::File {
                    content,
                    executable,
                }),
            ) => Ok((*executable, self.patched(file, content)?)),
            (_, Some(_)) => Err(NotApplied::NotAFile(name())),
        }
    }

    fn patched(&self, file: &FileChange, old: &[u8]) -> Result<Vec<u8>, NotApplied> {
        let mut left = old.split_inclusive(|byte| *byte == b'\n');
        let (mut at, mut out) = (0, Vec::with_capacity(old.len()));
        let elsewhere = |at: usize| NotApplied::Elsewhere {
            path: shown(&file.path),
            line: at + 1,
        };
        for hunk in &file.hunks {
            while at < hunk.before {
                out.extend_from_slice(left.next().ok_or_else(|| elsewhere(at))?);
                at += 1;
            }
            // It begins before the end of the one before.
            if at > hunk.before {
                return Err(elsewhere(hunk.before));
            }
            for line in &hunk.lines {
                let words = self.text.get(line.words.clone()).unwrap_or_default();
                if line.sign != Sign::New {
                    let there = left.next().ok_or_else(|| elsewhere(at))?;
                    let (bare, ended) = match there.strip_suffix(b"\n") {
                        Some(bare) => (bare, true),
                        None => (there, false),
                    };
                    if bare != words.as_bytes() || ended != line.ended {
                        return Err(elsewhere(at));
                    }
                    at += 1;
                }
                if line.sign != Sign::Gone {
                    // Nothing comes behind a line that no break ends.
                    if out.last().is_some_and(|last| *last != b'\n') {
                        return Err(elsewhere(at));
                    }
                    out.extend_from_slice(words.as_bytes());
                    if line.ended {
                        out.push(b'\n');
                    }
                }
            }
        }
        for rest in left {
            if out.last().is_some_and(|last| *last != b'\n') {
                return Err(elsewhere(at));
            }
            out.extend_from_slice(rest);
            at += 1;
        }
        Ok(out)
    }
}

/// Whether something stands below a path.
fn is_directory(tree: &Tree, path: &Path) -> bool {
    let mut from = path.clone();
    from.push(b'/');
    let next = tree.entries.range(from.clone()..).next();
    next.is_some_and(|(path, _)| path.starts_with(&from))
}
