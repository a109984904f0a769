//! The canary of a job: a value put into the sandbox that must not come out in any form.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use regex::bytes::{Regex, RegexBuilder};

/// Characters of a form that must agree: a part of this length gives the canary away.
const PART: usize = 12;
/// Bytes of a canary, at least; of something shorter a part would be met by chance.
const SHORTEST: usize = 16;

/// A canary, made ready to be looked for.
#[derive(Clone)]
pub struct Canary {
    /// Finds it as it stands, or encoded.
    forms: Regex,
    /// Finds it in text of which all but letters and digits was taken out.
    squeezed: Regex,
}

/// Why a canary cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCanary {
    /// Too short.
    #[error("the canary has {0} bytes, which ordinary text may contain by chance; use 16 or more")]
    Short(usize),
    /// Its forms cannot be compiled into one search.
    #[error("the canary's forms cannot be searched for: {0}; use fewer bytes")]
    Forms(String),
}

impl Canary {
    /// Prepares the search for a canary of at least 16 bytes; letters and digits are best.
    ///
    /// # Errors
    /// It is too short, or far too long.
    pub fn new(canary: &[u8]) -> Result<Self, BadCanary> {
        if canary.len() < SHORTEST {
            return Err(BadCanary::Short(canary.len()));
        }
        let forms = forms(canary);
        Ok(Self {
            forms: search(forms.iter().flat_map(|form| parts(form)))?,
            squeezed: search(forms.iter().flat_map(|form| parts(&squeeze(form))))?,
        })
    }

    /// Whether some bytes give the canary away, and how.
    #[must_use]
    pub fn found_in(&self, bytes: &[u8]) -> Option<&'static str> {
        if self.forms.is_match(bytes) {
            return Some("as it is or encoded");
        }
        self.squeezed
            .is_match(&squeeze(bytes))
            .then_some("cut into pieces")
    }
}

impl std::fmt::Debug for Canary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Canary(…)")
    }
}

fn search(parts: impl Iterator<Item = Vec<u8>>) -> Result<Regex, BadCanary> {
    let mut list: Vec<String> = parts
        .filter(|part| part.len() >= PART)
        .map(|part| {
            part.iter()
                .map(|byte| format!("\\x{byte:02x}"))
                .collect::<String>()
        })
        .collect();
    list.sort();
    list.dedup();
    RegexBuilder::new(&list.join("|"))
        .unicode(false)
        .case_insensitive(true)
        .build()
        .map_err(|error| BadCanary::Forms(error.to_string()))
}

/// The beginning, the middle and the end: whoever leaves out one of them still shows another.
fn parts(form: &[u8]) -> Vec<Vec<u8>> {
    let middle = (form.len() - PART.min(form.len())) / 2;
    [0, middle, form.len().saturating_sub(PART)]
        .into_iter()
        .filter_map(|from| form.get(from..from + PART))
        .map(<[u8]>::to_vec)
        .collect()
}

fn squeeze(bytes: &[u8]) -> Vec<u8> {
    bytes
        .iter()
        .copied()
        .filter(u8::is_ascii_alphanumeric)
        .collect()
}

/// Every form of the canary that is looked for.
fn forms(canary: &[u8]) -> Vec<Vec<u8>> {
    let reversed: Vec<u8> = canary.iter().rev().copied().collect();
    let mut out = Vec::new();
    for plain in [canary, &reversed] {
        out.push(plain.to_vec());
        out.push(hex::encode(plain).into_bytes());
        out.push(rot13(plain));
        out.push(each(plain, |byte| format!("%{byte:02X}")));
        out.push(each(plain, |byte| format!("\\x{byte:02x}")));
        out.push(each(plain, |byte| format!("0x{byte:02x}")));
        out.push(each(plain, |byte| format!("\\u{byte:04x}")));
        out.push(each(plain, |byte| format!("{byte},")));
        out.push(each(plain, |byte| format!("{byte:o}")));
        out.push(each(plain, |byte| format!("{byte:08b}")));
        out.push(url_encoded(plain));
        out.push(base32(plain));
        for before in 0..3 {
            // What stands before shifts the alignment; only whole groups of the canary's own stay.
            let mut padded = vec![0u8; before];
            padded.extend_from_slice(plain);
            let start = [0, 2, 3][before];
            let whole = padded.len() / 3 * 4;
            for encoded in [
                STANDARD_NO_PAD.encode(&padded),
                URL_SAFE_NO_PAD.encode(&padded),
            ] {
                if let Some(stable) = encoded.as_bytes().get(start..whole) {
                    out.push(stable.to_vec());
                    out.push(stable.iter().rev().copied().collect());
                }
            }
        }
    }
    // An encoding of the hexadecimal form is one step further, and as easy.
    let hexed = hex::encode(canary);
    out.push(STANDARD_NO_PAD.encode(&hexed).into_bytes());
    let twice = STANDARD_NO_PAD.encode(STANDARD_NO_PAD.encode(canary));
    out.push(twice.into_bytes());
    out
}

