//! R5, R9: what the plan names.

use super::Asked;
use crate::finding::{Findings, Severity};
use crate::manifests;
use crate::path_list::PathList;
use crate::rules::RuleId;
use crate::rules::surface::lists;
use crate::shown;
use crate::{kind, unicode};

/// Paths that a plan must not reach by a wide glob either.
const REACHED: [&str; 6] = [
    ".github/workflows/ci.yml",
    ".npmrc",
    "AGENTS.md",
    ".vscode/tasks.json",
    "LICENSE",
    ".husky/pre-commit",
];

pub(super) fn check(asked: &Asked<'_>, out: &mut Findings) {
    let globs = &asked.plan.paths;
    if globs.is_empty() {
        out.whole(
            RuleId::R9,
            Severity::Note,
            "the plan names no paths, so nothing holds the patch to them",
        );
        return;
    }
    let protected = PathList::written(&asked.policy.protected).ok();
    for glob in globs {
        let shown = shown::text(glob, 100);
        let list = match PathList::written(std::slice::from_ref(glob)) {
            Ok(list) => list,
            Err(error) => {
                out.whole(
                    RuleId::R9,
                    Severity::Hold,
                    format!(
                        "a glob of the plan cannot be read: {}",
                        shown::text(&error, 120)
                    ),
                );
                continue;
            }
        };
        if REACHED.iter().filter(|path| list.has(path)).count() > 2 {
            out.whole(
                RuleId::R9,
                Severity::Hold,
                format!("`{shown}` covers everything, CI and licence among it"),
            );
            continue;
        }
        // What a glob could stand for, as one path.
        let probe = unicode::folded_path(&glob.replace("**", "x").replace(['*', '?'], "x"));
        let in_folder = format!("{}/x", probe.trim_end_matches('/'));
        for path in [&probe, &in_folder] {
            for surface in lists::of(path) {
                out.whole(
                    RuleId::R5,
                    surface.severity,
                    format!("`{shown}` ({}): {}", surface.rule, surface.what),
                );
            }
            if protected.as_ref().is_some_and(|list| list.has(path)) {
                out.whole(
                    RuleId::R5,
                    Severity::Block,
                    format!("`{shown}` (X9): on the owner's list of protected paths"),
                );
            }
        }
        let package =
            manifests::ecosystem(&probe).is_some() || kind::of(&probe) == kind::Kind::Lock;
        if package && !asked.plan.manifests_declared {
            out.whole(
                RuleId::R5,
                Severity::Hold,
                format!("`{shown}` (D1): a package file, and the plan does not declare any"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Outcome;
    use crate::plan::Plan;
    use crate::request::tests::asked_for;
    use crate::tree::Tree;

    fn outcome(globs: &[&str]) -> Outcome {
        let plan = Plan {
            paths: globs.iter().map(ToString::to_string).collect(),
            ..Plan::default()
        };
        asked_for("Bug", "It crashes.", &plan, &Tree::default()).outcome
    }

    #[test]
    fn r5_protected_paths_in_a_plan_are_named() {
        for glob in [
            ".github/workflows/*.yml",
            ".github",
            "AGENTS.md",
            "**/.npmrc",
            "LICENSE",
        ] {
            assert_eq!(outcome(&["src/**", glob]), Outcome::Block, "{glob}");
        }
        for glob in ["build.rs", "README.md", "package.json", "Cargo.lock"] {
            assert_eq!(outcome(&["src/**", glob]), Outcome::Hold, "{glob}");
        }
    }

    #[test]
    fn r9_a_plan_over_everything_is_held_and_an_ordinary_one_passes() {
        assert_eq!(outcome(&["**"]), Outcome::Hold);
        assert_eq!(outcome(&["src/{"]), Outcome::Hold);
        assert_eq!(outcome(&["src/**", "tests/*.rs"]), Outcome::Pass);
        assert_eq!(outcome(&[]), Outcome::Pass);
    }
}
