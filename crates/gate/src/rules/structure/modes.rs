//! S4: what git cannot store. S5: executable bits and changed types.

use crate::case::Case;
use crate::finding::{Findings, Severity};
use crate::rules::RuleId;
use crate::tree::Entry;

pub(super) fn check(case: &Case<'_>, out: &mut Findings) {
    for changed in &case.changed {
        match (changed.old, changed.new) {
            (_, Some(Entry::Odd { kind })) => out.at(
                RuleId::S4,
                Severity::Block,
                changed.path,
                format!("this is no file: {kind}"),
            ),
            (
                None,
                Some(Entry::File {
                    executable: true, ..
                }),
            ) => out.at(
                RuleId::S5,
                Severity::Hold,
                changed.path,
                "a new executable file",
            ),
            (
                Some(Entry::File {
                    executable: before, ..
                }),
                Some(Entry::File {
                    executable: after, ..
                }),
            ) if before != after => out.at(
                RuleId::S5,
                Severity::Hold,
                changed.path,
                if *after {
                    "the file becomes executable"
                } else {
                    "the file is no longer executable"
                },
            ),
            (Some(Entry::Link { .. } | Entry::Submodule { .. }), Some(Entry::File { .. })) => {
                out.at(
                    RuleId::S5,
                    Severity::Hold,
                    changed.path,
                    "what was no file is one now",
                );
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::{file, judged, script, tree};
    use crate::plan::Plan;
    use crate::tree::Tree;

    fn rules(base: &Tree, candidate: &Tree) -> Vec<(RuleId, Severity)> {
        judged(base, candidate, &Plan::default())
            .findings
            .iter()
            .map(|finding| (finding.rule, finding.severity))
            .filter(|(rule, _)| matches!(rule, RuleId::S4 | RuleId::S5))
            .collect()
    }

    #[test]
    fn s4_a_socket_is_blocked() {
        let base = tree([("a", file("x"))]);
        let candidate = tree([("a", file("x")), ("b", Entry::Odd { kind: "a socket" })]);
        assert_eq!(rules(&base, &candidate), [(RuleId::S4, Severity::Block)]);
    }

    #[test]
    fn s4_s5_a_plain_new_file_passes() {
        let base = tree([("a", file("x"))]);
        assert_eq!(
            rules(&base, &tree([("a", file("x")), ("b", file("y"))])),
            []
        );
    }

    #[test]
    fn s5_bits_are_held() {
        let held = [(RuleId::S5, Severity::Hold)];
        let base = tree([("a", file("x"))]);
        assert_eq!(rules(&base, &tree([("a", script("x"))])), held);
        assert_eq!(
            rules(&base, &tree([("a", file("x")), ("b", script("y"))])),
            held
        );
        // An executable whose text changes keeps its bit: nothing to hold.
        let base = tree([("a", script("x"))]);
        assert_eq!(rules(&base, &tree([("a", script("y"))])), []);
        assert_eq!(rules(&base, &tree([("a", file("x"))])), held);
    }
}
