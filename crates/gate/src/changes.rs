//! What differs between two trees.

use crate::tree::{Entry, Path, Tree};

/// How a path changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// Its content, or what it is, is another.
    Modified,
    /// It is gone.
    Deleted,
    /// Only its executable bit is another.
    Mode,
}

/// A changed path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where.
    pub path: Path,
    /// How.
    pub kind: ChangeKind,
}

/// One difference, with both sides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Difference<'a> {
    pub(crate) path: &'a [u8],
    pub(crate) kind: ChangeKind,
    pub(crate) old: Option<&'a Entry>,
    pub(crate) new: Option<&'a Entry>,
}

/// Every difference, in the order of paths: one walk along both trees.
pub(crate) fn between<'a>(base: &'a Tree, candidate: &'a Tree) -> Vec<Difference<'a>> {
    let mut out = Vec::new();
    let mut old = base.entries.iter().peekable();
    let mut new = candidate.entries.iter().peekable();
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return out,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some((a, _)), Some((b, _))) => a.cmp(b),
        };
        let before = if order.is_le() { old.next() } else { None };
        let after = if order.is_ge() { new.next() } else { None };
        let (path, kind) = match (before, after) {
            (None, None) => return out,
            (Some((path, _)), None) => (path, ChangeKind::Deleted),
            (None, Some((path, _))) => (path, ChangeKind::Added),
            (Some((path, a)), Some((_, b))) => match kind_of(a, b) {
                Some(kind) => (path, kind),
                None => continue,
            },
        };
        out.push(Difference {
            path,
            kind,
            old: before.map(|(_, entry)| entry),
            new: after.map(|(_, entry)| entry),
        });
    }
}

fn kind_of(old: &Entry, new: &Entry) -> Option<ChangeKind> {
    match (old, new) {
        (
            Entry::File {
                content: a,
                executable: x,
            },
            Entry::File {
                content: b,
                executable: y,
            },
        ) if std::sync::Arc::ptr_eq(a, b) || a == b => (x != y).then_some(ChangeKind::Mode),
        (a, b) => (a != b).then_some(ChangeKind::Modified),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::{file, script, tree};

    #[test]
    fn each_kind_is_told_apart() {
        let base = tree([
            ("a", file("1")),
            ("b", file("1")),
            ("c", file("1")),
            ("d", file("1")),
        ]);
        let candidate = tree([
            ("a", file("1")),
            ("b", file("2")),
            ("c", script("1")),
            ("e", file("1")),
        ]);
        let found: Vec<_> = between(&base, &candidate)
            .iter()
            .map(|d| (String::from_utf8_lossy(d.path).into_owned(), d.kind))
            .collect();
        assert_eq!(
            found,
            [
                ("b".to_owned(), ChangeKind::Modified),
                ("c".to_owned(), ChangeKind::Mode),
                ("d".to_owned(), ChangeKind::Deleted),
                ("e".to_owned(), ChangeKind::Added),
            ]
        );
    }
}
