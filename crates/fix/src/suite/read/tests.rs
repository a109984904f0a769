//! What runners print, and what tests print to look like it.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

const ALL: [Runner; 9] = [
    Runner::Cargo,
    Runner::Pytest,
    Runner::Unittest,
    Runner::Go,
    Runner::Node,
    Runner::Maven,
    Runner::Gradle,
    Runner::Ctest,
    Runner::Other,
];

fn run(end: End, stdout: &str, stderr: &str) -> Finished {
    Finished {
        end,
        stdout: stdout.into(),
        stderr: stderr.into(),
        cut: false,
        took: Duration::from_secs(1),
    }
}

#[track_caller]
fn named(runner: Runner, text: &str, expected: &[(&str, Outcome)]) {
    for run in [run(End::Code(1), text, ""), run(End::Code(1), "", text)] {
        let results = read(runner, &run);
        let found: Vec<(&str, Outcome)> = results
            .tests
            .iter()
            .map(|(n, o)| (n.as_str(), *o))
            .collect();
        assert_eq!(found, expected);
    }
}

use Outcome::{Failed, Passed, Skipped};

#[test]
fn cargo_names_its_tests() {
    named(
        Runner::Cargo,
        "running 5 tests\ntest tests::a ... ok\ntest tests::b - should panic ... FAILED\ntest tests::c ... ignored, slow\n\
         test src/lib.rs - pad (line 12) ... ok\ntest src/lib.rs - pad (line 20) - compile fail ... ok\n\
         test x ... unclear\ntest result: FAILED. 2 passed; 1 failed\n",
        &[
            ("src/lib.rs - pad", Passed),
            ("src/lib.rs - pad - compile fail", Passed),
            ("tests::a", Passed),
            ("tests::b", Failed),
            ("tests::c", Skipped),
        ],
    );
    named(
        Runner::Cargo,
        "        PASS [   0.005s] (1/3) left tests::a\n        FAIL [   1.000s] left::pad b\n        INFO [   1] x\n",
        &[("left tests::a", Passed), ("left::pad b", Failed)],
    );
}

#[test]
fn pytest_names_its_tests() {
    named(
        Runner::Pytest,
        "tests/test_v.py::test_v PASSED      [ 50%]\n=== short test summary info ===\nPASSED tests/test_a.py::test_a\n\
         SKIPPED [1] tests/test_a.py:9: no reason\nXFAIL tests/test_a.py::test_x - bug\n\
         FAILED tests/test_a.py::test_p[a - b] - assert 1 == 2\nERROR tests/test_b.py - ImportError: x\n\
         FAILED to do this\n1 failed, 1 passed in 0.01s\n",
        &[
            ("tests/test_a.py::test_a", Passed),
            ("tests/test_a.py::test_p[a - b]", Failed),
            ("tests/test_a.py::test_x", Skipped),
            ("tests/test_b.py (loading it)", Failed),
            ("tests/test_v.py::test_v", Passed),
        ],
    );
}

#[test]
fn unittest_names_its_tests() {
    named(
        Runner::Unittest,
        "test_a (tests.test_a.A.test_a) ... ok\ntest_b (tests.test_a.A.test_b)\nSays what. ... FAIL\n\
         test_c (tests.test_a.A) ... skipped 'no'\nloading (all of it) ... ok\n\
         tests.test_n (unittest.loader._FailedTest.tests.test_n) ... ERROR\n",
        &[
            ("test_a (tests.test_a.A.test_a)", Passed),
            ("test_b (tests.test_a.A.test_b)", Failed),
            ("test_c (tests.test_a.A)", Skipped),
            ("tests.test_n (loading it)", Failed),
        ],
    );
}

