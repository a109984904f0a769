//! What is typed at a terminal that edits nothing itself: one line, with the keys a person uses.

use zeroize::Zeroizing;

/// Enter, as a terminal in raw mode and as a paste sends it.
const ENTER: [u8; 2] = [b'\r', b'\n'];
/// Ctrl-H and Delete: the last character goes.
const BACKSPACE: [u8; 2] = [0x08, 0x7f];
/// Ctrl-D on an empty line: never mind.
const END: u8 = 0x04;
/// Ctrl-U: begin again.
const KILL: u8 = 0x15;
const ESCAPE: u8 = 0x1b;

/// What a byte led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    More,
    Done,
    Cancelled,
    TooLong,
}

/// Where a byte stands in a control sequence (ECMA-48 §5.4): an arrow key, the marks around a paste.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sequence {
    None,
    Begun,
    Parameters,
}

/// A line as far as it was typed. Its memory is taken at once, so that growing leaves no copy behind.
pub(super) struct Line {
    bytes: Zeroizing<Vec<u8>>,
    longest: usize,
    sequence: Sequence,
}

impl Line {
    pub(super) fn new(longest: usize) -> Self {
        Self {
            bytes: Zeroizing::new(Vec::with_capacity(longest)),
            longest,
            sequence: Sequence::None,
        }
    }

    pub(super) fn push(&mut self, byte: u8) -> Step {
        match self.sequence {
            Sequence::Begun => {
                self.sequence = match byte {
                    b'[' | b'O' => Sequence::Parameters,
                    ESCAPE => Sequence::Begun,
                    _ => Sequence::None,
                };
                return Step::More;
            }
            Sequence::Parameters => {
                if (0x40..=0x7e).contains(&byte) {
                    self.sequence = Sequence::None;
                }
                return Step::More;
            }
            Sequence::None => {}
        }
        match byte {
            _ if ENTER.contains(&byte) => return Step::Done,
            _ if BACKSPACE.contains(&byte) => self.back(),
            END if self.bytes.is_empty() => return Step::Cancelled,
            KILL => self.bytes.clear(),
            ESCAPE => self.sequence = Sequence::Begun,
            _ if byte.is_ascii_control() => {}
            _ if self.bytes.len() == self.longest => return Step::TooLong,
            _ => self.bytes.push(byte),
        }
        Step::More
    }

    /// Takes back one character, which in UTF-8 may be several bytes.
    fn back(&mut self) {
        while self.bytes.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
    }

    pub(super) fn into_bytes(self) -> Zeroizing<Vec<u8>> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn typed(keys: &[u8]) -> (Step, Vec<u8>) {
        let mut line = Line::new(8);
        let end = keys
            .iter()
            .map(|key| line.push(*key))
            .find(|step| *step != Step::More);
        (end.unwrap_or(Step::More), line.into_bytes().to_vec())
    }

    #[test]
    fn the_keys_of_a_person_do_what_he_expects() {
        for (keys, end, left) in [
            (&b"abc\r"[..], Step::Done, &b"abc"[..]),
            (b"abc\nrest", Step::Done, b"abc"),
            (b"abx\x7fc\r", Step::Done, b"abc"),
            (b"\x08\x08a\r", Step::Done, b"a"),
            ("aä\x7fb\r".as_bytes(), Step::Done, b"ab"),
            (b"wrong\x15right\r", Step::Done, b"right"),
            (b"\x04", Step::Cancelled, b""),
            (b"a\x04b\r", Step::Done, b"ab"),
            // Arrow keys, and a paste between its marks.
            (b"a\x1b[Db\x1bOA\r", Step::Done, b"ab"),
            (b"\x1b[200~abc\x1b[201~\r", Step::Done, b"abc"),
            (b"a\x1b\x1b[Db\r", Step::Done, b"ab"),
            (b"12345678\r", Step::Done, b"12345678"),
            (b"123456789", Step::TooLong, b"12345678"),
            (b"\r", Step::Done, b""),
        ] {
            assert_eq!(typed(keys), (end, left.to_vec()), "{keys:?}");
        }
    }

    proptest! {
        #[test]
        fn no_key_leaves_a_control_character_or_too_much(keys: Vec<u8>) {
            let (_, left) = typed(&keys);
            prop_assert!(left.len() <= 8);
            prop_assert!(!left.iter().any(u8::is_ascii_control));
        }
    }
}
