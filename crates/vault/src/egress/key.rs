//! A provider's API key: what puts it into a request, and what finds it in an answer.

use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::settings::Auth;
use crate::needles::Needles;
use crate::secret::{SecretError, SecretSource};

/// Shortest key in characters. Shorter ones would be found by chance in any answer.
const SHORTEST: usize = 16;
const LONGEST: usize = 4096;

/// A key in memory, wiped when it goes.
pub(super) struct Key {
    text: SecretString,
    auth: Auth,
    needles: Needles,
}

impl Key {
    pub(super) fn load(source: &SecretSource, auth: Auth) -> Result<Self, SecretError> {
        let loaded = source.load()?;
        let path = loaded.path.clone();
        let text = loaded.into_text()?;
        let unusable = |reason| SecretError::Unusable { path, reason };
        let shown = text.expose_secret();
        if !shown.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(unusable(
                "holds characters that cannot stand in a header; store only the API key",
            ));
        }
        if !(SHORTEST..=LONGEST).contains(&shown.len()) {
            return Err(unusable(
                "is shorter than 16 characters or longer than 4096, which no API key is; store the provider's key in it (for a model server of your own choose a long one)",
            ));
        }
        let needles = Needles::of("API key", shown.as_bytes());
        Ok(Self {
            text,
            auth,
            needles,
        })
    }

    /// Whether a form of it stands in `bytes`.
    pub(super) fn is_in(&self, bytes: &[u8]) -> bool {
        self.needles.found_in(bytes).is_some()
    }

    /// The header that proves who pays, marked so that HTTP libraries neither print nor index it.
    pub(super) fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        let key = self.text.expose_secret();
        let (name, line) = match self.auth {
            Auth::Bearer => (AUTHORIZATION, Zeroizing::new(format!("Bearer {key}"))),
            Auth::XApiKey => (HeaderName::from_static("x-api-key"), plain(key)),
            Auth::GoogApiKey => (HeaderName::from_static("x-goog-api-key"), plain(key)),
            Auth::ApiKey => (HeaderName::from_static("api-key"), plain(key)),
        };
        let mut value = HeaderValue::from_str(&line).ok()?;
        value.set_sensitive(true);
        Some((name, value))
    }

    pub(super) fn needles(&self) -> &Needles {
        &self.needles
    }
}

fn plain(key: &str) -> Zeroizing<String> {
    Zeroizing::new(key.to_owned())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn load(text: &str, auth: Auth) -> Result<Key, SecretError> {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("key");
        std::fs::write(&path, text).expect("write");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("chmod");
        let source = SecretSource {
            credential: "not-there".to_owned(),
            file: Some(path),
        };
        Key::load(&source, auth)
    }

    #[test]
    fn each_way_of_proof_has_its_header_and_none_is_printed() {
        for (auth, name, value) in [
            (Auth::Bearer, "authorization", "Bearer sk-0123456789abcdef"),
            (Auth::XApiKey, "x-api-key", "sk-0123456789abcdef"),
            (Auth::GoogApiKey, "x-goog-api-key", "sk-0123456789abcdef"),
            (Auth::ApiKey, "api-key", "sk-0123456789abcdef"),
        ] {
            let key = load("sk-0123456789abcdef\n", auth).expect("a key");
            let (given, line) = key.header().expect("fits");
            assert_eq!((given.as_str(), line.as_bytes()), (name, value.as_bytes()));
            assert_eq!(format!("{line:?}"), "Sensitive");
        }
    }

    #[test]
    fn the_placeholder_is_no_key() {
        for text in [
            "placeholder",
            "",
            "sk-ключключключключ",
            "two words here, sixteen",
        ] {
            let error = load(text, Auth::Bearer).err().expect("refused").to_string();
            assert!(error.contains("store"), "{error}");
            assert!(text.is_empty() || !error.contains(text), "{error}");
        }
    }
}
