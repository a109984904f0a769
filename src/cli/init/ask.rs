//! A question to the person at the terminal: what is asked, why, and what happens if he just presses
//! Enter. Ctrl-C ends the program where it stands; Esc goes back to the question before.

use std::io::IsTerminal as _;

use inquire::validator::Validation;
use inquire::{Confirm, InquireError, Select, Text};

use super::Trouble;
use crate::cli::wrap::wrap;
use crate::exit::Exit;
use crate::setup::answers::Wrong;

/// What is asked.
pub(super) struct Question<'a> {
    /// The question itself.
    pub(super) asks: &'a str,
    /// What the answer is good for.
    pub(super) why: &'a str,
    /// How to find or choose it.
    pub(super) help: &'a str,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Left {
    /// Esc: the question before, please.
    Back,
    /// The terminal, or something behind the question.
    Trouble(Trouble),
}

impl From<Trouble> for Left {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

/// Whether a person sits there.
pub(super) fn possible() -> Result<(), Trouble> {
    if std::io::stdin().is_terminal() && std::io::stderr().is_terminal() {
        return Ok(());
    }
    Err(Trouble(
        Exit::Usage,
        "there is no terminal to ask at: say --yes with flags or --answers FILE, or over ssh use `ssh -t`"
            .to_owned(),
    ))
}

fn introduce(question: &Question<'_>) {
    eprint!("\n{}", wrap("  ", &format!("Why: {}", question.why)));
}

fn left(error: InquireError) -> Left {
    match error {
        InquireError::OperationCanceled => Left::Back,
        other => Left::Trouble(Trouble(Exit::Failure, format!("the terminal: {other}"))),
    }
}

/// A line of text that `check` takes.
pub(super) fn text<T: 'static>(
    question: &Question<'_>,
    default: Option<&str>,
    check: fn(&str) -> Result<T, Wrong>,
) -> Result<T, Left> {
    introduce(question);
    let mut prompt = Text::new(question.asks)
        .with_help_message(question.help)
        .with_validator(move |typed: &str| {
            Ok(match check(typed) {
                Ok(_) => Validation::Valid,
                Err(wrong) => {
                    Validation::Invalid(format!("{}; {}", wrong.reason, wrong.remedy).into())
                }
            })
        });
    if let Some(default) = default {
        prompt = prompt.with_default(default);
    }
    let typed = prompt.prompt().map_err(left)?;
    check(&typed).map_err(|wrong| Left::Trouble(Trouble(Exit::Usage, wrong.to_string())))
}

/// One of several.
pub(super) fn select(question: &Question<'_>, options: Vec<String>) -> Result<usize, Left> {
    introduce(question);
    Select::new(question.asks, options)
        .with_help_message(question.help)
        .raw_prompt()
        .map(|chosen| chosen.index)
        .map_err(left)
}

/// Yes or no.
pub(super) fn confirm(question: &Question<'_>, default: bool) -> Result<bool, Left> {
    introduce(question);
    Confirm::new(question.asks)
        .with_default(default)
        .with_help_message(question.help)
        .prompt()
        .map_err(left)
}
