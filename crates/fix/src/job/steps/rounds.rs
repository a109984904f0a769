//! The agent's rounds: it works, the pinned command is run over what it left, and what fails is told to
//! it in the same session, until all is well or there is no progress.

use std::collections::BTreeSet;

use super::agent::{Candidate, Worker};
use super::fetch::Base;
use crate::agent::{AgentEnd, Turn};
use crate::finished::{End, Finished};
use crate::job::bait::Bait;
use crate::job::error::Halt;
use crate::job::outcome::NoFix;
use crate::job::progress::{Progress, What};
use crate::job::record::{Round, Tests};
use crate::job::trial::trial;
use crate::job::work::Work;
use crate::objects::TreeId;
use crate::prompt::{self, Ask};
use crate::suite::{Outcome, Pinned, Results, Verdict, read, verdict};
use crate::untrusted::cut;

/// Bytes of the agent's last words that are recorded.
pub(super) const SUMMARY: usize = 4_000;

/// What the agent works by.
pub(super) struct Asked<'a> {
    pub(super) base: &'a Base,
    pub(super) command: &'a Pinned,
    /// The tests before the change.
    pub(super) before: &'a Results,
    pub(super) task: String,
    pub(super) bait: &'a Bait,
}

/// What the agent left, and what the tests say of it.
pub(super) struct Tried {
    pub(super) candidate: Candidate,
    /// None where git cannot store it: it is for the gate to say why, and for no box.
    pub(super) results: Option<Results>,
}

/// What the agent left, with tests that pass; or, where there is no progress any more, with tests that
/// fail as they did before and not worse, for the owner to decide. Nothing of the agent runs then.
pub(super) async fn until_green(work: &mut Work<'_>, asked: Asked<'_>) -> Result<Tried, Halt> {
    let mut worker = Worker::seat(work, asked.base, asked.command, asked.bait).await?;
    match rounds(work, &asked, &mut worker).await {
        Ok(tried) => last_look(work, &asked, worker, tried).await,
        Err(halt) => {
            worker.dismiss().await?;
            Err(halt)
        }
    }
}

/// The tree that is worth a last look, by its id and what the tests say of it; nothing is known of one
/// that git cannot store.
async fn rounds(
    work: &mut Work<'_>,
    asked: &Asked<'_>,
    worker: &mut Worker,
) -> Result<Option<(TreeId, Results)>, Halt> {
    let mut ask = Ask {
        task: asked.task.clone(),
        failure: None,
    };
    let mut seen = BTreeSet::new();
    let mut failed_before = None;
    let mut no_worse = None;
    let rounds = work.parts.limits.rounds;
    for round in 1..=rounds {
        turn(work, worker, &ask, round).await?;
        let candidate = worker.read(work, asked.base).await?;
        let Ok(id) = candidate.id else {
            return Ok(None);
        };
        if let Some(last) = work.record.rounds.last_mut() {
            last.tree = Some(id.to_string());
        }
        if id == asked.base.id {
            return Err(Halt::no_fix(NoFix::NothingChanged));
        }
        if !seen.insert(id) {
            // An agent that leaves alone what it did not break has nothing more to do.
            let same = |(tried, _): &(TreeId, Results)| *tried == id;
            let tried = no_worse.take().filter(same);
            return match tried {
                Some(tried) => Ok(Some(tried)),
                None => Err(Halt::no_fix(NoFix::SameTree(round))),
            };
        }
        let (finished, results) = try_it(work, asked, &candidate).await?;
        if let Some(last) = work.record.rounds.last_mut() {
            last.tests.clone_from(&work.record.tests_after);
        }
        let worth = verdict(asked.before, &results);
        let failure = prompt::failed(&asked.command.line(), &finished);
        let failed = Failed::of(finished, &results);
        let stuck = failed_before.as_ref() == Some(&failed);
        no_worse = match worth {
            Verdict::Green => return Ok(Some((id, results))),
            Verdict::NoWorse if stuck || round == rounds => return Ok(Some((id, results))),
            _ if stuck => return Err(Halt::no_fix(NoFix::SameFailures(round))),
            Verdict::NoWorse => Some((id, results)),
            Verdict::Red | Verdict::Void => None,
        };
        ask.failure = Some(failure);
        failed_before = Some(failed);
    }
    Err(Halt::no_fix(NoFix::Rounds(rounds)))
}

async fn try_it(
    work: &mut Work<'_>,
    asked: &Asked<'_>,
    candidate: &Candidate,
) -> Result<(Finished, Results), Halt> {
    let finished = trial(work, What::Candidate, &candidate.tree, asked.command).await?;
    work.record.tests_after = Some(Tests::from(&finished));
    let results = read(asked.command.candidate().runner, &finished);
    Ok((finished, results))
}

/// How a failing run looks; two that look the same are the same.
#[derive(PartialEq, Eq)]
enum Failed {
    /// By the tests that fail.
    Tests(End, Vec<String>),
    /// By what it wrote, where it names none.
    Output(End, Vec<u8>, Vec<u8>),
}

impl Failed {
    fn of(finished: Finished, results: &Results) -> Self {
        let names: Vec<String> = results.named(Outcome::Failed).map(str::to_owned).collect();
        if names.is_empty() {
            Self::Output(finished.end, finished.stdout, finished.stderr)
        } else {
            Self::Tests(finished.end, names)
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

/// Ends the agent and reads its tree once more: until now a process of it could still write. What is
/// not what was tried is tried again.
async fn last_look(
    work: &mut Work<'_>,
    asked: &Asked<'_>,
    worker: Worker,
    tried: Option<(TreeId, Results)>,
) -> Result<Tried, Halt> {
    let candidate = worker.leave(work, asked.base).await?;
    let results = match (&candidate.id, tried) {
        (Err(_), _) => None,
        (Ok(id), Some((tried, results))) if *id == tried => Some(results),
        (Ok(id), _) if *id == asked.base.id => {
            return Err(Halt::no_fix(NoFix::NothingChanged));
        }
        (Ok(_), _) => {
            let (_, results) = try_it(work, asked, &candidate).await?;
            match verdict(asked.before, &results) {
                Verdict::Green | Verdict::NoWorse => Some(results),
                Verdict::Red | Verdict::Void => return Err(Halt::no_fix(NoFix::Changed)),
            }
        }
    };
    Ok(Tried { candidate, results })
}
