//! What a client can have done beyond a read: as it is stored, shown to the owner, and carried out.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::policy::{Repository, Tool};

/// One thing to be done, with everything that it takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum Acting {
    /// A comment on an issue or pull request.
    Comment {
        /// Which.
        number: u64,
        /// The client's words.
        text: String,
    },
    /// A new issue.
    CreateIssue {
        /// Its title.
        title: String,
        /// The client's words.
        text: String,
    },
    /// Labels more on an issue or pull request.
    Label {
        /// Which.
        number: u64,
        /// Their names.
        labels: Vec<String>,
    },
    /// An issue or pull request closed.
    CloseIssue {
        /// Which.
        number: u64,
        /// Because it is not wanted, and not because it is done.
        not_planned: bool,
    },
    /// A patch, made by the coding agent and submitted as a pull request.
    Fix {
        /// For this issue,
        number: Option<u64>,
        /// or for this goal.
        goal: Option<String>,
    },
    /// A patch of the client's own, submitted as a pull request.
    SubmitPatch {
        /// The commit that it is against.
        base: String,
        /// What it does.
        title: String,
        /// Why.
        reason: String,
        /// A unified diff.
        patch: String,
        /// The issue that it is for, if it is for one.
        number: Option<u64>,
    },
}

impl Acting {
    /// Which tool asks for it.
    #[must_use]
    pub fn tool(&self) -> Tool {
        match self {
            Self::Comment { .. } => Tool::Comment,
            Self::CreateIssue { .. } => Tool::CreateIssue,
            Self::Label { .. } => Tool::Label,
            Self::CloseIssue { .. } => Tool::CloseIssue,
            Self::Fix { .. } => Tool::Fix,
            Self::SubmitPatch { .. } => Tool::SubmitPatch,
        }
    }

    /// The issue, where it is about one.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        match self {
            Self::Comment { number, .. }
            | Self::Label { number, .. }
            | Self::CloseIssue { number, .. } => Some(*number),
            Self::CreateIssue { .. } => None,
            Self::Fix { number, .. } | Self::SubmitPatch { number, .. } => *number,
        }
    }

    /// The words that would stand at GitHub in the owner's name.
    #[must_use]
    pub fn said(&self) -> Vec<&str> {
        match self {
            Self::Comment { text, .. } => vec![text],
            Self::CreateIssue { title, text } => vec![title, text],
            _ => Vec::new(),
        }
    }

    /// What it does, after “wants to”.
    #[must_use]
    pub fn in_words(&self) -> &'static str {
        match self {
            Self::Comment { .. } => "comment on an issue",
            Self::CreateIssue { .. } => "open an issue",
            Self::Label { .. } => "label an issue",
            Self::CloseIssue {
                not_planned: false, ..
            } => "close an issue as done",
            Self::CloseIssue {
                not_planned: true, ..
            } => "close an issue as not planned",
            Self::Fix {
                number: Some(_), ..
            } => "have a patch made for an issue",
            Self::Fix { number: None, .. } => "have a patch made for a goal",
            Self::SubmitPatch { .. } => "have a patch of its own tried and judged",
        }
    }

    /// As it is stored. The same thing is always the same text: a structure keeps its order.
    #[must_use]
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what [`Acting::to_text`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Over exactly this, for this client, in this repository: what a yes is to.
    #[must_use]
    pub fn hash(&self, client: &str, uid: u32, repository: &Repository) -> String {
        // An array keeps the fields apart: no value can imitate a border between two.
        let place = repository.to_string().to_ascii_lowercase();
        let text = json!([client, uid, place, self.to_text()]).to_string();
        hex::encode(Sha256::digest(text.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_yes_is_to_one_thing_of_one_client_in_one_place() {
        let at = |slug: &str| Repository::parse(slug).expect("a name");
        let comment = |number, text: &str| Acting::Comment {
            number,
            text: text.to_owned(),
        };
        let hash = comment(7, "hello").hash("c", 1, &at("acme/x"));
        assert_eq!(hash, comment(7, "hello").hash("c", 1, &at("Acme/X")));
        for other in [
            comment(7, "hello ").hash("c", 1, &at("acme/x")),
            comment(8, "hello").hash("c", 1, &at("acme/x")),
            comment(7, "hello").hash("d", 1, &at("acme/x")),
            comment(7, "hello").hash("c", 2, &at("acme/x")),
            comment(7, "hello").hash("c", 1, &at("acme/y")),
        ] {
            assert_ne!(other, hash);
        }
        let stored = comment(7, "a \"quote\"\n").to_text();
        assert_eq!(Acting::parse(&stored), Some(comment(7, "a \"quote\"\n")));
        assert_eq!(Acting::parse("{}"), None);
    }
}
