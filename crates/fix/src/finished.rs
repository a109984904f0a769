//! How a command in the jail ended, and what it said.

use std::time::Duration;

/// A command that has ended, or was ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// How.
    pub end: End,
    /// Its standard output; where that is too long, its beginning, a line that says how much is
    /// missing, and its end.
    pub stdout: Vec<u8>,
    /// Its standard error, likewise.
    pub stderr: Vec<u8>,
    /// Whether it said more than was kept.
    pub cut: bool,
    /// How long it ran.
    pub took: Duration,
}

/// Why a command is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It left with this code.
    Code(i32),
    /// A signal ended it that was not ours.
    Signal(i32),
    /// It was ended because its time was up.
    OutOfTime,
    /// It was ended because it said too much.
    TooLoud,
    /// It was ended because nobody wants its result any more.
    Cancelled,
}

impl Finished {
    /// Whether it did what it was asked to.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.end == End::Code(0)
    }
}
