//! Names of repositories, and patterns over them. Plain ASCII only: a letter that merely looks like
//! another is a different repository.

use std::fmt;

/// Longest owner and longest name that GitHub has.
const LONGEST_OWNER: usize = 39;
const LONGEST_NAME: usize = 100;

/// Why a text names no repository.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Not `owner/name`.
    #[error("write a repository as owner/name")]
    Shape,
    /// A character that no repository has, by its code: what it looks like is the trouble.
    #[error("U+{0:04X} stands in no repository's name; it may only look like a letter of one")]
    Character(u32),
    /// Too long, empty, or a step in a path.
    #[error("this cannot be a repository's name")]
    Impossible,
}

impl NameError {
    /// For programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Character(_) => "look_alike",
            Self::Shape | Self::Impossible => "bad_repository",
        }
    }
}

/// `owner/name`, as it was written. Two that differ in case only are the same at GitHub.
#[derive(Clone, Debug)]
pub struct Repository {
    owner: String,
    name: String,
}

impl Repository {
    /// Reads `owner/name`.
    ///
    /// # Errors
    /// It can be none.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let (owner, name) = parts(text, "")?;
        Ok(Self {
            owner: owner.to_owned(),
            name: name.to_owned(),
        })
    }

    /// The part before the slash.
    #[must_use]
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// The part after it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl PartialEq for Repository {
    fn eq(&self, other: &Self) -> bool {
        self.owner.eq_ignore_ascii_case(&other.owner) && self.name.eq_ignore_ascii_case(&other.name)
    }
}

impl Eq for Repository {}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

/// `owner/name`, where `*` stands for any characters but the slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    owner: String,
    name: String,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// Nothing could match it.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let (owner, name) = parts(text, "*")?;
        Ok(Self {
            owner: owner.to_ascii_lowercase(),
            name: name.to_ascii_lowercase(),
        })
    }

    /// Whether it stands for this repository.
    #[must_use]
    pub fn matches(&self, repository: &Repository) -> bool {
        let fits = |pattern: &str, text: &str| fits(pattern, &text.to_ascii_lowercase());
        fits(&self.owner, &repository.owner) && fits(&self.name, &repository.name)
    }

    /// The one name that it stands for, unless it stands for many.
    #[must_use]
    pub fn only(&self) -> Option<String> {
        let text = self.to_string();
        (!text.contains('*')).then_some(text)
    }

    /// Whether it certainly stands for all that another stands for; a star of the other is a character that
    /// only a star fits.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        fits(&self.owner, &other.owner) && fits(&self.name, &other.name)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

fn parts<'a>(text: &'a str, more: &str) -> Result<(&'a str, &'a str), NameError> {
    let odd = |c: &char| !(c.is_ascii_alphanumeric() || "-_./".contains(*c) || more.contains(*c));
    if let Some(odd) = text.chars().find(odd) {
        return Err(NameError::Character(u32::from(odd)));
    }
    let (owner, name) = text.split_once('/').ok_or(NameError::Shape)?;
    if name.contains('/') {
        return Err(NameError::Shape);
    }
    let impossible = owner.is_empty()
        || owner.contains('.')
        || owner.len() > LONGEST_OWNER
        || matches!(name, "" | "." | "..")
        || name.len() > LONGEST_NAME;
    if impossible {
        return Err(NameError::Impossible);
    }
    Ok((owner, name))
}

/// Whether `text` is what `pattern` stands for.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.len() >= last.len() && rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(pattern: &str, name: &str) -> bool {
        let pattern = Pattern::parse(pattern).expect("a pattern");
        pattern.matches(&Repository::parse(name).expect("a name"))
    }

    #[test]
    fn a_star_stays_in_its_part() {
        assert!(matches("acme/*", "Acme/Widget"));
        assert!(matches("acme/web-*", "acme/web-app"));
        assert!(matches("*/docs", "acme/docs"));
        assert!(matches("acme/a*b*c", "acme/a-b-b-c"));
        assert!(matches("acme/a*a", "acme/aa"));
        assert!(!matches("acme/a*a", "acme/a"));
        assert!(!matches("acme/*", "acme2/widget"));
        assert!(!matches("acme/web", "acme/web-app"));
        assert!(!matches("acme/widget", "acme/widgets"));
    }

    #[test]
    fn what_only_looks_like_a_name_is_refused() {
        // A Cyrillic a, a full-width slash, a zero-width joiner, a combining mark.
        for odd in [
            "\u{0430}cme/widget",
            "acme\u{ff0f}widget",
            "acme/wid\u{200d}get",
            "acme/widge\u{0301}t",
        ] {
            let error = Repository::parse(odd).expect_err(odd);
            assert_eq!(error.code(), "look_alike", "{odd}");
            assert!(Pattern::parse(odd).is_err());
        }
        for bad in [
            "", "acme", "acme/", "/x", "a/b/c", "acme/..", "acme/.", "a.b/c", "acme/x y", "acme/*",
        ] {
            assert!(Repository::parse(bad).is_err(), "{bad}");
        }
        assert!(Repository::parse(&format!("a/{}", "x".repeat(101))).is_err());
    }

    proptest! {
        #[test]
        fn a_pattern_without_a_star_matches_itself_only(
            a in "[a-z0-9-]{1,8}/[a-z0-9._-]{3,8}", b in "[a-z0-9-]{1,8}/[a-z0-9._-]{3,8}",
        ) {
            prop_assert!(matches(&a, &a.to_ascii_uppercase()));
            prop_assert_eq!(matches(&a, &b), a == b);
        }

        #[test]
        fn whatever_is_written_names_one_place_in_a_path(text in "\\PC{0,40}") {
            if let Ok(name) = Repository::parse(&text) {
                let url = url::Url::parse(&format!("https://h/repos/{name}/issues")).expect("a URL");
                prop_assert_eq!(url.path(), format!("/repos/{name}/issues"));
            }
        }
    }
}
