//! One issue with everything that is known of it: for the re-check before a claim, and `explain`.

use serde::Deserialize;
use serde_json::json;

use super::convert;
use super::documents;
use super::graphql::{self, Caller, Data, RateLimit};
use super::nodes::{Connection, IssueNode, PageInfo, RepositoryNode};
use super::policies::{self, RepoRef};
use super::shelf::Shelf;
use super::trouble::{Trouble, words};
use crate::bounty::facts::IssueFacts;

/// Pages of a hundred; an issue with more says that it is incomplete.
const MOST_PAGES: usize = 30;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct IssueData {
    rate_limit: Option<RateLimit>,
    repository: Option<RepositoryNode>,
}

impl Data for IssueData {
    fn rate_limit(&self) -> Option<&RateLimit> {
        self.rate_limit.as_ref()
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MoreData {
    rate_limit: Option<RateLimit>,
    node: Option<IssueNode>,
}

impl Data for MoreData {
    fn rate_limit(&self) -> Option<&RateLimit> {
        self.rate_limit.as_ref()
    }
}

/// Reads an issue, all its comments and events, and the contribution rules that hold there.
/// GitHub follows renames here: the facts carry the repository's present name and its id.
pub(super) async fn read(
    caller: Caller<'_>,
    owner: &str,
    name: &str,
    number: u64,
    labels: &[String],
) -> Result<IssueFacts, Trouble> {
    let what = format!("{owner}/{name}#{number}");
    let variables =
        json!({ "owner": owner, "name": name, "number": number, "bountyLabels": labels });
    let document = documents::issue();
    let reply = graphql::query::<IssueData>(caller, &what, &document, &variables)
        .await
        .map_err(|setback| setback.trouble)?;
    let errors = reply.errors;
    let Some(mut repository) = reply.data.repository else {
        return Err(missing(&what, &errors));
    };
    let Some(node) = repository.issue.take() else {
        return Err(missing(&what, &errors));
    };
    let comments = rest(node.comments.as_ref());
    let events = rest(node.timeline_items.as_ref());
    let mut facts = convert::issue(*node, Some(repository)).ok_or_else(|| Trouble::Malformed {
        why: match errors.first() {
            Some(error) => format!("{what}: {}", words(&error.message)),
            None => format!("{what}: no repository, owner or number in the answer"),
        },
    })?;
    if let Some(after) = comments {
        facts.comments_complete = more_comments(caller, &mut facts, after).await?;
    }
    if let Some(after) = events {
        let whole = more_events(caller, &mut facts, after).await?;
        facts.timeline_complete = whole;
    }
    if let Some(node_id) = facts.repo.node_id.clone() {
        let repo = RepoRef {
            node_id,
            owner: facts.repo.owner.clone(),
            name: facts.repo.name.clone(),
        };
        let mut policies =
            policies::read(caller, std::slice::from_ref(&repo), &Shelf::new()).await?;
        facts.repo.policies = policies.files.remove(&repo.node_id);
    }
    Ok(facts)
}

fn missing(what: &str, errors: &[graphql::GraphError]) -> Trouble {
    if errors.is_empty() {
        return Trouble::Gone {
            what: what.to_owned(),
        };
    }
    graphql::error_trouble(what, errors)
}

/// Where to go on when a connection has another page.
fn rest<T>(connection: Option<&Connection<T>>) -> Option<String> {
    next(&connection?.page_info)
}

fn next(page: &PageInfo) -> Option<String> {
    page.end_cursor.clone().filter(|_| page.has_next_page)
}

async fn more_comments(
    caller: Caller<'_>,
    facts: &mut IssueFacts,
    after: String,
) -> Result<bool, Trouble> {
    let document = documents::more_comments();
    let mut cursor = Some(after);
    let mut whole = true;
    for _ in 0..MOST_PAGES {
        let Some(after) = cursor else {
            return Ok(whole);
        };
        let node = more(caller, facts, &document, &after).await?;
        let Some(page) = node.and_then(|n| n.comments) else {
            return Ok(false);
        };
        whole &= page.whole();
        cursor = rest(Some(&page));
        convert::add_comments(facts, page.into_nodes());
    }
    Ok(whole && cursor.is_none())
}

async fn more_events(
    caller: Caller<'_>,
    facts: &mut IssueFacts,
    after: String,
) -> Result<bool, Trouble> {
    let document = documents::more_events();
    let mut cursor = Some(after);
    let mut whole = true;
    for _ in 0..MOST_PAGES {
        let Some(after) = cursor else {
            return Ok(whole);
        };
        let node = more(caller, facts, &document, &after).await?;
        let Some(page) = node.and_then(|n| n.timeline_items) else {
            return Ok(false);
        };
        whole &= page.whole();
        cursor = rest(Some(&page));
        // A hidden pull request on this page clears the flag too.
        facts.timeline_complete = true;
        convert::add_events(facts, page.into_nodes());
        whole &= facts.timeline_complete;
    }
    Ok(whole && cursor.is_none())
}

async fn more(
    caller: Caller<'_>,
    facts: &IssueFacts,
    document: &str,
    after: &str,
) -> Result<Option<IssueNode>, Trouble> {
    let Some(id) = &facts.node_id else {
        return Ok(None);
    };
    let what = format!("{}#{}", facts.repo.slug(), facts.number);
    let variables = json!({ "id": id, "after": after });
    let reply = graphql::query::<MoreData>(caller, &what, document, &variables)
        .await
        .map_err(|setback| setback.trouble)?;
    Ok(reply.data.node)
}
