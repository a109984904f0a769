//! C5, by words: tests and checks that are skipped, emptied or told what to say.

use std::sync::LazyLock;

use crate::case::Changed;
use crate::finding::{Findings, Severity};
use crate::patterns::{Pattern, Table, Where};
use crate::rules::RuleId;

static WEAKENING: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        RuleId::C5,
        Severity::Hold,
        true,
        &[
            Pattern {
                place: Where::Tests,
                what: "a test that is skipped",
                pattern: r"(?:@|\bpytest\.)mark\.(?:skip|flaky)\b|\bmark\.(?:skipif|xfail)\b|\bmarks\s*=\s*[\[(]?\s*mark\.skip\b|\bpytest\.(?:skip|xfail|importorskip)\s*\(|@unittest\.(?:skip|expectedFailure)|\.skipTest\s*\(|\b(?:it|test|describe|context|suite|specify)(?:\.concurrent)?\.(?:skip|only|todo|failing|fails|fixme|skipIf|runIf)\b|\b[xf](?:it|describe|context|specify|test)\s*\(\s*[\x22\x27`]|^\s*#\[ignore\b|^\s*#\[cfg_attr\([^\n]*ignore|\bt\.Skip(?:f|Now)?\s*\(|\btesting\.Short\s*\(|@(?:Disabled|Ignore)\b|\bassum(?:eTrue|eFalse|ption|ingThat)\w*\s*\(|\[(?:Ignore|Skip)\b|\bSkip\s*=\s*[\x22]|\bmarkTest(?:Skipped|Incomplete)\b|\bGTEST_SKIP\b|\bDISABLED_\w|@tag\s+:skip|\bXCTSkip|^\s*(?:skip|pending)\b\s*(?:[\x22\x27]|$)|\bBOOST_TEST_DISABLED|\bt\.todo\(|\bjest\.retryTimes|\bthis\.skip\s*\(|\bthis\.retries\s*\(",
            },
            Pattern {
                place: Where::Tests,
                what: "an assertion that is always true",
                pattern: r"\bassert\s+(?:True|1|not False)\b|\bassert\s*\(\s*(?:true|True|1)\s*\)|\bassert!\s*\(\s*true\b|\bassertTrue\s*\(\s*(?:true|True)\s*[,)]|\bexpect\s*\(\s*(?:true|1|\x22\w*\x22)\s*\)\s*\.(?:toBe|toEqual|toBeTruthy|to\.(?:be|equal))|\bassert_eq!\s*\(\s*(\w)\s*,\s*\w\s*\)\s*;\s*//|\bassert(?:Equals?|\.equal|\.strictEqual)\s*\(\s*(?:1\s*,\s*1|true\s*,\s*true|True\s*,\s*True)\s*\)|\bassert\s+\w+\s+is\s+not\s+None\s+or\s+True|\bor\s+True\s*$|\|\|\s*true\s*[);]|\bassert\.ok\s*\(\s*true\b|\brequire\.True\s*\(\s*t\s*,\s*true\b",
            },
            Pattern {
                place: Where::Code,
                what: "a failure that is swallowed",
                pattern: r"^\s*except(?:\s+(?:Base)?Exception(?:\s+as\s+\w+)?)?\s*:\s*(?:pass|\.\.\.|continue|return(?:\s+(?:None|True|\[\]|\{\}|0))?)?\s*(?:#[^\n]*)?(?:\n\s*(?:pass|\.\.\.)\s*$)|^\s*except\s*:\s*(?:pass\b|$)|^\s*except(?:\s+(?:Base)?Exception(?:\s+as\s+\w+)?)\s*:\s*(?:pass|\.\.\.|continue)\b|\bcatch\s*(?:\([^)\n]*\))?\s*\{\s*(?:/[/*][^\n}]*)?\s*\}|\.catch\s*\(\s*(?:\(\s*\w*\s*\)|\w+)\s*=>\s*(?:\{\s*\}|null|undefined)\s*\)|^\s*rescue\s*(?:=>\s*\w+\s*)?(?:;\s*nil)?\s*$|\bcontextlib\.suppress\s*\(\s*(?:Base)?Exception\b|\bOn Error Resume Next\b|\b@suppress_errors|\brecover\(\)\s*;?\s*\}?$",
            },
            Pattern {
                place: Where::Code,
                what: "a command that may not fail",
                pattern: r"\|\|\s*(?:true|:|exit\s+0|/bin/true)\b|\bcontinue-on-error\s*:\s*true|\ballow_failure\s*:\s*true|\bset\s+\+e\b|--no-verify\b|--passWithNoTests\b|\b--forceExit\b|\|\|\s*echo\b|;\s*true\s*$|--exit-zero\b|--no-fail\b|\bignore_errors\s*[:=]\s*(?:yes|true|True)\b|\bIGNORE_ERRORS\b",
            },
            Pattern {
                place: Where::Code,
                what: "a threshold",
                pattern: r"\bfail_under\b|\bcoverageThreshold\b|--cov-fail-under|\bminimum_coverage\b|--max-warnings\b|\bcheck-coverage\b|\bbranches\s*:\s*\d+\s*,|\bthreshold\s*:\s*\d+%",
            },
            Pattern {
                place: Where::Shipped,
                what: "code that knows it is tested",
                pattern: r"\bPYTEST_CURRENT_TEST\b|[\x22\x27]pytest[\x22\x27]\s+(?:not\s+)?in\s+sys\.modules|\bJEST_WORKER_ID\b|\bVITEST\b|NODE_ENV\b[^\n]*[\x22\x27]test[\x22\x27]|\btesting\.Testing\s*\(|\bcfg!\s*\(\s*test\s*\)|#\[cfg\(not\(test\)\)\]|flag\.Lookup\s*\(\s*[\x22]test\.|[\x22\x27](?:unittest|_pytest|jest|mocha)[\x22\x27]\s+in\s+|\bRAILS_ENV\b[^\n]*test|\bRails\.env\.test\?|\bIS_TEST(?:ING)?\b|\brunning_tests?\b|\bisRunningTests?\b|\bunder_test\b|\bos\.Args\b[^\n]*\.test\b|\bGITHUB_ACTIONS\b|[\x22\x27]CI[\x22\x27]",
            },
            Pattern {
                place: Where::Tests,
                what: "code that is switched off",
                pattern: r"^\s*#\s*if\s+0\b|^\s*if\s+(?:False|0)\s*:|\bif\s*\(\s*(?:false|0)\s*\)\s*\{?",
            },
        ],
    )
});

