//! What the runs of a job prove together.

use thiserror::Error;

use super::trees::TestChanges;
use crate::suite::compare::{Verdict, compare, verdict};
use crate::suite::pinned::Moved;
use crate::suite::read::{LOADING, Outcome, Results};

/// Names of tests that are told to a person.
const TOLD: usize = 5;

/// The runs of one attempt, each of the pinned command in a box of its own.
#[derive(Clone, Debug)]
pub struct Trials<'a> {
    /// Whether the command means in the candidate what was pinned: [`crate::suite::Pinned::check`].
    pub command: Result<(), Moved>,
    /// What the candidate does to test files.
    pub tests: &'a TestChanges,
    /// The base as it is: the baseline.
    pub base: &'a Results,
    /// The candidate as it is.
    pub candidate: &'a Results,
    /// [`super::with_base_tests`].
    pub old_tests: &'a Results,
    /// [`super::with_new_tests`]; none where the candidate has no test that can be run without it.
    pub new_tests: Option<&'a Results>,
}

/// What a change is worth as far as tests tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// A test failed before and passes after, and no test was bent for it.
    pub proven: bool,
    /// Why, or why not.
    pub why: Why,
}

/// Why a change is proven, or is not.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Why {
    /// Proven: these tests of the change failed over the old sources.
    #[error("tests that fail without the change pass with it: {}", told(.0))]
    NewTestsPass(Vec<String>),
    /// Proven: the new tests make the command fail over the old sources, and pass with the new ones.
    #[error("with the new tests the command fails without the change and passes with it")]
    NewTestsTurn,
    /// Proven: the repository's own tests failed before.
    #[error("the repository's own tests failed before the change and pass with it: {}", told(.0))]
    OldTestsPass(Vec<String>),
    /// The command was edited (T2).
    #[error("{0}")]
    Command(Moved),
    /// A run did not come to an end of its own.
    #[error("the tests did not run to an end {0}, so nothing is known; look at what they wrote")]
    Void(Run),
    /// The repository's tests fail with and without the change, in the same places.
    #[error(
        "the repository's own tests fail without the change too, and as before: {}; nothing is worse, nothing is proven",
        told(.0)
    )]
    BaselineRed(Vec<String>),
    /// Tests fail with the change.
    #[error("tests fail with the change: {}", told(.0))]
    Red(Vec<String>),
    /// The tests as they were fail over the new sources (T1).
    #[error(
        "with the test files as they were, tests fail over the changed sources: {}; the change breaks them or bends them to itself",
        told(.0)
    )]
    OldTestsFail(Vec<String>),
    /// Tests that ran are not run any more.
    #[error("tests that ran before do not run any more: {}; bring them back", told(.0))]
    Weakened(Vec<String>),
    /// So much was written that it cannot be seen which tests ran.
    #[error(
        "the change makes the tests write so much that their results were cut off; make it write less"
    )]
    Unreadable,
    /// Nothing tests the change.
    #[error(
        "no test was added or changed, so nothing shows that the change does what it should; add one"
    )]
    NoTest,
    /// Tests were added where they cannot be run without the change.
    #[error(
        "the tests stand in files that are also code ({}), so they cannot be run without the change; put one in a file of its own",
        told(.0)
    )]
    InSource(Vec<String>),
    /// The new tests pass without the change.
    #[error(
        "the new tests pass without the change too, so they prove nothing; add one that fails without it"
    )]
    PassesBefore,
    /// What fails without the change is not among what passes with it.
    #[error(
        "what fails without the change ({}) is no test that passes with it, so nothing is proven",
        told(.0)
    )]
    FailsOtherwise(Vec<String>),
}

/// Which run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Run {
    /// Of the base.
    #[error("before the change")]
    Base,
    /// Of the candidate.
    #[error("with the change")]
    Candidate,
    /// Of the old tests over the new sources.
    #[error("with the old test files over the changed sources")]
    OldTests,
    /// Of the new tests over the old sources.
    #[error("with the new test files over the old sources")]
    NewTests,
}

