//! S7: patches that are too much to review, and deletions.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::alike::Came;
use crate::case::{Case, Changed};
use crate::finding::{Findings, Severity};
use crate::kind;
use crate::patterns::is_comment;
use crate::rules::RuleId;

/// Deleted files from which on their share of the tree counts: one of four is no massacre.
const FEW: usize = 5;
/// Lines a file must have had for its loss to be worth a word.
const LONG: usize = 40;

pub(super) fn check(case: &Case<'_>, out: &mut Findings) {
    if case.sees_all() {
        amounts(case, out);
    }
    for changed in &case.changed {
        if is_gutted(changed) {
            out.at(
                RuleId::S7,
                Severity::Hold,
                changed.path,
                "most of the file is gone, and little came in its place",
            );
        }
    }
}

/// What the limits, the plan and the number of files in the base decide.
fn amounts(case: &Case<'_>, out: &mut Findings) {
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
    let plan = case.request.plan.listed();
    let mut came = LazyLock::new(|| came(case));
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
            let planned = plan.as_ref().is_some_and(|list| list.has(&changed.name));
            let (severity, what) = if planned && case.request.plan.names_path(&changed.name) {
                (Severity::Note, "the file is deleted, as the plan says")
            } else if planned && stands_elsewhere(changed, &mut came) {
                (
                    Severity::Note,
                    "the file is gone, and its lines stand elsewhere",
                )
            } else {
                (Severity::Hold, "the file is deleted")
            };
            out.at(RuleId::S7, severity, changed.path, what);
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

/// The new lines of each sort of file, in which those of deleted files may be found.
fn came<'a>(case: &'a Case<'_>) -> HashMap<&'a str, Came<'a>> {
    let mut lines: HashMap<&str, Vec<&str>> = HashMap::new();
    for (changed, added) in case.texts() {
        let marks = kind::comment_marks(&changed.folded);
        let of_sort = lines.entry(kind::extension(&changed.folded)).or_default();
        let code = added.lines().map(|(_, line)| line);
        of_sort.extend(code.filter(|line| !is_comment(line, marks)));
    }
    lines
        .into_iter()
        .map(|(sort, lines)| (sort, Came::of(lines.into_iter())))
        .collect()
}

/// Whether every line of a deleted file came back: a module that was moved, renamed or split. Lines
/// without a word, comments and imports may be lost.
fn stands_elsewhere<'a>(gone: &'a Changed<'_>, came: &mut HashMap<&'a str, Came<'a>>) -> bool {
    let (Some(old), Some(came)) = (gone.old_text(), came.get_mut(kind::extension(&gone.folded)))
    else {
        return false;
    };
    let marks = kind::comment_marks(&gone.folded);
    let says = |line: &&str| {
        let text = line.trim_start();
        let import = [
            "import ",
            "from ",
            "use ",
            "package ",
            "#include ",
            "require ",
        ];
        text.contains(|c: char| c.is_alphanumeric())
            && !is_comment(line, marks)
            && !import.iter().any(|word| text.starts_with(word))
    };
    let mut lines = old.lines().filter(says).peekable();
    lines.peek().is_some() && lines.all(|line| came.takes(line))
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
    fn s7_a_planned_move_is_noted_and_a_loss_is_held() {
        let old =
            "import re\n\ndef a(x):\n    if not ok(x):\n        raise E(10)\n    return x + 1\n";
        let worst = |paths: &[&str], new: &str| {
            let base = tree([("kept", file("x")), ("src/a.py", file(old))]);
            let candidate = tree([("kept", file("x")), ("src/b.py", file(new))]);
            let plan = Plan {
                paths: paths.iter().map(ToString::to_string).collect(),
                ..Plan::default()
            };
            judged(&base, &candidate, &plan)
                .findings
                .iter()
                .filter(|finding| finding.rule == RuleId::S7)
                .map(|finding| finding.severity)
                .max()
        };
        let (note, hold) = (Some(Severity::Note), Some(Severity::Hold));
        let moved = old.replace("import re\n", "from re import sub\n") + "\nb = 1\n";
        assert_eq!(worst(&["src/**"], &moved), note);
        assert_eq!(worst(&["src/**"], &moved.replace("a(x)", "a(x, y)")), note);
        assert_eq!(worst(&["src/a.py", "src/b.py"], "b = 1\n"), note);
        assert_eq!(worst(&["src/**"], "b = 1\n"), hold);
        assert_eq!(worst(&["lib/**"], &moved), hold);
        assert_eq!(worst(&[], &moved), hold);
        for (from, to) in [
            ("    if not ok(x):\n        raise E(10)\n", ""),
            ("not ok", "ok"),
            ("E(10)", "E(1000)"),
            ("x + 1", "x - 1"),
            ("        raise", "        # raise"),
        ] {
            assert_eq!(worst(&["src/**"], &moved.replace(from, to)), hold, "{from}");
        }
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
