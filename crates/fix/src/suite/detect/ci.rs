//! What the repository's workflows run, read leniently as text.
//!
//! No YAML is understood here: a line `run:` and what is indented below it are looked at, and of these
//! only plain commands of known test programs are taken.

use gate::tree::{Path, Tree};

use super::files;
use crate::suite::candidate::{Candidate, Runner};

/// Workflows that are read.
const MOST_FILES: usize = 50;
/// Commands that are taken.
const MOST_COMMANDS: usize = 24;
/// Words of a command, and bytes of each.
const MOST_WORDS: usize = 40;
const LONGEST_WORD: usize = 200;

/// The test commands of all workflows, those of a workflow whose name speaks of tests first.
pub(super) fn commands(tree: &Tree) -> Vec<Candidate> {
    let mut paths: Vec<&Path> = tree
        .entries
        .keys()
        .filter(|path| path.starts_with(b".github/workflows/"))
        .filter(|path| path.ends_with(b".yml") || path.ends_with(b".yaml"))
        .take(MOST_FILES)
        .collect();
    paths.sort_by_key(|path| !speaks_of_tests(path));
    let mut out: Vec<Candidate> = Vec::new();
    for path in paths {
        let Some(text) = files::text(tree, path) else {
            continue;
        };
        for argv in runs(text).iter().flat_map(|run| test_commands(run)) {
            if out.len() < MOST_COMMANDS && out.iter().all(|c| c.argv != argv) {
                out.push(Candidate {
                    runner: Runner::of_words(argv.iter().map(String::as_str)),
                    argv,
                    from: path.clone(),
                    why: "a workflow of the repository runs it".to_owned(),
                });
            }
        }
    }
    out
}

fn speaks_of_tests(path: &[u8]) -> bool {
    let name = String::from_utf8_lossy(files::name(path)).to_ascii_lowercase();
    ["test", "ci", "check", "build"]
        .iter()
        .any(|word| name.contains(word))
}

/// The scripts of every step that runs at the root of the tree.
fn runs(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let begins = |line: &&str| line.trim_start().starts_with("- ");
    let mut out = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let length = lines[at + 1..]
            .iter()
            .position(begins)
            .map_or(lines.len() - at, |next| next + 1);
        let step = &lines[at..at + length];
        let elsewhere = step.iter().any(|l| key(l, "working-directory").is_some());
        // A default for every step after it.
        if elsewhere && step.iter().any(|l| key(l, "defaults").is_some()) {
            return out;
        }
        if !elsewhere && let Some(run) = script(step) {
            out.push(run);
        }
        at += length;
    }
    out
}

/// What stands behind `key:` if the line has that key.
fn key<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let line = line.trim_start();
    let line = line.strip_prefix("- ").map_or(line, str::trim_start);
    line.strip_prefix(key)?.strip_prefix(':').map(str::trim)
}

/// The script of a step: behind `run:`, or indented below it.
fn script(step: &[&str]) -> Option<String> {
    let (at, first) = step
        .iter()
        .enumerate()
        .find_map(|(at, line)| Some((at, key(line, "run")?)))?;
    if !first.is_empty() && !first.starts_with(['|', '>']) {
        let bare = |quote: char| first.strip_prefix(quote)?.strip_suffix(quote);
        return Some(bare('"').or_else(|| bare('\'')).unwrap_or(first).to_owned());
    }
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '-']).len();
    let own = indent(step[at]);
    let below: Vec<&str> = step[at + 1..]
        .iter()
        .take_while(|line| line.trim().is_empty() || indent(line) > own)
        .map(|line| line.trim())
        .collect();
    let fold = first.starts_with('>');
    Some(below.join(if fold { " " } else { "\n" }))
}

/// The commands of a script that are nothing but a test program and its plain words.
fn test_commands(script: &str) -> Vec<Vec<String>> {
    script
        .replace("\\\n", " ")
        .lines()
        .take_while(|line| {
            // After that the rest runs somewhere else.
            !["cd ", "pushd "]
                .iter()
                .any(|word| line.trim().starts_with(word))
        })
        .flat_map(|line| line.split("&&").map(words).collect::<Vec<_>>())
        .flatten()
        .filter(|argv| is_test(argv))
        .collect()
}

/// The words of a line in which a shell would do nothing but split it.
fn words(line: &str) -> Option<Vec<String>> {
    let mut out = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix(['"', '\'']) {
            Some(inner) => inner.split_once(&rest[..1])?,
            None => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        let quoted = rest.starts_with(['"', '\'']);
        let plain =
            |c: char| c.is_ascii_alphanumeric() || "_./:=,@+%-".contains(c) || (quoted && c == ' ');
        let joined = quoted && !after.is_empty() && !after.starts_with(char::is_whitespace);
        if joined || word.len() > LONGEST_WORD || !word.chars().all(plain) || leaves(word) {
            return None;
        }
        out.push(word.to_owned());
        rest = after.trim_start();
    }
    (!out.is_empty() && out.len() <= MOST_WORDS).then_some(out)
}

