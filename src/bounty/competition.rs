//! Who else is at it.

use serde::{Deserialize, Serialize};

/// What others have done about the issue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Competition {
    /// Assigned to others.
    pub assignees: Vec<String>,
    /// Assigned to us.
    pub assigned_to_me: bool,
    /// Whether assignees were recorded at all.
    pub assignees_known: bool,
    /// Attempts by others, registered or announced, by login.
    pub attempts: Vec<String>,
    /// Open pull requests by others that name the issue.
    pub open_pull_requests: u32,
    /// Those among them that would close it.
    pub closing_pull_requests: u32,
    /// A pull request that closes it was merged.
    pub merged: bool,
    /// An open pull request of ours.
    pub ours_open: bool,
    /// A maintainer says in words that it is taken, reserved or internal.
    pub taken_in_words: Option<String>,
    /// All pull requests and comments were seen.
    pub complete: bool,
}
