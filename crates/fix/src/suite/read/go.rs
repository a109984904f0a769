//! The lines of `go test`, with `-v` or `-json`.

use serde_json::Value;

use super::{Names, Outcome};

/// Tests of a package whose line has not come yet.
const MOST_PENDING: usize = 50_000;

pub(super) fn read<'a>(lines: impl Iterator<Item = &'a str>, names: &mut Names) {
    // The name of the package comes after its tests.
    let mut pending: Vec<(&str, Outcome)> = Vec::new();
    let mut verbose = false;
    for line in lines {
        if line.starts_with("{\"") {
            event(line, names);
        } else if line.starts_with("=== RUN") {
            verbose = true;
        } else if let Some(found) = test(line) {
            if pending.len() < MOST_PENDING {
                pending.push(found);
            } else {
                names.full = true;
            }
        } else if let Some((package, outcome)) = package(line) {
            names.add(package, outcome);
            // Without `-v` only those that fail have a name, which then would be missed when they pass.
            for (test, outcome) in pending.drain(..).filter(|_| verbose) {
                names.add(&format!("{package} {test}"), outcome);
            }
        }
    }
}

/// `    --- FAIL: TestA/case (0.00s)`.
fn test(line: &str) -> Option<(&str, Outcome)> {
    let (word, rest) = line.trim_start().strip_prefix("--- ")?.split_once(": ")?;
    let outcome = match word {
        "PASS" => Outcome::Passed,
        "FAIL" => Outcome::Failed,
        "SKIP" => Outcome::Skipped,
        _ => return None,
    };
    let (name, time) = rest.rsplit_once(" (")?;
    time.ends_with("s)").then_some((name, outcome))
}

/// `ok  \tpackage\t0.1s`, `FAIL\tpackage [build failed]`.
fn package(line: &str) -> Option<(&str, Outcome)> {
    let (word, rest) = line.split_once('\t')?;
    let outcome = match word.trim_end() {
        "ok" => Outcome::Passed,
        "FAIL" => Outcome::Failed,
        _ => return None,
    };
    let name = rest.split(['\t', ' ']).next()?;
    (!name.is_empty()).then_some((name, outcome))
}

/// `{"Action":"pass","Package":"p","Test":"TestA"}` (`go doc test2json`).
fn event(line: &str, names: &mut Names) {
    let Ok(event) = serde_json::from_str::<Value>(line) else {
        return;
    };
    let outcome = match event["Action"].as_str() {
        Some("pass") => Outcome::Passed,
        Some("fail") => Outcome::Failed,
        Some("skip") => Outcome::Skipped,
        _ => return,
    };
    match (event["Package"].as_str(), event["Test"].as_str()) {
        (Some(package), Some(test)) => names.add(&format!("{package} {test}"), outcome),
        // A package without test files is said to be skipped.
        (Some(package), None) if outcome != Outcome::Skipped => names.add(package, outcome),
        _ => {}
    }
}
