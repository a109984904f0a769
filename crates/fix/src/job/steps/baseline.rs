//! The tests on the base tree: whether they can be run at all, and what they say before the change.

use super::fetch::Base;
use crate::finished::{End, Finished};
use crate::job::command::Command;
use crate::job::error::Halt;
use crate::job::outcome::Refused;
use crate::job::progress::What;
use crate::job::record::Tests;
use crate::job::trial::trial;
use crate::job::work::Work;

pub(super) async fn run(
    work: &mut Work<'_>,
    base: &Base,
    command: &Command,
) -> Result<Finished, Halt> {
    let finished = trial(work, What::Base, &base.tree, command).await?;
    let tests = Tests::from(&finished);
    work.record.tests_before = Some(tests.clone());
    if is_answer(&finished) {
        return Ok(finished);
    }
    Err(Halt::refused(Refused::Tests {
        command: command.to_string(),
        how: tests.end.to_string(),
    }))
}

/// Whether a run says something about the tree: it came to its end, and there was a program to run.
/// Shells, too, leave with these codes where they find none or may not start it.
pub(super) fn is_answer(finished: &Finished) -> bool {
    const NOTHING_RAN: [i32; 3] = [
        jail::init::NOT_STARTED as i32,
        126,
        jail::init::NO_PROGRAM as i32,
    ];
    matches!(finished.end, End::Code(code) if !NOTHING_RAN.contains(&code))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn only_a_command_that_ran_to_its_end_says_something() {
        let ended = |end| {
            is_answer(&Finished {
                end,
                stdout: Vec::new(),
                stderr: Vec::new(),
                cut: false,
                took: Duration::ZERO,
            })
        };
        for code in [0, 1, 2, 101] {
            assert!(ended(End::Code(code)), "{code}");
        }
        for code in [125, 126, 127] {
            assert!(!ended(End::Code(code)), "{code}");
        }
        for end in [End::OutOfTime, End::TooLoud, End::Signal(9)] {
            assert!(!ended(end), "{end:?}");
        }
    }
}
