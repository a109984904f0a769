//! C5, by counting: expectations that are fewer than before, or others.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use regex::Regex;

use crate::added::Added;
use crate::alike::Came;
use crate::case::{Case, Changed};
use crate::finding::{Findings, Severity};
use crate::kind::{self, Kind};
use crate::patterns::is_comment;
use crate::rules::RuleId;
use crate::shown;

/// Where something is expected, in the test libraries of the languages we know.
static EXPECTS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"\b(?:debug_)?assert\w*!?\s*[(.\s]|\bexpect\s*\(|\bexpect\b.*\bto\b|\.should\b|\bshould_panic\b|",
        r"\brequire\.\w+\s*\(|\bt\.(?:Error|Errorf|Fatal|Fatalf|Fail|FailNow)\s*\(|\bEXPECT_\w+|\bASSERT_\w+|",
        r"\bverify\s*\(|\bpytest\.raises\b|\bassertThat\b|\bXCTAssert\w*|\bis_expected\b|\bt\.(?:is|deepEqual|throws|true|false|not|equal|ok)\s*\(|",
        r"\bMUST\w*\s*\(|\bCHECK\w*\s*\(|\bREQUIRE\w*\s*\(|\b(?:assert_snapshot|insta::assert)\w*!|\brefute\w*\b|\bStringAssert\b|\bShould\(\)"
    ))
    .ok()
});

/// Where a test begins.
static TESTS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r#"^\s*(?:async\s+)?def\s+test\w*\s*\(|^\s*#\[(?:\w+::)*test\b|^\s*#\[(?:rstest|test_case|quickcheck|proptest)\b|"#,
        r#"^\s*(?:it|test|specify|scenario)(?:\.each)?\s*[(`]|^\s*func\s+(?:Test|Fuzz)\w*\s*\(|@(?:Parameterized)?Test\b|"#,
        r#"^\s*\[(?:Fact|Theory|Test|TestMethod)\b|^\s*(?:TEST|TEST_F|TEST_P|TEST_CASE)\s*\(|^\s*(?:it|test|scenario)\s+["']|"#,
        r#"^\s*public\s+function\s+test\w*|^\s*func\s+test\w*\s*\("#
    ))
    .ok()
});

/// A test's name, after whichever group there is. Go does not run `Testx`.
static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r#"^((?:async\s+)?def\s+|public\s+function\s+)test\w*|^(func\s+)(?:Test|Fuzz)(?:[A-Z0-9_]\w*)?|^(func\s+)test\w*|"#,
        r#"^((?:it|test|specify|scenario)\s*\(?\s*)(?:"[^"]*"|'[^']*'|`[^`]*`)"#
    ))
    .ok()
});

/// A line of values: it ends within brackets and has a text, a number or a word such as `true`, or it is
/// a condition on one.
static VALUES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r#"^\s*[\[({]?[^=]*(?:["'`]|\b\d|\b(?:[Tt]rue|[Ff]alse|None|null|nil)\b)[^=]*,\s*$|"#,
        r#"^\s*(?:["'`]|\d|-\d|[Tt]rue|[Ff]alse|None|null|nil)[^=]*\)?[,;]?\s*$|"#,
        r#"^\s*(?:\}\s*else\s+)?if\b.*(?:[!=<>]=|[<>]|\bnot\b|!)[^{]*\{\s*$"#
    ))
    .ok()
});

/// Whether a line begins a test or expects something.
pub(super) fn is_said(line: &str) -> bool {
    [&*TESTS, &*EXPECTS]
        .into_iter()
        .flatten()
        .any(|pattern| pattern.is_match(line))
}