fn each(bytes: &[u8], write: impl Fn(u8) -> String) -> Vec<u8> {
    bytes
        .iter()
        .map(|byte| write(*byte))
        .collect::<String>()
        .into_bytes()
}

fn rot13(bytes: &[u8]) -> Vec<u8> {
    bytes
        .iter()
        .map(|byte| match byte {
            b'a'..=b'm' | b'A'..=b'M' => byte + 13,
            b'n'..=b'z' | b'N'..=b'Z' => byte - 13,
            other => *other,
        })
        .collect()
}

/// Only what must be escaped is (RFC 3986 §2.3).
fn url_encoded(bytes: &[u8]) -> Vec<u8> {
    each(bytes, |byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    })
}

/// RFC 4648 §6, without padding.
fn base32(bytes: &[u8]) -> Vec<u8> {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut out = Vec::new();
    for group in bytes.chunks(5) {
        let mut value = 0u64;
        for at in 0..5 {
            value = value << 8 | u64::from(group.get(at).copied().unwrap_or(0));
        }
        let letters = (group.len() * 8).div_ceil(5);
        for at in 0..letters {
            let index = (value >> (35 - 5 * at)) & 31;
            // Five bits are an index into 32 letters.
            out.push(LETTERS[index as usize]);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const VALUE: &[u8] = b"cnry_8fK2mQz71LpXw4TnB0s";

    fn found(text: impl AsRef<[u8]>) -> bool {
        Canary::new(VALUE)
            .expect("a canary")
            .found_in(text.as_ref())
            .is_some()
    }

    #[test]
    fn a_short_canary_is_refused() {
        assert_eq!(Canary::new(b"short").err(), Some(BadCanary::Short(5)));
    }

    #[test]
    fn every_form_is_found() {
        let text = std::str::from_utf8(VALUE).expect("text");
        let reversed: String = text.chars().rev().collect();
        for hidden in [
            format!("x = '{text}'"),
            format!("x = '{}'", text.to_uppercase()),
            reversed,
            hex::encode(VALUE),
            hex::encode_upper(VALUE),
            format!("pre{}", &text[..12]),
            format!("…{}", &text[12..]),
            format!("'{}' + '{}'", &text[..9], &text[9..]),
            text.chars().map(|c| format!("{c}-")).collect(),
            text.chars().map(|c| format!("'{c}', ")).collect(),
            text.bytes().map(|b| format!("%{b:02x}")).collect(),
            text.bytes().map(|b| format!("\\x{b:02X}")).collect(),
            text.bytes().map(|b| format!("{b}, ")).collect(),
            text.bytes().map(|b| format!("0x{b:02x}, ")).collect(),
            String::from_utf8(base32(VALUE)).expect("text"),
            String::from_utf8(rot13(VALUE)).expect("text"),
        ] {
            assert!(found(&hidden), "{hidden}");
        }
    }

    #[test]
    fn ordinary_code_is_not_the_canary() {
        assert!(!found("fn main() { println!(\"cnry\"); }".repeat(200)));
        assert!(!found("8fK2mQz71Lp"), "eleven characters are chance");
    }

    proptest! {
        #[test]
        fn base64_is_found_at_every_alignment(before in ".{0,7}", after in ".{0,7}", url in any::<bool>()) {
            let mut plain = before.into_bytes();
            plain.extend_from_slice(VALUE);
            plain.extend_from_slice(after.as_bytes());
            let encoded = if url { URL_SAFE_NO_PAD.encode(&plain) } else { STANDARD_NO_PAD.encode(&plain) };
            prop_assert!(found(encoded));
        }
    }
}
