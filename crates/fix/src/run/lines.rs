//! Lines out of a stream of bytes, none longer than a limit.

/// Cuts bytes into lines. Never holds more than one line's limit and one piece.
#[derive(Debug)]
pub(super) struct Lines {
    bytes: Vec<u8>,
    /// Where the next line begins.
    start: usize,
    /// Up to where there is no line break.
    searched: usize,
    limit: usize,
    /// In a line that was too long; what is left of it is thrown away.
    skipping: bool,
}

/// What a stream was cut into.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// A line, without its break.
    Line(Vec<u8>),
    /// Here was a line that is longer than the limit.
    TooLong,
}

impl Lines {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            bytes: Vec::new(),
            start: 0,
            searched: 0,
            limit,
            skipping: false,
        }
    }

    pub(super) fn push(&mut self, piece: &[u8]) {
        self.bytes.drain(..self.start);
        self.searched -= self.start;
        self.start = 0;
        self.bytes.extend_from_slice(piece);
    }

    pub(super) fn next(&mut self) -> Option<Cut> {
        loop {
            let found = self.bytes[self.searched..].iter().position(|b| *b == b'\n');
            let Some(at) = found.map(|at| self.searched + at) else {
                self.searched = self.bytes.len();
                if self.skipping {
                    self.start = self.searched;
                } else if self.searched - self.start > self.limit {
                    self.skipping = true;
                    self.start = self.searched;
                    return Some(Cut::TooLong);
                }
                return None;
            };
            let line = &self.bytes[self.start..at];
            self.start = at + 1;
            self.searched = self.start;
            if std::mem::take(&mut self.skipping) {
                continue;
            }
            if line.len() > self.limit {
                return Some(Cut::TooLong);
            }
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            return Some(Cut::Line(line.to_vec()));
        }
    }

    /// What came after the last line break, once nothing more comes.
    pub(super) fn rest(&mut self) -> Option<Vec<u8>> {
        let rest = self.bytes.split_off(self.start);
        *self = Self::new(self.limit);
        (!rest.is_empty()).then_some(rest)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(lines: &mut Lines) -> Vec<Cut> {
        std::iter::from_fn(|| lines.next()).collect()
    }

    fn line(text: &str) -> Cut {
        Cut::Line(text.as_bytes().to_vec())
    }

    #[test]
    fn lines_are_put_together_from_pieces() {
        let mut lines = Lines::new(10);
        lines.push(b"one\r\ntw");
        assert_eq!(all(&mut lines), [line("one")]);
        lines.push(b"o\n\nthree");
        assert_eq!(all(&mut lines), [line("two"), line("")]);
        assert_eq!(lines.rest(), Some(b"three".to_vec()));
        assert_eq!(lines.rest(), None);
    }

    #[test]
    fn a_line_that_is_too_long_is_named_once_and_not_held() {
        let mut lines = Lines::new(10);
        let mut cuts = Vec::new();
        for _ in 0..1000 {
            lines.push(&[b'x'; 100]);
            cuts.extend(all(&mut lines));
            assert!(lines.bytes.len() <= 200);
        }
        lines.push(b"\nnext\n");
        cuts.extend(all(&mut lines));
        assert_eq!(cuts, [Cut::TooLong, line("next")]);
    }

    proptest! {
        #[test]
        fn how_it_comes_in_pieces_does_not_matter(text in "[ab\n]{0,80}", size in 1_usize..9) {
            let mut lines = Lines::new(5);
            let mut cuts = Vec::new();
            for piece in text.as_bytes().chunks(size) {
                lines.push(piece);
                cuts.extend(all(&mut lines));
            }
            let mut whole: Vec<&str> = text.split('\n').collect();
            let last = whole.pop().unwrap_or_default();
            let mut expected: Vec<Cut> = whole
                .iter()
                .map(|l| if l.len() > 5 { Cut::TooLong } else { line(l) })
                .collect();
            if last.len() > 5 {
                expected.push(Cut::TooLong);
            }
            prop_assert_eq!(cuts, expected);
        }
    }
}
