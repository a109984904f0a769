//! What the phone shows of a request: a short code and a few words, in the letters that Auth0 takes.

use clock::Entropy;

/// Auth0's cap on `binding_message`, in characters.
pub const LONGEST_BINDING: usize = 64;

/// A code by which a person tells one request from another: four digits, the same on the phone and in the
/// record of whoever asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BindingCode(String);

impl BindingCode {
    /// A fresh one that is none of `taken`.
    #[must_use]
    pub fn fresh(entropy: &dyn Entropy, taken: &[String]) -> Self {
        let mut bytes = [0_u8; 2];
        entropy.fill(&mut bytes);
        let first = u16::from_le_bytes(bytes) % 10_000;
        // Fewer than ten thousand wait at once; if not, a code may come twice.
        let codes = (0..10_000_u16).map(|step| format!("{:04}", (first + step) % 10_000));
        let mut free = codes.filter(|code| !taken.contains(code));
        Self(free.next().unwrap_or_else(|| format!("{first:04}")))
    }

    /// As it is shown and recorded.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `binding_message`: at most 64 of the characters that Auth0 takes, the code first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BindingMessage(String);

impl BindingMessage {
    /// The code, and as much of `words` as there is room for. A slash becomes a colon, which is in no name of
    /// a repository; every other character that is not taken becomes a dot.
    #[must_use]
    pub fn new(code: &BindingCode, words: &str) -> Self {
        let mut message = code.0.clone();
        for word in words.split_whitespace() {
            message.push(' ');
            message.extend(word.chars().map(taken));
        }
        message.truncate(LONGEST_BINDING);
        message.truncate(message.trim_end().len());
        Self(message)
    }

    /// As it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Auth0 takes letters, digits, white space and `+-_.,:#`; which letters beyond ASCII is not said.
fn taken(c: char) -> char {
    match c {
        '/' => ':',
        c if c.is_ascii_alphanumeric() || "+-_.,:#".contains(c) => c,
        _ => '.',
    }
}

#[cfg(test)]
mod tests {
    use clock::OsEntropy;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_repository_reads_as_one_and_the_code_comes_first() {
        let code = BindingCode("0042".to_owned());
        let words = "close_issue acme/wid.get#7\nfor openclaw";
        assert_eq!(
            BindingMessage::new(&code, words).as_str(),
            "0042 close_issue acme:wid.get#7 for openclaw"
        );
        assert_eq!(BindingMessage::new(&code, " ").as_str(), "0042");
    }

    #[test]
    fn no_two_that_wait_have_one_code() {
        let mut taken = Vec::new();
        for _ in 0..300 {
            let code = BindingCode::fresh(&OsEntropy, &taken);
            assert!(!taken.contains(&code.0));
            assert!(code.0.len() == 4 && code.0.bytes().all(|b| b.is_ascii_digit()));
            taken.push(code.0);
        }
        let all: Vec<String> = (0..9_999).map(|n| format!("{n:04}")).collect();
        assert_eq!(BindingCode::fresh(&OsEntropy, &all).as_str(), "9999");
    }

    proptest! {
        #[test]
        fn whatever_is_said_auth0_takes_it(words in "\\PC{0,200}") {
            let code = BindingCode("1234".to_owned());
            let message = BindingMessage::new(&code, &words).0;
            prop_assert!(message.starts_with("1234"));
            prop_assert!(message.chars().count() <= LONGEST_BINDING);
            let fine = |c: char| c.is_ascii_alphanumeric() || c == ' ' || "+-_.,:#".contains(c);
            prop_assert!(message.chars().all(fine), "{message}");
        }
    }
}
