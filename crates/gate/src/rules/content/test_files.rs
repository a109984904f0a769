//! C5, by path: tests that are gone, and what tests compare with.

use std::sync::LazyLock;

use super::assertions::is_said;
use crate::alike::Came;
use crate::case::{Case, Changed};
use crate::changes::ChangeKind;
use crate::finding::{Findings, Severity};
use crate::kind::{self, Kind};
use crate::path_list::PathList;
use crate::patterns::is_comment;
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
        let moved = changed.is_gone() && came_elsewhere(case, changed);
        if moved {
            out.at(
                RuleId::C5,
                Severity::Note,
                changed.path,
                "a test file was moved",
            );
        }
        let mut hold = |what: &str| out.at(RuleId::C5, Severity::Hold, changed.path, what);
        let test = changed.in_tests || changed.kind == Kind::Test;
        if changed.is_gone() && test && !moved {
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

/// Whether every test and expectation of a deleted test file stands in one new test file.
fn came_elsewhere(case: &Case<'_>, gone: &Changed<'_>) -> bool {
    let (Kind::Test, Some(old)) = (gone.kind, gone.old_text()) else {
        return false;
    };
    let mut said = old.lines().filter(|line| is_said(line)).peekable();
    if said.peek().is_none() {
        return false;
    }
    let said: Vec<&str> = said.collect();
    let extension = kind::extension(&gone.folded);
    let new = case.changed.iter().filter(|changed| {
        changed.change == ChangeKind::Added
            && changed.kind == Kind::Test
            && kind::extension(&changed.folded) == extension
    });
    // As many pairs as there are new files for one deleted one; more are no move that people follow.
    new.filter_map(Changed::new_text).take(8).any(|text| {
        let marks = kind::comment_marks(&gone.folded);
        let lines = text.lines().filter(|line| !is_comment(line, marks));
        let mut came = Came::of(lines);
        said.iter().all(|line| came.takes_same(line))
    })
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
    fn c5_a_moved_test_file_is_noted_while_it_keeps_everything() {
        let kept = ("src/a.py", "x\n");
        let old = "import a\ndef test_a():\n    assert f(1) == 2\n    assert f(2) == 3\n";
        for (path, new, worst) in [
            (
                "tests/test_b.py",
                old.replace("import a", "import b"),
                Severity::Note,
            ),
            (
                "tests/test_b.py",
                old.replace("    assert f(2) == 3\n", ""),
                Severity::Hold,
            ),
            (
                "tests/test_b.py",
                old.replace("== 3", "== 4"),
                Severity::Hold,
            ),
            (
                "tests/test_b.py",
                old.replace("    assert f(2)", "    # assert f(2)"),
                Severity::Hold,
            ),
            ("helpers/b.py", old.to_owned(), Severity::Hold),
        ] {
            let said = found(
                RuleId::C5,
                &[kept, ("tests/test_a.py", old)],
                &[kept, (path, &new)],
            );
            assert_eq!(
                said.iter().map(|f| f.severity).max(),
                Some(worst),
                "{path}: {new}"
            );
        }
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
