//! C5, by path: tests that are gone, and what tests compare with.

use std::sync::LazyLock;

use crate::case::Case;
use crate::changes::ChangeKind;
use crate::finding::{Findings, Severity};
use crate::kind::Kind;
use crate::path_list::PathList;
use crate::rules::RuleId;

static EXPECTED: LazyLock<PathList> = LazyLock::new(|| {
    PathList::shipped(&[
        "*.snap",
        "*.snap.*",
        "*.golden",
        "*.approved.*",
        "*.expected",
        "*.expected.*",
        "*.stdout",
        "*.stderr",
        "**/__snapshots__/**",
        "**/snapshots/**",
        "**/golden/**",
        "**/goldens/**",
        "**/expected/**",
        "**/__image_snapshots__/**",
        "**/cassettes/**",
    ])
});

static THRESHOLDS: LazyLock<PathList> = LazyLock::new(|| {
    PathList::shipped(&[
        ".coveragerc",
        "codecov.yml",
        ".codecov.yml",
        ".nycrc*",
        ".c8rc*",
        "coveralls.yml",
        ".coveralls.yml",
        "sonar-project.properties",
        "jest.config.*",
        "vitest.config.*",
        "pytest.ini",
        "tox.ini",
        ".mutmut*",
        "stryker.conf.*",
        "tarpaulin.toml",
        "nextest.toml",
        ".simplecov",
    ])
});

pub(super) fn check(case: &Case<'_>, out: &mut Findings) {
    for changed in &case.changed {
        let mut hold = |what: &str| out.at(RuleId::C5, Severity::Hold, changed.path, what);
        let test = changed.in_tests || changed.kind == Kind::Test;
        if changed.is_gone() && test {
            if case.is_renamed(changed) {
                hold("a test file was renamed");
            } else {
                hold("a test file is gone");
            }
        }
        let expected = EXPECTED.has(&changed.folded);
        let data = test && matches!(changed.kind, Kind::Data | Kind::Docs);
        if changed.change == ChangeKind::Modified && (expected || data) {
            hold("what a test compares with or reads is edited");
        }
        if changed.is_gone() && expected && !test {
            hold("what a test compares with is gone");
        }
        if THRESHOLDS.has(&changed.folded) {
            hold("thresholds and the choice of tests are set here");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::found;

    #[test]
    fn c5_gone_and_edited_expectations_are_held() {
        let kept = ("src/a.py", "x\n");
        for (path, new) in [
            ("tests/test_a.py", None),
            ("src/__snapshots__/a.snap", Some("y\n")),
            ("tests/data/out.json", Some("y\n")),
            ("codecov.yml", Some("y\n")),
        ] {
            let mut candidate = vec![kept];
            candidate.extend(new.map(|text| (path, text)));
            assert_eq!(
                found(RuleId::C5, &[kept, (path, "x\n")], &candidate).len(),
                1,
                "{path}"
            );
        }
        let moved = found(
            RuleId::C5,
            &[kept, ("tests/test_a.py", "x\n")],
            &[kept, ("helpers/a.py", "x\n")],
        );
        assert_eq!(moved[0].message, "a test file was renamed");
    }

    #[test]
    fn c5_new_tests_and_new_snapshots_pass() {
        let kept = ("src/a.py", "x\n");
        for path in [
            "tests/test_b.py",
            "src/__snapshots__/b.snap",
            "tests/data/in.json",
        ] {
            assert_eq!(
                found(RuleId::C5, &[kept], &[kept, (path, "y\n")]),
                [],
                "{path}"
            );
        }
    }
}
