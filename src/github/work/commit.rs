//! A commit as far as it matters here: what it holds and what it follows.

use serde::Deserialize;

use super::super::nodes::Connection;
use super::object_id::ObjectId;

/// Most parents that are read. Whatever has more is none of our commits.
pub(super) const FIELDS: &str = "
fragment Tip on Commit { oid tree { oid } parents(first: 10) { nodes { oid } } }";

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: ObjectId,
    /// Id of its tree: equal trees hold equal files.
    pub tree: ObjectId,
    /// Ids of the commits it follows, at most ten.
    pub parents: Vec<ObjectId>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Oid {
    pub(super) oid: ObjectId,
}

/// `... on Commit` of a GraphQL answer; anything else has no tree.
#[derive(Debug, Deserialize)]
pub(super) struct CommitNode {
    oid: Option<ObjectId>,
    tree: Option<Oid>,
    parents: Option<Connection<Oid>>,
}

impl CommitNode {
    /// The commit; `None` for an object of another kind, or one that was not shown whole.
    pub(super) fn commit(self) -> Option<Commit> {
        let parents = self.parents?;
        parents.whole().then_some(())?;
        Some(Commit {
            id: self.oid?,
            tree: self.tree?.oid,
            parents: parents.into_nodes().map(|parent| parent.oid).collect(),
        })
    }
}

/// A commit of the git part of REST.
#[derive(Debug, Deserialize)]
pub(super) struct CommitJson {
    sha: ObjectId,
    tree: Sha,
    parents: Vec<Sha>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Sha {
    pub(super) sha: ObjectId,
}

impl From<CommitJson> for Commit {
    fn from(json: CommitJson) -> Self {
        Self {
            id: json.sha,
            tree: json.tree.sha,
            parents: json.parents.into_iter().map(|parent| parent.sha).collect(),
        }
    }
}
