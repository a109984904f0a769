//! A command that may test a repository, and who reads what it prints.

use gate::tree::Path;
use thiserror::Error;

/// Whose output a command prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Runner {
    /// `cargo test` or `cargo nextest`.
    Cargo,
    /// pytest, also below tox, uv and their like.
    Pytest,
    /// Python's own `unittest`, with `-v`.
    Unittest,
    /// `go test`.
    Go,
    /// Whatever a `package.json` starts: `node --test`, jest, vitest, mocha, TAP.
    Node,
    /// Maven's Surefire.
    Maven,
    /// Gradle.
    Gradle,
    /// `ctest`.
    Ctest,
    /// Another: only whether it passed is known.
    Other,
}

impl Runner {
    /// The runner that these words start, as far as they tell.
    #[must_use]
    pub fn of_words<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let words: Vec<&str> = words.into_iter().collect();
        let has = |word: &str| words.iter().any(|w| name(w) == word);
        let follows = |first: &str, second: &str| {
            words
                .windows(2)
                .any(|pair| name(pair[0]) == first && pair[1] == second)
        };
        if follows("cargo", "test") || follows("cargo", "nextest") {
            Self::Cargo
        } else if has("pytest") || has("py.test") || has("tox") {
            Self::Pytest
        } else if has("unittest") || has("manage.py") {
            Self::Unittest
        } else if follows("go", "test") {
            Self::Go
        } else if has("mvn") || has("mvnw") {
            Self::Maven
        } else if has("gradle") || has("gradlew") {
            Self::Gradle
        } else if has("ctest") {
            Self::Ctest
        } else if [
            "npm", "pnpm", "yarn", "bun", "npx", "jest", "vitest", "mocha",
        ]
        .into_iter()
        .any(has)
            || follows("node", "--test")
        {
            Self::Node
        } else {
            Self::Other
        }
    }
}

/// The last part of a word that may be a path.
fn name(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// A command that tests the repository, started at the root of its tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its words; no shell reads them.
    pub argv: Vec<String>,
    /// Whose output it prints.
    pub runner: Runner,
    /// The file of the tree that says so; empty for the owner's own word.
    pub from: Path,
    /// Why it may be the one, for a person.
    pub why: String,
}

/// The command that the owner wants; it wins over whatever is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    argv: Vec<String>,
}

/// Why a command of the owner is none.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BadOverride {
    /// No program.
    #[error(
        "the test command is empty; give the program and its arguments, such as [\"make\", \"test\"]"
    )]
    Empty,
    /// A word that no program can be given.
    #[error(
        "word {0} of the test command has a NUL byte, which no program can be given; take it out"
    )]
    Nul(usize),
}

impl Override {
    /// A command by its words.
    ///
    /// # Errors
    /// It names no program, or a word has a NUL byte.
    pub fn new(argv: Vec<String>) -> Result<Self, BadOverride> {
        if argv.first().is_none_or(|program| program.trim().is_empty()) {
            return Err(BadOverride::Empty);
        }
        match argv.iter().position(|word| word.contains('\0')) {
            Some(at) => Err(BadOverride::Nul(at + 1)),
            None => Ok(Self { argv }),
        }
    }

    /// The candidate that it is.
    #[must_use]
    pub fn candidate(&self) -> Candidate {
        Candidate {
            argv: self.argv.clone(),
            runner: Runner::of_words(self.argv.iter().map(String::as_str)),
            from: Path::new(),
            why: "the owner says so".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_tell_the_runner() {
        for (line, runner) in [
            ("cargo test --workspace", Runner::Cargo),
            ("cargo build", Runner::Other),
            ("uv run pytest -q", Runner::Pytest),
            (".venv/bin/pytest", Runner::Pytest),
            ("python3 -m unittest discover", Runner::Unittest),
            ("go vet ./...", Runner::Other),
            ("go test ./...", Runner::Go),
            ("./mvnw -B test", Runner::Maven),
            ("./gradlew check", Runner::Gradle),
            ("npx jest", Runner::Node),
            ("node --test", Runner::Node),
            ("make test", Runner::Other),
        ] {
            assert_eq!(Runner::of_words(line.split(' ')), runner, "{line}");
        }
    }

    #[test]
    fn a_command_without_a_program_or_with_a_nul_is_refused() {
        assert_eq!(Override::new(Vec::new()), Err(BadOverride::Empty));
        assert_eq!(Override::new(vec![" ".into()]), Err(BadOverride::Empty));
        assert_eq!(
            Override::new(vec!["make".into(), "a\0b".into()]),
            Err(BadOverride::Nul(2))
        );
    }
}
