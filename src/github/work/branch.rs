//! The names of branches that are ours.

use std::fmt;

/// What the name of every branch of ours begins with.
pub const BRANCH_PREFIX: &str = "bountyd/";
/// Longest name after the prefix, in characters.
const LONGEST: usize = 80;

/// A branch of ours. Nothing else is ever made, moved or deleted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WorkBranch(String);

impl WorkBranch {
    /// The branch [`BRANCH_PREFIX`]`rest`. `None` unless `rest` is made of lower-case letters, digits and
    /// inner hyphens, at most 80 of them.
    #[must_use]
    pub fn new(rest: &str) -> Option<Self> {
        let fits = rest
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        let ends = rest.starts_with('-') || rest.ends_with('-');
        (fits && !ends && (1..=LONGEST).contains(&rest.len()))
            .then(|| Self(format!("{BRANCH_PREFIX}{rest}")))
    }

    /// A branch by its whole name; `None` unless it is one of ours.
    #[must_use]
    pub fn parse(whole: &str) -> Option<Self> {
        Self::new(whole.strip_prefix(BRANCH_PREFIX)?)
    }

    /// The whole name, without `refs/heads/`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `refs/heads/…`.
    pub(super) fn reference(&self) -> String {
        format!("refs/heads/{}", self.0)
    }
}

impl fmt::Display for WorkBranch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_name_under_the_prefix_is_ours() {
        let branch = WorkBranch::new("i7-3f2a91bc").expect("a branch");
        assert_eq!(branch.as_str(), "bountyd/i7-3f2a91bc");
        assert_eq!(branch.reference(), "refs/heads/bountyd/i7-3f2a91bc");
        assert_eq!(WorkBranch::parse(branch.as_str()), Some(branch));
        for bad in [
            "",
            "-a",
            "a-",
            "A",
            "a/b",
            "a..b",
            "a.lock",
            "a b",
            "a%2f",
            "é",
            "a~1",
            "@",
            &"a".repeat(81),
        ] {
            assert_eq!(WorkBranch::new(bad), None, "{bad}");
        }
        for foreign in [
            "main",
            "bountyd",
            "refs/heads/bountyd/a",
            "other/a",
            "bountyd/../main",
        ] {
            assert_eq!(WorkBranch::parse(foreign), None, "{foreign}");
        }
    }
}
