//! What a client hands in, read strictly: nothing beyond the schema, nothing longer than it may be.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Refusal;
use super::policy::Repository;

/// The arguments as a tool's own type.
///
/// # Errors
/// They are not.
pub(super) fn typed<T: DeserializeOwned>(arguments: &Value) -> Result<T, Refusal> {
    // A list of values in the right order would be taken for a structure.
    if !arguments.is_object() {
        return Err(Refusal::arguments("the arguments are an object"));
    }
    T::deserialize(arguments).map_err(|error| Refusal::arguments(error.to_string()))
}

/// `owner/name`.
///
/// # Errors
/// It can be none.
pub(super) fn repository(text: &str) -> Result<Repository, Refusal> {
    Ok(Repository::parse(text)?)
}

/// The number of an issue or a pull request, which begin at 1.
///
/// # Errors
/// None has it.
pub(super) fn number(number: u64) -> Result<u64, Refusal> {
    match number {
        1..=2_147_483_647 => Ok(number),
        _ => Err(Refusal::arguments("`number` is from 1 to 2147483647")),
    }
}

/// The page of a list, the first if it is not given.
///
/// # Errors
/// No list is so long.
pub(super) fn page(page: Option<u32>) -> Result<u32, Refusal> {
    match page.unwrap_or(1) {
        page @ 1..=1000 => Ok(page),
        _ => Err(Refusal::arguments("`page` is from 1 to 1000")),
    }
}

/// The parts of a path within a repository; none for its root.
///
/// # Errors
/// It leads elsewhere, or hides what it is.
pub(super) fn path(text: &str) -> Result<Vec<String>, Refusal> {
    if text.len() > 4096 {
        return Err(Refusal::arguments("`path` is too long"));
    }
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let odd = |part: &str| {
        matches!(part, "" | "." | "..") || part.chars().any(|c| c.is_control() || c == '\\')
    };
    if text.split('/').any(odd) {
        let why =
            "`path` leads from the root down, as in src/main.rs, with no `.`, `..` or empty part";
        return Err(Refusal::arguments(why));
    }
    Ok(text.split('/').map(str::to_owned).collect())
}

/// A branch, a tag or a commit.
///
/// # Errors
/// It can be none (git-check-ref-format(1)).
pub(super) fn revision(text: &str) -> Result<String, Refusal> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    let odd = text.is_empty()
        || text.len() > 250
        || !text.chars().all(plain)
        || text.contains("..")
        || text.starts_with(['-', '/', '.']);
    if odd {
        let why = "`revision` is a branch, a tag or a commit, in plain ASCII";
        return Err(Refusal::arguments(why));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_down_or_nowhere() {
        assert_eq!(path("src/a b.rs").map(|p| p.len()), Ok(2));
        assert_eq!(path("").map(|p| p.len()), Ok(0));
        for bad in [
            "/etc/passwd",
            "a/../b",
            "..",
            "a//b",
            "a/",
            "a\\b",
            "a\0b",
            "./a",
        ] {
            assert!(path(bad).is_err(), "{bad:?}");
        }
        assert!(path(&"a/".repeat(3000)).is_err());
    }

    #[test]
    fn a_revision_is_no_option_and_no_range() {
        for good in ["main", "v1.2", "feature/x", "0123abc"] {
            assert!(revision(good).is_ok(), "{good}");
        }
        for bad in ["", "-x", "a..b", "/a", "a b", "a?b", "\u{0430}", "a&ref=b"] {
            assert!(revision(bad).is_err(), "{bad:?}");
        }
    }
}
