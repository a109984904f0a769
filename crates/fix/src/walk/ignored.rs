//! What the base tree calls no part of itself: the files that its `.gitignore` name, as build output. The
//! base tree alone decides, so nobody can hide a file, or bring one in, by writing a `.gitignore`.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path as FsPath;

use gate::tree::{Entry, Path, Tree};
use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::objects::ancestors;

/// Bytes of a `.gitignore` that is heeded. One that is longer ignores nothing, which is the safe side:
/// more is read then, and more may be refused.
const LONGEST: usize = 64 << 10;
/// How many are heeded.
const MOST: usize = 1000;

/// The rules of one base tree.
pub(super) struct Ignored<'a> {
    base: &'a Tree,
    /// By the directory in which the rules stand.
    rules: BTreeMap<&'a [u8], Gitignore>,
}

impl<'a> Ignored<'a> {
    /// Reads the `.gitignore` files of `base`.
    pub(super) fn by(base: &'a Tree) -> Self {
        let files = base.entries.iter().filter_map(|(path, entry)| {
            let (directory, name) = split(path);
            match entry {
                Entry::File { content, .. }
                    if name == b".gitignore" && content.len() <= LONGEST =>
                {
                    Some((directory, rules(content)?))
                }
                _ => None,
            }
        });
        Self {
            base,
            rules: files.take(MOST).collect(),
        }
    }

    /// Whether the rules name `path`. The nearest rule counts, and in one file the last one.
    pub(super) fn ignores(&self, path: &[u8], is_directory: bool) -> bool {
        let mut above: Vec<&[u8]> = ancestors(path).collect();
        above.insert(0, b"");
        for directory in above.into_iter().rev() {
            let Some(rules) = self.rules.get(directory) else {
                continue;
            };
            let below = match directory {
                b"" => path,
                _ => &path[directory.len() + 1..],
            };
            match rules.matched(FsPath::new(OsStr::from_bytes(below)), is_directory) {
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
                Match::None => {}
            }
        }
        false
    }

    /// Whether the base tree has `path`, or something below it: git heeds no rule for that.
    pub(super) fn base_has(&self, path: &[u8]) -> bool {
        let below: Path = [path, b"/"].concat();
        let entries = &self.base.entries;
        entries.contains_key(path)
            || entries
                .range(below.clone()..)
                .next()
                .is_some_and(|(next, _)| next.starts_with(&below))
    }
}

fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|b| *b == b'/') {
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (b"", path),
    }
}

fn rules(content: &[u8]) -> Option<Gitignore> {
    let mut builder = GitignoreBuilder::new("");
    // A byte order mark is no part of the first pattern.
    let content = content
        .strip_prefix("\u{feff}".as_bytes())
        .unwrap_or(content);
    for line in String::from_utf8_lossy(content).lines() {
        // A line that is no pattern ignores nothing.
        if let Err(error) = builder.add_line(None, line) {
            tracing::debug!(%error, "a line of a .gitignore is no pattern");
        }
    }
    builder.build().ok()
}
