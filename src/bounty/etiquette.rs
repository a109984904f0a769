//! How a repository wants to be approached.

use serde::{Deserialize, Serialize};

use super::text::cut;

/// Words that may be a no which are shown at most; a card has room for no more.
const SHOWN: usize = 3;

/// Characters of each.
const QUOTED: usize = 90;

/// How the place of a finding begins that stands in a comment.
pub(super) const COMMENT: &str = "comment by maintainer @";

/// Whether an automated contributor is welcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Welcome {
    /// A clear no, for ever.
    Forbidden,
    /// Words that may be a no: never a yes, and the owner's to read.
    Unclear,
    /// Policy files speak of AI and allow it under conditions.
    Allowed,
    /// Policy files were read and say nothing about it.
    Silent,
    /// Nobody has read the policy files yet.
    #[default]
    NotRead,
}

/// Manners to keep in one repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Etiquette {
    /// May an automated contributor come at all.
    pub welcome: Welcome,
    /// Use of AI must be disclosed (we always do).
    pub disclose: bool,
    /// Wants to be asked before work starts.
    pub ask_first: bool,
    /// Issues are assigned before work starts.
    pub assignment: bool,
    /// The no comes from the organisation or from a person's "stop": it holds for all its
    /// repositories.
    pub organisation_wide: bool,
    /// The sentences that say so.
    pub findings: Vec<Finding>,
}

impl Etiquette {
    /// A plain no in a file or a label.
    pub(crate) fn written_no(&self) -> Option<&Finding> {
        let no = |finding: &&Finding| finding.code == "forbidden" && !finding.is_said();
        self.findings.iter().find(no)
    }

    /// The words that may be a no, for the owner to read: what people wrote under the issue before
    /// what stands in files.
    pub(crate) fn doubts(&self) -> String {
        let mut doubts: Vec<&Finding> = Vec::new();
        for finding in self.findings.iter().filter(|f| f.code == "unclear") {
            if doubts.iter().all(|known| known.quote != finding.quote) {
                doubts.push(finding);
            }
        }
        doubts.sort_by_key(|finding| !finding.is_said());
        let mut shown: Vec<String> = doubts
            .iter()
            .take(SHOWN)
            .map(|f| format!("{}: “{}”", f.place, cut(&f.quote, QUOTED)))
            .collect();
        if let Some(more) = doubts.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            shown.push(format!("and {more} more"));
        }
        shown.join("; ")
    }
}

/// One sentence of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// File, label or comment it stands in.
    pub place: String,
    /// What it means: `forbidden`, `unclear`, `disclose`, `ask_first`, `assignment`, `allowed`.
    pub code: String,
    /// The words, hidden characters made visible, at most 200 characters.
    pub quote: String,
}

impl Finding {
    /// A person said it in a comment.
    fn is_said(&self) -> bool {
        self.place.starts_with(COMMENT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_doubts_are_shown_and_the_rest_counted() {
        let finding = |place: &str, code: &str, quote: &str| Finding {
            place: place.into(),
            code: code.into(),
            quote: quote.into(),
        };
        let mut etiquette = Etiquette {
            findings: vec![
                finding("README.md", "unclear", "No agent."),
                finding("README.md", "allowed", "Bots are fine."),
                finding("AGENTS.md", "unclear", "No agent."),
                finding("comment by maintainer @ada", "unclear", "Not with AI."),
            ],
            ..Etiquette::default()
        };
        assert_eq!(
            etiquette.doubts(),
            "comment by maintainer @ada: “Not with AI.”; README.md: “No agent.”"
        );
        for quote in ["one", "two", "three"] {
            etiquette
                .findings
                .push(finding("CONTRIBUTING.md", "unclear", quote));
        }
        assert!(etiquette.doubts().ends_with("“one”; and 2 more"));
        etiquette.findings[3].quote = "x".repeat(200);
        assert!(etiquette.doubts().chars().count() < 200);
    }
}
