//! What the tests prove about the change, by two more runs in fresh boxes: the test files as they were
//! over its sources, and its new ones over the old sources.

use std::sync::Arc;

use gate::tree::Tree;

use super::fetch::Base;
use super::rounds::Tried;
use crate::job::error::Halt;
use crate::job::progress::What;
use crate::job::record::{self, Tests};
use crate::job::trial::trial;
use crate::job::work::{Work, off_thread};
use crate::suite::evidence::{
    Evidence, TestChanges, Trials, changed_tests, weigh, with_base_tests, with_new_tests,
};
use crate::suite::{Pinned, Results, read};

/// The two trees, made of the base and the candidate.
struct Mixed {
    changes: TestChanges,
    old_tests: Arc<Tree>,
    new_tests: Arc<Tree>,
}

/// `None` where git cannot store what the agent left: that is not written to a box either.
pub(super) async fn gather(
    work: &mut Work<'_>,
    base: &Base,
    tried: &Tried,
    command: &Pinned,
    before: &Results,
) -> Result<Option<Evidence>, Halt> {
    let Some(after) = &tried.results else {
        return Ok(None);
    };
    let mixed = mix(base, tried).await?;
    let runner = command.candidate().runner;
    // What is the candidate itself was tried already.
    let (mut old_run, mut old_tests) = (None, after.clone());
    if mixed.old_tests != tried.candidate.tree {
        let run = trial(work, What::BaseTests, &mixed.old_tests, command).await?;
        old_run = Some(Tests::from(&run));
        old_tests = read(runner, &run);
    }
    let (mut new_run, mut new_tests) = (None, None);
    if mixed.changes.any_apart() {
        let run = trial(work, What::NewTests, &mixed.new_tests, command).await?;
        new_run = Some(Tests::from(&run));
        new_tests = Some(read(runner, &run));
    }
    let evidence = weigh(&Trials {
        command: command.check(&tried.candidate.tree),
        tests: &mixed.changes,
        base: before,
        candidate: after,
        old_tests: &old_tests,
        new_tests: new_tests.as_ref(),
    });
    work.record.evidence = Some(record::Evidence {
        proven: evidence.proven,
        why: evidence.why.to_string(),
        old_tests: old_run,
        new_tests: new_run,
    });
    Ok(Some(evidence))
}

async fn mix(base: &Base, tried: &Tried) -> Result<Mixed, Halt> {
    let (old, new) = (Arc::clone(&base.tree), Arc::clone(&tried.candidate.tree));
    let mixed = off_thread(move || Mixed {
        changes: changed_tests(&old, &new),
        old_tests: Arc::new(with_base_tests(&new, &old)),
        new_tests: Arc::new(with_new_tests(&old, &new)),
    });
    Ok(mixed.await?)
}