fn told(names: &[String]) -> String {
    match names.len() {
        0 => "the output names none".to_owned(),
        count if count > TOLD => format!("{} and {} more", names[..TOLD].join(", "), count - TOLD),
        _ => names.join(", "),
    }
}

/// Weighs the runs: only both-green counts (the candidate's tests, and the base's tests over its
/// sources), by the pinned command, with a test that fails without the change.
#[must_use]
pub fn weigh(trials: &Trials<'_>) -> Evidence {
    match proof(trials) {
        Ok(why) => Evidence { proven: true, why },
        Err(why) => Evidence { proven: false, why },
    }
}

/// Why it is proven, or why it is not.
fn proof(trials: &Trials<'_>) -> Result<Why, Why> {
    trials.command.clone().map_err(Why::Command)?;
    if !trials.base.judged() {
        return Err(Why::Void(Run::Base));
    }
    green(trials, trials.candidate, Run::Candidate, Why::Red)?;
    green(trials, trials.old_tests, Run::OldTests, Why::OldTestsFail)?;
    not_weakened(trials)?;
    if !trials.base.succeeded() {
        return Ok(Why::OldTestsPass(
            compare(trials.base, trials.old_tests).fixed,
        ));
    }
    let Some(new_tests) = trials.new_tests.filter(|_| trials.tests.any_apart()) else {
        return Err(if trials.tests.mixed.is_empty() {
            Why::NoTest
        } else {
            Why::InSource(shown(&trials.tests.mixed))
        });
    };
    if !new_tests.judged() {
        return Err(Why::Void(Run::NewTests));
    }
    if new_tests.succeeded() {
        return Err(Why::PassesBefore);
    }
    let failed: Vec<String> = new_tests
        .named(Outcome::Failed)
        .map(str::to_owned)
        .collect();
    // Before the new files came, everything could be loaded, and with the change all of it can.
    let turns = |name: &&String| {
        name.ends_with(LOADING) || trials.candidate.tests.get(*name) == Some(&Outcome::Passed)
    };
    let turned: Vec<String> = failed.iter().filter(turns).cloned().collect();
    if !turned.is_empty() {
        Ok(Why::NewTestsPass(turned))
    } else if failed.is_empty() || !trials.candidate.names_passes {
        // Tests of something that is not there yet do not even build, and many programs name nothing.
        Ok(Why::NewTestsTurn)
    } else {
        Err(Why::FailsOtherwise(failed))
    }
}

/// Refuses a run that is not green beside the baseline.
fn green(
    trials: &Trials<'_>,
    run: &Results,
    which: Run,
    red: fn(Vec<String>) -> Why,
) -> Result<(), Why> {
    let progress = compare(trials.base, run);
    match verdict(trials.base, run) {
        Verdict::Green => Ok(()),
        Verdict::NoWorse => Err(Why::BaselineRed(progress.still_failing)),
        Verdict::Void => Err(Why::Void(which)),
        Verdict::Red => {
            let mut names = progress.broken;
            names.extend(progress.still_failing);
            Err(red(names))
        }
    }
}

/// Refuses what makes the suite less than it was.
fn not_weakened(trials: &Trials<'_>) -> Result<(), Why> {
    let mut gone = shown(&trials.tests.deleted);
    for run in [trials.candidate, trials.old_tests] {
        if run.partial && !trials.base.partial {
            return Err(Why::Unreadable);
        }
        gone.extend(compare(trials.base, run).gone);
    }
    gone.sort();
    gone.dedup();
    if gone.is_empty() {
        Ok(())
    } else {
        Err(Why::Weakened(gone))
    }
}

fn shown(paths: &[Vec<u8>]) -> Vec<String> {
    paths
        .iter()
        .map(|path| path.escape_ascii().to_string())
        .collect()
}

#[cfg(test)]
mod tests;
