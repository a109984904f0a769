//! C6, by path: what linters, type checkers and scanners look at, and what they ignore.

use std::sync::LazyLock;

use crate::case::Case;
use crate::finding::{Findings, Severity};
use crate::path_list::PathList;
use crate::rules::RuleId;

static FILES: LazyLock<PathList> = LazyLock::new(|| {
    PathList::shipped(&[
        ".semgrepignore",
        "**/.semgrep/**",
        ".semgrep.y*ml",
        ".bandit",
        "bandit.y*ml",
        ".gitleaks.toml",
        ".gitleaksignore",
        ".trivyignore",
        ".snyk",
        ".secrets.baseline",
        "zizmor.yml",
        ".zizmor.yml",
        ".eslintignore",
        ".eslintrc*",
        "eslint.config.*",
        "biome.json*",
        ".jshintrc",
        ".stylelintrc*",
        ".flake8",
        ".pylintrc",
        "pylintrc",
        "mypy.ini",
        ".mypy.ini",
        "pyrightconfig.json",
        "ruff.toml",
        ".ruff.toml",
        "clippy.toml",
        ".clippy.toml",
        "deny.toml",
        "audit.toml",
        ".golangci.*",
        ".rubocop*.yml",
        "brakeman.ignore",
        "phpstan*.neon*",
        "psalm*.xml*",
        "phpcs.xml*",
        "checkstyle*.xml",
        "spotbugs*.xml",
        "detekt.yml",
        ".swiftlint.yml",
        ".shellcheckrc",
        ".hadolint.y*ml",
        ".clang-tidy",
        ".codeclimate.yml",
        ".checkov.y*ml",
        ".tfsec*",
        "osv-scanner.toml",
        ".nsprc",
        ".auditrc*",
        "audit-ci.json*",
    ])
});

pub(super) fn check(case: &Case<'_>, out: &mut Findings) {
    for changed in &case.changed {
        if FILES.has(&changed.folded) {
            out.at(
                RuleId::C6,
                Severity::Hold,
                changed.path,
                "it decides what a checker looks at",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::content::held;

    #[test]
    fn c6_a_checker_s_files_are_held() {
        for path in [
            ".semgrepignore",
            ".gitleaksignore",
            "deny.toml",
            "web/.eslintrc.json",
        ] {
            assert!(held(RuleId::C6, path, "x\n"), "{path}");
        }
        for path in ["src/deny.rs", "src/eslint_config.py", "docs/bandit.md"] {
            assert!(!held(RuleId::C6, path, "x\n"), "{path}");
        }
    }
}