pub(super) fn check(changed: &Changed<'_>, out: &mut Findings) {
    WEAKENING.check(changed, out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::content::held;

    #[test]
    fn patterns_compile() {
        assert_eq!(WEAKENING.broken(), Vec::<&str>::new());
    }

    #[test]
    fn c5_weakened_tests_are_held() {
        for (path, text) in [
            (
                "tests/test_a.py",
                r"@pytest.mark.skip
def test_a(): pass
",
            ),
            (
                "tests/test_a.py",
                r#"    pytest.param("IV", 4, marks=pytest.mark.xfail),
"#,
            ),
            (
                "tests/test_a.py",
                r"pytestmark = pytest.mark.skip
",
            ),
            (
                "src/a.test.ts",
                r#"it.only("x", f)
"#,
            ),
            (
                "src/lib.rs",
                r"#[test]
#[ignore]
fn a() {}
",
            ),
            (
                "a_test.go",
                r#"t.Skip("x")
"#,
            ),
            (
                "src/ATest.java",
                r"@Disabled
",
            ),
            (
                "tests/test_a.py",
                r"assert True
",
            ),
            (
                "src/a.py",
                r"try:
  f()
except Exception:
  pass
",
            ),
            (
                "src/a.js",
                r"try { f() } catch (e) {}
",
            ),
            (
                "src/a.sh",
                r"run-tests || true
",
            ),
            (
                "src/a.py",
                r#"if "PYTEST_CURRENT_TEST" in os.environ:
"#,
            ),
            (
                "src/a.js",
                r#"if (process.env.NODE_ENV === "test") return 1
"#,
            ),
            (
                "src/a.test.js",
                r#"xit("x", f)
"#,
            ),
        ] {
            assert!(held(RuleId::C5, path, text), "{path}: {text}");
        }
    }

    #[test]
    fn c5_ordinary_tests_pass() {
        for (path, text) in [
            (
                "tests/test_a.py",
                r#"def test_skip_blank_lines():
    assert skip("") == 1
"#,
            ),
            (
                "src/a.js",
                r#"list.skip(1)
exit("x")
fit(model)
"#,
            ),
            (
                "src/a.py",
                r"try:
  f()
except FileNotFoundError:
  return 0
",
            ),
            (
                "src/a.js",
                r"try { f() } catch (e) { report(e) }
",
            ),
            (
                "src/lib.rs",
                r"#[cfg(test)]
mod tests {}
",
            ),
            (
                "src/a.rs",
                r"if a || truth { }
",
            ),
        ] {
            assert!(!held(RuleId::C5, path, text), "{path}: {text}");
        }
    }
}
