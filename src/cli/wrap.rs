//! Paragraphs that fit the terminal.

use unicode_width::UnicodeWidthStr as _;

use super::table::{WIDTH, cut};

/// The text on lines of at most [`WIDTH`] columns, broken between words: the first begins with
/// `first`, each later one with as many spaces. Ends with a line break.
pub(super) fn wrap(first: &str, text: &str) -> String {
    filled(first, &" ".repeat(first.width()), text)
}

/// Each line on as many as it takes, none broken within a word.
pub(super) fn wrap_lines(text: &str) -> String {
    let line = |line: &str| {
        let (lead, words) = line.split_at(line.len() - line.trim_start().len());
        wrap(lead, words)
    };
    text.lines().map(line).collect()
}

/// The same, with `mark` before each line.
pub(super) fn quote(mark: &str, text: &str) -> String {
    filled(mark, mark, text)
}

fn filled(first: &str, indent: &str, text: &str) -> String {
    let room = WIDTH.saturating_sub(first.width()).max(1);
    let mut out = String::from(first);
    let mut used = 0;
    for word in text.split_whitespace() {
        if used > 0 && used + 1 + word.width() > room {
            out.push('\n');
            out.push_str(indent);
            used = 0;
        } else if used > 0 {
            out.push(' ');
            used += 1;
        }
        let mut rest = word;
        // A word longer than a line goes over as many as it needs.
        while rest.width() > room {
            let piece = cut(rest, room);
            let taken = piece.strip_suffix('…').unwrap_or(&piece);
            if taken.is_empty() {
                break;
            }
            out.push_str(taken);
            out.push('\n');
            out.push_str(indent);
            rest = rest.get(taken.len()..).unwrap_or_default();
        }
        out.push_str(rest);
        used += rest.width();
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_between_words_and_within_long_ones() {
        let text = wrap("  ✓ code: ", &"several words and more ".repeat(9));
        assert!(text.lines().count() > 2, "{text}");
        for line in text.lines() {
            assert!(line.width() <= WIDTH, "{line}");
        }
        assert!(text.lines().skip(1).all(|l| l.starts_with("          ")));
        let long = "漢".repeat(100);
        let text = wrap("- ", &long);
        assert!(text.lines().all(|l| l.width() <= WIDTH), "{text}");
        assert_eq!(text.matches('漢').count(), 100);
    }

    #[test]
    fn short_and_empty_texts_stay_as_they_are() {
        assert_eq!(wrap("", "one line"), "one line\n");
        assert_eq!(wrap("· ", ""), "·\n");
    }
}
