//! Output of which the beginning and the end are kept, whatever its length.

use std::collections::VecDeque;

/// What a stream said, in at most `limit` bytes and one line that says how much is missing.
#[derive(Debug)]
pub(crate) struct Kept {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    /// Bytes of each half.
    half: usize,
    seen: u64,
}

impl Kept {
    /// Keeps `limit` bytes: the first half of them from the beginning, the second from the end, where
    /// test programs say what failed.
    pub(crate) fn new(limit: u64) -> Self {
        Self {
            head: Vec::new(),
            tail: VecDeque::new(),
            half: usize::try_from(limit / 2).unwrap_or(usize::MAX),
            seen: 0,
        }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.seen = self.seen.saturating_add(bytes.len() as u64);
        let room = self.half.saturating_sub(self.head.len()).min(bytes.len());
        let (first, rest) = bytes.split_at(room);
        self.head.extend_from_slice(first);
        // Of a piece that is longer than what is kept, only the end can stay.
        let rest = &rest[rest.len().saturating_sub(self.half)..];
        let over = (self.tail.len() + rest.len()).saturating_sub(self.half);
        self.tail.drain(..over);
        self.tail.extend(rest);
    }

    /// Bytes that were said.
    pub(crate) fn seen(&self) -> u64 {
        self.seen
    }

    /// Bytes that were said and not kept.
    pub(crate) fn missing(&self) -> u64 {
        self.seen - (self.head.len() + self.tail.len()) as u64
    }

    /// What was kept, with a line between its halves where something is missing.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        let missing = self.missing();
        let mut bytes = self.head;
        if missing > 0 {
            bytes.extend_from_slice(format!("\n[{missing} bytes left out]\n").as_bytes());
        }
        bytes.extend(self.tail);
        bytes
    }

    /// The last bytes that were said.
    pub(crate) fn last(&self, count: usize) -> Vec<u8> {
        let all = self.head.len() + self.tail.len();
        self.head
            .iter()
            .chain(&self.tail)
            .skip(all.saturating_sub(count))
            .copied()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_fits_is_kept_as_it_was() {
        let mut kept = Kept::new(10);
        kept.push(b"abcd");
        kept.push(b"efghij");
        assert_eq!(
            (kept.missing(), kept.into_bytes()),
            (0, b"abcdefghij".to_vec())
        );
    }

    #[test]
    fn of_what_is_too_long_the_middle_is_left_out_and_counted() {
        let mut kept = Kept::new(8);
        for _ in 0..100 {
            kept.push(b"0123456789");
        }
        kept.push(b"end");
        assert_eq!(kept.last(4), b"9end");
        assert_eq!(kept.into_bytes(), b"0123\n[995 bytes left out]\n9end");
    }

    proptest! {
        #[test]
        fn nothing_is_miscounted(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..20), limit in 0_u64..64) {
            let mut kept = Kept::new(limit);
            let whole = pieces.concat();
            for piece in &pieces {
                kept.push(piece);
            }
            prop_assert_eq!(kept.seen(), whole.len() as u64);
            let half = usize::try_from(limit / 2).expect("small");
            prop_assert!(kept.head.len() <= half && kept.tail.len() <= half);
            prop_assert!(whole.starts_with(&kept.head));
            let tail: Vec<u8> = kept.tail.iter().copied().collect();
            prop_assert!(whole.ends_with(&tail));
            prop_assert_eq!(kept.missing() as usize, whole.len() - kept.head.len() - tail.len());
        }
    }
}
