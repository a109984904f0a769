//! What differs between two trees, file by file.

use similar::{ChangeTag, TextDiff};

use super::objects::Objects;
use super::oid::Oid;
use super::tree::Mode;

/// One file that differs. Renames show as a removal and an addition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::github) struct Change {
    pub(in crate::github) path: String,
    pub(in crate::github) before: Option<(Mode, Oid)>,
    pub(in crate::github) after: Option<(Mode, Oid)>,
    pub(in crate::github) additions: usize,
    pub(in crate::github) deletions: usize,
    /// Hunks without file headers, as REST gives them; none for binaries and submodules.
    pub(in crate::github) patch: Option<String>,
}

impl Change {
    /// REST's `status`.
    pub(in crate::github) fn status(&self) -> &'static str {
        match (self.before, self.after) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "modified",
        }
    }
}

/// Every path that differs, in order.
pub(in crate::github) fn changes(objects: &Objects, from: Oid, to: Oid) -> Vec<Change> {
    let (old, new) = (objects.flatten(from), objects.flatten(to));
    let mut paths: Vec<&String> = old.keys().chain(new.keys()).collect();
    paths.sort_unstable();
    paths.dedup();
    paths
        .into_iter()
        .filter(|path| old.get(*path) != new.get(*path))
        .map(|path| {
            change(
                objects,
                path,
                old.get(path).copied(),
                new.get(path).copied(),
            )
        })
        .collect()
}

fn change(
    objects: &Objects,
    path: &str,
    before: Option<(Mode, Oid)>,
    after: Option<(Mode, Oid)>,
) -> Change {
    let mut out = Change {
        path: path.to_owned(),
        before,
        after,
        additions: 0,
        deletions: 0,
        patch: None,
    };
    let text = |side: Option<(Mode, Oid)>| match side {
        None => Some(String::new()),
        Some((_, oid)) => {
            let bytes = objects.blob(oid)?;
            let text = String::from_utf8(bytes.to_vec()).ok()?;
            (!text.contains('\0')).then_some(text)
        }
    };
    if let (Some(old), Some(new)) = (text(before), text(after)) {
        let diff = TextDiff::from_lines(&old, &new);
        for line in diff.iter_all_changes() {
            match line.tag() {
                ChangeTag::Insert => out.additions += 1,
                ChangeTag::Delete => out.deletions += 1,
                ChangeTag::Equal => {}
            }
        }
        let hunks = diff.unified_diff().to_string();
        out.patch = Some(hunks.trim_end_matches('\n').to_owned());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::objects::Kind;
    use super::super::tree::Entries;
    use super::*;

    #[test]
    fn lines_are_counted_and_binaries_have_no_patch() {
        let objects = Objects::default();
        let tree = |files: &[(&str, &[u8])]| {
            let entries: Entries = files
                .iter()
                .map(|(path, content)| {
                    let blob = objects.put(Kind::Blob, content.to_vec());
                    ((*path).to_owned(), (Mode::File, blob))
                })
                .collect();
            objects.unflatten(&entries)
        };
        let old = tree(&[("a", b"1\n2\n3\n"), ("gone", b"x\n"), ("same", b"s")]);
        let new = tree(&[
            ("a", b"1\nzwei\n3\n4\n"),
            ("b/bin", b"\0\x01"),
            ("same", b"s"),
        ]);
        let found = changes(&objects, old, new);
        let told: Vec<_> = found
            .iter()
            .map(|c| (c.path.as_str(), c.status(), c.additions, c.deletions))
            .collect();
        assert_eq!(
            told,
            [
                ("a", "modified", 2, 1),
                ("b/bin", "added", 0, 0),
                ("gone", "removed", 0, 1)
            ]
        );
        assert_eq!(
            found[0].patch.as_deref(),
            Some("@@ -1,3 +1,4 @@\n 1\n-2\n+zwei\n 3\n+4")
        );
        assert_eq!(found[1].patch, None);
    }
}
