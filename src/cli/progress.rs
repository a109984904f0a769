//! A bar on the terminal while something takes long; nothing when nobody watches.

use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Context;
use super::table::cut;
use super::untrusted::line;
use crate::app::Doing;

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

    /// Shows what is being done now.
    pub(super) fn show(&self, doing: &Doing) {
        if let (Some(at), Some(of)) = (doing.at, doing.of) {
            if self.0.length() != Some(of) {
                self.0.set_style(style("{bar:20} {pos}/{len} {msg}"));
                self.0.set_length(of);
            }
            self.0.set_position(at.saturating_sub(1));
        }
        self.0.set_message(cut(&line(&doing.text), MESSAGE));
    }

    /// A line that stays, above the bar where there is one.
    pub(super) fn above(&self, text: &str) {
        // Where nobody reads any more, the work goes on; `eprintln!` would panic.
        self.0
            .suspend(|| drop(writeln!(std::io::stderr(), "{text}")));
    }

    /// Takes the bar away.
    pub(super) fn done(&self) {
        self.0.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_shows_the_numbers_it_is_given() {
        let bar = Progress(ProgressBar::hidden());
        let doing = |text: &str, at, of| Doing {
            text: text.to_owned(),
            at,
            of,
        };
        bar.show(&doing("reading", Some(2), Some(9)));
        assert_eq!((bar.0.position(), bar.0.length()), (1, Some(9)));
        // Words are words, whatever they say.
        bar.show(&doing("query 5 of 6: label:bounty", None, None));
        assert_eq!((bar.0.position(), bar.0.length()), (1, Some(9)));
        assert_eq!(bar.0.message(), "query 5 of 6: label:bounty");
    }
}
