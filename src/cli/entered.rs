//! How a command takes a secret: typed unseen, from a private file, or through a pipe. Never as an
//! argument, which everybody on the machine can read.

use std::path::Path;

use vault::{EnteredSecret, PromptError};

use super::session::Stop;
use crate::exit::Exit;

/// Where the secret comes from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way<'a> {
    /// A file of mode 0600.
    File(&'a Path),
    /// Standard input, to its end.
    Stdin,
    /// The person at the terminal.
    Terminal {
        /// What is asked for.
        question: &'a str,
        /// The way for a script, as the end of a sentence.
        instead: &'static str,
    },
}

/// Takes the secret.
pub(super) fn secret(way: &Way<'_>) -> Result<EnteredSecret, Stop> {
    let entered = match way {
        Way::File(path) => EnteredSecret::from_file(path),
        Way::Stdin => EnteredSecret::from_stdin(),
        Way::Terminal { question, instead } => EnteredSecret::from_terminal(question, instead),
    };
    entered.map_err(|error| {
        let exit = match &error {
            PromptError::NoTerminal { .. } => Exit::NotAllowed,
            PromptError::File(_) => Exit::NoInput,
            PromptError::Shown => Exit::Usage,
            PromptError::Unusable(_) => Exit::Data,
            PromptError::Nothing | PromptError::Terminal(_) | PromptError::Stdin(_) => {
                Exit::Failure
            }
        };
        Stop::Say(exit, error.to_string())
    })
}
