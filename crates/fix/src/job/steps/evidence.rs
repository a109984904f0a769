//! What the tests show about the change, by two more runs in fresh boxes: its new tests without it must
//! fail, and the tests as they were must pass with it.

use std::sync::Arc;

use gate::tree::{Entry, Path, Tree};

use super::agent::Candidate;
use super::baseline::is_answer;
use super::fetch::Base;
use crate::finished::Finished;
use crate::job::command::Command;
use crate::job::error::Halt;
use crate::job::progress::What;
use crate::job::record::{Evidence, Proof};
use crate::job::test_files::is_test;
use crate::job::trial::trial;
use crate::job::work::Work;

/// `None` where git cannot store what the agent left: that is not written to a box either.
pub(super) async fn gather(
    work: &mut Work<'_>,
    base: &Base,
    candidate: &Candidate,
    command: &Command,
    before: &Finished,
) -> Result<Option<Evidence>, Halt> {
    if candidate.id.is_err() {
        return Ok(None);
    }
    let (old, new) = (&base.tree, &candidate.tree);
    let new_tests = match with_tests_of(old, new) {
        tree if tree == **old => Proof::NoTests,
        tree => {
            let run = trial(work, What::NewTests, &Arc::new(tree), command).await?;
            proof(&run, !run.succeeded())
        }
    };
    let base_tests = match with_tests_of(new, old) {
        // That was tried already, and passed.
        tree if tree == **new => Proof::Holds,
        tree => {
            let run = trial(work, What::BaseTests, &Arc::new(tree), command).await?;
            proof(&run, run.succeeded())
        }
    };
    let evidence = Evidence {
        failed_before: !before.succeeded(),
        new_tests,
        base_tests,
    };
    work.record.evidence = Some(evidence.clone());
    Ok(Some(evidence))
}

fn proof(run: &Finished, holds: bool) -> Proof {
    match (is_answer(run), holds) {
        (false, _) => Proof::Unknown,
        (true, true) => Proof::Holds,
        (true, false) => Proof::Fails,
    }
}

/// `sources` with the test files of `tests` in the place of its own.
fn with_tests_of(sources: &Tree, tests: &Tree) -> Tree {
    let of = |tree: &Tree, test: bool| -> Vec<(Path, Entry)> {
        let entries = tree.entries.iter();
        entries
            .filter(|(path, _)| is_test(path) == test)
            .map(|(path, entry)| (path.clone(), entry.clone()))
            .collect()
    };
    let mut entries = of(sources, false);
    entries.extend(of(tests, true));
    Tree {
        entries: entries.into_iter().collect(),
    }
}
