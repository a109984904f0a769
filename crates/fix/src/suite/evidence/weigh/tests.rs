//! What proves a change, and what only seems to.

use proptest::prelude::*;

use super::*;
use crate::finished::End;
use crate::suite::compare::tests::results;
use crate::suite::evidence::{changed_tests, with_base_tests, with_new_tests};
use crate::suite::{Candidate, Pinned, Runner, samples};

/// A change with a new test `n` that fails before and passes after, and an old one `a`.
struct Story {
    command: Result<(), Moved>,
    tests: TestChanges,
    base: Results,
    candidate: Results,
    old_tests: Results,
    new_tests: Option<Results>,
}

impl Story {
    fn good() -> Self {
        Self {
            command: Ok(()),
            tests: TestChanges {
                added: vec![b"tests/n.rs".to_vec()],
                ..TestChanges::default()
            },
            base: results(0, "a+"),
            candidate: results(0, "a+ n+"),
            old_tests: results(0, "a+"),
            new_tests: Some(results(101, "a+ n-")),
        }
    }

    fn weigh(&self) -> Evidence {
        weigh(&Trials {
            command: self.command.clone(),
            tests: &self.tests,
            base: &self.base,
            candidate: &self.candidate,
            old_tests: &self.old_tests,
            new_tests: self.new_tests.as_ref(),
        })
    }

    #[track_caller]
    fn is(&self, proven: bool, why: Why) {
        assert_eq!(self.weigh(), Evidence { proven, why });
    }
}

fn list(names: &[&str]) -> Vec<String> {
    names.iter().map(|n| (*n).to_owned()).collect()
}

#[test]
fn a_test_that_fails_before_and_passes_after_is_a_proof() {
    Story::good().is(true, Why::NewTestsPass(list(&["n"])));
}

#[test]
fn a_test_that_does_not_even_build_before_is_a_proof() {
    let mut story = Story::good();
    story.new_tests = Some(results(101, ""));
    story.is(true, Why::NewTestsTurn);
}

#[test]
fn a_test_file_that_cannot_be_loaded_before_is_a_proof() {
    let mut story = Story::good();
    let name = format!("tests/test_n.py{LOADING}");
    let mut before = results(2, "a+");
    before.tests.insert(name.clone(), Outcome::Failed);
    story.new_tests = Some(before);
    story.is(true, Why::NewTestsPass(vec![name]));
}

#[test]
fn a_program_that_names_nothing_proves_by_its_exit_code() {
    let mut story = Story::good();
    for run in [&mut story.base, &mut story.candidate, &mut story.old_tests] {
        *run = results(0, "");
        run.names_passes = false;
    }
    story.new_tests = Some(results(2, ""));
    story.is(true, Why::NewTestsTurn);
}

#[test]
fn without_a_test_nothing_is_proven() {
    let mut story = Story::good();
    story.tests = TestChanges::default();
    story.is(false, Why::NoTest);
    story.new_tests = None;
    story.is(false, Why::NoTest);
    story.tests.mixed = vec![b"src/a.rs".to_vec()];
    story.is(false, Why::InSource(list(&["src/a.rs"])));
}

#[test]
fn a_test_that_passes_before_proves_nothing() {
    let mut story = Story::good();
    story.new_tests = Some(results(0, "a+ n+"));
    story.is(false, Why::PassesBefore);
}

#[test]
fn failing_before_by_something_else_proves_nothing() {
    let mut story = Story::good();
    story.new_tests = Some(results(1, "a- x-"));
    story.candidate = results(0, "a+");
    story.is(true, Why::NewTestsPass(list(&["a"])));
    story.new_tests = Some(results(1, "x-"));
    story.is(false, Why::FailsOtherwise(list(&["x"])));
}

#[test]
fn tests_that_are_gone_or_skipped_weaken() {
    for (candidate, old) in [
        ("n+", "a+"),
        ("a? n+", "a+"),
        ("a+ n+", ""),
        ("a+ n+", "a?"),
    ] {
        let mut story = Story::good();
        story.candidate = results(0, candidate);
        story.old_tests = results(0, old);
        story.is(false, Why::Weakened(list(&["a"])));
    }
    let mut story = Story::good();
    story.tests.deleted = vec![b"tests/a.rs".to_vec()];
    story.is(false, Why::Weakened(list(&["tests/a.rs"])));
}

#[test]
fn a_failing_test_that_is_deleted_is_not_fixed() {
    let mut story = Story::good();
    story.base = results(1, "a- b+");
    story.candidate = results(0, "b+");
    story.old_tests = results(0, "b+");
    story.is(false, Why::Weakened(list(&["a"])));
}

#[test]
fn output_that_the_change_makes_too_long_hides_nothing() {
    let mut story = Story::good();
    story.old_tests.partial = true;
    story.is(false, Why::Unreadable);
    story.base.partial = true;
    story.is(true, Why::NewTestsPass(list(&["n"])));
}

#[test]
fn only_both_green_counts() {
    let mut story = Story::good();
    story.candidate = results(1, "a+ n-");
    story.is(false, Why::Red(list(&["n"])));
    let mut story = Story::good();
    story.old_tests = results(1, "a-");
    story.is(false, Why::OldTestsFail(list(&["a"])));
    // Printed, and yet the command failed.
    let mut story = Story::good();
    story.candidate = results(1, "a+ n+");
    story.is(false, Why::Red(Vec::new()));
    // Failed, and yet the command passed.
    let mut story = Story::good();
    story.old_tests = results(0, "a-");
    story.is(false, Why::OldTestsFail(list(&["a"])));
}

#[test]
fn a_red_baseline_that_stays_red_proves_nothing_and_is_not_ours() {
    let mut story = Story::good();
    story.base = results(1, "a+ b-");
    story.candidate = results(1, "a+ b- n+");
    story.is(false, Why::BaselineRed(list(&["b"])));
}

