//! What test programs of JavaScript print: TAP, and the signs of `node --test`, jest, vitest and mocha.

use super::{Names, Outcome};

pub(super) fn read<'a>(lines: impl Iterator<Item = &'a str>, names: &mut Names) {
    let mut file = None;
    let mut summary = false;
    for line in lines {
        let text = line.trim_start();
        if is_count_of_failures(text) {
            // Below it mocha repeats the failed ones under other names.
            summary = true;
        } else if let Some((word, rest)) = text.split_once(' ').filter(|(w, _)| is_header(w)) {
            let name = without_time(rest);
            if is_file(name) {
                let outcome = if word == "PASS" {
                    Outcome::Passed
                } else {
                    Outcome::Failed
                };
                names.add(name, outcome);
                file = Some(name);
            }
        } else if let Some((name, outcome)) = tap(text).or_else(|| sign(text, summary)) {
            match file {
                // `node --test` names a file only when it fails.
                _ if is_file(name) && outcome == Outcome::Failed => names.not_loaded(name),
                Some(file) => names.add(&format!("{file} > {name}"), outcome),
                None => names.add(name, outcome),
            }
        }
    }
}

/// `  2 failing`.
fn is_count_of_failures(text: &str) -> bool {
    text.split_once(' ')
        .is_some_and(|(n, word)| word == "failing" && n.parse::<u64>().is_ok())
}

/// Jest's `PASS src/a.test.js (5.2 s)`.
fn is_header(word: &str) -> bool {
    matches!(word, "PASS" | "FAIL")
}

fn is_file(name: &str) -> bool {
    !name.contains(' ')
        && [".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".mts", ".vue"]
            .iter()
            .any(|end| name.ends_with(end))
}

/// `not ok 2 - name # TODO why`.
fn tap(text: &str) -> Option<(&str, Outcome)> {
    let (rest, ok) = match text.strip_prefix("not ok ") {
        Some(rest) => (rest, false),
        None => (text.strip_prefix("ok ")?, true),
    };
    let name = match rest.split_once(' ') {
        Some((number, name)) if number.parse::<u64>().is_ok() => name,
        _ => return None,
    };
    let name = name.trim_start().strip_prefix("- ").unwrap_or(name).trim();
    let (name, directive) = name.split_once(" # ").unwrap_or((name, ""));
    let directive = directive.trim_start().to_ascii_uppercase();
    let outcome = if directive.starts_with("SKIP") || directive.starts_with("TODO") {
        Outcome::Skipped
    } else if ok {
        Outcome::Passed
    } else {
        Outcome::Failed
    };
    Some((without_time(name), outcome))
}

/// `✔ name (1.2ms)`, `✕ name`, `1) name`, `- name` and their like.
fn sign(text: &str, summary: bool) -> Option<(&str, Outcome)> {
    let (mark, rest) = text.split_once(' ')?;
    let outcome = match mark {
        "✔" | "✓" | "√" => Outcome::Passed,
        "✖" | "✕" | "×" | "✗" => Outcome::Failed,
        "﹣" | "○" | "↓" => Outcome::Skipped,
        _ => {
            let number = mark.strip_suffix(')')?;
            if summary || number.parse::<u64>().is_err() {
                return None;
            }
            Outcome::Failed
        }
    };
    let rest = rest.trim_start();
    // A hook of mocha has a name only when it fails.
    if rest == "failing tests:" || rest.starts_with("\"before ") || rest.starts_with("\"after ") {
        return None;
    }
    let (name, skipped) = match rest.rsplit_once(" # ") {
        Some((name, why)) if why.starts_with("SKIP") || why.starts_with("TODO") => (name, true),
        _ => (rest, false),
    };
    let name = name.strip_prefix("skipped ").unwrap_or(name);
    Some((
        without_time(name),
        if skipped { Outcome::Skipped } else { outcome },
    ))
}

/// Without a time, and vitest's count of tests, at the end.
fn without_time(name: &str) -> &str {
    let mut name = name.trim();
    loop {
        let Some((before, last)) = name.rsplit_once(' ') else {
            return name;
        };
        let bare = last.trim_start_matches('(').trim_end_matches(')');
        let time = bare.strip_suffix("ms").or_else(|| bare.strip_suffix('s'));
        let is_time = time.is_some_and(|t| t.is_empty() || t.parse::<f64>().is_ok());
        let is_count = matches!(last, "tests)" | "test)");
        let before = if bare == "s" || bare == "ms" || is_count {
            // `(5.2 s)`, `(3 tests)`: the number has a word of its own.
            match before.rsplit_once(' ') {
                Some((shorter, n)) if n.trim_start_matches('(').parse::<f64>().is_ok() => shorter,
                _ => return name,
            }
        } else if is_time {
            before
        } else {
            return name;
        };
        name = before.trim_end();
    }
}