#[test]
fn go_names_its_tests_below_their_package() {
    named(
        Runner::Go,
        "=== RUN   TestA\n--- FAIL: TestA (0.00s)\n    --- FAIL: TestA/x (0.00s)\n    --- PASS: TestA/y (0.00s)\nFAIL\n\
         FAIL\texample.org/left\t0.002s\nok  \texample.org/left/b\t(cached)\n?   \texample.org/left/c\t[no test files]\n\
         FAIL\texample.org/left/d [build failed]\n",
        &[
            ("example.org/left", Failed),
            ("example.org/left TestA", Failed),
            ("example.org/left TestA/x", Failed),
            ("example.org/left TestA/y", Passed),
            ("example.org/left/b", Passed),
            ("example.org/left/d", Failed),
        ],
    );
    // Without `-v`, a test that fails has a name that it does not have when it passes.
    named(
        Runner::Go,
        "--- FAIL: TestA (0.00s)\nFAIL\texample.org/left\t0.002s\n",
        &[("example.org/left", Failed)],
    );
    named(
        Runner::Go,
        "{\"Action\":\"run\",\"Package\":\"p\",\"Test\":\"TestA\"}\n{\"Action\":\"pass\",\"Package\":\"p\",\"Test\":\"TestA\"}\n\
         {\"Action\":\"fail\",\"Package\":\"p\"}\n{\"Action\":\"pass\",\"Pack\n",
        &[("p", Failed), ("p TestA", Passed)],
    );
}

#[test]
fn the_test_programs_of_javascript_name_theirs() {
    named(
        Runner::Node,
        "TAP version 13\n# Subtest: a\nok 1 - a\n    not ok 1 - b # TODO later\nnot ok 2 - c\nok 3 - d # SKIP\nok done\n1..3\n",
        &[("a", Passed), ("b", Skipped), ("c", Failed), ("d", Skipped)],
    );
    named(
        Runner::Node,
        "▶ suite\n  \u{1b}[32m✔ a (0.5ms)\u{1b}[39m\n  ✖ b (1.25ms)\n  ﹣ c (0.1ms) # SKIP\n✖ failing tests:\n",
        &[("a", Passed), ("b", Failed), ("c", Skipped)],
    );
    named(
        Runner::Node,
        "PASS src/a.test.js (5.2 s)\n  pads\n    ✓ left (3 ms)\n    ○ skipped right\nFAIL src/b.test.js\n    ✕ left (1 ms)\n",
        &[
            ("src/a.test.js", Passed),
            ("src/a.test.js > left", Passed),
            ("src/a.test.js > right", Skipped),
            ("src/b.test.js", Failed),
            ("src/b.test.js > left", Failed),
        ],
    );
    named(
        Runner::Node,
        "not ok 1 - /w/n.test.mjs\n  1) \"before each\" hook for \"a\"\n",
        &[("/w/n.test.mjs (loading it)", Failed)],
    );
    named(
        Runner::Node,
        " ✓ src/a.test.ts (3 tests) 5ms\n × src/b.test.ts > pads 7ms\n",
        &[("src/a.test.ts", Passed), ("src/b.test.ts > pads", Failed)],
    );
    named(
        Runner::Node,
        "  pads\n    ✔ left\n    1) right\n\n  1 passing (5ms)\n  1 failing\n\n  1) pads\n       right:\n",
        &[("left", Passed), ("right", Failed)],
    );
}

#[test]
fn maven_and_gradle_name_theirs() {
    named(
        Runner::Maven,
        "[INFO] Running org.left.PadTest\n[INFO] Tests run: 2, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0.05 s -- in org.left.PadTest\n\
         [ERROR] Tests run: 2, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.1 s <<< FAILURE! - in org.left.BadTest\n\
         [WARNING] Tests run: 1, Failures: 0, Errors: 0, Skipped: 1, Time elapsed: 0 s -- in org.left.OffTest\n\
         [ERROR] Tests run: 5, Failures: 1, Errors: 0, Skipped: 1\n",
        &[
            ("org.left.BadTest", Failed),
            ("org.left.OffTest", Skipped),
            ("org.left.PadTest", Passed),
        ],
    );
    named(
        Runner::Gradle,
        "> Task :compileJava\n> Task :test FAILED\nPadTest > pads() FAILED\nPadTest > left() PASSED\nBUILD FAILED\n",
        &[("PadTest > left()", Passed), ("PadTest > pads()", Failed)],
    );
}

#[test]
fn ctest_names_its_tests() {
    named(
        Runner::Ctest,
        "    Start 1: pad\n1/3 Test #1: pad ..............   Passed    0.01 sec\n2/3 Test #2: left .............***Failed    0.01 sec\n\
         3/3 Test #3: off ..............***Skipped   0.00 sec\n  Test #4: x ... Passed\n",
        &[("left", Failed), ("off", Skipped), ("pad", Passed)],
    );
}

