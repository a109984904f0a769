//! The tests on the base tree: whether they can be run at all, and what they say before the change.

use super::fetch::Base;
use crate::finished::End;
use crate::job::error::Halt;
use crate::job::outcome::Refused;
use crate::job::progress::What;
use crate::job::record::Tests;
use crate::job::trial::trial;
use crate::job::work::Work;
use crate::suite::{Pinned, Results, read};

/// The jail's own word for a program that was not started.
const NOT_STARTED: End = End::Code(jail::init::NOT_STARTED as i32);

pub(super) async fn run(
    work: &mut Work<'_>,
    base: &Base,
    command: &Pinned,
) -> Result<Results, Halt> {
    let finished = trial(work, What::Base, &base.tree, command).await?;
    let tests = Tests::from(&finished);
    work.record.tests_before = Some(tests.clone());
    let results = read(command.candidate().runner, &finished);
    if results.judged() && results.end != NOT_STARTED {
        return Ok(results);
    }
    Err(Halt::refused(Refused::Tests {
        command: command.line(),
        how: tests.end.to_string(),
    }))
}
