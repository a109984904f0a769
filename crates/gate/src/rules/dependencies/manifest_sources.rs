//! D3, in manifests: dependencies that do not come from the registry.

use crate::case::Case;
use crate::finding::{Findings, Severity};
use crate::locks;
use crate::manifests::{Format, Origin};
use crate::rules::RuleId;
use crate::rules::structure::leaves_the_tree;
use crate::shown;

pub(super) fn check(case: &Case<'_>, out: &mut Findings) {
    for changed in &case.changed {
        let Some(format) = Format::of(&changed.folded) else {
            continue;
        };
        let read = |text: Option<&str>| {
            text.and_then(|text| format.parse(text).ok())
                .unwrap_or_default()
        };
        let (old, new) = (read(changed.old_text()), read(changed.new_text()));
        for dependency in &new.dependencies {
            if old.dependencies.contains(dependency) {
                continue;
            }
            let fault = match &dependency.origin {
                Origin::Elsewhere(place) => Some(format!("from {}", shown::text(place, 80))),
                Origin::Folder(path) => {
                    let outside = path.starts_with(['/', '~'])
                        || path.contains(':')
                        || leaves_the_tree(&changed.name, path);
                    outside.then(|| format!("from outside the tree: {}", shown::text(path, 80)))
                }
                Origin::Registry | Origin::Alias(_) => None,
            };
            if let Some(fault) = fault {
                out.at(
                    RuleId::D3,
                    Severity::Block,
                    changed.path,
                    format!("{} is taken {fault}", shown::text(&dependency.name, 60)),
                );
            }
        }
        for source in new.sources.iter().filter(|s| !old.sources.contains(s)) {
            let host = locks::host(source).unwrap_or_default();
            if !case.may_be_registry(&host) || !source.starts_with("https://") {
                out.at(
                    RuleId::D3,
                    Severity::Block,
                    changed.path,
                    format!("another source of packages: {}", shown::text(source, 80)),
                );
            }
        }
        // pip checks hashes of all or of none: taking them out takes out the check.
        if format == Format::Requirements {
            let hashes = |text: Option<&str>| text.unwrap_or_default().matches("--hash=").count();
            if hashes(changed.old_text()) > 0 && hashes(changed.new_text()) == 0 {
                out.at(
                    RuleId::D3,
                    Severity::Block,
                    changed.path,
                    "the hashes are gone",
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::worst_in_change;

    #[test]
    fn d3_foreign_sources_are_blocked() {
        for (path, old, new) in [
            (
                "package.json",
                "{}",
                r#"{"dependencies":{"a":"git+https://x/a"}}"#,
            ),
            (
                "package.json",
                "{}",
                r#"{"dependencies":{"a":"file:../../a"}}"#,
            ),
            ("Cargo.toml", "", "[dependencies]\na={git='https://x/a'}\n"),
            (
                "crates/x/Cargo.toml",
                "",
                "[dependencies]\na={path='../../../a'}\n",
            ),
            (
                "requirements.txt",
                "a==1\n",
                "a==1\n--extra-index-url https://evil/simple\n",
            ),
            ("requirements.txt", "a==1 --hash=sha256:0\n", "a==1\n"),
            (
                "pyproject.toml",
                "",
                "[project]\ndependencies=['a @ https://x/a.whl']\n",
            ),
            ("Gemfile", "", "source 'http://rubygems.org'\n"),
        ] {
            assert_eq!(
                worst_in_change(RuleId::D3, path, old, new),
                Some(Severity::Block),
                "{path} {new}"
            );
        }
    }

    #[test]
    fn d3_the_registry_and_the_own_workspace_pass() {
        for (path, old, new) in [
            (
                "package.json",
                "{}",
                r#"{"dependencies":{"a":"^1","b":"workspace:*"}}"#,
            ),
            (
                "crates/x/Cargo.toml",
                "",
                "[dependencies]\na={path='../y'}\nb='1'\n",
            ),
            ("requirements.txt", "a==1\n", "a==2\n-r base.txt\n"),
            ("Gemfile", "", "source 'https://rubygems.org'\ngem 'a'\n"),
        ] {
            assert_eq!(worst_in_change(RuleId::D3, path, old, new), None, "{new}");
        }
    }
}