pub(super) fn check(case: &Case<'_>, out: &mut Findings) {
    for (changed, added) in case.texts() {
        let inside = changed.kind == Kind::Test
            || (changed.kind == Kind::Source && kind::is_code(&changed.folded));
        if !inside || changed.is_gone() || added.removed.is_empty() {
            continue;
        }
        if changed.kind == Kind::Test {
            check_values(changed, added, out);
        }
        let marks = kind::comment_marks(&changed.folded);
        let counts = |pattern: &Option<Regex>, line: &str| {
            !crate::patterns::is_comment(line, marks)
                && pattern
                    .as_ref()
                    .is_some_and(|pattern| pattern.is_match(line))
        };
        for (pattern, what) in [(&*TESTS, "tests"), (&*EXPECTS, "expectations")] {
            let gone = added.removed.iter().filter(|line| counts(pattern, line));
            let gone: Vec<&&str> = gone.collect();
            let came = added
                .lines()
                .filter(|(_, line)| counts(pattern, line))
                .count();
            let Some(first) = gone.first() else { continue };
            if came < gone.len() {
                out.at(
                    RuleId::C5,
                    Severity::Hold,
                    changed.path,
                    format!(
                        "{} {what} less than before; gone: {}",
                        gone.len() - came,
                        shown::text(first, 100)
                    ),
                );
            } else if is_test_code(changed) {
                let kept = if what == "tests" {
                    only_renamed(&gone, added, &|line| counts(pattern, line))
                        && all_distinct(changed, &|line| counts(pattern, line))
                } else {
                    let mut lines = Came::of(
                        added
                            .lines()
                            .map(|(_, line)| line)
                            .filter(|line| counts(pattern, line)),
                    );
                    gone.iter().all(|line| lines.takes(line))
                };
                out.at(
                    RuleId::C5,
                    if kept { Severity::Note } else { Severity::Hold },
                    changed.path,
                    format!("{what} were changed: {}", shown::text(first, 100)),
                );
            }
        }
    }
}

/// Values of a test that stand on lines of their own: rows of a table, arguments of an expectation that
/// is broken into lines, conditions before `t.Fatal`.
fn check_values(changed: &Changed<'_>, added: &Added<'_>, out: &mut Findings) {
    let marks = kind::comment_marks(&changed.folded);
    let stands_alone = |line: &str| {
        !is_comment(line, marks)
            && !is_said(line)
            && VALUES.as_ref().is_some_and(|values| values.is_match(line))
    };
    let mut came = Came::of(
        added
            .lines()
            .map(|(_, line)| line)
            .filter(|line| !is_comment(line, marks)),
    );
    let lost = added
        .removed
        .iter()
        .filter(|line| stands_alone(line))
        .find(|line| !came.takes(line));
    if let Some(line) = lost {
        out.at(
            RuleId::C5,
            Severity::Hold,
            changed.path,
            format!(
                "a value that a test uses was changed: {}",
                shown::text(line, 100)
            ),
        );
    }
}

/// Whether each test that is gone came back with nothing but another name: another form of it may be one
/// that no runner picks up, or that runs for no case at all.
fn only_renamed(gone: &[&&str], added: &Added<'_>, is_test: &dyn Fn(&str) -> bool) -> bool {
    let Some(name) = NAME.as_ref() else {
        return false;
    };
    let form = |line: &str| name.replace(line.trim(), "${1}${2}${3}${4}_").into_owned();
    let mut came: HashMap<String, usize> = HashMap::new();
    for (_, line) in added.lines().filter(|(_, line)| is_test(line)) {
        *came.entry(form(line)).or_default() += 1;
    }
    gone.iter().all(|line| match came.get_mut(&form(line)) {
        Some(left) if *left > 0 => {
            *left -= 1;
            true
        }
        _ => false,
    })
}

/// Whether no test took the name of another: as many different ones as before, or more.
fn all_distinct(changed: &Changed<'_>, is_test: &dyn Fn(&str) -> bool) -> bool {
    let count = |text: Option<&str>| {
        let lines = text.unwrap_or_default().lines().map(str::trim);
        lines
            .filter(|line| is_test(line))
            .collect::<HashSet<_>>()
            .len()
    };
    count(changed.new_text()) >= count(changed.old_text())
}

