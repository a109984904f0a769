//! What the GitHub at the other end understands. github.com knows every field that is asked for; an
//! Enterprise server can be a year behind, and refuses a document with a field that it does not have.

use std::sync::atomic::{AtomicBool, Ordering};

use super::trouble::Trouble;

/// The field that shows Apps among the assignees, and not only people: an issue that was given to a
/// coding agent looks free without it (github.com/cli/cli/pull/10992).
const ASSIGNED_ACTORS: &str = "assignedActors";

/// Shared by all requests.
#[derive(Debug, Default)]
pub(super) struct Dialect {
    only_people: AtomicBool,
}

impl Dialect {
    /// Name of the field that shows who is assigned.
    pub(super) fn assignees(&self) -> &'static str {
        if self.only_people.load(Ordering::Relaxed) {
            "assignees"
        } else {
            ASSIGNED_ACTORS
        }
    }

    /// Learns from a refusal; says whether the document can be put otherwise now.
    pub(super) fn learn(&self, trouble: &Trouble) -> bool {
        let unknown = matches!(trouble, Trouble::Invalid { why } if why.contains(ASSIGNED_ACTORS));
        if unknown && !self.only_people.swap(true, Ordering::Relaxed) {
            tracing::info!("this GitHub does not say whether an App is assigned to an issue");
        }
        unknown
    }
}
