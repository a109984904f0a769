//! D1: package files that the plan did not declare. D2: locks that nothing asked to change.

use super::ecosystem;
use crate::case::Case;
use crate::finding::{Findings, Severity};
use crate::kind::Kind;
use crate::manifests;
use crate::rules::RuleId;

pub(super) fn check(case: &Case<'_>, out: &mut Findings) {
    let declared = !case.sees_all() || case.request.plan.manifests_declared;
    let asked: Vec<_> = case
        .changed
        .iter()
        .filter(|changed| changed.kind != Kind::Lock)
        .filter_map(|changed| manifests::ecosystem(&changed.folded))
        .collect();
    for changed in &case.changed {
        let Some(of) = ecosystem(changed) else {
            continue;
        };
        let lock = changed.kind == Kind::Lock;
        if !declared {
            out.at(
                RuleId::D1,
                Severity::Hold,
                changed.path,
                if lock {
                    "a lock file changed that the plan did not declare"
                } else {
                    "a manifest changed that the plan did not declare"
                },
            );
        }
        if lock && !asked.contains(&of) {
            out.at(
                RuleId::D2,
                if declared {
                    Severity::Hold
                } else {
                    Severity::Block
                },
                changed.path,
                "no manifest of its kind changed with it",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::{file, found, judged, tree};
    use crate::plan::Plan;

    #[test]
    fn d1_an_undeclared_manifest_is_held_and_a_declared_one_passes() {
        let base = [("Cargo.toml", "[package]\nversion='1'\n")];
        let new = [("Cargo.toml", "[package]\nversion='2'\n")];
        assert_eq!(found(RuleId::D1, &base, &new).len(), 1);
        let plan = Plan {
            manifests_declared: true,
            ..Plan::default()
        };
        let verdict = judged(
            &tree([("Cargo.toml", file(base[0].1))]),
            &tree([("Cargo.toml", file(new[0].1))]),
            &plan,
        );
        assert_eq!(verdict.findings, []);
        assert_eq!(
            found(RuleId::D1, &[("cargo.rs", "a\n")], &[("cargo.rs", "b\n")]),
            []
        );
    }

    #[test]
    fn d2_a_lock_alone_is_blocked_and_one_with_its_manifest_passes() {
        let base = [
            ("Cargo.lock", "version = 3\n"),
            ("Cargo.toml", "[package]\n"),
        ];
        let alone = [("Cargo.lock", "version = 4\n"), base[1]];
        let found_alone = found(RuleId::D2, &base, &alone);
        assert_eq!(found_alone[0].severity, Severity::Block);
        let both = [alone[0], ("Cargo.toml", "[package]\nversion='1'\n")];
        assert_eq!(found(RuleId::D2, &base, &both), []);
        let other = [alone[0], base[1], ("package.json", "{}")];
        assert_eq!(
            found(RuleId::D2, &base, &other).len(),
            1,
            "another ecosystem's manifest does not count"
        );
    }
}
