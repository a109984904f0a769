//! The part of a pull request that an issue does not have: what is to be merged, and what people
//! said of it.

use std::cell::Cell;

use super::git::Oid;

/// Where the work is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// `None` for a fork that was deleted.
    pub(super) repo: Option<u64>,
    pub(super) owner: u64,
    pub(super) branch: String,
    pub(super) oid: Oid,
}

#[derive(Clone, Debug)]
pub(super) struct Pull {
    pub(super) merged_at: Option<i64>,
    pub(super) merged_by: Option<u64>,
    pub(super) merge_commit: Option<Oid>,
    pub(super) draft: bool,
    /// Issues it closes when merged.
    pub(super) closes: Vec<u64>,
    pub(super) head: Head,
    pub(super) base_branch: String,
    /// Tip of the base branch when the pull request was opened.
    pub(super) base: Oid,
    pub(super) maintainer_can_modify: bool,
    pub(super) reviews: Vec<Review>,
    pub(super) remarks: Vec<Remark>,
    /// Head and base for which somebody has asked whether they merge: the first who asks is told
    /// that GitHub does not know yet.
    pub(super) asked: Cell<Option<(Oid, Oid)>>,
}

impl Pull {
    pub(super) fn new(head: Head, base_branch: String, base: Oid) -> Self {
        Self {
            merged_at: None,
            merged_by: None,
            merge_commit: None,
            draft: false,
            closes: Vec::new(),
            head,
            base_branch,
            base,
            maintainer_can_modify: false,
            reviews: Vec::new(),
            remarks: Vec::new(),
            asked: Cell::new(None),
        }
    }
}

/// What a reviewer decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Merge it.
    Approve,
    /// Not like this.
    RequestChanges,
    /// Neither.
    Comment,
}

impl Verdict {
    /// The state of such a review, in both APIs.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "APPROVED",
            Self::RequestChanges => "CHANGES_REQUESTED",
            Self::Comment => "COMMENTED",
        }
    }
}

/// A review.
#[derive(Clone, Debug)]
pub(super) struct Review {
    pub(super) id: u64,
    pub(super) author: u64,
    pub(super) verdict: Verdict,
    /// A maintainer took it back.
    pub(super) dismissed: bool,
    pub(super) body: String,
    pub(super) commit: Oid,
    pub(super) at: i64,
}

impl Review {
    pub(super) fn state(&self) -> &'static str {
        if self.dismissed {
            "DISMISSED"
        } else {
            self.verdict.as_str()
        }
    }
}

/// A comment of a review, at a line.
#[derive(Clone, Debug)]
pub(super) struct Remark {
    pub(super) id: u64,
    pub(super) review: u64,
    pub(super) author: u64,
    pub(super) path: String,
    pub(super) line: u64,
    pub(super) body: String,
    pub(super) commit: Oid,
    pub(super) at: i64,
}
