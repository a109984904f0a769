//! Looking things up in a tree, with an end to how much is read.

use std::collections::BTreeSet;

use gate::tree::{Entry, Path, Tree};
use serde_json::Value;

/// Bytes of a file that is read at all.
const LONGEST: usize = 1 << 20;
/// Directories that are looked at beside the root.
const MOST_PLACES: usize = 64;

/// The root of a tree, or a directory right below it: where projects begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place(String);

impl Place {
    pub(super) const ROOT: Self = Self(String::new());

    pub(super) fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Its name; `.` for the root.
    pub(super) fn dir(&self) -> &str {
        if self.is_root() { "." } else { &self.0 }
    }

    /// The path of something in it.
    pub(super) fn path(&self, file: &str) -> Path {
        if self.is_root() {
            file.into()
        } else {
            format!("{}/{file}", self.0).into()
        }
    }

    pub(super) fn has(&self, tree: &Tree, file: &str) -> bool {
        matches!(tree.entries.get(&self.path(file)), Some(Entry::File { .. }))
    }

    /// Whether the root has such a file too, of whose project this is a part.
    pub(super) fn is_below_a(&self, tree: &Tree, file: &str) -> bool {
        !self.is_root() && Self::ROOT.has(tree, file)
    }

    pub(super) fn text<'a>(&self, tree: &'a Tree, file: &str) -> Option<&'a str> {
        text(tree, &self.path(file))
    }

    /// Every file in it, deeper ones too, by its path from here.
    pub(super) fn files<'a>(&self, tree: &'a Tree) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        let prefix = if self.is_root() {
            Vec::new()
        } else {
            self.path("")
        };
        let length = prefix.len();
        tree.entries
            .range(prefix.clone()..)
            .take_while(move |(path, _)| path.starts_with(&prefix))
            .filter_map(move |(path, entry)| match entry {
                Entry::File { content, .. } => Some((&path[length..], &**content)),
                _ => None,
            })
    }
}

/// The root, then the directories right below it whose names are plain enough to stand in a command: no
/// option, nothing hidden, no space.
pub(super) fn places(tree: &Tree) -> Vec<Place> {
    let dirs: BTreeSet<&str> = tree
        .entries
        .keys()
        .filter_map(|path| {
            let at = path.iter().position(|b| *b == b'/')?;
            std::str::from_utf8(&path[..at]).ok()
        })
        .filter(|dir| is_plain(dir) && !["node_modules", "vendor", "target"].contains(dir))
        .collect();
    let below = dirs.into_iter().take(MOST_PLACES).map(str::to_owned);
    std::iter::once(String::new())
        .chain(below)
        .map(Place)
        .collect()
}

/// Whether a name may stand in a command as it is.
pub(super) fn is_plain(name: &str) -> bool {
    name.len() <= 100
        && name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

/// A file's text, where it is one and not too long.
pub(in crate::suite) fn text<'a>(tree: &'a Tree, path: &[u8]) -> Option<&'a str> {
    match tree.entries.get(path)? {
        Entry::File { content, .. } if content.len() <= LONGEST => {
            let text = std::str::from_utf8(content).ok()?;
            Some(text.strip_prefix('\u{FEFF}').unwrap_or(text))
        }
        _ => None,
    }
}

/// A file as JSON.
pub(in crate::suite) fn json(tree: &Tree, path: &[u8]) -> Option<Value> {
    serde_json::from_str(text(tree, path)?).ok()
}

/// A file as TOML.
pub(in crate::suite) fn toml(tree: &Tree, path: &[u8]) -> Option<toml::Table> {
    text(tree, path)?.parse().ok()
}

/// The last part of a path.
pub(in crate::suite) fn name(path: &[u8]) -> &[u8] {
    path.rsplit(|b| *b == b'/').next().unwrap_or(path)
}
