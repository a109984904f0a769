//! What became of pull requests of ours: many in one request.

use serde::Deserialize;
use serde_json::json;
use vault::Allow;

use super::super::Github;
use super::super::budget::Urgency;
use super::super::documents::ACTOR;
use super::super::graphql::{self, Caller, Data, GraphError, RateLimit};
use super::super::nodes::Connection;
use super::super::trouble::{Trouble, words};
use super::checks::{self, CheckedNode, Checks};
use super::pull::PullRequest;
use super::pull_node::{self, PullNode};
use super::said::{self, Said, TalkNode};

/// Pull requests of one request. At its widest one is about 1,400 nodes; ten cost about six points of
/// 5,000 an hour.
const BATCH: usize = 10;

const DOCUMENT: &str = "query($ids: [ID!]!) {
  rateLimit { cost remaining limit resetAt }
  nodes(ids: $ids) {
    ... on PullRequest {
      ...Pull
      ...Talk
      commits(last: 1) { nodes { commit { ...Checked } } }
    }
  }
}";

/// A pull request with what was said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// How it stands.
    pub pull: PullRequest,
    /// What machines say of its last commit.
    pub checks: Checks,
    /// What people say, the newest fifty of each kind, oldest first.
    pub said: Vec<Said>,
    /// Everything that was ever said is in `said`, and every check in `checks`.
    pub complete: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    rate_limit: Option<RateLimit>,
    #[serde(default)]
    nodes: Option<Vec<Option<Node>>>,
}

impl Data for Answer {
    fn rate_limit(&self) -> Option<&RateLimit> {
        self.rate_limit.as_ref()
    }
}

#[derive(Debug, Deserialize)]
struct Node {
    #[serde(flatten)]
    pull: PullNode,
    #[serde(flatten)]
    talk: TalkNode,
    commits: Option<Connection<LastNode>>,
}

#[derive(Debug, Deserialize)]
struct LastNode {
    commit: Option<CheckedNode>,
}

impl Github {
    /// What became of the pull requests with these node ids, in their order. What is left of the hourly
    /// budget is kept for claims.
    ///
    /// # Errors
    /// Of the whole: nothing more could be read. Of one: that one could not.
    pub async fn follow(
        &self,
        pulls: &[String],
    ) -> Result<Vec<Result<Activity, Trouble>>, Trouble> {
        let octocrab = self.octocrab("follow", vec![Allow::graphql_query()]);
        let caller = self.caller(&octocrab, Urgency::Bulk);
        let mut waiting: Vec<&[String]> = pulls.chunks(BATCH).rev().collect();
        let mut found = Vec::with_capacity(pulls.len());
        while let Some(batch) = waiting.pop() {
            match read(caller, batch).await {
                Ok(some) => found.extend(some),
                Err(setback) if setback.heavy && batch.len() > 1 => {
                    let (first, second) = batch.split_at(batch.len() / 2);
                    waiting.extend([second, first]);
                }
                // One that is too much by itself must not hide the others.
                Err(setback) if setback.heavy && pulls.len() > 1 => {
                    found.push(Err(setback.trouble));
                }
                Err(setback) => return Err(setback.trouble),
            }
        }
        Ok(found)
    }
}

async fn read(
    caller: Caller<'_>,
    ids: &[String],
) -> Result<Vec<Result<Activity, Trouble>>, graphql::Setback> {
    let document = format!(
        "{DOCUMENT}{}{}{}{ACTOR}",
        pull_node::FIELDS,
        said::FIELDS,
        checks::FIELDS
    );
    let variables = json!({ "ids": ids });
    let reply = graphql::query::<Answer>(caller, "pull requests", &document, &variables).await?;
    let mut nodes = reply.data.nodes.unwrap_or_default();
    nodes.resize_with(ids.len(), || None);
    let each = ids.iter().zip(nodes).enumerate();
    Ok(each
        .map(|(position, (id, node))| activity(position, id, node, &reply.errors))
        .collect())
}

fn activity(
    position: usize,
    id: &str,
    node: Option<Node>,
    errors: &[GraphError],
) -> Result<Activity, Trouble> {
    let what = format!("pull request {id}");
    let concerning: Vec<GraphError> = errors
        .iter()
        .filter(|error| concerns(error, position))
        .cloned()
        .collect();
    let Some(node) = node else {
        return Err(if concerning.is_empty() {
            Trouble::Gone { what }
        } else {
            graphql::error_trouble(&what, &concerning)
        });
    };
    let odd = |why: &str| Trouble::Malformed {
        why: match concerning.first() {
            Some(error) => format!("{what}: {why}: {}", words(&error.message)),
            None => format!("{what}: {why}"),
        },
    };
    let (said, all_said) = node.talk.said();
    let pull = node
        .pull
        .pull()
        .ok_or_else(|| odd("it was not shown whole"))?;
    let commits = node.commits.filter(Connection::whole);
    let commits = commits.ok_or_else(|| odd("its commits were not shown"))?;
    let last = commits.into_nodes().last().and_then(|last| last.commit);
    let checks = match last {
        Some(commit) => commit.checks(),
        // Whoever merges the work another way leaves a pull request without commits.
        None => Checks::none(pull.head.clone()),
    };
    let complete = all_said && checks.complete && checks.head == pull.head && concerning.is_empty();
    Ok(Activity {
        pull,
        checks,
        said,
        complete,
    })
}

/// An error below `nodes[position]`, or one that does not say what it is about.
fn concerns(error: &GraphError, position: usize) -> bool {
    let path = error.path.as_deref().unwrap_or_default();
    let of_nodes = path.first().is_none_or(|first| first == "nodes");
    let at = path.get(1).and_then(serde_json::Value::as_u64);
    of_nodes && at.is_none_or(|at| at == position as u64)
}
