//! Execution surface: paths and keys from which something is run without being called.

mod attributes;
mod clusters;
pub(crate) mod lists;
mod manifest_keys;
mod package_json_scripts;
mod run_by_itself;

use crate::case::{Case, Changed};
use crate::changes::ChangeKind;
use crate::finding::{Findings, Severity};
use crate::kind;
use crate::path_list::PathList;
use crate::rules::RuleId;
use crate::tree::Entry;

/// Why a patch may never touch a path, whatever it does to it and whoever asks: by the lists of continuous
/// integration, hooks, packages, editors, agents and governance, and as git's own file. `None` says nothing:
/// the gate may still block it.
#[must_use]
pub fn never(path: &[u8]) -> Option<(RuleId, &'static str)> {
    let name = String::from_utf8_lossy(path);
    let folded = crate::unicode::folded_path(&name);
    if kind::name(&folded) == ".gitmodules" {
        return Some((RuleId::S3, "other repositories are named in it"));
    }
    lists::of(&folded)
        .find(|surface| surface.severity == Severity::Block)
        .map(|surface| (surface.rule, surface.what))
}

pub(super) fn check(case: &Case<'_>, out: &mut Findings) {
    let plan = case.request.plan.listed();
    for changed in &case.changed {
        for surface in lists::of(&changed.folded) {
            let severity = if is_expected(case, plan.as_ref(), changed, surface.what) {
                Severity::Note
            } else {
                surface.severity
            };
            out.at(surface.rule, severity, changed.path, surface.what);
        }
    }
    attributes::check(case, out);
    clusters::check(case, out);
    manifest_keys::check(case, out);
    run_by_itself::check(case, out);
    protected(case, out);
}

/// What the owner has approved by name, or may have: an edit of a program in `bin`, or of the readme. New
/// ones, and those that change their mode or sort, are asked about all the same.
fn is_expected(
    case: &Case<'_>,
    plan: Option<&PathList>,
    changed: &Changed<'_>,
    what: &str,
) -> bool {
    let same_mode = match (changed.old, changed.new) {
        (Some(Entry::File { executable: a, .. }), Some(Entry::File { executable: b, .. })) => {
            a == b
        }
        _ => false,
    };
    let edited = changed.change == ChangeKind::Modified && same_mode;
    match what {
        lists::PROGRAM => {
            edited && (!case.sees_all() || plan.is_some_and(|list| list.has(&changed.name)))
        }
        lists::SPEAKS => {
            edited
                && kind::name(&changed.folded).starts_with("readme")
                && (!case.sees_all() || case.request.plan.names_path(&changed.name))
        }
        _ => false,
    }
}

/// X9: the owner's own list.
fn protected(case: &Case<'_>, out: &mut Findings) {
    let globs = &case.request.policy.protected;
    if globs.is_empty() {
        return;
    }
    match PathList::written(globs) {
        Err(error) => out.whole(
            RuleId::X9,
            Severity::Block,
            format!("a glob of the owner's list cannot be read: {error}"),
        ),
        Ok(list) => {
            for changed in &case.changed {
                if list.has(&changed.name) || list.has(&changed.folded) {
                    out.at(
                        RuleId::X9,
                        Severity::Block,
                        changed.path,
                        "on the owner's list of protected paths",
                    );
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::{file, judged, script, tree};
    use crate::judge::Request;
    use crate::plan::Plan;
    use crate::policy::GatePolicy;
    use crate::secrets::NoSecrets;

    fn rules(protected: &[&str], path: &str) -> Vec<RuleId> {
        let policy = GatePolicy {
            protected: protected.iter().map(ToString::to_string).collect(),
            ..GatePolicy::default()
        };
        let plan = Plan::default();
        let request = Request {
            base_commit: "0",
            plan: &plan,
            policy: &policy,
            secrets: &NoSecrets,
            canary: None,
            scans: &[],
        };
        let base = tree([("a", file("x"))]);
        let candidate = tree([("a", file("x")), (path, file("y\n"))]);
        crate::judge(&base, &candidate, &request)
            .findings
            .iter()
            .map(|finding| finding.rule)
            .collect()
    }

    fn worst(paths: &[&str], path: &str, old: Option<Entry>, new: Entry) -> Option<Severity> {
        let mut base = tree([("a", file("x"))]);
        let mut candidate = base.clone();
        base.entries.extend(old.map(|entry| (path.into(), entry)));
        candidate.entries.insert(path.into(), new);
        let plan = Plan {
            paths: paths.iter().map(ToString::to_string).collect(),
            ..Plan::default()
        };
        judged(&base, &candidate, &plan)
            .findings
            .iter()
            .filter(|finding| matches!(finding.rule, RuleId::X5 | RuleId::X8))
            .map(|finding| finding.severity)
            .max()
    }

    #[test]
    fn x5_x8_an_edit_that_the_plan_names_is_noted_and_all_else_is_held() {
        let (note, hold) = (Some(Severity::Note), Some(Severity::Hold));
        let (x, y) = (|| Some(file("x\n")), || file("y\n"));
        assert_eq!(worst(&["bin/**"], "bin/run.sh", x(), y()), note);
        assert_eq!(worst(&["README.md"], "README.md", x(), y()), note);
        for (paths, path, old, new) in [
            (&[][..], "bin/run.sh", x(), y()),
            (&["src/**"], "bin/run.sh", x(), y()),
            (&["bin/**"], "bin/run.sh", None, y()),
            (&["bin/**"], "bin/run.sh", x(), script("y\n")),
            (&["scripts/**"], "scripts/run.sh", x(), y()),
            (&["Makefile"], "Makefile", x(), y()),
            (&["**"], "README.md", x(), y()),
            (&["README.md"], "README.md", None, y()),
            (&["CONTRIBUTING.md"], "CONTRIBUTING.md", x(), y()),
        ] {
            assert_eq!(worst(paths, path, old, new), hold, "{paths:?} {path}");
        }
    }

    #[test]
    fn x9_the_owner_s_paths_are_blocked() {
        assert_eq!(rules(&["infra"], "infra/a.rs"), [RuleId::X9]);
        assert_eq!(rules(&["infra/{"], "src/a.rs"), [RuleId::X9]);
        assert_eq!(rules(&["infra"], "src/infra.rs"), []);
    }
}
