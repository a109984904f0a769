//! S2: names that a file system or a reader takes for git's own.

use crate::case::Case;
use crate::finding::{Findings, Severity};
use crate::rules::RuleId;
use crate::unicode;

/// Git's files that change what git does, and their short names on NTFS (git's `is_ntfs_dot…`).
const FILES: [(&str, &str, &str); 4] = [
    (".gitmodules", "gitmod~", "gi7eba~"),
    (".gitattributes", "gitatt~", "gi7d29~"),
    (".gitignore", "gitign~", "gi250a~"),
    (".mailmap", "mailma~", "maba30~"),
];

pub(super) fn check(case: &Case<'_>, out: &mut Findings) {
    for changed in &case.changed {
        for part in changed.name.split(['/', '\\']) {
            if let Some(what) = disguise(part) {
                out.at(
                    RuleId::S2,
                    Severity::Block,
                    changed.path,
                    format!("a part of the path reads as `{what}`"),
                );
                break;
            }
        }
    }
}

fn disguise(part: &str) -> Option<&'static str> {
    let folded = unicode::folded_part(part);
    if folded == ".git" || numbered(&folded, "git~") {
        return Some(".git");
    }
    FILES.into_iter().find_map(|(name, short, hashed)| {
        let other = folded == name && part != name;
        (other || numbered(&folded, short) || numbered(&folded, hashed)).then_some(name)
    })
}

/// `stem` and one digit, or few.
fn numbered(part: &str, stem: &str) -> bool {
    part.strip_prefix(stem)
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s2_disguises_of_git_are_seen() {
        for part in [
            ".git",
            ".GIT",
            ".Git ",
            ".git.",
            ".g\u{200d}it",
            "GIT~1",
            ".git::$INDEX_ALLOCATION",
            ".ｇit",
            ".GitModules",
            "gitmod~1",
            "GI7EBA~1",
            ".gitattributes.",
            ".git\u{feff}ignore",
        ] {
            assert!(disguise(part).is_some(), "{part:?}");
        }
    }

    #[test]
    fn s2_git_s_own_names_and_others_pass() {
        for part in [
            ".gitignore",
            ".gitattributes",
            ".gitkeep",
            "git",
            ".github",
            "git~notes",
            "digit",
        ] {
            assert_eq!(disguise(part), None, "{part}");
        }
    }
}
