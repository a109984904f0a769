//! The lines of ctest.

use super::{Names, Outcome};

/// ` 1/3 Test #1: name .......   Passed    0.01 sec`.
pub(super) fn read<'a>(lines: impl Iterator<Item = &'a str>, names: &mut Names) {
    for line in lines {
        let Some((progress, rest)) = line.split_once(" Test") else {
            continue;
        };
        let is_progress = progress
            .trim()
            .split_once('/')
            .is_some_and(|(n, of)| n.parse::<u64>().is_ok() && of.parse::<u64>().is_ok());
        let Some((number, rest)) = rest.trim_start().split_once(": ").filter(|_| is_progress)
        else {
            continue;
        };
        let said = rest
            .rsplit_once("..")
            .map_or("", |(_, said)| said.trim_start_matches('.'));
        let Some(name) = rest.split([' ']).next().filter(|_| number.starts_with('#')) else {
            continue;
        };
        let said = said.trim();
        let outcome = if said.starts_with("Passed") {
            Outcome::Passed
        } else if said.starts_with("***Skipped") || said.starts_with("***Not Run (Disabled)") {
            Outcome::Skipped
        } else if said.starts_with("***") {
            Outcome::Failed
        } else {
            continue;
        };
        names.add(name, outcome);
    }
}
