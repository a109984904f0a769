//! The short summary of pytest (`-rap`, `-rA`), its `-v`, and the `-v` of unittest.

use super::{Names, Outcome};

pub(super) fn pytest<'a>(lines: impl Iterator<Item = &'a str>, names: &mut Names) {
    for line in lines {
        let found = summary(line).or_else(|| verbose(line));
        match found {
            Some((name, outcome)) if name.contains("::") => names.add(name, outcome),
            Some((file, Outcome::Failed)) if file.ends_with(".py") => names.not_loaded(file),
            _ => {}
        }
    }
}

fn outcome(word: &str) -> Option<Outcome> {
    Some(match word {
        "PASSED" | "XPASS" => Outcome::Passed,
        "FAILED" | "ERROR" => Outcome::Failed,
        "SKIPPED" | "XFAIL" => Outcome::Skipped,
        _ => return None,
    })
}

/// `FAILED tests/test_a.py::test_b[1 - 2] - AssertionError`.
fn summary(line: &str) -> Option<(&str, Outcome)> {
    let (word, rest) = line.split_once(' ')?;
    let outcome = outcome(word)?;
    // A parameter may have a dash too.
    let end = match (rest.find('['), rest.find(" - ")) {
        (Some(open), Some(dash)) if open < dash => {
            rest.find("] - ").map_or(rest.len(), |close| close + 1)
        }
        (_, Some(dash)) => dash,
        (_, None) => rest.len(),
    };
    Some((&rest[..end], outcome))
}

/// `tests/test_a.py::test_b PASSED [ 50%]`.
fn verbose(line: &str) -> Option<(&str, Outcome)> {
    let line =
        line.rsplit_once(" [").map_or(
            line,
            |(before, after)| {
                if after.ends_with("%]") { before } else { line }
            },
        );
    let line = line.trim_end();
    let line = match line.rsplit_once(" (") {
        Some((before, _)) if line.ends_with(')') => before,
        _ => line,
    };
    let (name, word) = line.rsplit_once(' ')?;
    Some((name, outcome(word)?))
}

/// `test_b (tests.test_a.TestA.test_b) ... ok`.
pub(super) fn unittest<'a>(lines: impl Iterator<Item = &'a str>, names: &mut Names) {
    let mut before = None;
    for line in lines {
        let Some((name, said)) = line.rsplit_once(" ... ") else {
            // A test with a docstring has its name on the line before.
            before = is_case(line).then_some(line);
            continue;
        };
        let outcome = match said.split(' ').next().unwrap_or_default() {
            "ok" | "unexpected" => Some(Outcome::Passed),
            "FAIL" | "ERROR" => Some(Outcome::Failed),
            "skipped" | "expected" => Some(Outcome::Skipped),
            _ => None,
        };
        let name = if is_case(name) { Some(name) } else { before };
        if let (Some(name), Some(outcome)) = (name, outcome) {
            match name.split_once(" (unittest.loader._FailedTest") {
                Some((module, _)) => names.not_loaded(module),
                None => names.add(name, outcome),
            }
        }
        before = None;
    }
}

/// `name (module.Class…)`.
fn is_case(text: &str) -> bool {
    text.split_once(" (").is_some_and(|(name, of)| {
        of.ends_with(')') && !name.is_empty() && !name.contains(' ') && !of.contains(' ')
    })
}
