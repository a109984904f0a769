//! Names and tokens that differ within a run and are equal between runs of the same seed.

use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

/// A reproducible source of names, codes and tokens. Not for secrets: a simulator guards nothing.
#[derive(Debug)]
pub struct Seed {
    seed: u64,
    drawn: AtomicU64,
}

impl Seed {
    /// A source that yields the same sequence for the same `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self {
            seed,
            drawn: AtomicU64::new(0),
        }
    }

    /// `length` letters and digits.
    #[must_use]
    pub fn letters(&self, length: usize) -> String {
        const ALPHABET: &[u8; 62] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let mut out = String::with_capacity(length);
        while out.len() < length {
            for byte in self.block() {
                if out.len() < length {
                    out.push(char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]));
                }
            }
        }
        out
    }

    /// A number of 63 bits.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.block()
            .iter()
            .take(8)
            .fold(0_u64, |number, byte| (number << 8) | u64::from(*byte))
            >> 1
    }

    fn block(&self) -> [u8; 32] {
        let drawn = self.drawn.fetch_add(1, Ordering::Relaxed);
        let mut hasher = Sha256::new();
        hasher.update(self.seed.to_be_bytes());
        hasher.update(drawn.to_be_bytes());
        hasher.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seeds_give_equal_sequences_and_no_repeats() {
        let (one, two) = (Seed::new(7), Seed::new(7));
        let first = one.letters(36);
        assert_eq!(first, two.letters(36));
        assert_eq!(first.len(), 36);
        assert_ne!(first, one.letters(36));
        assert_ne!(Seed::new(8).letters(36), first);
    }
}
