//! Maven's Surefire, which names classes, and Gradle.

use super::{Names, Outcome};

/// `[ERROR] Tests run: 3, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.05 s <<< FAILURE! -- in org.left.PadTest`.
///
/// Only classes: a method is named when it fails, and then would be missed when it passes.
pub(super) fn surefire<'a>(lines: impl Iterator<Item = &'a str>, names: &mut Names) {
    for line in lines {
        let Some((_, counts)) = line.split_once("Tests run: ") else {
            continue;
        };
        // The sum at the end has no class.
        let Some((counts, class)) = counts.rsplit_once(" in ") else {
            continue;
        };
        let count = |label: &str| {
            let after = counts.split_once(label).map_or("0", |(_, after)| after);
            after
                .split([',', ' '])
                .next()
                .and_then(|n| n.parse::<u64>().ok())
        };
        let Some(run) = counts.split(',').next().and_then(|n| n.parse::<u64>().ok()) else {
            continue;
        };
        let (Some(failures), Some(errors), Some(skipped)) =
            (count("Failures: "), count("Errors: "), count("Skipped: "))
        else {
            continue;
        };
        let outcome = if failures > 0 || errors > 0 || counts.contains("<<<") {
            Outcome::Failed
        } else if skipped >= run {
            Outcome::Skipped
        } else {
            Outcome::Passed
        };
        if !class.contains(' ') {
            names.add(class, outcome);
        }
    }
}

/// `PadTest > pads() FAILED`.
pub(super) fn gradle<'a>(lines: impl Iterator<Item = &'a str>, names: &mut Names) {
    for line in lines {
        let Some((name, word)) = line.rsplit_once(' ') else {
            continue;
        };
        let outcome = match word {
            "PASSED" => Outcome::Passed,
            "FAILED" => Outcome::Failed,
            "SKIPPED" => Outcome::Skipped,
            _ => continue,
        };
        // A task has the same word at its end.
        if name.contains(" > ") && !name.starts_with("> Task") {
            names.add(name, outcome);
        }
    }
}