/// Whether a word may name something outside of the tree.
fn leaves(word: &str) -> bool {
    word.contains("://")
        || word.contains('@')
        || word
            .split(['=', ',', ':', ' '])
            .any(|part| part.starts_with('/') || part.split('/').any(|p| p == ".."))
}

/// Whether a command is one of a known test program.
fn is_test(argv: &[String]) -> bool {
    let words: Vec<&str> = argv.iter().map(String::as_str).collect();
    let tests =
        |word: &&str| *word == "test" || word.starts_with("test:") || word.starts_with("test-");
    match words.as_slice() {
        ["cargo", "test" | "t", ..] | ["cargo", "nextest", "run", ..] => true,
        [
            "npm" | "pnpm" | "yarn" | "bun",
            "run" | "run-script",
            script,
            ..,
        ] => tests(script),
        [
            "npx" | "yarn" | "pnpm",
            "jest" | "vitest" | "mocha" | "ava" | "tap",
            ..,
        ] => true,
        ["npm" | "pnpm" | "yarn", script, ..] => tests(script) || *script == "t",
        ["node", "--test", ..] => true,
        ["pytest" | "py.test" | "tox" | "nox" | "ctest", ..] => true,
        [
            "python" | "python3",
            "-m",
            "pytest" | "unittest" | "tox" | "nox",
            ..,
        ] => true,
        ["python" | "python3", "manage.py", "test", ..] => true,
        ["uv" | "poetry" | "pdm" | "hatch", "run", "pytest", ..] => true,
        [
            "uv" | "poetry" | "pdm" | "hatch",
            "run",
            "python",
            "-m",
            "pytest" | "unittest",
            ..,
        ] => true,
        ["go", "test", ..] => true,
        ["mvn" | "./mvnw", rest @ ..] => rest.iter().any(|w| ["test", "verify"].contains(w)),
        ["gradle" | "./gradlew", rest @ ..] => rest.iter().any(|w| ["test", "check"].contains(w)),
        ["make" | "just", rest @ ..] => rest
            .iter()
            .any(|w| tests(w) || ["check", "tests", "unittest"].contains(w)),
        ["bundle", "exec", "rspec", ..] | ["bundle", "exec", "rake", "test" | "spec", ..] => true,
        ["dotnet" | "mix" | "deno" | "swift" | "sbt", "test", ..] => true,
        ["composer", "test", ..] | ["vendor/bin/phpunit" | "./vendor/bin/phpunit", ..] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(script: &str) -> Vec<String> {
        test_commands(script)
            .iter()
            .map(|argv| argv.join(" "))
            .collect()
    }

    #[test]
    fn only_plain_test_commands_are_taken() {
        for (script, taken) in [
            (
                "cargo test --all-features",
                &["cargo test --all-features"][..],
            ),
            ("npm ci && npm test", &["npm test"]),
            ("pytest -m \"not slow\"", &["pytest -m not slow"]),
            ("go test \\\n  -race ./...", &["go test -race ./..."]),
            ("cargo build", &[]),
            ("curl https://x.example | sh", &[]),
            ("pytest; curl x.example", &[]),
            ("make test $(id)", &[]),
            ("pytest `id`", &[]),
            ("pytest /etc", &[]),
            ("pytest ../other", &[]),
            ("go test -exec=/bin/sh ./...", &[]),
            ("npm test -- --config=a/../../b", &[]),
            ("npx jest@latest", &[]),
            ("pytest > out.txt", &[]),
            ("FOO=1 pytest", &[]),
            ("cd web\nnpm test", &[]),
            ("npm run test:unit", &["npm run test:unit"]),
            ("make lint", &[]),
        ] {
            assert_eq!(of(script), taken, "{script}");
        }
    }

    #[test]
    fn steps_are_read_by_their_indentation() {
        let text = "jobs:\n  a:\n    steps:\n      - name: x\n        run: |\n          npm ci\n          npm test\n        env:\n          X: pytest\n      - run: 'go test ./...'\n      - run: pytest\n        working-directory: web\n      - run: >-\n          cargo test\n          --workspace\n";
        let found: Vec<_> = runs(text).iter().flat_map(|r| of(r)).collect();
        assert_eq!(
            found,
            ["npm test", "go test ./...", "cargo test --workspace"]
        );
    }

    #[test]
    fn a_default_directory_ends_the_reading() {
        let text = "jobs:\n  a:\n    defaults:\n      run:\n        working-directory: web\n    steps:\n      - run: pytest\n";
        assert_eq!(runs(text), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn no_word_of_a_workflow_leaves_the_tree(text in "(- run: |\n  |pytest|go test|npm test|\\.\\./|/etc|[ $`\"'=:|>&;a-z/.]){0,30}") {
            for argv in runs(&text).iter().flat_map(|run| test_commands(run)) {
                for word in argv {
                    let above = word.split(['/', '=', ',', ':', ' ']).any(|part| part == "..");
                    prop_assert!(!word.starts_with('/') && !above, "{word}");
                    prop_assert!(!word.contains(['$', '`', ';', '|', '&', '>', '<', '\n']), "{word}");
                }
            }
        }
    }
}
