//! The forms in which a secret would be usable, or would come out by accident.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

type Form = Zeroizing<Vec<u8>>;

/// Shortest form other than the secret itself: something shorter would be met by chance.
const SHORTEST: usize = 12;
/// Bytes of a long secret that give it away: nobody writes 192 random bits by chance.
const WINDOW: usize = 24;
const UPPER: &[u8; 16] = b"0123456789ABCDEF";
const LOWER: &[u8; 16] = b"0123456789abcdef";

/// The secret as it is, in base64 at any offset and in both alphabets, in hexadecimal, percent-encoded,
/// with its slashes escaped as JSON allows; turned round before that, after it, or both.
pub(crate) fn forms(secret: &[u8]) -> Vec<Form> {
    let mut all = encodings(secret);
    all.extend(encodings(&reversed(secret)));
    let turned: Vec<Form> = all.iter().map(|form| reversed(form)).collect();
    all.extend(turned);
    all.retain(|form| form.len() >= SHORTEST || form.as_slice() == secret);
    all.sort_by(|a, b| a.as_slice().cmp(b));
    all.dedup();
    all
}

/// Parts of a long secret, any of which gives it away however the rest is broken up.
pub(crate) fn windows(secret: &[u8]) -> impl Iterator<Item = &[u8]> {
    let width = secret.len().min(WINDOW);
    let last = secret.len() - width;
    [0, last / 2, last]
        .into_iter()
        .map(move |from| &secret[from..from + width])
}

fn encodings(plain: &[u8]) -> Vec<Form> {
    let mut all: Vec<Form> = vec![plain.to_vec().into(), escaped_slashes(plain)];
    for lead in 0..3_usize {
        let padded = Zeroizing::new([&b"xx"[..lead], plain].concat());
        // Only the characters that the secret alone decides: not those that share bits with what
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
    for digits in [UPPER, LOWER] {
        all.push(each(plain, |byte, out| out.extend(pair(byte, digits))));
        all.push(each(plain, |byte, out| percent(byte, digits, out)));
        // RFC 3986, section 2.3: these need no escape.
        all.push(each(plain, |byte, out| {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                out.push(byte);
            } else {
                percent(byte, digits, out);
            }
        }));
    }
    all
}

fn escaped_slashes(plain: &[u8]) -> Form {
    each(plain, |byte, out| {
        if byte == b'/' {
            out.push(b'\\');
        }
        out.push(byte);
    })
}

fn percent(byte: u8, digits: &[u8; 16], out: &mut Vec<u8>) {
    out.push(b'%');
    out.extend(pair(byte, digits));
}

fn pair(byte: u8, digits: &[u8; 16]) -> [u8; 2] {
    [
        digits[usize::from(byte >> 4)],
        digits[usize::from(byte & 15)],
    ]
}

/// Every byte written out; with the full capacity at once, for growing would leave copies behind.
fn each(plain: &[u8], write: impl Fn(u8, &mut Vec<u8>)) -> Form {
    let mut out = Zeroizing::new(Vec::with_capacity(plain.len() * 3));
    for byte in plain {
        write(*byte, &mut out);
    }
    out
}

fn reversed(form: &[u8]) -> Form {
    Zeroizing::new(form.iter().rev().copied().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(secret: &[u8]) -> Vec<String> {
        forms(secret)
            .iter()
            .map(|form| String::from_utf8_lossy(form).into_owned())
            .collect()
    }

    #[test]
    fn each_form_is_there_once() {
        let all = texts(b"key/with+sign_0123");
        for form in [
            "key/with+sign_0123",
            "key\\/with+sign_0123",
            "a2V5L3dpdGgrc2lnbl8wMTIz",
            "6b65792f776974682b7369676e5f30313233",
            "6B65792F776974682B7369676E5F30313233",
            "key%2Fwith%2Bsign_0123",
            "key%2fwith%2bsign_0123",
            "3210_ngis+htiw/yek",
            "zITMw8lbnl2crgGdpd3L5V2a",
            "MzIxMF9uZ2lzK2h0aXcveWVr",
        ] {
            let count = all.iter().filter(|text| *text == form).count();
            assert_eq!(count, 1, "{form} in {all:#?}");
        }
        assert!(all.iter().any(|text| text.starts_with("%6B%65%79%2F")));
    }

    #[test]
    fn a_short_secret_has_no_form_that_is_met_by_chance() {
        for secret in [&b""[..], b"a", b"ab", b"abc", b"hunter2"] {
            for form in forms(secret) {
                assert!(form.as_slice() == secret || form.len() >= SHORTEST);
            }
        }
    }

    #[test]
    fn a_long_secret_is_known_by_its_ends_and_its_middle() {
        let long: Vec<u8> = (0..=255).collect();
        let parts: Vec<(u8, usize)> = windows(&long).map(|part| (part[0], part.len())).collect();
        assert_eq!(parts, [(0, 24), (116, 24), (232, 24)]);
        assert_eq!(windows(b"short").collect::<Vec<_>>(), [b"short"; 3]);
    }
}
