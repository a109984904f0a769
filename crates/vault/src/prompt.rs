//! A secret from the owner's own hand: typed where nothing is shown, piped in by a password manager, or
//! in a private file. It stays in this crate; whoever asked for it gets something to hand back.

mod hidden;
mod line;

use std::fs::{File, OpenOptions};
use std::io::{IsTerminal as _, Write as _};
use std::os::fd::AsFd;
use std::path::Path;

use secrecy::SecretString;
use zeroize::Zeroizing;

use self::hidden::{Hidden, Stir};
use self::line::{Line, Step};
use crate::secret::{self, SecretError, SecretSource};

/// Longest secret that is taken, in bytes: a Management API token with every scope has some six
/// thousand, which is more than a terminal's own line editing holds.
const LONGEST: usize = 16 * 1024;

/// A secret that was handed over just now, to be tried and stored by this crate. It cannot be looked at:
///
/// ```compile_fail,E0616
/// fn peek(secret: &vault::EnteredSecret) { let _ = &secret.0; }
/// ```
///
/// ```compile_fail,E0277
/// fn print(secret: &vault::EnteredSecret) { println!("{secret:?}"); }
/// ```
///
/// ```compile_fail,E0599
/// fn copy(secret: &vault::EnteredSecret) -> vault::EnteredSecret { secret.clone() }
/// ```
pub struct EnteredSecret(SecretString);

/// Why no secret was handed over. Nothing has changed.
#[derive(Debug, thiserror::Error)]
pub enum PromptError {
    /// Nobody sits there.
    #[error(
        "a secret is typed at a terminal, and there is none (/dev/tty: {reason}); over ssh use `ssh -t`, or {instead}"
    )]
    NoTerminal {
        /// What the operating system said.
        reason: std::io::Error,
        /// The way for a script.
        instead: &'static str,
    },
    /// The terminal went away, or cannot hide what is typed.
    #[error("the terminal: {0}; nothing was changed, try again")]
    Terminal(std::io::Error),
    /// Standard input would show what is typed.
    #[error(
        "standard input is a terminal, which would show what you type; pipe the secret in, or leave the option out and be asked"
    )]
    Shown,
    /// Standard input broke off.
    #[error("standard input: {0}")]
    Stdin(std::io::Error),
    /// Ctrl-D, or nothing but Enter.
    #[error("nothing was entered, and nothing was changed")]
    Nothing,
    /// It cannot be one.
    #[error("this cannot be the secret: it {0}")]
    Unusable(&'static str),
    /// The file cannot be taken.
    #[error(transparent)]
    File(#[from] SecretError),
}

impl EnteredSecret {
    /// Asks `question` at the terminal this process belongs to, whatever stdin and stdout are, and shows
    /// nothing of the answer. The terminal is as before on every way out, signals included. Blocks.
    ///
    /// `instead` is the way for a script, as the end of a sentence: "name a file with --token-file".
    ///
    /// # Errors
    /// See [`PromptError`].
    pub fn from_terminal(question: &str, instead: &'static str) -> Result<Self, PromptError> {
        let terminal = OpenOptions::new()
            .read(true)
            .write(true)
            .open("/dev/tty")
            .map_err(|reason| PromptError::NoTerminal { reason, instead })?;
        Self::asked(&terminal, question)
    }

    fn asked(mut terminal: &File, question: &str) -> Result<Self, PromptError> {
        let ask = |mut terminal: &File| {
            write!(terminal, "{question} (nothing is shown while you type): ")?;
            terminal.flush()
        };
        let mut line = Line::new(LONGEST);
        let hidden = Hidden::begin(terminal).map_err(PromptError::Terminal)?;
        ask(terminal).map_err(PromptError::Terminal)?;
        let end = loop {
            match hidden.wait().map_err(PromptError::Terminal)? {
                Stir::Back => ask(terminal).map_err(PromptError::Terminal)?,
                Stir::Typed => {
                    let mut chunk = Zeroizing::new([0_u8; 256]);
                    let read = rustix::io::read(terminal, &mut *chunk)
                        .map_err(|e| PromptError::Terminal(e.into()))?;
                    if read == 0 {
                        break Step::Cancelled;
                    }
                    let steps = chunk[..read].iter().map(|byte| line.push(*byte));
                    if let Some(end) = steps.into_iter().find(|step| *step != Step::More) {
                        break end;
                    }
                }
            }
        };
        drop(hidden);
        // The Enter was not shown either.
        let _ = writeln!(terminal);
        match end {
            Step::Done => Self::of(line.into_bytes()),
            Step::TooLong => Err(PromptError::Unusable("is longer than 16 KiB")),
            Step::Cancelled | Step::More => Err(PromptError::Nothing),
        }
    }

    /// Reads standard input to its end, as in `pass show bot | bountyd …`. Blocks.
    ///
    /// # Errors
    /// See [`PromptError`]; a terminal is refused, because it would show what is typed.
    pub fn from_stdin() -> Result<Self, PromptError> {
        let stdin = std::io::stdin();
        if stdin.is_terminal() {
            return Err(PromptError::Shown);
        }
        // Not through the standard library's buffer, which nobody wipes.
        Self::read(stdin.as_fd())
    }

    fn read(from: impl AsFd) -> Result<Self, PromptError> {
        let mut bytes = Zeroizing::new(vec![0_u8; LONGEST + 1]);
        let mut filled = 0;
        while filled < bytes.len() {
            match rustix::io::read(&from, &mut bytes[filled..]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(PromptError::Stdin(error.into())),
            }
        }
        if filled > LONGEST {
            return Err(PromptError::Unusable("is longer than 16 KiB"));
        }
        bytes.truncate(filled);
        Self::of(bytes)
    }

    /// Takes the secret out of a file that only its owner may read (mode 0600 or 0400).
    ///
    /// # Errors
    /// See [`SecretError`].
    pub fn from_file(path: &Path) -> Result<Self, PromptError> {
        let source = SecretSource {
            // No credential stands for a file that was named.
            credential: String::new(),
            file: Some(path.to_owned()),
        };
        Ok(Self(source.load()?.into_text()?))
    }

    fn of(bytes: Zeroizing<Vec<u8>>) -> Result<Self, PromptError> {
        if bytes.trim_ascii().is_empty() {
            return Err(PromptError::Nothing);
        }
        secret::one_word(&bytes)
            .map(Self)
            .map_err(PromptError::Unusable)
    }

    /// One that a service gave out just now, to be stored.
    pub(crate) fn from_answer(secret: SecretString) -> Self {
        Self(secret)
    }

    /// The secret, for this crate.
    pub(crate) fn secret(&self) -> &SecretString {
        &self.0
    }
}

#[cfg(test)]
mod tests;
