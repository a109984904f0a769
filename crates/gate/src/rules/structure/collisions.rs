//! S6: paths of which a folding file system can keep only one.

use std::collections::{HashMap, HashSet};

use crate::case::Case;
use crate::changes::ChangeKind;
use crate::finding::{Findings, Severity};
use crate::rules::RuleId;
use crate::unicode;

pub(super) fn check(case: &Case<'_>, out: &mut Findings) {
    let added: Vec<&[u8]> = case
        .changed
        .iter()
        .filter(|changed| changed.change == ChangeKind::Added)
        .map(|changed| changed.path)
        .collect();
    if added.is_empty() {
        return;
    }
    // Only what an added path could collide with is looked at.
    let wanted: HashSet<String> = added
        .iter()
        .flat_map(|path| prefixes(path))
        .map(folded)
        .collect();
    let mut seen: HashMap<String, HashSet<&[u8]>> = HashMap::new();
    for path in case.candidate.entries.keys() {
        for prefix in prefixes(path) {
            let key = folded(prefix);
            if wanted.contains(&key) {
                seen.entry(key).or_default().insert(prefix);
            }
        }
    }
    for path in added {
        let collides = prefixes(path).any(|prefix| {
            seen.get(&folded(prefix))
                .is_some_and(|spellings| spellings.len() > 1)
        });
        if collides {
            out.at(
                RuleId::S6,
                Severity::Block,
                path,
                "another path differs from this one only by case or Unicode form",
            );
        }
        let below_a_file = prefixes(path)
            .any(|prefix| prefix != path && case.candidate.entries.contains_key(prefix));
        if below_a_file {
            out.at(
                RuleId::S6,
                Severity::Block,
                path,
                "a folder of this path is a file or a link in the same tree",
            );
        }
    }
}

/// `a`, `a/b`, `a/b/c`.
fn prefixes(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'/')
        .map(|(at, _)| &path[..at])
        .chain(std::iter::once(path))
}

fn folded(path: &[u8]) -> String {
    unicode::folded_path(&String::from_utf8_lossy(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::found;

    #[test]
    fn s6_case_and_form_collide() {
        for (old, new) in [
            ("src/a.rs", "src/A.rs"),
            ("src/a.rs", "Src/b.rs"),
            ("caf\u{e9}", "cafe\u{301}"),
            ("a", "a/b"),
        ] {
            let found = found(RuleId::S6, &[(old, "x")], &[(old, "x"), (new, "y")]);
            assert_eq!(
                found.first().map(|f| f.severity),
                Some(Severity::Block),
                "{new}"
            );
        }
    }

    #[test]
    fn s6_neighbours_do_not_collide() {
        let base = [("src/a.rs", "x"), ("b", "1"), ("B", "2")];
        let found = found(
            RuleId::S6,
            &base,
            &[
                base[0],
                base[1],
                base[2],
                ("src/ab.rs", "y"),
                ("srcs/a.rs", "y"),
            ],
        );
        assert_eq!(found, [], "what collided before is the repository's own");
    }
}
