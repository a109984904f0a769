//! D4: packages that are new, older, or named almost like one that everybody knows.

use super::{lock_entries, popular, versions};
use crate::case::{Case, Changed};
use crate::finding::{Findings, Severity};
use crate::manifests::{Dependency, Ecosystem, Format, Manifest, Origin};
use crate::rules::RuleId;
use crate::shown;

pub(super) fn check(case: &Case<'_>, out: &mut Findings) {
    let mut asked = false;
    for changed in &case.changed {
        let Some(format) = Format::of(&changed.folded) else {
            continue;
        };
        let read = |text: Option<&str>| {
            text.and_then(|text| format.parse(text).ok())
                .unwrap_or_default()
        };
        let (old, new) = (read(changed.old_text()), read(changed.new_text()));
        asked |= old.dependencies != new.dependencies;
        manifest(case, changed, format.ecosystem(), (&old, &new), out);
    }
    for changed in &case.changed {
        for (ecosystem, entry) in lock_entries::new_names(changed) {
            let name = shown::text(&entry.name, 60);
            if let Some(known) = popular::close_to(ecosystem, &entry.name) {
                out.at(
                    RuleId::D4,
                    Severity::Hold,
                    changed.path,
                    format!("`{name}` is named almost like `{known}`"),
                );
            }
            if !asked && !case.may_be_planned(&entry.name) {
                out.at(
                    RuleId::D4,
                    Severity::Hold,
                    changed.path,
                    format!("`{name}` is locked, and no manifest asks for more than before"),
                );
            }
        }
    }
}

fn manifest(
    case: &Case<'_>,
    changed: &Changed<'_>,
    ecosystem: Ecosystem,
    (old, new): (&Manifest, &Manifest),
    out: &mut Findings,
) {
    let plan = case.request.plan;
    for dependency in &new.dependencies {
        let before = old.dependencies.iter().find(|d| d.name == dependency.name);
        if before == Some(dependency) || old.dependencies.contains(dependency) {
            continue;
        }
        let name = shown::text(&dependency.name, 60);
        let mut say = |severity, message: String| {
            out.at(RuleId::D4, severity, changed.path, message);
        };
        if before.is_none() && is_own(dependency) {
            continue;
        }
        match before {
            None if case.may_be_planned(&dependency.name) => {}
            None if plan.dependencies.is_empty() => say(
                Severity::Hold,
                format!("`{name}` is new, and the plan names no packages"),
            ),
            None => say(
                Severity::Block,
                format!("`{name}` is new, and not among the plan's packages"),
            ),
            Some(before) if versions::is_lower(&before.range, &dependency.range) => say(
                Severity::Hold,
                format!(
                    "`{name}` goes back from {} to {}",
                    shown::text(&before.range, 30),
                    shown::text(&dependency.range, 30)
                ),
            ),
            Some(_) => {}
        }
        if let Origin::Alias(other) = &dependency.origin {
            say(
                Severity::Hold,
                format!("`{name}` is really `{}`", shown::text(other, 60)),
            );
        }
        let opened = before.is_none_or(|before| !versions::is_open(&before.range));
        // Python's and Ruby's lists are often without versions; a lock keeps them.
        let strict = matches!(
            ecosystem,
            Ecosystem::Npm | Ecosystem::Cargo | Ecosystem::Composer
        );
        if opened && versions::is_open(&dependency.range) && (strict || before.is_some()) {
            say(
                Severity::Hold,
                format!("`{name}` takes any version that comes"),
            );
        }
        if before.is_none()
            && let Some(known) = popular::close_to(ecosystem, &dependency.name)
        {
            say(
                Severity::Hold,
                format!("`{name}` is named almost like `{known}`"),
            );
        }
    }
}

/// A folder of the tree, or the workspace's own version.
fn is_own(dependency: &Dependency) -> bool {
    matches!(dependency.origin, Origin::Folder(_))
        || dependency.range.starts_with("workspace:")
        || dependency.range.starts_with("catalog:")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::{file, judged, tree};
    use crate::plan::Plan;

    fn worst(plan: &[&str], old: &str, new: &str) -> Option<Severity> {
        let plan = Plan {
            manifests_declared: true,
            dependencies: plan.iter().map(ToString::to_string).collect(),
            ..Plan::default()
        };
        let manifest = |list: &str| file(&format!(r#"{{"dependencies":{{{list}}}}}"#));
        judged(
            &tree([("package.json", manifest(old))]),
            &tree([("package.json", manifest(new))]),
            &plan,
        )
        .findings
        .iter()
        .filter(|finding| finding.rule == RuleId::D4)
        .map(|finding| finding.severity)
        .max()
    }

    #[test]
    fn d4_what_the_plan_does_not_name_is_blocked_or_held() {
        let new = r#""kleur":"^4.0.0""#;
        assert_eq!(worst(&["chalk"], "", new), Some(Severity::Block));
        assert_eq!(worst(&[], "", new), Some(Severity::Hold));
        assert_eq!(worst(&["kleur"], "", new), None);
    }

    #[test]
    fn d4_downgrades_aliases_open_ranges_and_near_names_are_held() {
        for (old, new) in [
            (r#""a":"^4.17.21""#, r#""a":"^4.17.11""#),
            (r#""a":"^1.0.0""#, r#""a":"*""#),
            (r#""a":"^1.0.0""#, r#""a":"npm:b@1.0.0""#),
            ("", r#""lodahs":"^4.0.0""#),
        ] {
            assert_eq!(worst(&["lodahs"], old, new), Some(Severity::Hold), "{new}");
        }
    }

    #[test]
    fn d4_an_upgrade_passes() {
        assert_eq!(worst(&[], r#""a":"^1.9.0""#, r#""a":"^1.10.0""#), None);
    }
}