#[test]
fn the_worse_of_two_words_about_a_test_counts() {
    named(
        Runner::Cargo,
        "test a ... FAILED\ntest a ... ok\ntest b ... ok\ntest b ... ignored\n",
        &[("a", Failed), ("b", Skipped)],
    );
}

#[test]
fn another_program_only_passes_or_fails() {
    let results = read(
        Runner::Other,
        &run(End::Code(0), "test a ... FAILED\nok 1 - a\n", ""),
    );
    assert!(results.succeeded() && results.tests.is_empty() && !results.names_passes);
}

#[test]
fn a_program_that_is_not_there_has_judged_nothing() {
    for (end, judged) in [
        (End::Code(0), true),
        (End::Code(101), true),
        (End::Code(127), false),
        (End::Code(126), false),
        (End::OutOfTime, false),
        (End::Signal(9), false),
        (End::TooLoud, false),
        (End::Cancelled, false),
    ] {
        assert_eq!(
            read(Runner::Cargo, &run(end, "", "")).judged(),
            judged,
            "{end:?}"
        );
    }
}

#[test]
fn what_was_not_read_is_said() {
    let mut finished = run(End::Code(0), "test a ... ok\n", "");
    assert!(!read(Runner::Cargo, &finished).partial);
    finished.cut = true;
    assert!(read(Runner::Cargo, &finished).partial);
    let many: String = (0..=MOST).map(|n| format!("test t{n} ... ok\n")).collect();
    let results = read(Runner::Cargo, &run(End::Code(0), &many, ""));
    assert!(results.partial && results.tests.len() == MOST);
    let long = format!("test {} ... ok\n", "é".repeat(400));
    let results = read(Runner::Cargo, &run(End::Code(0), &long, ""));
    assert!(
        results
            .tests
            .keys()
            .all(|name| name.len() < LONGEST_NAME + 40)
    );
    assert_eq!(results.tests.len(), 1);
}

#[test]
fn names_hide_nothing() {
    let results = read(
        Runner::Cargo,
        &run(End::Code(0), "test a\u{202E}b ... ok\n", ""),
    );
    assert_eq!(results.tests.keys().collect::<Vec<_>>(), ["a⟨U+202E⟩b"]);
}

fn noise() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        "test ",
        " ... ",
        "ok",
        "FAILED",
        "PASSED a.py::b",
        "\n",
        "ok 1 - a",
        "not ok 2 ",
        "✔ ",
        "✖ a (1ms)",
        "1) ",
        "--- PASS: A (0s)",
        "ok  \tp\t1s",
        "{\"Action\":\"pass\",\"Package\":\"p\"}",
        "PASS a.test.js",
        "Tests run: 1, ",
        "Failures: ",
        " in a.B",
        " > ",
        " PASSED",
        "1/1 Test #1: a ..",
        "   Passed",
        "***",
        "(",
        ")",
        "[",
        "]",
        " - ",
        "s)",
        "é",
        "\u{1b}[1m",
        "=== RUN",
        "test result: ok. 9 passed; 0 failed\n",
        "BUILD SUCCESS\n",
        "<!--",
    ]);
    prop::collection::vec(
        prop_oneof![
            4 => pieces.prop_map(|p| p.as_bytes().to_vec()),
            1 => prop::collection::vec(any::<u8>(), 0..6),
        ],
        0..60,
    )
    .prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn no_output_makes_a_failed_command_a_passed_one(
        out in noise(), err in noise(), which in 0..ALL.len(),
        end in prop_oneof![(1..=255).prop_map(End::Code), Just(End::Signal(9)), Just(End::OutOfTime), Just(End::TooLoud), Just(End::Cancelled)],
    ) {
        let finished = Finished { end, stdout: out, stderr: err, cut: false, took: Duration::ZERO };
        let results = read(ALL[which], &finished);
        prop_assert!(!results.succeeded());
        prop_assert!(results.tests.keys().all(|name| !name.is_empty() && !name.contains('\n')));
    }
}
