//! The provider's token, in memory for as short as may be.

use http::HeaderValue;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::journal::TokenKind;
use crate::watch::Secrets;

/// A provider's access token. Wiped when the last user lets go.
pub(crate) struct Token {
    text: Zeroizing<String>,
}

impl Token {
    /// Takes the token out of an answer; `None` if it could not stand in a header.
    pub(crate) fn new(text: Zeroizing<String>) -> Option<Self> {
        let fits =
            !text.is_empty() && text.len() <= 8192 && text.bytes().all(|b| b.is_ascii_graphic());
        fits.then_some(Self { text })
    }

    /// The header that proves who we are, marked so that HTTP libraries neither print nor index it.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        let line = Zeroizing::new(format!("Bearer {}", self.text.as_str()));
        let mut value = HeaderValue::from_str(&line).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// SHA-256 in lower-case hex: tells two tokens apart without being one.
    pub(crate) fn sha256(&self) -> String {
        Sha256::digest(self.text.as_bytes())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// Makes the token unreadable wherever it stands in `text`, whose length stays; says whether it
    /// stood there.
    pub(crate) fn blot(&self, text: &mut [u8]) -> bool {
        let (secret, mut found) = (self.text.as_bytes(), false);
        let mut from = 0;
        while let Some(at) = find(&text[from..], secret) {
            text[from + at..][..secret.len()].fill(b'*');
            from += at + secret.len();
            found = true;
        }
        found
    }

    /// Has it looked for.
    pub(crate) fn add_to(&self, secrets: &mut Secrets) {
        secrets.github_token(&self.text);
    }

    /// What the prefix says (GitHub's "token prefixes").
    pub(crate) fn kind(&self) -> TokenKind {
        match self.text.get(..4) {
            Some("gho_") => TokenKind::Gho,
            Some("ghu_") => TokenKind::Ghu,
            _ => TokenKind::Other,
        }
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let last = text.len().checked_sub(wanted.len())?;
    (0..=last).find(|at| text[*at] == first && text[*at..].starts_with(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str) -> Option<Token> {
        Token::new(Zeroizing::new(text.to_owned()))
    }

    #[test]
    fn only_what_fits_a_header_is_a_token() {
        assert!(token("").is_none());
        assert!(token("gho_a b").is_none());
        assert!(token("gho_a\r\nX: y").is_none());
        let good = token("gho_abc").expect("token");
        let header = good.header().expect("header");
        assert!(header.is_sensitive());
        assert_eq!(header.as_bytes(), b"Bearer gho_abc");
        assert_eq!(good.kind(), TokenKind::Gho);
        assert_eq!(token("ghu_x").expect("token").kind(), TokenKind::Ghu);
        assert_eq!(token("abc").expect("token").kind(), TokenKind::Other);
        assert_eq!(
            token("abc").expect("token").sha256(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn a_token_that_is_quoted_is_blotted_out() {
        let token = token("gho_abcdef").expect("token");
        for (said, left) in [
            ("gho_abcdef", "**********"),
            (
                "Bearer gho_abcdef,gho_abcdefg",
                "Bearer **********,**********g",
            ),
            ("gho_abcde", "gho_abcde"),
            ("gho_gho_abcdef", "gho_**********"),
            ("", ""),
        ] {
            let mut text = said.as_bytes().to_vec();
            assert_eq!(token.blot(&mut text), said != left, "{said}");
            assert_eq!(text, left.as_bytes());
        }
    }
}
