//! A pull request as it stands.

use super::object_id::ObjectId;
use crate::bounty::facts::{Actor, PullRequestState};
use crate::clock::UnixMillis;

/// A pull request. Its texts are data, whoever wrote them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequest {
    /// Number in its repository.
    pub number: u64,
    /// GraphQL node id, by which it is followed; it outlives a rename.
    pub node_id: String,
    /// Number of the repository it goes into.
    pub repository_id: Option<u64>,
    /// Web address.
    pub url: Option<String>,
    /// Open, closed or merged.
    pub state: PullRequestState,
    /// Not yet ready for review.
    pub draft: bool,
    /// The conversation is closed to strangers.
    pub locked: bool,
    /// Title.
    pub title: String,
    /// Opening text.
    pub body: String,
    /// Who opened it.
    pub author: Actor,
    /// The last commit of the work.
    pub head: ObjectId,
    /// Name of the branch the work is on.
    pub head_branch: String,
    /// Numeric id of the account that owns the branch; `None` when the account is gone.
    pub head_owner: Option<u64>,
    /// Number of the repository with the branch; `None` when the fork is gone.
    pub head_repository: Option<u64>,
    /// The branch it goes into.
    pub base_branch: String,
    /// Whether it merges.
    pub mergeable: Mergeable,
    /// When it was merged.
    pub merged_at: Option<UnixMillis>,
    /// What merging it made.
    pub merge_commit: Option<ObjectId>,
    /// Who merged it.
    pub merged_by: Option<Actor>,
    /// When it was closed or merged.
    pub closed_at: Option<UnixMillis>,
    /// Who closed or merged it last.
    pub closed_by: Option<Actor>,
    /// When it was opened.
    pub created_at: Option<UnixMillis>,
    /// Its last change.
    pub updated_at: Option<UnixMillis>,
}

/// Whether a pull request merges into its base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mergeable {
    /// It does.
    Yes,
    /// It is in conflict with what happened since.
    Conflicts,
    /// GitHub has not found out, or the pull request is not open.
    Unknown,
}
