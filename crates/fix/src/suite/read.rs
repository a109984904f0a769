//! What a run of the tests says: first by how it ended, then by the tests it names.
//!
//! What is printed is printed by the code under test. It may name tests that do not exist, so names only
//! refine: nothing in the output makes a run green that did not end with code 0.

mod ctest;
mod go;
mod jvm;
mod node;
mod python;
mod rust;

use std::collections::BTreeMap;

use super::candidate::Runner;
use crate::finished::{End, Finished};
use crate::untrusted::{cut, cut_middle, output};

/// Bytes of each stream that are read: its beginning and its end.
const LONGEST: usize = 8 << 20;
/// Bytes of a line that can be a result.
const LONGEST_LINE: usize = 2_000;
/// Bytes of a name.
const LONGEST_NAME: usize = 300;
/// Names that are kept.
const MOST: usize = 50_000;

/// Stands behind the name of a test file that could not even be loaded: when it can, its tests have names
/// of their own, and this one is missing.
pub(super) const LOADING: &str = " (loading it)";

/// What became of one test. Of two words about the same test the worse counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It passed.
    Passed,
    /// It did not run.
    Skipped,
    /// It failed.
    Failed,
}

/// A run of the tests, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Results {
    /// How the command ended; it alone makes a run green.
    pub end: End,
    /// The tests that were named, as far as the output can be believed.
    pub tests: BTreeMap<String, Outcome>,
    /// Whether some of the output was not read, so that a missing name says nothing.
    pub partial: bool,
    /// Whether passing tests are named too, so that a name that is missing is a test that did not run.
    pub names_passes: bool,
}

impl Results {
    /// Whether the command ended with code 0.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.end == End::Code(0)
    }

    /// Whether the command ran and judged: it left by itself, and not because there is no such program
    /// (126 and 127, as POSIX shells and our sandbox have it).
    #[must_use]
    pub fn judged(&self) -> bool {
        matches!(self.end, End::Code(code) if code != 126 && code != 127)
    }

    /// The names of one outcome, in order.
    pub fn named(&self, outcome: Outcome) -> impl Iterator<Item = &str> {
        self.tests
            .iter()
            .filter(move |(_, o)| **o == outcome)
            .map(|(name, _)| name.as_str())
    }
}

/// Reads how a run of `runner` ended and which tests it names.
#[must_use]
pub fn read(runner: Runner, run: &Finished) -> Results {
    let mut names = Names::default();
    let mut cut_here = false;
    for bytes in [&run.stdout, &run.stderr] {
        let text = output(bytes);
        cut_here |= text.len() > LONGEST;
        let text = cut_middle(&text, LONGEST);
        let lines = || {
            text.lines()
                .map(str::trim_end)
                .filter(|l| l.len() <= LONGEST_LINE)
        };
        match runner {
            Runner::Cargo => rust::read(lines(), &mut names),
            Runner::Pytest => python::pytest(lines(), &mut names),
            Runner::Unittest => python::unittest(lines(), &mut names),
            Runner::Go => go::read(lines(), &mut names),
            Runner::Node => node::read(lines(), &mut names),
            Runner::Maven => jvm::surefire(lines(), &mut names),
            Runner::Gradle => jvm::gradle(lines(), &mut names),
            Runner::Ctest => ctest::read(lines(), &mut names),
            Runner::Other => {}
        }
    }
    let always = matches!(
        runner,
        Runner::Cargo | Runner::Unittest | Runner::Maven | Runner::Ctest
    );
    Results {
        end: run.end,
        partial: run.cut || cut_here || names.full,
        names_passes: always || names.tests.values().any(|o| *o == Outcome::Passed),
        tests: names.tests,
    }
}

/// The names met so far.
#[derive(Default)]
struct Names {
    tests: BTreeMap<String, Outcome>,
    full: bool,
}

impl Names {
    /// Notes a file or module of tests that could not be loaded.
    fn not_loaded(&mut self, name: &str) {
        self.add(
            &format!("{}{LOADING}", cut(name.trim(), LONGEST_NAME)),
            Outcome::Failed,
        );
    }

    /// Notes a test; one that is known keeps its worse outcome.
    fn add(&mut self, name: &str, outcome: Outcome) {
        let name = cut(name.trim(), LONGEST_NAME + LOADING.len());
        if name.is_empty() {
            return;
        }
        if self.tests.len() >= MOST && !self.tests.contains_key(&name) {
            self.full = true;
            return;
        }
        let kept = self.tests.entry(name).or_insert(outcome);
        *kept = outcome.max(*kept);
    }
}

#[cfg(test)]
mod tests;
