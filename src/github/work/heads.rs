//! Where a branch stands, and what a commit holds.

use serde::Deserialize;
use serde_json::json;

use super::super::Github;
use super::super::nodes;
use super::super::trouble::Trouble;
use super::commit::{self, Commit, CommitNode};
use super::object_id::ObjectId;
use super::place::Place;
use super::read::same;

const BRANCH: &str = "query($owner: String!, $name: String!, $ref: String!) {
  rateLimit { cost remaining limit resetAt }
  repository(owner: $owner, name: $name) {
    databaseId
    ref(qualifiedName: $ref) { target { ...Tip } }
  }
}";

const COMMIT: &str = "query($owner: String!, $name: String!, $oid: GitObjectID!) {
  rateLimit { cost remaining limit resetAt }
  repository(owner: $owner, name: $name) {
    databaseId
    object(oid: $oid) { ...Tip }
  }
}";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    #[serde(default, deserialize_with = "nodes::id")]
    database_id: Option<u64>,
    #[serde(rename = "ref")]
    reference: Option<RefNode>,
    object: Option<CommitNode>,
}

#[derive(Debug, Deserialize)]
struct RefNode {
    target: Option<CommitNode>,
}

impl Github {
    /// The last commit of a branch; `None` where there is no such branch.
    ///
    /// # Errors
    /// As [`Trouble`] says.
    pub async fn branch_head(&self, repo: &Place, branch: &str) -> Result<Option<Commit>, Trouble> {
        let what = format!("branch {branch} of {}", repo.slug());
        let document = format!("{BRANCH}{}", commit::FIELDS);
        let variables = json!({
            "owner": repo.owner(), "name": repo.name(), "ref": format!("refs/heads/{branch}"),
        });
        let node: Node = self.of_repository(&what, &document, &variables).await?;
        same(repo, node.database_id)?;
        let target = node.reference.map(|reference| reference.target);
        found(&what, target)
    }

    /// A commit by its id; `None` where the repository has none such. A fork shares the commits of what
    /// it was forked from.
    ///
    /// # Errors
    /// As [`Trouble`] says.
    pub async fn commit(&self, repo: &Place, id: &ObjectId) -> Result<Option<Commit>, Trouble> {
        let what = format!("commit {id} of {}", repo.slug());
        let document = format!("{COMMIT}{}", commit::FIELDS);
        let variables = json!({ "owner": repo.owner(), "name": repo.name(), "oid": id });
        let node: Node = self.of_repository(&what, &document, &variables).await?;
        same(repo, node.database_id)?;
        found(&what, node.object.map(Some))
    }
}

fn found(what: &str, target: Option<Option<CommitNode>>) -> Result<Option<Commit>, Trouble> {
    let Some(target) = target else {
        return Ok(None);
    };
    match target.and_then(CommitNode::commit) {
        Some(commit) => Ok(Some(commit)),
        None => Err(Trouble::Malformed {
            why: format!("{what} is no commit, or was not shown whole"),
        }),
    }
}