/// Expectations in shipped code (`assert` as a guard) may change with it; those of tests may not.
fn is_test_code(changed: &Changed<'_>) -> bool {
    changed.kind == Kind::Test
        || changed
            .old_text()
            .is_some_and(|text| text.contains("#[cfg(test)]"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::worst_in_change;

    fn worst(path: &str, old: &str, new: &str) -> Option<Severity> {
        worst_in_change(RuleId::C5, path, old, new)
    }

    #[test]
    fn patterns_compile() {
        assert!(EXPECTS.is_some() && TESTS.is_some());
        assert!(VALUES.is_some() && NAME.is_some());
    }

    #[test]
    fn c5_fewer_or_other_expectations_are_held() {
        let test = "def test_a():\n    assert f(1) == 2\n    assert f(2) == 3\n";
        for new in [
            "def test_a():\n    assert f(1) == 2\n",
            "def test_a():\n    assert f(1) == 2\n    assert f(2) == 4\n",
            "def test_a():\n    # assert f(1) == 2\n    assert f(2) == 3\n",
            "def renamed():\n    assert f(1) == 2\n    assert f(2) == 3\n",
        ] {
            assert_eq!(
                worst("tests/test_a.py", test, new),
                Some(Severity::Hold),
                "{new}"
            );
        }
        let rust = "fn a() {}\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn a() { assert_eq!(1, a()); }\n}\n";
        let new = rust.replace("    #[test]\n", "");
        assert_eq!(worst("src/a.rs", rust, &new), Some(Severity::Hold));
    }

    #[test]
    fn c5_a_renamed_call_or_test_is_noted_and_another_value_is_held() {
        let old =
            "def test_a():\n    assert f(make(1)) == 2\ndef test_b():\n    assert f(3) is False\n";
        for (from, to, worst_then) in [
            ("make(1)", "Item(1)", Severity::Note),
            ("test_a", "test_c", Severity::Note),
            ("test_a", "test_b", Severity::Hold),
            ("is False", "is True", Severity::Hold),
            ("== 2", "!= 2", Severity::Hold),
            ("== 2", "== 3\n    assert g(2)", Severity::Hold),
        ] {
            let new = old.replace(from, to);
            assert_eq!(
                worst("tests/test_a.py", old, &new),
                Some(worst_then),
                "{new}"
            );
        }
    }

    #[test]
    fn c5_a_test_may_take_another_name_but_no_other_form() {
        for (path, old, new, then) in [
            (
                "tests/a.py",
                "def test_a(x):\n",
                "def test_b(x):\n",
                Severity::Note,
            ),
            (
                "a.test.js",
                "it(\"a\", () => {\n",
                "it('b c', () => {\n",
                Severity::Note,
            ),
            (
                "a_test.go",
                "func TestA(t *testing.T) {\n",
                "func TestB(t *testing.T) {\n",
                Severity::Note,
            ),
            (
                "a_test.go",
                "func TestA(t *testing.T) {\n",
                "func Testa(t *testing.T) {\n",
                Severity::Hold,
            ),
            (
                "tests/a.py",
                "def test_a(x):\n",
                "async def test_a(x):\n",
                Severity::Hold,
            ),
            (
                "a.test.js",
                "it(\"a\", () => {\n",
                "it.each([])(\"a\", () => {\n",
                Severity::Hold,
            ),
        ] {
            assert_eq!(worst(path, old, new), Some(then), "{path}: {new}");
        }
    }

    #[test]
    fn c5_values_on_lines_of_their_own_are_held_when_they_change() {
        for (path, old, from, to) in [
            (
                "tests/a.py",
                "CASES = [\n    (\"IV\", 4),\n    (\"X\", 10),\n]\n",
                "4",
                "6",
            ),
            (
                "tests/a.rs",
                "fn a() {\n    assert_eq!(\n        f(2),\n        3\n    );\n}\n",
                "3",
                "4",
            ),
            (
                "a_test.go",
                "\tif got != 180 {\n\t\tt.Fatal(got)\n\t}\n",
                "180",
                "90",
            ),
            (
                "a.test.ts",
                "it.each([\n  [\"a\", true],\n])\n",
                "true",
                "false",
            ),
            (
                "tests/a.py",
                "CASES = [\n    (\"IV\", 4),\n    (\"X\", 10),\n]\n",
                "    (\"X\", 10),\n",
                "",
            ),
        ] {
            let new = old.replace(from, to);
            assert_eq!(
                worst(path, old, &new),
                Some(Severity::Hold),
                "{path}: {new}"
            );
        }
        let old = "CASES = [\n    (\"IV\", 4),\n]\nx = f(1)\n";
        for (from, to) in [
            ("]", "    (\"X\", 10),\n]"),
            ("    (\"IV\", 4),", "        (\"IV\", 4),"),
            ("f(1)", "g(1)"),
        ] {
            let new = old.replace(from, to);
            assert_ne!(
                worst("tests/a.py", old, &new),
                Some(Severity::Hold),
                "{new}"
            );
        }
    }

    #[test]
    fn c5_more_expectations_pass() {
        let test = "def test_a():\n    assert f(1) == 2\n";
        let more = "def test_a():\n    assert f(1) == 2\n\ndef test_b():\n    assert f(2) == 3\n";
        assert_eq!(worst("tests/test_a.py", test, more), None);
        assert_eq!(
            worst("src/a.py", "assert x\ny = 1\n", "assert x\ny = 2\n"),
            None
        );
        assert_eq!(
            worst("src/a.py", "assert x > 0\n", "assert x >= 0\n"),
            None,
            "a guard in shipped code is no test"
        );
    }
}
