//! `owner/repo#7`, as people name an issue.

use std::fmt;
use std::str::FromStr;

use super::untrusted::line;
use crate::config::{Github, is_loopback};

/// An issue by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct IssueName {
    /// `owner/name`.
    pub(super) repo: String,
    /// Issue number.
    pub(super) number: u64,
}

impl FromStr for IssueName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let complaint = || {
            "write it as owner/repo#7, or paste the issue's address https://github.com/owner/repo/issues/7"
                .to_owned()
        };
        let pasted = text.strip_prefix("https://github.com/");
        let (repo, number) = match pasted {
            Some(path) => path.split_once("/issues/"),
            None => text.split_once('#'),
        }
        .ok_or_else(complaint)?;
        let (owner, name) = repo.split_once('/').ok_or_else(complaint)?;
        let plain = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
                && part.bytes().any(|b| b != b'.')
        };
        let number = number.parse::<u64>().ok().filter(|n| *n > 0);
        match number {
            Some(number) if plain(owner) && plain(name) => Ok(Self {
                repo: repo.to_owned(),
                number,
            }),
            _ => Err(complaint()),
        }
    }
}

impl fmt::Display for IssueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.repo, self.number)
    }
}

/// The line with the address of an issue's page at github.com; empty where GitHub is simulated on
/// this machine, because that address would be of something else, or of nothing.
pub(super) fn page(github: &Github, repo: &str, number: u64) -> String {
    if is_loopback(&github.api_url) {
        return String::new();
    }
    format!("https://github.com/{}/issues/{number}\n", line(repo))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_name_the_same_issue() {
        let name: IssueName = "acme/wid.gets_2#7".parse().expect("a name");
        assert_eq!(name.to_string(), "acme/wid.gets_2#7");
        let pasted = "https://github.com/acme/wid.gets_2/issues/7".parse();
        assert_eq!(pasted, Ok(name));
    }

    #[test]
    fn anything_else_is_refused_with_an_example() {
        for wrong in [
            "",
            "acme#7",
            "acme/widgets",
            "acme/widgets#0",
            "acme/widgets#x",
            "acme/../x#1",
            "acme/..#1",
            "a b/c#1",
            "https://evil.example/acme/widgets/issues/7",
            "acme/\x1b[2J#1",
        ] {
            let complaint = wrong.parse::<IssueName>().expect_err(wrong);
            assert!(complaint.contains("owner/repo#7"), "{complaint}");
        }
    }

    #[test]
    fn only_the_real_github_has_a_page_to_look_at() {
        let url = |text: &str| url::Url::parse(text).expect("a url");
        let mut github = Github {
            api_url: url("https://api.github.com/"),
            graphql_url: url("https://api.github.com/graphql"),
            git_url: url("https://github.com/"),
        };
        let address = "https://github.com/acme/widgets/issues/7\n";
        assert_eq!(page(&github, "acme/widgets", 7), address);
        github.api_url = url("http://127.0.0.1:4602/");
        assert_eq!(page(&github, "acme/widgets", 7), "");
    }
}
