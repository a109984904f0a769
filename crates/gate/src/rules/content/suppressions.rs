//! C6: suppressions of warnings and of scanners.

use std::sync::LazyLock;

use crate::case::Changed;
use crate::finding::{Findings, Severity};
use crate::patterns::{Pattern, Table, Where};
use crate::rules::RuleId;

static SUPPRESSIONS: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        RuleId::C6,
        Severity::Hold,
        true,
        &[
            Pattern {
                place: Where::Code,
                what: "a suppression",
                pattern: r"\bnosec\b|\bnosemgrep\b|#\s*noqa\b|\bpylint:\s*(?:disable|skip)|#\s*type:\s*ignore|\bpyright:\s*(?:ignore|basic)|\bmypy:\s*(?:ignore|disable)|#\s*ruff:\s*noqa|\bflake8:\s*noqa|#\s*fmt:\s*(?:off|skip)|\bpragma:\s*no\s*(?:cover|branch)|@ts-(?:ignore|nocheck|expect-error)|\b(?:es|ts|js)lint-disable|\btslint:disable|\bbiome-ignore|\boxlint-disable|\bprettier-ignore|\bistanbul\s+ignore|\bc8\s+ignore|\bv8\s+ignore|\bstylelint-disable|#!?\[(?:allow|expect)\s*\(|#!?\[cfg_attr\([^\n]*allow\(|\bNOLINT|//\s*nolint\b|\bclang-format off|\bcppcheck-suppress|\bcoverity\[|@SuppressWarnings|@Suppress\(|\bSuppressFBWarnings|\bCHECKSTYLE[.:]OFF|\bNOSONAR|#pragma\s+(?:warning\s*\(?\s*disable|GCC diagnostic ignored|clang diagnostic ignored)|\brubocop:(?:disable|todo)|\breek:|\bphpcs:(?:ignore|disable)|@phpstan-ignore|@psalm-suppress|\bshellcheck\s+disable|\bhadolint\s+ignore|\bswiftlint:disable|\bdetekt:|\bktlint-disable|\bgitleaks:allow|\bzizmor:\s*ignore|\bpragma:\s*allowlist|\bcheckov:skip|\btfsec:ignore|\btrivy:ignore|\bkics-scan ignore|\bcodeql\[|\blgtm\s*\[|\bsonar-ignore|\bcredo:disable|\bdialyzer\b[^\n]*nowarn|#gosec\b|\bnosonar\b|\bignore-lint|\bGOSEC",
            },
            Pattern {
                place: Where::Only(&["rs"]),
                what: "a guard taken away",
                pattern: r"#!\[allow\b|--cap-lints",
            },
        ],
    )
});

pub(super) fn check(changed: &Changed<'_>, out: &mut Findings) {
    SUPPRESSIONS.check(changed, out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::content::held;

    #[test]
    fn patterns_compile() {
        assert_eq!(SUPPRESSIONS.broken(), Vec::<&str>::new());
    }

    #[test]
    fn c6_suppressions_are_held() {
        for (path, text) in [
            (
                "src/a.py",
                r"x = 1  # noqa
",
            ),
            (
                "src/a.py",
                r"eval_(x)  # nosec
",
            ),
            (
                "src/a.rs",
                r"#[allow(dead_code)]
fn a() {}
",
            ),
            (
                "src/a.ts",
                r"// @ts-ignore
",
            ),
            (
                "src/a.js",
                r"/* eslint-disable */
",
            ),
            (
                "src/a.go",
                r"//nolint:errcheck
",
            ),
            (
                "src/a.c",
                r"f(); // NOLINT
",
            ),
            (
                "src/a.py",
                r"key = 1 # gitleaks:allow
",
            ),
            (
                "src/A.java",
                r#"@SuppressWarnings("x")
"#,
            ),
        ] {
            assert!(held(RuleId::C6, path, text), "{path}: {text}");
        }
    }

    #[test]
    fn c6_ordinary_comments_pass() {
        for (path, text) in [
            (
                "src/a.py",
                r"# allow several names
",
            ),
            (
                "src/a.rs",
                r"#[derive(Debug)]
fn allow() {}
",
            ),
            (
                "docs/a.md",
                r"use # noqa sparingly
",
            ),
            (
                "src/a.go",
                r"// lint the list
",
            ),
        ] {
            assert!(!held(RuleId::C6, path, text), "{path}: {text}");
        }
    }
}
