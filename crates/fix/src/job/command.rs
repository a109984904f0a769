//! The pinned test command: chosen from the base tree or by the owner, and never by what the agent
//! leaves.

use std::ffi::OsString;
use std::fmt;

use thiserror::Error;

/// A program and its arguments, run as they are and by no shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command(Vec<String>);

/// Words that are no command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "a test command is a program and its arguments, without NUL bytes; for a pipeline write `sh -c '…'`"
)]
pub struct CommandError;

impl Command {
    /// A command of these words.
    ///
    /// # Errors
    /// There is no program, or a word has a NUL byte.
    pub fn new<W: Into<String>>(words: impl IntoIterator<Item = W>) -> Result<Self, CommandError> {
        let words: Vec<String> = words.into_iter().map(Into::into).collect();
        let program = words.first().is_some_and(|program| !program.is_empty());
        if program && !words.iter().any(|word| word.contains('\0')) {
            Ok(Self(words))
        } else {
            Err(CommandError)
        }
    }

    /// Its words.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.0
    }

    pub(super) fn argv(&self) -> Vec<OsString> {
        self.0.iter().map(OsString::from).collect()
    }
}

/// As a person would type it.
impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
        for (at, word) in self.0.iter().enumerate() {
            let before = if at == 0 { "" } else { " " };
            if !word.is_empty() && word.chars().all(plain) {
                write!(f, "{before}{word}")?;
            } else {
                write!(f, "{before}'{}'", word.replace('\'', r"'\''"))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_one_would_type_it() {
        let shown = |words: &[&str]| {
            let command = Command::new(words.iter().copied()).expect("a command");
            command.to_string()
        };
        assert_eq!(shown(&["cargo", "test", "--all=1"]), "cargo test --all=1");
        assert_eq!(
            shown(&["sh", "-c", "it's $HOME", ""]),
            r"sh -c 'it'\''s $HOME' ''"
        );
    }

    #[test]
    fn what_could_not_be_run_is_no_command() {
        assert_eq!(Command::new(Vec::<String>::new()), Err(CommandError));
        assert_eq!(Command::new([""]), Err(CommandError));
        assert_eq!(Command::new(["a", "b\0"]), Err(CommandError));
    }
}
