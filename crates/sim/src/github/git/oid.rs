//! Names of git objects: SHA-1 over a header and the content, as git computes them.

use std::fmt;

use sha1::{Digest, Sha1};

/// The name of a git object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::github) struct Oid([u8; 20]);

impl Oid {
    /// The name of an object of this kind (`blob`, `tree`, `commit`) with this content.
    pub(in crate::github) fn of(kind: &str, content: &[u8]) -> Self {
        let mut hash = Sha1::new();
        hash.update(format!("{kind} {}\0", content.len()));
        hash.update(content);
        Self(hash.finalize().into())
    }

    /// Forty hex digits; `None` for anything else.
    pub(in crate::github) fn parse(text: &str) -> Option<Self> {
        let bytes = hex::decode(text).ok()?;
        Self::from_bytes(&bytes)
    }

    /// Twenty bytes, as trees hold them.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(bytes.try_into().ok()?))
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The first seven digits.
    pub(in crate::github) fn short(&self) -> String {
        let mut digits = self.to_string();
        digits.truncate(7);
        digits
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_git_gives() {
        // `git hash-object -t blob /dev/null`, `git hash-object -t tree /dev/null`,
        // `echo hello | git hash-object --stdin`.
        for (kind, content, name) in [
            ("blob", "", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"),
            ("tree", "", "4b825dc642cb6eb9a060e54bf8d69288fbee4904"),
            (
                "blob",
                "hello\n",
                "ce013625030ba8dba906f756967f9e9ca394464a",
            ),
        ] {
            assert_eq!(Oid::of(kind, content.as_bytes()).to_string(), name);
            assert_eq!(
                Oid::parse(name).map(|oid| oid.to_string()).as_deref(),
                Some(name)
            );
        }
        for bad in ["", "e69de29", "zz9de29bb2d1d6434b8b29ae775ad8c2e48c5391"] {
            assert_eq!(Oid::parse(bad), None, "{bad}");
        }
    }
}
