//! The name of a commit, tree or blob.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// An object's id as GitHub writes it: 40 hexadecimal digits in lower case, 64 where a repository
/// uses SHA-256.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ObjectId(String);

impl ObjectId {
    /// Reads an id; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        (hex && matches!(text.len(), 40 | 64)).then(|| Self(text.to_owned()))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ObjectId {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("no object id"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_forty_or_sixty_four_lower_case_digits() {
        for good in ["0123456789abcdef0123456789abcdef01234567", &"a".repeat(64)] {
            assert_eq!(ObjectId::parse(good).expect("an id").as_str(), good);
        }
        for bad in [
            "",
            "main",
            &"a".repeat(39),
            &"A".repeat(40),
            &"g".repeat(40),
            &format!("{}/", "a".repeat(39)),
        ] {
            assert_eq!(ObjectId::parse(bad), None, "{bad}");
            assert!(serde_json::from_value::<ObjectId>(bad.into()).is_err());
        }
    }
}
