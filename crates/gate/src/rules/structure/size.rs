//! S7: patches that are too much to review, and deletions.

use crate::case::{Case, Changed};
use crate::finding::{Findings, Severity};
use crate::rules::RuleId;

/// Deleted files from which on their share of the tree counts: one of four is no massacre.
const FEW: usize = 5;
/// Lines a file must have had for its loss to be worth a word.
const LONG: usize = 40;

pub(super) fn check(case: &Case<'_>, out: &mut Findings) {
    let policy = case.request.policy;
    let count = case.changed.len();
    if count > policy.max_files {
        out.whole(
            RuleId::S7,
            Severity::Block,
            format!(
                "{count} files are changed; {} are allowed",
                policy.max_files
            ),
        );
    }
    let mut bytes = 0u64;
    let mut deleted = 0usize;
    for changed in &case.changed {
        if let Some(content) = changed.new_bytes() {
            let size = content.len() as u64;
            bytes = bytes.saturating_add(size);
            if size > policy.max_file_bytes {
                out.at(
                    RuleId::S7,
                    Severity::Block,
                    changed.path,
                    format!("{size} bytes; {} are allowed", policy.max_file_bytes),
                );
            }
        }
        if changed.is_gone() && !case.is_renamed(changed) {
            deleted += 1;
            out.at(
                RuleId::S7,
                Severity::Hold,
                changed.path,
                "the file is deleted",
            );
        }
        if is_gutted(changed) {
            out.at(
                RuleId::S7,
                Severity::Hold,
                changed.path,
                "most of the file is gone, and little came in its place",
            );
        }
    }
    if bytes > policy.max_patch_bytes {
        out.whole(
            RuleId::S7,
            Severity::Block,
            format!(
                "{bytes} bytes in all; {} are allowed",
                policy.max_patch_bytes
            ),
        );
    }
    let tracked = case.base.entries.len();
    let share = deleted.saturating_mul(100) > tracked * usize::from(policy.max_deleted_percent);
    if share && deleted >= FEW {
        out.whole(
            RuleId::S7,
            Severity::Block,
            format!("{deleted} of {tracked} files are deleted"),
        );
    }
}

fn is_gutted(changed: &Changed<'_>) -> bool {
    let (Some(added), Some(old), Some(_)) = (&changed.added, changed.old_text(), changed.new)
    else {
        return false;
    };
    let before = old.lines().count();
    let gone = added.removed.len();
    let came = added.lines().count();
    before >= LONG && gone * 2 > before && came * 4 < gone
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::{bytes, file, judged, tree};
    use crate::plan::Plan;
    use crate::tree::Tree;

    fn worst(base: &Tree, candidate: &Tree) -> Option<Severity> {
        judged(base, candidate, &Plan::default())
            .findings
            .iter()
            .filter(|finding| finding.rule == RuleId::S7)
            .map(|finding| finding.severity)
            .max()
    }

    fn many(count: usize) -> Tree {
        Tree {
            entries: (0..count)
                .map(|n| (format!("f{n}.txt").into_bytes(), file(&n.to_string())))
                .collect(),
        }
    }

    #[test]
    fn s7_too_many_and_too_big_is_blocked() {
        let base = tree([("a", file("x"))]);
        let mut candidate = many(101);
        candidate.entries.extend(base.entries.clone());
        assert_eq!(worst(&base, &candidate), Some(Severity::Block));
        let big = bytes(&b"\0".repeat((1 << 20) + 1));
        assert_eq!(
            worst(&base, &tree([("a", big.clone())])),
            Some(Severity::Block)
        );
        let mut base = many(20);
        let all = base.clone();
        base.entries.retain(|path, _| !path.starts_with(b"f1"));
        assert_eq!(worst(&all, &base), Some(Severity::Block));
    }

    #[test]
    fn s7_a_hundred_small_files_and_a_rename_pass() {
        let base = tree([("a", file("x"))]);
        let mut candidate = many(100);
        candidate.entries.extend(base.entries.clone());
        assert_eq!(worst(&base, &candidate), None);
        assert_eq!(worst(&base, &tree([("b", file("x"))])), None);
    }

    #[test]
    fn s7_a_deletion_and_a_gutted_file_are_held() {
        let base = tree([("a", file("x")), ("b", file("y"))]);
        assert_eq!(
            worst(&base, &tree([("a", file("x"))])),
            Some(Severity::Hold)
        );
        let long: String = (0..60).map(|n| format!("line {n}\n")).collect();
        let short: String = (0..20).map(|n| format!("line {n}\n")).collect();
        let shorter: String = (0..40).map(|n| format!("line {n}\n")).collect();
        let base = tree([("a", file(&long))]);
        assert_eq!(
            worst(&base, &tree([("a", file(&short))])),
            Some(Severity::Hold)
        );
        assert_eq!(worst(&base, &tree([("a", file(&shorter))])), None);
    }
}
