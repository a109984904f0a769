//! Execution surface: paths and keys from which something is run without being called.

mod attributes;
mod clusters;
pub(crate) mod lists;
mod manifest_keys;
mod package_json_scripts;
mod run_by_itself;

use crate::case::Case;
use crate::finding::{Findings, Severity};
use crate::path_list::PathList;
use crate::rules::RuleId;

pub(super) fn check(case: &Case<'_>, out: &mut Findings) {
    for changed in &case.changed {
        for surface in lists::of(&changed.folded) {
            out.at(surface.rule, surface.severity, changed.path, surface.what);
        }
    }
    attributes::check(case, out);
    clusters::check(case, out);
    manifest_keys::check(case, out);
    run_by_itself::check(case, out);
    protected(case, out);
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
    use crate::case::sample::{file, tree};
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

    #[test]
    fn x9_the_owner_s_paths_are_blocked() {
        assert_eq!(rules(&["infra"], "infra/a.rs"), [RuleId::X9]);
        assert_eq!(rules(&["infra/{"], "src/a.rs"), [RuleId::X9]);
        assert_eq!(rules(&["infra"], "src/infra.rs"), []);
    }
}
