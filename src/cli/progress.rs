//! A bar on the terminal while something takes long; nothing when nobody watches.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Context;
use super::table::cut;
use super::untrusted::line;

/// Columns a message may take beside bar and counter.
const MESSAGE: usize = 48;

/// What is being done, on stderr.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// A bar if a person watches, and nothing else is to be printed.
    pub(super) fn new(context: &Context) -> Self {
        if context.json || !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        bar.set_style(style("{spinner} {msg}"));
        bar.enable_steady_tick(Duration::from_millis(120));
        Self(bar)
    }

    /// Shows a new line of progress.
    pub(super) fn show(&self, text: &str) {
        if let Some((at, of)) = position(text) {
            if self.0.length() != Some(of) {
                self.0.set_style(style("{bar:20} {pos}/{len} {msg}"));
                self.0.set_length(of);
            }
            self.0.set_position(at.saturating_sub(1));
        }
        self.0.set_message(cut(&line(text), MESSAGE));
    }

    /// Takes the bar away.
    pub(super) fn done(&self) {
        self.0.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// `query 2 of 9: …` as numbers.
fn position(text: &str) -> Option<(u64, u64)> {
    let (at, rest) = text.strip_prefix("query ")?.split_once(" of ")?;
    let (of, _) = rest.split_once(':')?;
    Some((at.parse().ok()?, of.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scans_position_is_read_from_its_words() {
        assert_eq!(position("query 2 of 9: label:bounty"), Some((2, 9)));
        assert_eq!(position("judging what was found"), None);
    }
}