#[test]
fn a_test_of_the_repository_that_failed_and_passes_is_a_proof_without_a_new_one() {
    let mut story = Story::good();
    story.tests = TestChanges::default();
    story.new_tests = None;
    story.base = results(1, "a-");
    story.candidate = results(0, "a+");
    story.is(true, Why::OldTestsPass(list(&["a"])));
}

#[test]
fn a_run_without_an_end_proves_nothing() {
    for which in [Run::Base, Run::Candidate, Run::OldTests, Run::NewTests] {
        for end in [
            End::OutOfTime,
            End::Code(127),
            End::Signal(9),
            End::Cancelled,
        ] {
            let mut story = Story::good();
            match which {
                Run::Base => story.base.end = end,
                Run::Candidate => story.candidate.end = end,
                Run::OldTests => story.old_tests.end = end,
                Run::NewTests => story.new_tests.as_mut().expect("a run").end = end,
            }
            story.is(false, Why::Void(which));
        }
    }
}

#[test]
fn an_edited_command_counts_for_nothing() {
    let base = samples::node();
    let mut candidate = base.clone();
    samples::put(
        &mut candidate,
        "package.json",
        r#"{"type":"module","scripts":{"test":"true"}}"#,
    );
    let mut story = Story::good();
    story.command = Pinned::choose(&base, None)
        .expect("pinned")
        .check(&candidate);
    let evidence = story.weigh();
    assert!(!evidence.proven && matches!(evidence.why, Why::Command(_)));
}

#[test]
fn reasons_name_a_few_tests_and_count_the_rest() {
    let names: Vec<String> = (0..9).map(|n| format!("t{n}")).collect();
    assert_eq!(
        Why::Red(names).to_string(),
        "tests fail with the change: t0, t1, t2, t3, t4 and 4 more"
    );
    assert_eq!(
        Why::Void(Run::OldTests).to_string(),
        "the tests did not run to an end with the old test files over the changed sources, so nothing is known; look at what they wrote"
    );
}

/// Five repositories whose command is a word that is looked for: what "runs" is the tree itself.
#[test]
fn gold_is_proven_and_sabotage_is_not_in_five_languages() {
    for (base, source, test) in [
        (samples::rust(), "left/src/lib.rs", "left/tests/new.rs"),
        (
            samples::python(),
            "src/left/__init__.py",
            "tests/test_new.py",
        ),
        (samples::node(), "src/pad.ts", "src/new.test.ts"),
        (samples::go(), "pad.go", "new_test.go"),
        (
            samples::java(),
            "src/main/java/org/left/Pad.java",
            "src/test/java/org/left/NewTest.java",
        ),
    ] {
        // The new test passes where the source is fixed.
        let run = |tree: &gate::tree::Tree| {
            let is_fixed = tree.entries[source.as_bytes()] != base.entries[source.as_bytes()];
            if !tree.entries.contains_key(test.as_bytes()) {
                results(0, "a+")
            } else if is_fixed {
                results(0, "a+ n+")
            } else {
                results(1, "a+ n-")
            }
        };
        let pinned = Pinned::choose(&base, None).expect("pinned");
        let weighed = |candidate: &gate::tree::Tree| {
            let tests = changed_tests(&base, candidate);
            weigh(&Trials {
                command: pinned.check(candidate),
                tests: &tests,
                base: &run(&base),
                candidate: &run(candidate),
                old_tests: &run(&with_base_tests(candidate, &base)),
                new_tests: Some(&run(&with_new_tests(&base, candidate)))
                    .filter(|_| tests.any_apart()),
            })
        };
        let mut gold = base.clone();
        samples::put(&mut gold, source, "fixed");
        samples::put(&mut gold, test, "new");
        assert_eq!(
            weighed(&gold).why,
            Why::NewTestsPass(list(&["n"])),
            "{source}"
        );
        let mut untested = gold.clone();
        untested.entries.remove(test.as_bytes());
        assert_eq!(weighed(&untested).why, Why::NoTest);
        let mut unfixed = base.clone();
        samples::put(&mut unfixed, test, "new");
        assert_eq!(weighed(&unfixed).why, Why::Red(list(&["n"])));
    }
}

#[test]
fn a_command_of_the_owner_has_no_file_to_name() {
    let ours = Candidate {
        argv: list(&["./t.sh"]),
        runner: Runner::Other,
        from: Vec::new(),
        why: String::new(),
    };
    let base = samples::tree([("t.sh", "make")]);
    let moved = Pinned::new(ours, &base).check(&samples::tree([("t.sh", "true")]));
    assert_eq!(
        moved.expect_err("edited").to_string(),
        "`./t.sh` no longer runs what was pinned: what it starts was changed; leave that as it was"
    );
}

proptest! {
    #[test]
    fn nothing_is_proven_unless_both_runs_are_green(
        codes in [0..3_i32, 0..3, 0..3, 0..3],
        tests in ["([an][-+?] ){0,2}", "([an][-+?] ){0,2}", "([an][-+?] ){0,2}", "([an][-+?] ){0,2}"],
        added in any::<bool>(),
    ) {
        let mut story = Story::good();
        story.base = results(codes[0], &tests[0]);
        story.candidate = results(codes[1], &tests[1]);
        story.old_tests = results(codes[2], &tests[2]);
        story.new_tests = added.then(|| results(codes[3], &tests[3]));
        let evidence = story.weigh();
        if evidence.proven {
            prop_assert!(story.candidate.succeeded() && story.old_tests.succeeded());
            let failed_before = !story.base.succeeded() || story.new_tests.is_some_and(|r| !r.succeeded());
            prop_assert!(failed_before);
        }
    }
}
