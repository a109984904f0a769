//! The new lines of a file, as one text with the way back to line numbers.

use std::borrow::Cow;

use crate::diff;

/// The text of a changed file, as far as it is new.
#[derive(Debug)]
pub(crate) struct Added<'a> {
    /// The new lines, each with its line break; the whole file when it is new.
    pub(crate) text: Cow<'a, str>,
    /// Where each line of `text` begins.
    starts: Vec<usize>,
    /// The line number in the file of each line of `text`, from 1; empty when the file is new.
    numbers: Vec<u32>,
    /// Lines of the old file that are gone.
    pub(crate) removed: Vec<&'a str>,
}

impl<'a> Added<'a> {
    /// A new file: every line is new.
    pub(crate) fn whole(text: &'a str) -> Self {
        Self {
            starts: starts_of(text),
            text: Cow::Borrowed(text),
            numbers: Vec::new(),
            removed: Vec::new(),
        }
    }

    /// A changed file.
    pub(crate) fn changed(old: &'a str, new: &'a str) -> Self {
        let before: Vec<&str> = old.split_inclusive('\n').collect();
        let after: Vec<&str> = new.split_inclusive('\n').collect();
        let found = diff::lines(&before, &after);
        let mut text = String::new();
        let mut numbers = Vec::with_capacity(found.added.len());
        let mut starts = Vec::with_capacity(found.added.len());
        for at in found.added {
            starts.push(text.len());
            numbers.push(u32::try_from(at + 1).unwrap_or(u32::MAX));
            text.push_str(after[at]);
            if !after[at].ends_with('\n') {
                text.push('\n');
            }
        }
        Self {
            text: Cow::Owned(text),
            starts,
            numbers,
            removed: found.removed.into_iter().map(|at| before[at]).collect(),
        }
    }

    /// A deleted file: every line is gone.
    pub(crate) fn deleted(old: &'a str) -> Self {
        Self {
            text: Cow::Borrowed(""),
            starts: Vec::new(),
            numbers: Vec::new(),
            removed: old.split_inclusive('\n').collect(),
        }
    }

    /// The line number in the file of a place in `text`.
    pub(crate) fn number(&self, at: usize) -> u32 {
        let index = self.index(at);
        self.numbers
            .get(index)
            .copied()
            .unwrap_or_else(|| u32::try_from(index + 1).unwrap_or(u32::MAX))
    }

    /// The line of `text` around a place.
    pub(crate) fn line_at(&self, at: usize) -> &str {
        let index = self.index(at);
        let start = self.starts.get(index).copied().unwrap_or(0);
        let end = self
            .starts
            .get(index + 1)
            .copied()
            .unwrap_or(self.text.len());
        self.text.get(start..end).unwrap_or_default()
    }

    /// Each new line with its number in the file.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (u32, &str)> {
        self.starts.iter().enumerate().map(|(index, start)| {
            let end = self
                .starts
                .get(index + 1)
                .copied()
                .unwrap_or(self.text.len());
            let number = self
                .numbers
                .get(index)
                .copied()
                .unwrap_or_else(|| u32::try_from(index + 1).unwrap_or(u32::MAX));
            let line = self.text.get(*start..end).unwrap_or_default();
            (number, line.trim_end_matches(['\n', '\r']))
        })
    }

    fn index(&self, at: usize) -> usize {
        self.starts
            .partition_point(|start| *start <= at)
            .saturating_sub(1)
    }
}

fn starts_of(text: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        starts.push(at);
        at += line.len();
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_leads_back_to_its_line_in_the_file() {
        let added = Added::changed("a\nb\nc\n", "a\nx\nb\nc\ny");
        assert_eq!(added.text, "x\ny\n");
        assert_eq!((added.number(0), added.number(2)), (2, 5));
        assert_eq!(added.line_at(2), "y\n");
        assert_eq!(added.lines().collect::<Vec<_>>(), [(2, "x"), (5, "y")]);
        let whole = Added::whole("a\nb\n");
        assert_eq!((whole.number(0), whole.number(2)), (1, 2));
    }

    #[test]
    fn a_file_without_its_last_line_break_has_one_new_line_at_most() {
        let added = Added::changed("a\nb", "a\nb\n");
        assert_eq!(added.text, "b\n");
        assert_eq!(added.removed, ["b"]);
    }
}
