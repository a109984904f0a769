//! Looks through what a provider answers for the key it was asked with, across chunk boundaries.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

/// The forms in which a key would be usable: as it is, in base64 at any offset, in hex, and with its
/// slashes escaped as JSON allows.
pub(super) struct Needles(Vec<Zeroizing<Vec<u8>>>);

impl Needles {
    pub(super) fn of(key: &str) -> Self {
        let mut all: Vec<Zeroizing<Vec<u8>>> = vec![key.as_bytes().to_vec().into()];
        if key.contains('/') {
            all.push(key.replace('/', "\\/").into_bytes().into());
        }
        for lead in 0..3_usize {
            let padded = Zeroizing::new([&b"xx"[..lead], key.as_bytes()].concat());
            // Only the characters that the key alone decides: not those that share bits with what
            // stands before or after it.
            let whole = padded.len() / 3 * 4;
            let from = [0, 2, 3][lead];
            for text in [
                Zeroizing::new(STANDARD_NO_PAD.encode(&*padded)),
                Zeroizing::new(URL_SAFE_NO_PAD.encode(&*padded)),
            ] {
                if let Some(part) = text.as_bytes().get(from..whole) {
                    all.push(part.to_vec().into());
                }
            }
        }
        for upper in [false, true] {
            let mut hex = Zeroizing::new(Vec::with_capacity(key.len() * 2));
            for byte in key.bytes() {
                let digits = if upper {
                    b"0123456789ABCDEF"
                } else {
                    b"0123456789abcdef"
                };
                hex.push(digits[usize::from(byte >> 4)]);
                hex.push(digits[usize::from(byte & 15)]);
            }
            all.push(hex);
        }
        Self(all)
    }

    /// Whether the key stands in `text`.
    pub(super) fn are_in(&self, text: &[u8]) -> bool {
        self.0.iter().any(|needle| find(text, needle))
    }

    /// How many bytes at the end of `text` may be the beginning of the key.
    fn begun_at_end(&self, text: &[u8]) -> usize {
        self.0
            .iter()
            .map(|needle| {
                let most = text.len().min(needle.len() - 1);
                (1..=most)
                    .rev()
                    .find(|n| text.ends_with(&needle[..*n]))
                    .unwrap_or(0)
            })
            .max()
            .unwrap_or(0)
    }
}

fn find(text: &[u8], needle: &[u8]) -> bool {
    let Some(first) = needle.first() else {
        return false;
    };
    let mut rest = text;
    while let Some(at) = rest.iter().position(|b| b == first) {
        rest = &rest[at..];
        if rest.starts_with(needle) {
            return true;
        }
        rest = &rest[1..];
    }
    false
}

/// The key was found; what came so far is not to be passed on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found;

/// Passes a stream on, but never a part of the key: an end that may be the beginning of it waits for
/// what follows.
pub(super) struct Sieve<'a> {
    needles: &'a Needles,
    held: Zeroizing<Vec<u8>>,
}

impl<'a> Sieve<'a> {
    pub(super) fn new(needles: &'a Needles) -> Self {
        Self {
            needles,
            held: Zeroizing::default(),
        }
    }

    /// What may be passed on after `chunk` came.
    pub(super) fn pass(&mut self, chunk: &[u8]) -> Result<Vec<u8>, Found> {
        let mut text = Zeroizing::new([&self.held[..], chunk].concat());
        if self.needles.are_in(&text) {
            return Err(Found);
        }
        let keep = self.needles.begun_at_end(&text);
        let free = text.len() - keep;
        self.held = Zeroizing::new(text.split_off(free));
        Ok(std::mem::take(&mut *text))
    }

    /// What is left at the end: too short to be the key.
    pub(super) fn finish(self) -> Vec<u8> {
        self.held.to_vec()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "sk-canary/0123456789+abcdef";

    fn hidden() -> Vec<Vec<u8>> {
        let mut forms = vec![
            KEY.into(),
            KEY.replace('/', "\\/").into_bytes(),
            KEY.bytes()
                .map(|b| format!("{b:02x}"))
                .collect::<String>()
                .into_bytes(),
            KEY.bytes()
                .map(|b| format!("{b:02X}"))
                .collect::<String>()
                .into_bytes(),
        ];
        for around in ["", "a", "ab", "Bearer ", "key=", "{\"k\":\""] {
            let text = format!("{around}{KEY}{around}");
            forms.push(STANDARD_NO_PAD.encode(&text).into_bytes());
            forms.push(URL_SAFE_NO_PAD.encode(&text).into_bytes());
        }
        forms
    }

    #[test]
    fn the_key_is_found_in_every_form_and_whatever_the_chunks() {
        let needles = Needles::of(KEY);
        for form in hidden() {
            let text = [b"data: ", &form[..], b" end"].concat();
            for size in 1..text.len() {
                let mut sieve = Sieve::new(&needles);
                let mut passed = Vec::new();
                let found = text.chunks(size).any(|chunk| match sieve.pass(chunk) {
                    Ok(free) => {
                        passed.extend(free);
                        false
                    }
                    Err(Found) => true,
                });
                assert!(found, "{} in {size}", String::from_utf8_lossy(&form));
                // Base64 may share its first characters with what stands before the key.
                assert!(passed.len() <= text.len() - KEY.len(), "{size}");
            }
        }
    }

    #[test]
    fn an_end_that_is_no_beginning_is_not_held_back() {
        let needles = Needles::of(KEY);
        let mut sieve = Sieve::new(&needles);
        assert_eq!(sieve.pass(b"data: {}\n\n").expect("free"), b"data: {}\n\n");
        assert_eq!(sieve.pass(b"task sk-ca").expect("free"), b"task ");
        assert_eq!(sieve.pass(b"t\n").expect("free"), b"sk-cat\n");
        assert_eq!(sieve.pass(b"sk-").expect("free"), b"");
        assert_eq!(sieve.finish(), b"sk-");
    }

    proptest! {
        #[test]
        fn a_stream_without_the_key_comes_through_whole(text in "[skcanry0-9/-]{0,200}", size in 1..50_usize) {
            let needles = Needles::of(KEY);
            prop_assume!(!needles.are_in(text.as_bytes()));
            let mut sieve = Sieve::new(&needles);
            let mut passed = Vec::new();
            for chunk in text.as_bytes().chunks(size) {
                passed.extend(sieve.pass(chunk).expect("no key"));
            }
            passed.extend(sieve.finish());
            prop_assert_eq!(passed, text.into_bytes());
        }
    }
}
