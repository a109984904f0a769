//! The flow of a job, one file a step.

pub(super) mod report;

mod agent;
mod ask;
mod baseline;
mod evidence;
mod fetch;
mod first_look;
mod given;
mod judgement;
mod pin;
mod rounds;
mod scan;

use super::bait::Bait;
use super::error::Halt;
use super::outcome::Outcome;
use super::work::Work;

/// From the fetch to the verdict.
pub(super) async fn all(work: &mut Work<'_>) -> Result<Outcome, Halt> {
    let base = fetch::base(work).await?;
    first_look::look(work, &base).await?;
    let command = pin::command(work, &base).await?;
    let before = baseline::run(work, &base, &command).await?;
    let bait = Bait::new(&*work.parts.entropy)?;
    let tried = match &work.job.given {
        Some(handed_in) => given::try_it(work, &base, &command, &before, handed_in).await?,
        None => {
            let asked = rounds::Asked {
                base: &base,
                command: &command,
                before: &before,
                task: ask::task(work, &base, &command),
                bait: &bait,
            };
            rounds::until_green(work, asked).await?
        }
    };
    let evidence = evidence::gather(work, &base, &tried, &command, &before).await?;
    judgement::judge(work, &base, tried.candidate, evidence, bait).await
}
