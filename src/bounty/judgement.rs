//! What is kept of a decision, so that `show`, `/why` and the digest can tell it again.

use serde::{Deserialize, Serialize};

use super::explain::{Line, Mark};
use super::platform::Platform;
use crate::clock::UnixMillis;

/// What is kept of a judgement, for `show` and `/why`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Judgement {
    /// By which rules.
    pub rules: String,
    /// When.
    pub at: UnixMillis,
    /// What was decided, in one word.
    pub decision: String,
    /// Line by line.
    pub lines: Vec<Line>,
    /// The amount in words.
    pub amount: String,
    /// Who runs it.
    pub platform: Option<Platform>,
}

impl Judgement {
    /// The lines as a person reads them.
    #[must_use]
    pub fn in_words(&self) -> Vec<String> {
        let mark = |mark: Mark| match mark {
            Mark::Pass => "✓",
            Mark::Note => "·",
            Mark::Ask => "?",
            Mark::Stop => "✗",
        };
        let line = |l: &Line| {
            let evidence = l
                .evidence
                .as_deref()
                .map(|e| format!(" [{e}]"))
                .unwrap_or_default();
            format!("{} {}: {}{evidence}", mark(l.mark), l.code, l.sentence)
        };
        let head = format!("{} – {}", self.decision, self.amount);
        std::iter::once(head)
            .chain(self.lines.iter().map(line))
            .collect()
    }
}
