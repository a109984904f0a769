//! Trees as git writes them.

use std::collections::BTreeMap;

use super::oid::Oid;

/// How an entry of a tree is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::github) enum Mode {
    File,
    Executable,
    Link,
    Tree,
    Submodule,
}

impl Mode {
    /// Six octal digits, as the API spells them.
    pub(in crate::github) fn octal(self) -> &'static str {
        match self {
            Self::File => "100644",
            Self::Executable => "100755",
            Self::Link => "120000",
            Self::Tree => "040000",
            Self::Submodule => "160000",
        }
    }

    pub(in crate::github) fn parse(text: &str) -> Option<Self> {
        Some(match text.trim_start_matches('0') {
            "100644" => Self::File,
            "100755" => Self::Executable,
            "120000" => Self::Link,
            "40000" => Self::Tree,
            "160000" => Self::Submodule,
            _ => return None,
        })
    }

    /// `blob`, `tree` or `commit`.
    pub(in crate::github) fn kind(self) -> &'static str {
        match self {
            Self::File | Self::Executable | Self::Link => "blob",
            Self::Tree => "tree",
            Self::Submodule => "commit",
        }
    }
}

/// Entries by name, or by path where a whole tree is flattened.
pub(in crate::github) type Entries = BTreeMap<String, (Mode, Oid)>;

pub(super) fn encode(entries: &Entries) -> Vec<u8> {
    // Git sorts a directory as if its name ended in a slash.
    let mut sorted: Vec<_> = entries.iter().collect();
    sorted.sort_by_key(|(name, (mode, _))| {
        let mut key = name.as_bytes().to_vec();
        if *mode == Mode::Tree {
            key.push(b'/');
        }
        key
    });
    let mut out = Vec::new();
    for (name, (mode, oid)) in sorted {
        out.extend_from_slice(mode.octal().trim_start_matches('0').as_bytes());
        out.push(b' ');
        out.extend_from_slice(name.as_bytes());
        out.push(0);
        out.extend_from_slice(oid.as_bytes());
    }
    out
}

pub(super) fn decode(mut bytes: &[u8]) -> Option<Entries> {
    let mut out = Entries::new();
    while !bytes.is_empty() {
        let end = bytes.iter().position(|byte| *byte == 0)?;
        let head = std::str::from_utf8(bytes.get(..end)?).ok()?;
        let (mode, name) = head.split_once(' ')?;
        let oid = Oid::from_bytes(bytes.get(end + 1..end + 21)?)?;
        out.insert(name.to_owned(), (Mode::parse(mode)?, oid));
        bytes = bytes.get(end + 21..)?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::super::objects::{Kind, Objects};
    use super::*;

    #[test]
    fn a_tree_reads_back_and_is_sorted_as_git_sorts() {
        let objects = Objects::default();
        let blob = objects.put(Kind::Blob, "x");
        let files: Entries = [
            ("a.b", Mode::File),
            ("a/c", Mode::Executable),
            ("a-b", Mode::Link),
        ]
        .into_iter()
        .map(|(path, mode)| (path.to_owned(), (mode, blob)))
        .collect();
        let tree = objects.unflatten(&files);
        assert_eq!(objects.flatten(tree), files);
        assert_eq!(objects.at(tree, "a/c"), Some((Mode::Executable, blob)));
        assert_eq!(objects.at(tree, "a/d"), None);
        let raw = objects.read(tree, Kind::Tree).expect("a tree");
        let order: Vec<usize> = ["a-b\0", "a.b\0", "a\0"]
            .iter()
            .map(|name| {
                raw.windows(name.len())
                    .position(|at| at == name.as_bytes())
                    .expect("an entry")
            })
            .collect();
        assert!(order.is_sorted(), "{order:?}");
        assert_eq!(decode(b"100644 broken"), None);
    }
}
