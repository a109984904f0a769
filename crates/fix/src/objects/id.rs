//! The name of an object: twenty bytes of SHA-1, written as forty hexadecimal digits.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The id of any object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId([u8; 20]);

/// This text is no id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NotAnId {
    /// It is an id of a repository with SHA-256 objects.
    #[error(
        "this is a SHA-256 object id; GitHub and bountyd know SHA-1 repositories only, so this repository cannot be worked on"
    )]
    Sha256,
    /// It is something else.
    #[error("an object id is 40 hexadecimal digits, in small letters")]
    Other,
}

impl ObjectId {
    pub(crate) fn new(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// The twenty bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// Reads what git prints.
    ///
    /// # Errors
    /// It is not 40 digits.
    pub fn parse(text: &[u8]) -> Result<Self, NotAnId> {
        if text.iter().any(u8::is_ascii_uppercase) {
            return Err(NotAnId::Other);
        }
        let mut bytes = [0; 20];
        match hex::decode_to_slice(text, &mut bytes) {
            Ok(()) => Ok(Self(bytes)),
            Err(_) if text.len() == 64 && text.iter().all(u8::is_ascii_hexdigit) => {
                Err(NotAnId::Sha256)
            }
            Err(_) => Err(NotAnId::Other),
        }
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ObjectId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        Self::parse(text.as_bytes())
    }
}

macro_rules! named {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub ObjectId);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                text.parse().map(Self)
            }
        }
    };
}

named!(
    /// The id of a tree: what the gate passed and what GitHub must show.
    TreeId
);
named!(
    /// The id of a commit.
    CommitId
);

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

    #[test]
    fn an_id_is_read_as_it_is_written() {
        let id: TreeId = EMPTY_TREE.parse().expect("an id");
        assert_eq!(id.to_string(), EMPTY_TREE);
    }

    #[test]
    fn other_texts_are_refused_and_sha_256_is_named() {
        assert_eq!(ObjectId::parse(&[b'a'; 64]), Err(NotAnId::Sha256));
        for text in [
            "",
            "HEAD",
            &EMPTY_TREE[1..],
            &EMPTY_TREE.to_uppercase(),
            &"g".repeat(40),
        ] {
            assert_eq!(text.parse::<ObjectId>(), Err(NotAnId::Other), "{text}");
        }
    }
}
