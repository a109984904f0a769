//! Looking pull requests up: by their branch, which finds one again whose answer was lost, and by number.

use serde_json::json;

use super::super::Github;
use super::super::documents::ACTOR;
use super::super::nodes::Connection;
use super::super::trouble::Trouble;
use super::branch::WorkBranch;
use super::place::Place;
use super::pull::PullRequest;
use super::pull_node::{self, PullNode, PullsNode};
use super::read::same;

const BY_BRANCH: &str = "query($owner: String!, $name: String!, $branch: String!) {
  rateLimit { cost remaining limit resetAt }
  repository(owner: $owner, name: $name) {
    databaseId
    pullRequests(headRefName: $branch, first: 50, orderBy: {field: CREATED_AT, direction: DESC}) {
      pageInfo { hasNextPage }
      nodes { ...Pull }
    }
  }
}";

const BY_NUMBER: &str = "query($owner: String!, $name: String!, $number: Int!) {
  rateLimit { cost remaining limit resetAt }
  repository(owner: $owner, name: $name) {
    databaseId
    pullRequest(number: $number) { ...Pull }
  }
}";

impl Github {
    /// Pull requests at `upstream`, open or not, from the branch of that name that the account with the
    /// numeric id `owner` has; newest first.
    ///
    /// # Errors
    /// As [`Trouble`] says; also when not all could be read, because "not there" would be taken for leave
    /// to open another.
    pub async fn pulls_from(
        &self,
        upstream: &Place,
        owner: u64,
        branch: &WorkBranch,
    ) -> Result<Vec<PullRequest>, Trouble> {
        let what = format!("pull requests of {branch} at {}", upstream.slug());
        let document = format!("{BY_BRANCH}{}{ACTOR}", pull_node::FIELDS);
        let variables = json!({
            "owner": upstream.owner(), "name": upstream.name(), "branch": branch.as_str(),
        });
        let node: PullsNode = self.of_repository(&what, &document, &variables).await?;
        same(upstream, node.database_id)?;
        let odd = || Trouble::Malformed {
            why: format!("{what}: not all of them were shown"),
        };
        let all = node.pull_requests.filter(Connection::whole);
        let all = all
            .filter(|all| !all.page_info.has_next_page)
            .ok_or_else(odd)?;
        let pulls: Option<Vec<PullRequest>> = all.into_nodes().map(PullNode::pull).collect();
        let mut pulls = pulls.ok_or_else(odd)?;
        // A deleted account's branch is nobody's: who opened it tells.
        pulls.retain(|pull| pull.head_owner.or(pull.author.id) == Some(owner));
        Ok(pulls)
    }

    /// A pull request by its number.
    ///
    /// # Errors
    /// As [`Trouble`] says.
    pub async fn pull(&self, upstream: &Place, number: u64) -> Result<PullRequest, Trouble> {
        let what = format!("{}#{number}", upstream.slug());
        let document = format!("{BY_NUMBER}{}{ACTOR}", pull_node::FIELDS);
        let variables =
            json!({ "owner": upstream.owner(), "name": upstream.name(), "number": number });
        let node: PullsNode = self.of_repository(&what, &document, &variables).await?;
        same(upstream, node.database_id)?;
        let pull = node.pull_request.and_then(PullNode::pull);
        pull.ok_or_else(|| Trouble::Malformed {
            why: format!("{what} was not shown whole"),
        })
    }
}
