//! What is to be submitted: each changed path with what stands there now.

use crate::changes::Difference;
use crate::tree::{Entry, Path};

/// A change, ready to be written to a repository. Only [`super::Carried::open`] makes one, for the patch
/// of the verdict that comes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    list: Vec<(Path, Option<Entry>)>,
    plain: bool,
}

impl Changes {
    pub(super) fn of(differences: &[Difference<'_>]) -> Self {
        Self {
            list: differences
                .iter()
                .map(|change| (change.path.to_vec(), change.new.cloned()))
                .collect(),
            plain: differences.iter().all(is_plain),
        }
    }

    /// Each changed path, in the order of its bytes, and what stands there now; `None`: it is gone.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], Option<&Entry>)> {
        self.list
            .iter()
            .map(|(path, entry)| (path.as_slice(), entry.as_ref()))
    }

    /// Whether GitHub's `createCommitOnBranch` can say it, which knows paths of text, contents, and
    /// nothing else: all that is added or modified is a file of mode 100644 and was no other thing
    /// before. Anything may be deleted.
    #[must_use]
    pub const fn are_plain_files(&self) -> bool {
        self.plain
    }

    /// The list itself, without copying a content.
    #[must_use]
    pub fn into_list(self) -> Vec<(Path, Option<Entry>)> {
        self.list
    }
}

fn is_plain(change: &Difference<'_>) -> bool {
    let plain_file = |entry: &Entry| {
        matches!(
            entry,
            Entry::File {
                executable: false,
                ..
            }
        )
    };
    let written = match change.new {
        None => true,
        Some(new) => plain_file(new) && change.old.is_none_or(plain_file),
    };
    written && std::str::from_utf8(change.path).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::{file, link, script, tree};
    use crate::changes;

    fn plain(old: Option<Entry>, new: Option<Entry>) -> bool {
        let side = |entry: Option<Entry>| {
            let mut side = tree([]);
            side.entries
                .extend(entry.map(|entry| (b"a".to_vec(), entry)));
            side
        };
        Changes::of(&changes::between(&side(old), &side(new))).are_plain_files()
    }

    #[test]
    fn only_files_without_the_executable_bit_are_plain() {
        let other = Entry::Submodule {
            commit: "0".repeat(40),
        };
        assert!(plain(None, Some(file("x"))));
        assert!(plain(Some(file("x")), Some(file("y"))));
        for old in [file("x"), script("x"), link("b"), other.clone()] {
            assert!(plain(Some(old), None));
        }
        for (old, new) in [
            (None, script("x")),
            (None, link("b")),
            (None, other.clone()),
            (Some(file("x")), script("x")),
            (Some(script("x")), file("x")),
            (Some(script("x")), file("y")),
            (Some(link("b")), file("y")),
            (Some(other), file("y")),
        ] {
            assert!(!plain(old.clone(), Some(new.clone())), "{old:?} {new:?}");
        }
    }

    #[test]
    fn a_path_that_is_no_text_is_not_plain() {
        let mut base = tree([]);
        base.entries.insert(vec![b'a', 0xff], file("x"));
        let changes = Changes::of(&changes::between(&base, &tree([])));
        assert!(!changes.are_plain_files());
        assert_eq!(changes.iter().collect::<Vec<_>>(), [(&b"a\xff"[..], None)]);
    }
}
