//! Looks for live secrets in what is about to leave, and tells no more than which one is there.

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::keys::signer::PrivateParts;
use crate::needles::{Needle, Needles, forms, windows};

/// Letters and digits of a form that is looked for in text from which all else was taken out. Fewer
/// would come together by chance.
const SQUEEZED: usize = 16;
/// Characters of a bot token's second half from which on it is looked for alone: the first is no secret.
const BOT_KEY: usize = 16;

/// Secrets to look for. Wiped when it goes; shows nothing.
pub(crate) struct Watch {
    whole: Needles,
    /// The same, of letters and digits alone: finds what is broken into lines or quoted.
    squeezed: Needles,
}

/// What is looked through.
pub(crate) struct Text<'a> {
    bytes: &'a [u8],
    squeezed: Zeroizing<Vec<u8>>,
}

impl<'a> Text<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            squeezed: squeeze(bytes),
        }
    }
}

/// Collects what a [`Watch`] looks for: the secrets alone, for their forms take room that is needed when
/// a patch is to leave and not before. Wiped when it goes.
#[derive(Default)]
pub(crate) struct Secrets(Vec<(&'static str, Zeroizing<Vec<u8>>)>);

impl Secrets {
    /// By its private numbers, each of which gives it away: they stand in every form of a key file,
    /// and the public ones may be shown.
    pub(crate) fn private_key(&mut self, parts: &PrivateParts) {
        for part in parts.iter().flat_map(|part| windows(part)) {
            self.add("private key", part);
        }
    }

    pub(crate) fn client_secret(&mut self, secret: &SecretString) {
        self.add("client secret", secret.expose_secret().as_bytes());
    }

    pub(crate) fn bot_token(&mut self, token: &SecretString) {
        let token = token.expose_secret();
        let key = token.split_once(':').map(|(_, key)| key);
        let secret = key.filter(|key| key.len() >= BOT_KEY).unwrap_or(token);
        self.add("bot token", secret.as_bytes());
    }

    pub(crate) fn github_token(&mut self, token: &str) {
        self.add("GitHub token", token.as_bytes());
    }

    fn add(&mut self, name: &'static str, secret: &[u8]) {
        // The same key may be loaded again.
        let known = |(_, one): &(_, Zeroizing<Vec<u8>>)| one.as_slice() == secret;
        if !self.0.iter().any(known) {
            self.0.push((name, Zeroizing::new(secret.to_vec())));
        }
    }

    pub(crate) fn watch(&self) -> Watch {
        let whole: Vec<Needle> = self
            .0
            .iter()
            .flat_map(|(name, secret)| {
                let all = forms(secret).into_iter();
                all.map(|form| Needle { name, form })
            })
            .collect();
        let mut squeezed: Vec<Needle> = whole
            .iter()
            .map(|needle| Needle {
                name: needle.name,
                form: squeeze(&needle.form),
            })
            .filter(|needle| needle.form.len() >= SQUEEZED)
            .collect();
        squeezed.sort_by(|a, b| a.form.as_slice().cmp(&b.form));
        squeezed.dedup_by(|a, b| a.form == b.form);
        Watch {
            whole: Needles::new(whole),
            squeezed: Needles::new(squeezed),
        }
    }
}

impl Watch {
    /// The name of a secret that stands in `text`.
    pub(crate) fn found_in(&self, text: &Text<'_>) -> Option<&'static str> {
        self.whole
            .found_in(text.bytes)
            .or_else(|| self.squeezed.found_in(&text.squeezed))
    }
}

/// Letters and digits alone, without those that stand for a line break or a blank (`\n`, `\r`, `\t`).
fn squeeze(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(bytes.len()));
    let mut escaped = false;
    for byte in bytes {
        let blank = escaped && matches!(byte, b'n' | b'r' | b't');
        escaped = *byte == b'\\';
        if byte.is_ascii_alphanumeric() && !blank {
            out.push(*byte);
        }
    }
    out
}
