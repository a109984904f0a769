//! The provider's token, in memory for as short as may be.

use http::HeaderValue;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::journal::TokenKind;

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

    /// What the prefix says (GitHub's "token prefixes").
    pub(crate) fn kind(&self) -> TokenKind {
        match self.text.get(..4) {
            Some("gho_") => TokenKind::Gho,
            Some("ghu_") => TokenKind::Ghu,
            _ => TokenKind::Other,
        }
    }
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
}
