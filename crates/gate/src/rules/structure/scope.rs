//! S11: paths that the approved plan does not name.

use crate::case::Case;
use crate::finding::{Findings, Severity};
use crate::path_list::PathList;
use crate::rules::RuleId;

pub(super) fn check(case: &Case<'_>, out: &mut Findings) {
    let globs = &case.request.plan.paths;
    if globs.is_empty() {
        return;
    }
    let list = match PathList::written(globs) {
        Ok(list) => list,
        Err(error) => {
            out.whole(
                RuleId::S11,
                Severity::Block,
                format!("a glob of the plan cannot be read: {error}"),
            );
            return;
        }
    };
    for changed in &case.changed {
        if !list.has(&changed.name) {
            out.at(
                RuleId::S11,
                Severity::Hold,
                changed.path,
                "the plan does not name this path",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::{file, judged, tree};
    use crate::plan::Plan;

    fn worst(paths: &[&str], path: &str) -> Option<Severity> {
        let base = tree([("src/kept.rs", file("x"))]);
        let mut candidate = base.clone();
        candidate.entries.insert(path.into(), file("y\n"));
        let plan = Plan {
            paths: paths.iter().map(ToString::to_string).collect(),
            ..Plan::default()
        };
        judged(&base, &candidate, &plan)
            .findings
            .iter()
            .filter(|finding| finding.rule == RuleId::S11)
            .map(|finding| finding.severity)
            .max()
    }

    #[test]
    fn s11_outside_the_plan_is_held() {
        assert_eq!(worst(&["src/**"], "lib/a.rs"), Some(Severity::Hold));
        assert_eq!(worst(&["src/*.rs"], "src/a/b.rs"), Some(Severity::Hold));
        assert_eq!(worst(&["src/{"], "src/a.rs"), Some(Severity::Block));
    }

    #[test]
    fn s11_inside_the_plan_passes() {
        assert_eq!(worst(&["src/**", "tests/**"], "tests/a.rs"), None);
        assert_eq!(worst(&["src"], "src/a/b.rs"), None);
        assert_eq!(worst(&[], "anywhere"), None);
    }
}
