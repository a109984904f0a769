//! Complaints about the configuration, shown the way a compiler shows them: where, what, why, and
//! what to do.

use std::fmt::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Serialize;
use unicode_width::UnicodeWidthChar;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The configuration cannot be used.
    Error,
    /// It can, but perhaps not as meant.
    Warning,
}

/// One complaint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// Where in the file, in bytes; `None` when it is about something that is not there.
    pub span: Option<Range<usize>>,
    /// What is wrong, naming the setting.
    pub message: String,
    /// Why it is wrong; stands next to the caret.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
}

/// All complaints about one file, with the text they point into.
#[derive(Clone, Debug)]
pub struct Problems {
    /// The file.
    pub path: PathBuf,
    source: String,
    /// The complaints, in the order of the file.
    pub list: Vec<Problem>,
}

/// One complaint for a program to read.
#[derive(Clone, Debug, Serialize)]
pub struct ProblemRecord {
    /// How bad it is.
    pub severity: Severity,
    /// The file.
    pub file: PathBuf,
    /// Counted from 1.
    pub line: Option<usize>,
    /// Counted from 1, in characters.
    pub column: Option<usize>,
    /// What is wrong, naming the setting.
    pub message: String,
    /// Why it is wrong.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
}

/// What a line of the file looks like once it is fit to be shown.
struct Shown {
    number: usize,
    column: usize,
    text: String,
    indent: usize,
    carets: usize,
}

/// Longer lines are cut: an error message is not the place to repeat a file.
const WIDEST: usize = 100;

impl Problems {
    pub(super) fn new(path: &Path, source: &str, mut list: Vec<Problem>) -> Self {
        list.sort_by_key(|problem| problem.span.as_ref().map_or(usize::MAX, |span| span.start));
        Self {
            path: path.to_owned(),
            source: source.to_owned(),
            list,
        }
    }

    /// Whether the configuration cannot be used.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|p| p.severity == Severity::Error)
    }

    /// The complaints for a program.
    #[must_use]
    pub fn records(&self) -> Vec<ProblemRecord> {
        self.list
            .iter()
            .map(|problem| {
                let shown = self.shown(problem);
                ProblemRecord {
                    severity: problem.severity,
                    file: self.path.clone(),
                    line: shown.as_ref().map(|s| s.number),
                    column: shown.as_ref().map(|s| s.column),
                    message: problem.message.clone(),
                    reason: problem.reason.clone(),
                    remedy: problem.remedy.clone(),
                }
            })
            .collect()
    }

    /// The complaints for a person, with terminal colours or without.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let paint = |code: &str, text: &str| {
            if color {
                format!("\x1b[{code}m{text}\x1b[0m")
            } else {
                text.to_owned()
            }
        };
        let mut out = String::new();
        for problem in &self.list {
            let (word, code) = match problem.severity {
                Severity::Error => ("error", "1;31"),
                Severity::Warning => ("warning", "1;33"),
            };
            let head = format!("{}: {}", paint(code, word), problem.message);
            let path = self.path.display();
            // Writing to a String cannot fail.
            let _ = match self.shown(problem) {
                Some(s) => {
                    let gutter = " ".repeat(s.number.to_string().len());
                    let bar = paint("1;34", "|");
                    let carets = paint(code, &"^".repeat(s.carets));
                    writeln!(
                        out,
                        "{head}\n{gutter}{} {path}:{}:{}\n{gutter} {bar}\n{} {bar} {}\n{gutter} {bar} {}{carets} {}\n{gutter} = help: {}",
                        paint("1;34", "-->"),
                        s.number,
                        s.column,
                        s.number,
                        s.text,
                        " ".repeat(s.indent),
                        problem.reason,
                        problem.remedy
                    )
                }
                None => writeln!(
                    out,
                    "{head}\n {} {path}\n  = reason: {}\n  = help: {}",
                    paint("1;34", "-->"),
                    problem.reason,
                    problem.remedy
                ),
            };
            out.push('\n');
        }
        out
    }

    fn shown(&self, problem: &Problem) -> Option<Shown> {
        let span = problem.span.clone()?;
        let start = floor_boundary(&self.source, span.start);
        let end = floor_boundary(&self.source, span.end.max(start));
        let line_start = self.source[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = self.source[start..]
            .find('\n')
            .map_or(self.source.len(), |at| start + at);
        let line = self.source[line_start..line_end].trim_end_matches('\r');
        let start_in_line = (start - line_start).min(line.len());
        let end_in_line = (end - line_start).clamp(start_in_line, line.len());
        let visible = visible_part(line);
        let mut text = String::new();
        let (mut indent, mut carets) = (0, 0);
        for (at, c) in line.char_indices() {
            let (piece, width) = printable(c);
            if at < visible && text.chars().count() < WIDEST {
                text.push(piece);
                if at < start_in_line {
                    indent += width;
                } else if at < end_in_line {
                    carets += width;
                }
            }
        }
        if visible < line.len() || text.chars().count() >= WIDEST {
            text.push('…');
        }
        Some(Shown {
            number: self.source[..start].matches('\n').count() + 1,
            column: line[..start_in_line].chars().count() + 1,
            text,
            indent,
            carets: carets.max(1),
        })
    }
}

impl std::fmt::Display for Problems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.render(false).trim_end())
    }
}

impl std::error::Error for Problems {}

fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A character as it may stand in a terminal, and its width there.
fn printable(c: char) -> (char, usize) {
    match c.width() {
        _ if c == '\t' => (' ', 1),
        Some(width) if width > 0 => (c, width),
        _ => ('\u{fffd}', 1),
    }
}

/// How many bytes of a line may be shown. Where a secret was written into the file by mistake, the
/// message that says so must not carry it on into a log.
fn visible_part(line: &str) -> usize {
    let Some(equals) = line.find('=') else {
        // The inner lines of a multi-line string, which may be those of a key.
        return if super::secrets::is_secret_value(line) {
            0
        } else {
            line.len()
        };
    };
    if super::secrets::is_secret_key(line[..equals].trim())
        || super::secrets::is_secret_value(&line[equals..])
    {
        equals + 1
    } else {
        line.len()
    }
}
