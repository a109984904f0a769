//! How a repository wants to be approached.

use serde::{Deserialize, Serialize};

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
