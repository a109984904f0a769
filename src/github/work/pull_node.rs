//! A pull request in a GraphQL answer.

use serde::Deserialize;

use super::super::convert::{actor, cut, time};
use super::super::nodes::{self, ActorNode, Connection};
use super::commit::Oid;
use super::object_id::ObjectId;
use super::pull::{Mergeable, PullRequest};
use super::read::Numbered;
use crate::bounty::facts::PullRequestState;

/// GitHub itself stops at 65,536 characters; what is longer did not come from there.
const LONGEST_BODY: usize = 256 * 1024;
/// GitHub stops at 256 characters.
const LONGEST_TITLE: usize = 4 * 1024;

/// Needs the fragment `Who`.
pub(super) const FIELDS: &str = "
fragment Pull on PullRequest {
  id number url title body state isDraft locked mergeable
  createdAt updatedAt closedAt mergedAt
  author { ...Who }
  mergedBy { ...Who }
  mergeCommit { oid }
  headRefOid headRefName
  headRepository { databaseId }
  headRepositoryOwner { ... on User { databaseId } ... on Organization { databaseId } }
  baseRefName
  repository { databaseId }
  timelineItems(last: 1, itemTypes: [CLOSED_EVENT]) { nodes { ... on ClosedEvent { actor { ...Who } } } }
}";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PullNode {
    id: Option<String>,
    number: Option<u64>,
    url: Option<String>,
    title: Option<String>,
    body: Option<String>,
    state: Option<String>,
    #[serde(default)]
    is_draft: bool,
    #[serde(default)]
    locked: bool,
    mergeable: Option<String>,
    created_at: Option<String>,
    updated_at: Option<String>,
    closed_at: Option<String>,
    merged_at: Option<String>,
    author: Option<ActorNode>,
    merged_by: Option<ActorNode>,
    merge_commit: Option<Oid>,
    head_ref_oid: Option<ObjectId>,
    head_ref_name: Option<String>,
    head_repository: Option<Numbered>,
    head_repository_owner: Option<Numbered>,
    base_ref_name: Option<String>,
    repository: Option<Numbered>,
    timeline_items: Option<Connection<ClosedNode>>,
}

#[derive(Debug, Deserialize)]
struct ClosedNode {
    actor: Option<ActorNode>,
}

impl PullNode {
    /// The pull request, if enough of it was shown to say which it is and how it stands.
    pub(super) fn pull(self) -> Option<PullRequest> {
        let state = state(self.state.as_deref()?)?;
        let id = |node: Option<Numbered>| node.and_then(|node| node.database_id);
        let closed = self.timeline_items.and_then(|all| all.into_nodes().last());
        Some(PullRequest {
            number: self.number?,
            node_id: self.id?,
            repository_id: id(self.repository),
            url: self.url,
            draft: self.is_draft,
            locked: self.locked,
            title: cut(self.title.unwrap_or_default(), LONGEST_TITLE),
            body: cut(self.body.unwrap_or_default(), LONGEST_BODY),
            author: actor(self.author),
            head: self.head_ref_oid?,
            head_branch: self.head_ref_name?,
            head_owner: id(self.head_repository_owner),
            head_repository: id(self.head_repository),
            base_branch: self.base_ref_name?,
            mergeable: match self.mergeable.as_deref() {
                Some("MERGEABLE") => Mergeable::Yes,
                Some("CONFLICTING") => Mergeable::Conflicts,
                _ => Mergeable::Unknown,
            },
            merged_at: time(self.merged_at.as_deref()),
            merge_commit: self.merge_commit.map(|commit| commit.oid),
            merged_by: self.merged_by.map(|who| actor(Some(who))),
            closed_at: time(self.closed_at.as_deref()),
            // Who closed it before it was opened again does not count.
            closed_by: closed
                .filter(|_| state != PullRequestState::Open)
                .and_then(|event| event.actor)
                .map(|who| actor(Some(who))),
            created_at: time(self.created_at.as_deref()),
            updated_at: time(self.updated_at.as_deref()),
            state,
        })
    }
}

fn state(text: &str) -> Option<PullRequestState> {
    match text {
        "OPEN" => Some(PullRequestState::Open),
        "CLOSED" => Some(PullRequestState::Closed),
        "MERGED" => Some(PullRequestState::Merged),
        _ => None,
    }
}

/// A repository in which pull requests were asked for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PullsNode {
    #[serde(default, deserialize_with = "nodes::id")]
    pub(super) database_id: Option<u64>,
    pub(super) pull_requests: Option<Connection<PullNode>>,
    pub(super) pull_request: Option<PullNode>,
}
