//! The agent's rounds: it works, the pinned command is run over what it left, and what fails is told to
//! it in the same session, until all is well or there is no progress.

use std::collections::BTreeSet;

use super::agent::{Candidate, Worker};
use super::fetch::Base;
use crate::agent::{AgentEnd, Turn};
use crate::finished::{End, Finished};
use crate::job::bait::Bait;
use crate::job::command::Command;
use crate::job::error::Halt;
use crate::job::outcome::NoFix;
use crate::job::progress::{Progress, What};
use crate::job::record::{Round, Tests};
use crate::job::trial::trial;
use crate::job::work::Work;
use crate::objects::TreeId;
use crate::prompt::{self, Ask};
use crate::untrusted::cut;

/// Bytes of the agent's last words that are recorded.
const SUMMARY: usize = 4_000;

/// What the agent left, with tests that pass; or what git cannot store, for the gate to say why.
pub(super) async fn until_green(
    work: &mut Work<'_>,
    base: &Base,
    command: &Command,
    task: String,
    bait: &Bait,
) -> Result<Candidate, Halt> {
    let mut worker = Worker::seat(work, base, command, bait).await?;
    let mut ask = Ask {
        task,
        failure: None,
    };
    let mut seen = BTreeSet::new();
    let mut failed_before = None;
    for round in 1..=work.parts.limits.rounds {
        turn(work, &mut worker, &ask, round).await?;
        let candidate = worker.read(work, base).await?;
        let Ok(id) = candidate.id else {
            return worker.leave(work, base).await;
        };
        if let Some(last) = work.record.rounds.last_mut() {
            last.tree = Some(id.to_string());
        }
        progress(&mut seen, base, id, round)?;
        let finished = trial(work, What::Candidate, &candidate.tree, command).await?;
        let tests = Tests::from(&finished);
        if let Some(last) = work.record.rounds.last_mut() {
            last.tests = Some(tests.clone());
        }
        work.record.tests_after = Some(tests);
        if finished.succeeded() {
            return last_look(work, base, command, worker, id).await;
        }
        ask.failure = Some(prompt::failed(&command.to_string(), &finished));
        let failed = Failed::of(finished);
        if failed_before.as_ref() == Some(&failed) {
            return Err(Halt::no_fix(NoFix::SameFailures(round)));
        }
        failed_before = Some(failed);
    }
    Err(Halt::no_fix(NoFix::Rounds(work.parts.limits.rounds)))
}

/// How a failing run looks; two that look the same are the same.
#[derive(PartialEq, Eq)]
struct Failed {
    end: End,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

impl Failed {
    fn of(finished: Finished) -> Self {
        Self {
            end: finished.end,
            stdout: finished.stdout,
            stderr: finished.stderr,
        }
    }
}

async fn turn(work: &mut Work<'_>, worker: &mut Worker, ask: &Ask, round: u32) -> Result<(), Halt> {
    work.patience.check().map_err(Halt::no_fix)?;
    work.saw(Progress::Working { round });
    let began = work.parts.clock.monotonic();
    let turn = worker.turn(work, ask).await?;
    let took = work.parts.clock.monotonic().saturating_sub(began);
    let Turn { end, summary, .. } = &turn;
    work.record.rounds.push(Round {
        end: end.to_string(),
        summary: cut(summary, SUMMARY),
        cost_usd: turn.cost_usd,
        tree: None,
        tests: None,
        millis: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
    });
    work.saw(Progress::Worked {
        round,
        end: end.to_string(),
    });
    work.patience.check().map_err(Halt::no_fix)?;
    match end {
        end if end.is_orderly() => Ok(()),
        AgentEnd::Cancelled => Err(Halt::no_fix(NoFix::Cancelled)),
        end => Err(Halt::no_fix(NoFix::Agent(end.to_string()))),
    }
}

/// Whether a tree is one that was not there before.
fn progress(seen: &mut BTreeSet<TreeId>, base: &Base, id: TreeId, round: u32) -> Result<(), Halt> {
    if id == base.id {
        return Err(Halt::no_fix(NoFix::NothingChanged));
    }
    if !seen.insert(id) {
        return Err(Halt::no_fix(NoFix::SameTree(round)));
    }
    Ok(())
}

/// Ends the agent and reads its tree once more: until now a process of it could still write. What is
/// not what was tried is tried again.
async fn last_look(
    work: &mut Work<'_>,
    base: &Base,
    command: &Command,
    worker: Worker,
    tried: TreeId,
) -> Result<Candidate, Halt> {
    let candidate = worker.leave(work, base).await?;
    match candidate.id {
        Ok(id) if id == tried => Ok(candidate),
        Err(_) => Ok(candidate),
        Ok(id) if id == base.id => Err(Halt::no_fix(NoFix::NothingChanged)),
        Ok(_) => {
            let finished = trial(work, What::Candidate, &candidate.tree, command).await?;
            work.record.tests_after = Some(Tests::from(&finished));
            if finished.succeeded() {
                Ok(candidate)
            } else {
                Err(Halt::no_fix(NoFix::Changed))
            }
        }
    }
}
