//! A patch that was handed in, in the agent's place: applied in memory, and tried once.

use std::sync::Arc;

use super::agent::Candidate;
use super::fetch::Base;
use super::rounds::{SUMMARY, Tried};
use crate::job::asked::HandedIn;
use crate::job::error::Halt;
use crate::job::outcome::{NoFix, Refused};
use crate::job::progress::What;
use crate::job::record::{Round, Tests};
use crate::job::trial::trial;
use crate::job::work::{Work, off_thread};
use crate::objects::tree_id;
use crate::suite::{Pinned, Results, Verdict, read, verdict};
use crate::untrusted::cut;

/// Nobody mends it here: with tests that fail where they did not before, there is no patch.
pub(super) async fn try_it(
    work: &mut Work<'_>,
    base: &Base,
    command: &Pinned,
    before: &Results,
    handed_in: &HandedIn,
) -> Result<Tried, Halt> {
    let (patch, tree) = (handed_in.patch.clone(), Arc::clone(&base.tree));
    let made = off_thread(move || {
        patch.apply(&tree).map(|tree| {
            let id = tree_id(&tree);
            (tree, id)
        })
    });
    let (tree, id) = made
        .await?
        .map_err(|no| Halt::refused(Refused::Patch(no)))?;
    let candidate = Candidate {
        tree: Arc::new(tree),
        id,
    };
    work.record.rounds.push(Round {
        end: "handed in".to_owned(),
        summary: cut(&handed_in.reason, SUMMARY),
        cost_usd: None,
        tree: candidate.id.as_ref().ok().map(ToString::to_string),
        tests: None,
        millis: 0,
    });
    match &candidate.id {
        // The gate says why git does not store it, and it gets into no box.
        Err(_) => {
            return Ok(Tried {
                candidate,
                results: None,
            });
        }
        Ok(id) if *id == base.id => return Err(Halt::no_fix(NoFix::NothingChanged)),
        Ok(_) => {}
    }
    let finished = trial(work, What::Candidate, &candidate.tree, command).await?;
    let tests = Tests::from(&finished);
    if let Some(last) = work.record.rounds.last_mut() {
        last.tests = Some(tests.clone());
    }
    work.record.tests_after = Some(tests);
    let results = read(command.candidate().runner, &finished);
    match verdict(before, &results) {
        Verdict::Green | Verdict::NoWorse => Ok(Tried {
            candidate,
            results: Some(results),
        }),
        Verdict::Red | Verdict::Void => Err(Halt::no_fix(NoFix::TestsFail)),
    }
}
