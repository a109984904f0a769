//! S3: symbolic links and submodules.

use crate::case::Case;
use crate::finding::{Findings, Severity};
use crate::rules::RuleId;
use crate::shown;
use crate::tree::Entry;
use crate::unicode;

pub(super) fn check(case: &Case<'_>, out: &mut Findings) {
    for changed in &case.changed {
        let submodule = [changed.old, changed.new]
            .into_iter()
            .flatten()
            .any(|entry| matches!(entry, Entry::Submodule { .. }));
        if submodule {
            out.at(
                RuleId::S3,
                Severity::Block,
                changed.path,
                "a submodule is added, moved or removed",
            );
        }
        if changed.folded.rsplit('/').next() == Some(".gitmodules") {
            out.at(
                RuleId::S3,
                Severity::Block,
                changed.path,
                "submodules are configured here",
            );
        }
        match (changed.old, changed.new) {
            (_, Some(Entry::Link { target })) => {
                let to = shown::path(target);
                match fault(changed.path, target) {
                    Some(fault) => out.at(
                        RuleId::S3,
                        Severity::Block,
                        changed.path,
                        format!("a link to `{to}` {fault}"),
                    ),
                    None => out.at(
                        RuleId::S3,
                        Severity::Hold,
                        changed.path,
                        format!("a link to `{to}`"),
                    ),
                }
            }
            (Some(Entry::Link { .. }), _) => out.at(
                RuleId::S3,
                Severity::Hold,
                changed.path,
                "a link is gone or became something else",
            ),
            _ => {}
        }
    }
}

fn fault(path: &[u8], target: &[u8]) -> Option<&'static str> {
    let Ok(text) = std::str::from_utf8(target) else {
        return Some("whose name is not text");
    };
    if target.is_empty() {
        return Some("that points nowhere");
    }
    if text
        .chars()
        .any(|c| c.is_control() || unicode::is_hidden(c))
    {
        return Some("whose name does not show");
    }
    let drive = text.as_bytes().get(1) == Some(&b':');
    if text.starts_with(['/', '\\', '~']) || drive {
        return Some("is absolute");
    }
    if text.contains('\\') {
        return Some("has a backslash");
    }
    if leaves_the_tree(&String::from_utf8_lossy(path), text) {
        return Some("leaves the tree");
    }
    text.split('/')
        .any(|part| unicode::folded_part(part) == ".git")
        .then_some("points into `.git`")
}

/// Whether a relative path, read from the folder of `from`, goes above the root.
pub(crate) fn leaves_the_tree(from: &str, to: &str) -> bool {
    let mut depth = from.split('/').count().saturating_sub(1);
    for part in to.split('/') {
        match part {
            "" | "." => {}
            ".." => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return true,
            },
            _ => depth += 1,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::{file, judged, link, tree};
    use crate::plan::Plan;

    fn worst(path: &str, entry: Entry) -> Option<Severity> {
        let base = tree([("a", file("x"))]);
        let mut candidate = base.clone();
        candidate.entries.insert(path.into(), entry);
        judged(&base, &candidate, &Plan::default())
            .findings
            .iter()
            .filter(|finding| finding.rule == RuleId::S3)
            .map(|finding| finding.severity)
            .max()
    }

    #[test]
    fn s3_links_that_escape_and_submodules_are_blocked() {
        for target in [
            "/etc/passwd",
            "../../x",
            "../a/../../x",
            "C:\\x",
            "..\\x",
            "../.git/config",
            "",
            "~/.ssh",
        ] {
            assert_eq!(
                worst("d/l", link(target)),
                Some(Severity::Block),
                "{target}"
            );
        }
        let commit = "0".repeat(40);
        assert_eq!(
            worst("vendor/x", Entry::Submodule { commit }),
            Some(Severity::Block)
        );
        assert_eq!(
            worst(".gitmodules", file("[submodule]")),
            Some(Severity::Block)
        );
    }

    #[test]
    fn s3_a_link_inside_the_tree_is_held_and_a_file_passes() {
        assert_eq!(worst("d/l", link("../a")), Some(Severity::Hold));
        assert_eq!(worst("d/l", file("../a")), None);
    }
}
