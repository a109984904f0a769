//! The search: any 16 bytes in a row of a secret, in any form in which programs write such things.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// So much of a secret in a row is a leak.
const WINDOW: usize = 16;

/// What is looked for.
pub(super) struct Needles {
    windows: HashMap<[u8; WINDOW], String>,
    /// Whether a window starts with these two bytes: most places are ruled out by it.
    starts: Vec<bool>,
}

/// A place where a secret was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) place: String,
    pub(super) what: String,
    /// The text before it, to see who wrote it.
    pub(super) before: String,
}

fn pair(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 8 | usize::from(bytes[1])
}

fn hex(bytes: &[u8], upper: bool, before: &str) -> String {
    bytes.iter().fold(String::new(), |mut out, b| {
        let _ = match upper {
            true => write!(out, "{before}{b:02X}"),
            false => write!(out, "{before}{b:02x}"),
        };
        out
    })
}

/// As a form or an URL carries it.
fn percent(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, b| {
        if b.is_ascii_alphanumeric() || b"-._~".contains(b) {
            out.push(char::from(*b));
        } else {
            let _ = write!(out, "%{b:02X}");
        }
        out
    })
}

/// Base64 of `bytes` when they stand anywhere in a longer text: three ways to fall on its grid.
fn base64_forms(bytes: &[u8]) -> Vec<(String, String)> {
    let mut forms = Vec::new();
    for skipped in 0..3 {
        let Some(part) = bytes.get(skipped..) else {
            continue;
        };
        // Only whole groups: the last characters depend on what follows.
        let part = &part[..part.len() / 3 * 3];
        forms.push((format!("base64+{skipped}"), STANDARD_NO_PAD.encode(part)));
        forms.push((format!("base64url+{skipped}"), URL_SAFE_NO_PAD.encode(part)));
    }
    forms
}

/// Every form of a secret that is searched for, by name.
pub(super) fn forms(secret: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut forms: Vec<(String, Vec<u8>)> = vec![("raw".to_owned(), secret.to_vec())];
    let mut add = |name: &str, text: String| forms.push((name.to_owned(), text.into_bytes()));
    add("hex", hex(secret, false, ""));
    add("HEX", hex(secret, true, ""));
    add("percent", percent(secret));
    add("percent-lower", percent(secret).to_ascii_lowercase());
    add("percent-all", hex(secret, true, "%"));
    add("byte list", format!("{secret:?}"));
    if let Ok(text) = std::str::from_utf8(secret) {
        let json = serde_json::to_string(text).expect("JSON");
        add("JSON", json.trim_matches('"').to_owned());
        add("twice JSON", serde_json::to_string(&json).expect("JSON"));
        add("Debug", format!("{text:?}"));
    }
    for (name, text) in base64_forms(secret) {
        add(&name, text);
    }
    forms
}

impl Needles {
    pub(super) fn new() -> Self {
        Self {
            windows: HashMap::new(),
            starts: vec![false; 1 << 16],
        }
    }

    /// A secret, in all its forms.
    pub(super) fn add(&mut self, name: &str, secret: &[u8]) {
        assert!(
            secret.len() >= WINDOW,
            "{name} is too short to be recognised"
        );
        for (form, bytes) in forms(secret) {
            for window in bytes.windows(WINDOW) {
                let window: [u8; WINDOW] = window.try_into().expect("a window");
                self.starts[pair(&window)] = true;
                self.windows.insert(window, format!("{name}, {form}"));
            }
        }
    }

    /// The private parts of a key: what its public half does not tell anybody.
    pub(super) fn add_key(&mut self, pem: &str) {
        let body: String = pem.lines().filter(|l| !l.starts_with("-----")).collect();
        let der = base64::engine::general_purpose::STANDARD
            .decode(body.trim())
            .expect("PEM");
        // PKCS#8: version, algorithm, then modulus and exponent of 2048 bits in the first 300
        // bytes (RFC 8017 A.1.2); the secret numbers follow.
        self.add("the private key", &der[304..]);
    }

    /// Everything of these that stands in `bytes`, one hit a secret and form.
    pub(super) fn find(&self, place: &str, bytes: &[u8]) -> Vec<Hit> {
        let mut hits: Vec<Hit> = Vec::new();
        for (at, window) in bytes.windows(WINDOW).enumerate() {
            // A signed assertion is a secret for a minute, whatever is in it: base64url of `{"alg`
            // and of `{"typ`.
            if window.starts_with(b"eyJhbGci") || window.starts_with(b"eyJ0eXAi") {
                hits.push(Hit {
                    place: place.to_owned(),
                    what: "a JWT".to_owned(),
                    before: String::new(),
                });
            }
            if !self.starts[pair(window)] {
                continue;
            }
            if let Some(what) = self.windows.get(window)
                && hits.iter().all(|hit| hit.what != *what)
            {
                let before = &bytes[at.saturating_sub(160)..at];
                hits.push(Hit {
                    place: place.to_owned(),
                    what: what.clone(),
                    before: String::from_utf8_lossy(before).into_owned(),
                });
            }
        }
        hits
    }

    /// Searches every file below `dir` but those in `except`; gives the hits and the bytes read.
    pub(super) fn find_below(&self, dir: &Path, except: &Path) -> (Vec<Hit>, u64) {
        let (mut hits, mut read) = (Vec::new(), 0);
        for entry in std::fs::read_dir(dir).expect("a directory").flatten() {
            let path = entry.path();
            let kind = entry.file_type().expect("a kind");
            if path == except {
                continue;
            }
            if kind.is_dir() {
                let (more, bytes) = self.find_below(&path, except);
                hits.extend(more);
                read += bytes;
            } else if kind.is_file() {
                let bytes = std::fs::read(&path).expect("a file");
                read += bytes.len() as u64;
                hits.extend(self.find(&path.display().to_string(), &bytes));
            }
        }
        (hits, read)
    }
}

/// The search is worth nothing if it cannot find: each form, planted in the middle of a text, is
/// found, also when only a part of the secret was printed.
#[test]
fn what_was_planted_is_found() {
    let secret = b"cs-\"quoted\"/and+more\\0123456789%41";
    let mut needles = Needles::new();
    needles.add("the secret", secret);
    for (form, bytes) in forms(secret) {
        let mut text = b"2026-11-22T12:00:00Z TRACE ".to_vec();
        text.extend(&bytes);
        text.extend(b" and so on");
        assert!(!needles.find("there", &text).is_empty(), "{form}");
    }
    for before in ["", "x", "xy", "xyz"] {
        let longer = [before.as_bytes(), secret, b"tail"].concat();
        for text in [
            STANDARD_NO_PAD.encode(&longer),
            URL_SAFE_NO_PAD.encode(&longer),
        ] {
            assert!(
                !needles.find("there", text.as_bytes()).is_empty(),
                "{before}"
            );
        }
    }
    assert!(!needles.find("there", &secret[4..24]).is_empty(), "a part");
    assert_eq!(needles.find("there", b"cs-quoted and more 0123456789"), []);
    assert_eq!(needles.find("there", b"jwt eyJhbGciOiJSUzI1NiJ9").len(), 1);
}
