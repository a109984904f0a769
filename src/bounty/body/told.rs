//! What a text says itself, without the parts that report what a program did or should do.

use super::super::patterns::patterns;

patterns! {
    force_all: Words;
    REPORTS = r"(?i)^[\s#*_>-]*(?:steps?\b|(?:how )?to reproduce|reproduc\w+|repro\b|expected|actual|observed|current(?:ly)? (?:behaviou?r|result)|what happen(?:s|ed)|screenshots?\b|logs?\b|output\b|examples?\b)[^\n]{0,30}?(?:[:*_]|$)";
    NUMBERED = r"^\s*\d{1,3}[.)]\s";
}

/// How a part of a report ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Opened by a `#` heading: at the next heading.
    Headed,
    /// Opened by a word in bold or with a colon: also at the next paragraph.
    Named { written: bool },
}

/// A text without numbered steps and without its parts on steps, expected and actual results.
pub(super) fn told(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut inside: Option<Part> = None;
    for line in text.lines() {
        let trimmed = line.trim();
        let hash = trimmed.starts_with('#');
        let bold = trimmed.starts_with("**") || trimmed.starts_with("__");
        if REPORTS.is_match(line) {
            inside = Some(if hash {
                Part::Headed
            } else {
                let written = trimmed.len() > 40;
                Part::Named { written }
            });
            out.push('\n');
            continue;
        }
        inside = match inside {
            Some(_) if hash || bold => None,
            Some(Part::Named { written: true }) if trimmed.is_empty() => None,
            Some(Part::Named { .. }) if !trimmed.is_empty() => Some(Part::Named { written: true }),
            other => other,
        };
        if inside.is_none() && !NUMBERED.is_match(line) {
            out.push_str(line);
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_compile() {
        force_all();
    }

    #[test]
    fn a_report_is_left_out_and_what_follows_is_not() {
        let text = "Hello\n1. press\n**Expected** one\n**Actual** two\nthree\n\nAfter\n## Steps\nfour\n\nfive\n## Terms\nSix";
        let left = told(text);
        let left: Vec<_> = left.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(left, ["Hello", "After", "## Terms", "Six"]);
    }
}
