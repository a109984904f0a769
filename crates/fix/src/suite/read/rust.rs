//! The lines of `cargo test` and of `cargo nextest`.

use super::{Names, Outcome};

pub(super) fn read<'a>(lines: impl Iterator<Item = &'a str>, names: &mut Names) {
    for line in lines {
        if let Some((name, outcome)) = libtest(line).or_else(|| nextest(line)) {
            names.add(&name, outcome);
        }
    }
}

/// `test module::name ... ok`.
fn libtest(line: &str) -> Option<(String, Outcome)> {
    let (name, said) = line.strip_prefix("test ")?.split_once(" ... ")?;
    let outcome = match said.split([' ', ',', '(']).next()? {
        "ok" => Outcome::Passed,
        "FAILED" => Outcome::Failed,
        "ignored" => Outcome::Skipped,
        _ => return None,
    };
    let name = name.strip_suffix(" - should panic").unwrap_or(name);
    Some((without_line_number(name), outcome))
}

/// A test in the documentation is named by its line, which moves with every edit above it.
fn without_line_number(name: &str) -> String {
    let Some((before, after)) = name.split_once(" (line ") else {
        return name.to_owned();
    };
    let after = after.split_once(')').map_or("", |(_, after)| after);
    format!("{before}{after}")
}

/// `    PASS [   0.005s] (1/9) package module::name`.
fn nextest(line: &str) -> Option<(String, Outcome)> {
    let (said, rest) = line.trim_start().split_once(" [")?;
    let outcome = match said.trim() {
        "PASS" => Outcome::Passed,
        "FAIL" | "SIGABRT" | "SIGSEGV" | "TIMEOUT" | "ABORT" => Outcome::Failed,
        "SKIP" => Outcome::Skipped,
        _ => return None,
    };
    let (time, name) = rest.split_once(']')?;
    if !time.trim().ends_with('s') {
        return None;
    }
    let name = name.trim_start();
    let name = match name.strip_prefix('(').and_then(|n| n.split_once(')')) {
        Some((_, name)) => name.trim_start(),
        None => name,
    };
    Some((name.to_owned(), outcome))
}
