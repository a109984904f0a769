//! Looks through what a provider answers for the key it was asked with, across chunk boundaries.

use zeroize::Zeroizing;

use crate::needles::Needles;

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
        if self.needles.found_in(&text).is_some() {
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
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
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
        let needles = Needles::of("API key", KEY.as_bytes());
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
        let needles = Needles::of("API key", KEY.as_bytes());
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
            let needles = Needles::of("API key", KEY.as_bytes());
            prop_assume!(needles.found_in(text.as_bytes()).is_none());
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
