//! What the demo prints: at most 80 columns, a time, a word, and what happened.

use std::io::{IsTerminal, Write};

use bountyd::clock::UnixMillis;
use unicode_width::UnicodeWidthStr;

/// Where the text begins.
const MARGIN: usize = 18;
const WIDTH: usize = 80;
/// To the beginning of the line, and away with what stands there (ECMA-48 §8.3.41, EL).
const CLEAN: &str = "\r\x1b[K";

/// A colour that carries meaning.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ink {
    /// Done, allowed.
    Good,
    /// Left alone, refused.
    Stop,
    /// Somebody is asked.
    Ask,
    /// By others.
    World,
    /// Nothing special.
    Plain,
}

/// The terminal, or whatever stands in for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page {
    color: bool,
    /// A line can be taken back.
    live: bool,
}

impl Page {
    /// Colours only on a terminal that has some and whose owner does not mind.
    pub(crate) fn new() -> Self {
        let set = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
        let dumb = set("TERM").is_some_and(|term| term == "dumb");
        let live = std::io::stdout().is_terminal() && !dumb;
        Self {
            color: live && set("NO_COLOR").is_none(),
            live,
        }
    }

    fn paint(self, ink: Ink, text: &str) -> String {
        let code = match ink {
            Ink::Good => "32",
            Ink::Stop => "31",
            Ink::Ask => "33",
            Ink::World => "36",
            Ink::Plain => return text.to_owned(),
        };
        if self.color {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    /// Stronger where that can be shown.
    pub(crate) fn bold(self, text: &str) -> String {
        if self.color {
            format!("\x1b[1m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    fn faint(self, text: &str) -> String {
        if self.color {
            format!("\x1b[2m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    /// One event: when, what, and the rest below each other.
    pub(crate) fn event(self, at: UnixMillis, ink: Ink, word: &str, text: &str, more: &[String]) {
        let time = clock_time(at);
        let word = self.paint(ink, &format!("{word:<10}"));
        let mut lines = wrap(text, WIDTH - MARGIN).into_iter();
        let first = lines.next().unwrap_or_default();
        self.line(&format!("{}  {word} {first}", self.faint(&time)));
        for line in lines {
            self.line(&format!("{:MARGIN$}{line}", ""));
        }
        for text in more {
            for line in wrap(text, WIDTH - MARGIN) {
                self.line(&format!("{:MARGIN$}{}", "", self.faint(&line)));
            }
        }
    }

    /// A heading.
    pub(crate) fn heading(self, text: &str) {
        self.line("");
        self.line(&self.bold(text));
    }

    /// Text over the whole width.
    pub(crate) fn text(self, text: &str) {
        for paragraph in text.lines() {
            for line in wrap(paragraph, WIDTH) {
                self.line(&line);
            }
        }
    }

    /// Text that stands back a little, as it is.
    pub(crate) fn quoted(self, text: &str) {
        for paragraph in text.lines() {
            for line in wrap(paragraph, WIDTH - 4) {
                self.line(format!("  │ {line}").trim_end());
            }
        }
    }

    /// One line as it is. A reader that has gone is no failure.
    pub(crate) fn line(self, text: &str) {
        let mut out = std::io::stdout().lock();
        let clean = if self.live { CLEAN } else { "" };
        let _ = writeln!(out, "{clean}{}", text.trim_end()).and_then(|()| out.flush());
    }

    /// A line that the next one replaces: only where it can be taken back.
    pub(crate) fn fleeting(self, text: &str) {
        if !self.live {
            return;
        }
        let mut out = std::io::stdout().lock();
        let text = clip(text, WIDTH - MARGIN - 1);
        let _ = write!(out, "{CLEAN}{:MARGIN$}{text}", "").and_then(|()| out.flush());
    }

    /// A result of a check.
    pub(crate) fn check(self, ok: bool, text: &str) {
        let (ink, sign) = if ok {
            (Ink::Good, "✓")
        } else {
            (Ink::Stop, "✗")
        };
        let mut lines = wrap(text, WIDTH - 4).into_iter();
        let first = lines.next().unwrap_or_default();
        self.line(&format!("  {} {first}", self.paint(ink, sign)));
        for line in lines {
            self.line(&format!("    {line}"));
        }
    }

    /// A row of the last table.
    pub(crate) fn row(self, cells: [&str; 4], ink: Ink) {
        let [name, amount, end, why] = cells;
        let end = self.paint(ink, &format!("{end:<9}"));
        let why = clip(why, WIDTH - 50);
        self.line(&format!(
            "{} {amount:>7}  {end}  {why}",
            pad(&clip(name, 30), 30)
        ));
    }
}

/// `22:04`, UTC.
pub(crate) fn clock_time(at: UnixMillis) -> String {
    let minutes = at.0.div_euclid(60_000).rem_euclid(24 * 60);
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

fn pad(text: &str, width: usize) -> String {
    format!("{text}{:1$}", "", width.saturating_sub(text.width()))
}

fn clip(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    for c in text.chars() {
        if out.width() + 2 > width {
            break;
        }
        out.push(c);
    }
    format!("{}…", out.trim_end())
}

/// Breaks at spaces; an empty text is one empty line.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let Some(line) = lines.last_mut() else {
            continue;
        };
        if !line.is_empty() && line.width() + 1 + word.width() > width {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}
