//! S10, by name: what tools, editors and agents leave behind.

use std::sync::LazyLock;

use crate::case::{Case, Changed};
use crate::changes::ChangeKind;
use crate::finding::{Findings, Severity};
use crate::path_list::PathList;
use crate::rules::RuleId;

static LITTER: LazyLock<PathList> = LazyLock::new(|| {
    PathList::shipped(&[
        "**/.aider*",
        "**/.aider*/**",
        "**/__pycache__/**",
        "*.py[co]",
        "**/node_modules/**",
        "**/.venv/**",
        "**/venv/**",
        "**/.tox/**",
        "**/.nox/**",
        "**/.pytest_cache/**",
        "**/.mypy_cache/**",
        "**/.ruff_cache/**",
        "**/.hypothesis/**",
        "**/.ipynb_checkpoints/**",
        "**/*.egg-info/**",
        "**/.gradle/**",
        "**/.next/**",
        "**/.nuxt/**",
        "**/.turbo/**",
        "**/.parcel-cache/**",
        "**/.cache/**",
        "**/.nyc_output/**",
        "**/htmlcov/**",
        "**/target/debug/**",
        "**/target/release/**",
        ".coverage",
        ".coverage.*",
        "*.orig",
        "*.rej",
        "*.swp",
        "*.swo",
        "*.bak",
        "*.tmp",
        "*~",
        "#*#",
        ".#*",
        ".DS_Store",
        "Thumbs.db",
        "desktop.ini",
        "nohup.out",
        "core.[0-9]*",
        "npm-debug.log*",
        "yarn-error.log*",
        "*.pid",
        "*.log",
        "*.traj",
        "*.traj.json",
        "*.proptest-regressions.tmp",
    ])
});

/// Folders of built code: litter unless the repository keeps one.
static BUILT: LazyLock<PathList> = LazyLock::new(|| {
    PathList::shipped(&[
        "dist/**",
        "build/**",
        "out/**",
        "coverage/**",
        "target/**",
        "bin/Debug/**",
        "bin/Release/**",
        "obj/**",
        "**/*.min.js",
        "**/*.bundle.js",
    ])
});

/// What agents write for themselves, at the root or anywhere.
static SCRATCH: LazyLock<PathList> = LazyLock::new(|| {
    PathList::shipped(&[
        "*_SUMMARY.md",
        "SUMMARY.md",
        "PLAN.md",
        "IMPLEMENTATION*.md",
        "FIX_*.md",
        "*_FIX.md",
        "FIXES.md",
        "CHANGES_MADE.md",
        "SOLUTION.md",
        "ANALYSIS.md",
        "NOTES_AGENT.md",
        "scratch*",
        "**/scratch/**",
        "repro.*",
        "reproduce*.*",
        "repro_*.*",
        "debug_*.*",
        "tmp_*.*",
        "temp_*.*",
        "temp.*",
        "tmp.*",
        "*.patch",
        "*.diff",
        "fix_*.py",
        "fix.py",
        "apply_*.py",
        "traj.json",
        "trajectory*.json",
        "prompt.txt",
        "*_backup.*",
        "*_old.*",
        "*.old",
        "* copy.*",
        "* copy",
    ])
});

/// Whether `SUMMARY.md` and the like are part of a book of documentation.
fn is_documentation(folded: &str) -> bool {
    folded.starts_with("docs/") || folded.starts_with("doc/") || folded.contains("/docs/")
}

pub(super) fn check(case: &Case<'_>, out: &mut Findings) {
    for changed in &case.changed {
        if changed.is_gone() {
            continue;
        }
        if LITTER.has(&changed.folded) {
            // What the repository tracks already is its own: somebody else's taste.
            // In tests such a file may be the input.
            let severity = match changed.change {
                ChangeKind::Added if !changed.in_tests => Severity::Block,
                _ => Severity::Hold,
            };
            out.at(RuleId::S10, severity, changed.path, "left behind by a tool");
            continue;
        }
        if changed.change != ChangeKind::Added {
            continue;
        }
        if BUILT.has(&changed.folded) && !is_kept(case, changed) {
            out.at(
                RuleId::S10,
                Severity::Block,
                changed.path,
                "built code, where the repository has none",
            );
        } else if SCRATCH.has(&changed.folded)
            && !is_documentation(&changed.folded)
            && !changed.in_tests
        {
            out.at(
                RuleId::S10,
                Severity::Hold,
                changed.path,
                "looks like a note or a scratch file",
            );
        }
    }
}

/// Whether the base has something in the same top folder, or may have.
fn is_kept(case: &Case<'_>, changed: &Changed<'_>) -> bool {
    if !case.sees_all() {
        return true;
    }
    let top = match changed.path.iter().position(|byte| *byte == b'/') {
        Some(at) => &changed.path[..=at],
        None => return false,
    };
    case.base
        .entries
        .range(top.to_vec()..)
        .next()
        .is_some_and(|(path, _)| path.starts_with(top))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::{found, worst_in_new};

    #[test]
    fn s10_litter_is_blocked() {
        for path in [
            ".aider.chat.history.md",
            "src/__pycache__/a.txt",
            "node_modules/x/index.js",
            "a/node_modules/x.js",
            ".venv/bin/python",
            "a.rs.orig",
            "a.rej",
            ".DS_Store",
            "dist/app.js",
            "debug.log",
        ] {
            assert_eq!(
                worst_in_new(RuleId::S10, path, "x\n"),
                Some(Severity::Block),
                "{path}"
            );
        }
        for path in ["FIX_SUMMARY.md", "repro.py", "fix_bug.py", "a copy.js"] {
            assert_eq!(
                worst_in_new(RuleId::S10, path, "x\n"),
                Some(Severity::Hold),
                "{path}"
            );
        }
    }

    #[test]
    fn s10_names_that_only_remind_of_litter_pass() {
        for path in [
            "src/node_modules.rs",
            "src/original.rs",
            "src/distance.rs",
            "docs/SUMMARY.md",
            "src/venv.py",
            "src/logging.rs",
            "tests/temp.rs",
        ] {
            assert_eq!(worst_in_new(RuleId::S10, path, "x\n"), None, "{path}");
        }
        let base = [("dist/index.js", "1\n")];
        let kept = found(RuleId::S10, &base, &[base[0], ("dist/more.js", "2\n")]);
        assert_eq!(kept, [], "the repository keeps its built code");
    }
}
