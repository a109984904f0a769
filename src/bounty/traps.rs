//! Traps: what makes a bounty look like bait, with a score and named reasons, and the list of
//! known traps.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::facts::RepoFacts;

/// From this score on a bounty counts as fake.
pub const FAKE_FROM: u32 = 50;

/// A score never goes above this.
const HIGHEST: u32 = 1_000;

/// One sign of a trap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrapHit {
    /// Short name, such as `asks_for_secrets`.
    pub code: String,
    /// Points; [`FAKE_FROM`] is a trap by itself.
    pub points: u32,
    /// One sentence for people.
    pub text: String,
}

/// All signs of a trap and their sum.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrapVerdict {
    /// Sum of points, at most 1,000.
    pub score: u32,
    /// What was found.
    pub hits: Vec<TrapHit>,
}

impl TrapVerdict {
    pub(crate) fn add(&mut self, code: &str, points: u32, text: impl Into<String>) {
        self.score = self.score.saturating_add(points).min(HIGHEST);
        self.hits.push(TrapHit {
            code: code.to_owned(),
            points,
            text: text.into(),
        });
    }
}

/// Known trap organisations and repositories, with the evidence for each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrapList {
    /// The entries.
    #[serde(rename = "trap", default)]
    pub entries: Vec<TrapEntry>,
}

/// A known trap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrapEntry {
    /// `owner`, `owner/name`, or `*/name` for a repository that is copied under many owners;
    /// compared without case.
    pub name: String,
    /// Why it is listed.
    pub reason: String,
    /// Public page that shows it.
    pub url: String,
    /// By when it had been seen: `YYYY-MM-DD`, or `YYYY-MM`.
    pub date: String,
}

/// Why a trap list cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrapListError {
    /// Not TOML, or not in the form of a trap list.
    #[error("trap list: {0}")]
    Form(String),
    /// An entry lacks its evidence.
    #[error("trap list, entry {entry} (`{name}`): {what}; give name, reason, url and date")]
    Entry {
        /// Which entry, from 1.
        entry: usize,
        /// Its name.
        name: String,
        /// What is wrong with it.
        what: &'static str,
    },
}

const SHIPPED: &str = include_str!("../../config/traps.toml");

static SHIPPED_LIST: LazyLock<TrapList> =
    LazyLock::new(|| TrapList::parse(SHIPPED).unwrap_or_default());

impl TrapList {
    /// The list that comes with the program (`config/traps.toml`).
    #[must_use]
    pub fn shipped() -> Self {
        SHIPPED_LIST.clone()
    }

    /// Reads a list in TOML: `[[trap]]` tables with name, reason, url and date, all required.
    ///
    /// # Errors
    /// Names the line and column, or the entry and what it lacks.
    pub fn parse(text: &str) -> Result<Self, TrapListError> {
        let list: Self =
            toml::from_str(text).map_err(|error| TrapListError::Form(error.to_string()))?;
        for (at, entry) in list.entries.iter().enumerate() {
            if let Some(what) = entry.fault() {
                return Err(TrapListError::Entry {
                    entry: at + 1,
                    name: entry.name.clone(),
                    what,
                });
            }
        }
        Ok(list)
    }

    /// The entry that covers a repository.
    #[must_use]
    pub fn find(&self, repo: &RepoFacts) -> Option<&TrapEntry> {
        self.entries.iter().find(|entry| entry.covers(repo))
    }
}

impl TrapEntry {
    fn covers(&self, repo: &RepoFacts) -> bool {
        match self.name.split_once('/') {
            None => self.name.eq_ignore_ascii_case(&repo.owner),
            Some((owner, name)) => {
                (owner == "*" || owner.eq_ignore_ascii_case(&repo.owner))
                    && name.eq_ignore_ascii_case(&repo.name)
            }
        }
    }

    fn fault(&self) -> Option<&'static str> {
        let part = |text: &str| {
            !text.is_empty()
                && text.len() <= 100
                && text
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        };
        let name = match self.name.split_once('/') {
            None => part(&self.name),
            Some((owner, name)) => (owner == "*" || part(owner)) && part(name),
        };
        let date = self.date.as_bytes();
        let dated = matches!(date.len(), 7 | 10)
            && date.iter().enumerate().all(|(at, b)| {
                if at == 4 || at == 7 {
                    *b == b'-'
                } else {
                    b.is_ascii_digit()
                }
            });
        if !name {
            Some("the name is not `owner`, `owner/name` or `*/name`")
        } else if self.reason.trim().is_empty() {
            Some("there is no reason")
        } else if !self.url.starts_with("https://") {
            Some("the url is not an https address")
        } else if !dated {
            Some("the date is not YYYY-MM-DD or YYYY-MM")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repo(owner: &str, name: &str) -> RepoFacts {
        RepoFacts {
            owner: owner.to_owned(),
            name: name.to_owned(),
            ..RepoFacts::default()
        }
    }

    #[test]
    fn the_shipped_list_is_valid_and_not_empty() {
        assert_eq!(
            TrapList::parse(SHIPPED).map(|l| l.entries.is_empty()),
            Ok(false)
        );
    }

    #[test]
    fn entries_cover_owners_repositories_and_copies() -> Result<(), TrapListError> {
        let entry = |name: &str| {
            format!(
                "[[trap]]\nname = \"{name}\"\nreason = \"r\"\nurl = \"https://x.y\"\ndate = \"2026-08-08\"\n"
            )
        };
        let list =
            TrapList::parse(&[entry("Bad-Org"), entry("some/repo"), entry("*/copied")].concat())?;
        assert!(list.find(&repo("bad-org", "x")).is_some());
        assert!(list.find(&repo("some", "REPO")).is_some());
        assert!(list.find(&repo("anyone", "copied")).is_some());
        assert!(list.find(&repo("some", "other")).is_none());
        Ok(())
    }

    #[test]
    fn an_entry_without_evidence_is_refused_by_name() {
        for (field, value) in [
            ("name", "a/b/c"),
            ("reason", " "),
            ("url", "http://x"),
            ("date", "2026"),
        ] {
            let mut entry = vec![
                ("name", "a"),
                ("reason", "r"),
                ("url", "https://x"),
                ("date", "2026-08-08"),
            ];
            for pair in &mut entry {
                if pair.0 == field {
                    pair.1 = value;
                }
            }
            let text = entry.iter().fold("[[trap]]\n".to_owned(), |t, (k, v)| {
                format!("{t}{k} = \"{v}\"\n")
            });
            assert!(
                matches!(
                    TrapList::parse(&text),
                    Err(TrapListError::Entry { entry: 1, .. })
                ),
                "{field}"
            );
        }
        assert!(matches!(
            TrapList::parse("[[trap]]\nname = 1"),
            Err(TrapListError::Form(_))
        ));
    }
}
