//! A run against the baseline: what failed already is not ours.

use super::read::{LOADING, Outcome, Results};

/// How a run differs from the baseline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Failed now and not before.
    pub broken: Vec<String>,
    /// Failed before and pass now.
    pub fixed: Vec<String>,
    /// Failed before and fail now.
    pub still_failing: Vec<String>,
    /// Ran before and do not now.
    pub gone: Vec<String>,
}

/// What a run is worth beside the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The command passed, and names no failure that was not there before.
    Green,
    /// The command failed as it did before, by tests that all failed before: nothing of it is ours.
    NoWorse,
    /// It failed, and some of that may be ours.
    Red,
    /// The tests did not come to an end, or did not start.
    Void,
}

/// Compares the tests that the two runs name.
#[must_use]
pub fn compare(baseline: &Results, now: &Results) -> Progress {
    let mut out = Progress::default();
    for (name, outcome) in &now.tests {
        let list = match (baseline.tests.get(name), outcome) {
            (Some(Outcome::Failed), Outcome::Failed) => &mut out.still_failing,
            (_, Outcome::Failed) => &mut out.broken,
            (Some(Outcome::Failed), Outcome::Passed) => &mut out.fixed,
            (Some(Outcome::Passed | Outcome::Failed), Outcome::Skipped) => &mut out.gone,
            _ => continue,
        };
        list.push(name.clone());
    }
    let names_passes = baseline.names_passes || now.names_passes;
    for (name, outcome) in &baseline.tests {
        if *outcome == Outcome::Skipped || now.tests.contains_key(name) {
            continue;
        }
        // What has a name only when it fails is missing when it passes.
        let only_failing = !names_passes || name.ends_with(LOADING);
        if only_failing && now.succeeded() {
            out.fixed.push(name.clone());
        } else if !only_failing && !now.partial && now.judged() {
            out.gone.push(name.clone());
        }
    }
    out.gone.sort();
    out
}

/// What the run `now` is worth. The exit code decides; names can only make it less.
#[must_use]
pub fn verdict(baseline: &Results, now: &Results) -> Verdict {
    if !now.judged() {
        return Verdict::Void;
    }
    let progress = compare(baseline, now);
    if !progress.broken.is_empty() {
        Verdict::Red
    } else if now.succeeded() {
        Verdict::Green
    } else if baseline.judged()
        && !baseline.succeeded()
        && baseline.end == now.end
        && !progress.still_failing.is_empty()
        && !now.partial
        && progress.gone.is_empty()
    {
        Verdict::NoWorse
    } else {
        Verdict::Red
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::finished::End;

    /// A run by its exit code and `name+`, `name-`, `name?` for passed, failed and skipped.
    pub(in crate::suite) fn results(code: i32, tests: &str) -> Results {
        let tests = tests.split_whitespace().map(|test| {
            let (name, sign) = test.split_at(test.len() - 1);
            let outcome = match sign {
                "+" => Outcome::Passed,
                "-" => Outcome::Failed,
                _ => Outcome::Skipped,
            };
            (name.to_owned(), outcome)
        });
        Results {
            end: End::Code(code),
            tests: tests.collect(),
            partial: false,
            names_passes: true,
        }
    }

    #[test]
    fn each_change_has_its_place() {
        let before = results(1, "a+ b- c- d+ e- f+ g? h+");
        let now = results(1, "a- b+ c- d? f+ g+ n- m+");
        assert_eq!(
            compare(&before, &now),
            Progress {
                broken: vec!["a".into(), "n".into()],
                fixed: vec!["b".into()],
                still_failing: vec!["c".into()],
                gone: vec!["d".into(), "e".into(), "h".into()],
            }
        );
    }

    #[test]
    fn what_is_missing_from_an_output_that_was_cut_is_not_gone() {
        let mut now = results(0, "");
        now.partial = true;
        assert_eq!(compare(&results(0, "a+"), &now), Progress::default());
    }

    #[test]
    fn where_only_failures_have_names_a_missing_one_is_fixed() {
        let (mut before, mut now) = (results(1, "a-"), results(0, ""));
        before.names_passes = false;
        now.names_passes = false;
        assert_eq!(compare(&before, &now).fixed, ["a"]);
        now.end = End::Code(1);
        assert_eq!(compare(&before, &now), Progress::default());
    }

    #[test]
    fn a_file_that_could_not_be_loaded_and_now_can_is_fixed() {
        let mut before = results(1, "a+");
        let name = format!("test_b.py{LOADING}");
        before.tests.insert(name.clone(), Outcome::Failed);
        let progress = compare(&before, &results(0, "a+ b+"));
        assert_eq!((progress.fixed, progress.gone), (vec![name], Vec::new()));
    }

    #[test]
    fn the_exit_code_decides_and_names_refine() {
        for (before, now, verdict) in [
            ((0, "a+"), (0, "a+"), Verdict::Green),
            ((0, "a+"), (1, "a+"), Verdict::Red),
            ((0, "a+"), (0, "a-"), Verdict::Red),
            ((0, "a-"), (0, "a-"), Verdict::Green),
            ((1, "a-"), (1, "a-"), Verdict::NoWorse),
            ((1, "a-"), (1, "a- b-"), Verdict::Red),
            ((1, "a- b+"), (1, "a-"), Verdict::Red),
            ((1, "a-"), (2, "a-"), Verdict::Red),
            ((1, ""), (1, ""), Verdict::Red),
            ((1, "a-"), (0, "a+"), Verdict::Green),
            ((0, ""), (127, ""), Verdict::Void),
        ] {
            let (before, now) = (results(before.0, before.1), results(now.0, now.1));
            assert_eq!(super::verdict(&before, &now), verdict, "{before:?} {now:?}");
        }
    }

    fn any_results() -> impl Strategy<Value = Results> {
        let outcome = prop_oneof![
            Just(Outcome::Passed),
            Just(Outcome::Skipped),
            Just(Outcome::Failed)
        ];
        let end = prop_oneof![
            (0..3).prop_map(End::Code),
            Just(End::Code(127)),
            Just(End::OutOfTime)
        ];
        (
            end,
            prop::collection::btree_map("[a-e]", outcome, 0..6),
            any::<bool>(),
            any::<bool>(),
        )
            .prop_map(|(end, tests, partial, names_passes)| Results {
                end,
                tests,
                partial,
                names_passes,
            })
    }

    proptest! {
        #[test]
        fn only_code_0_is_green(before in any_results(), now in any_results()) {
            match verdict(&before, &now) {
                Verdict::Green => prop_assert!(now.succeeded()),
                Verdict::NoWorse => prop_assert!(!before.succeeded() && !now.succeeded()),
                Verdict::Void => prop_assert!(!now.judged()),
                Verdict::Red => prop_assert!(now.judged()),
            }
        }

        #[test]
        fn no_test_is_in_two_lists(before in any_results(), now in any_results()) {
            let progress = compare(&before, &now);
            let mut all = [progress.broken, progress.fixed, progress.still_failing, progress.gone].concat();
            let count = all.len();
            all.sort();
            all.dedup();
            prop_assert_eq!(all.len(), count);
        }

        #[test]
        fn a_run_beside_itself_changes_nothing(run in any_results()) {
            let progress = compare(&run, &run);
            prop_assert!(progress.broken.is_empty() && progress.gone.is_empty());
        }
    }
}
