//! One issue with everything that is known of it: for the judgement of long threads, the re-check
//! before a claim, and `explain`.

use serde::Deserialize;
use serde_json::json;

use super::convert;
use super::dialect::Dialect;
use super::documents;
use super::graphql::{self, Caller, Data, RateLimit};
use super::nodes::{CommentNode, Connection, EventNode, IssueNode, RepositoryNode};
use super::policies::{self, RepoRef};
use super::shelf::Shelf;
use super::trouble::{Trouble, words};
use crate::bounty::facts::IssueFacts;

/// Pages of a hundred; an issue with more says that it is incomplete.
const MOST_PAGES: usize = 30;
/// The same for the text of its comments, in bytes, to a page more or less: who writes more than this
/// into one thread wants to fill the memory.
const MOST_TEXT: usize = 4 * 1024 * 1024;

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

/// Which issue.
pub(super) struct Wanted<'a> {
    pub(super) owner: &'a str,
    pub(super) name: &'a str,
    pub(super) number: u64,
    /// Labels that count into `RepoFacts::open_bounty_issues`.
    pub(super) labels: &'a [String],
}

/// Reads an issue, all its comments and events, and the contribution rules that hold there.
pub(super) async fn read(
    caller: Caller<'_>,
    dialect: &Dialect,
    wanted: &Wanted<'_>,
) -> Result<IssueFacts, Trouble> {
    let mut facts = read_thread(caller, dialect, wanted).await?;
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

/// The same without the rules.
/// GitHub follows renames here: the facts carry the repository's present name and its id.
pub(super) async fn read_thread(
    caller: Caller<'_>,
    dialect: &Dialect,
    wanted: &Wanted<'_>,
) -> Result<IssueFacts, Trouble> {
    let Wanted {
        owner,
        name,
        number,
        labels,
    } = wanted;
    let what = format!("{owner}/{name}#{number}");
    let variables =
        json!({ "owner": owner, "name": name, "number": number, "bountyLabels": labels });
    let mut document = documents::issue(dialect.assignees());
    let mut reply = graphql::query::<IssueData>(caller, &what, &document, &variables).await;
    if let Err(setback) = &reply
        && dialect.learn(&setback.trouble)
    {
        document = documents::issue(dialect.assignees());
        reply = graphql::query(caller, &what, &document, &variables).await;
    }
    let reply = reply.map_err(|setback| setback.trouble)?;
    let (errors, served_at) = (reply.errors, reply.at);
    let Some(mut repository) = reply.data.repository else {
        return Err(missing(&what, &errors));
    };
    let Some(node) = repository.issue.take() else {
        return Err(missing(&what, &errors));
    };
    let more_comments = rest(node.comments.as_ref());
    let more_events = rest(node.timeline_items.as_ref());
    let mut facts = convert::issue(*node, Some(repository)).ok_or_else(|| Trouble::Malformed {
        why: match errors.first() {
            Some(error) => format!("{what}: {}", words(&error.message)),
            None => format!("{what}: no repository, owner or number in the answer"),
        },
    })?;
    facts.served_at = served_at;
    if let Some(after) = more_comments {
        facts.comments_complete = more(caller, &mut facts, after, &comments()).await?;
    }
    if let Some(after) = more_events {
        facts.timeline_complete = more(caller, &mut facts, after, &events()).await?;
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
    let page = &connection?.page_info;
    page.end_cursor.clone().filter(|_| page.has_next_page)
}

/// Another part of what an issue carries, a page at a time.
struct Part<T> {
    document: String,
    of: fn(IssueNode) -> Option<Connection<T>>,
    /// There is room for another page.
    room: fn(&IssueFacts) -> bool,
    /// Books a page; says whether everything on it could be.
    book: fn(&mut IssueFacts, Connection<T>) -> bool,
}

fn comments() -> Part<CommentNode> {
    Part {
        document: documents::more_comments(),
        of: |node| node.comments,
        room: |facts| {
            let text = facts.comments.iter().map(|comment| comment.body.len());
            text.sum::<usize>() < MOST_TEXT
        },
        book: |facts, page| {
            convert::add_comments(facts, page.into_nodes());
            true
        },
    }
}

fn events() -> Part<EventNode> {
    Part {
        document: documents::more_events(),
        of: |node| node.timeline_items,
        room: |_| true,
        book: |facts, page| {
            // A hidden pull request on this page clears the flag.
            facts.timeline_complete = true;
            convert::add_events(facts, page.into_nodes());
            facts.timeline_complete
        },
    }
}

/// Reads the pages after the first; says whether all of them were shown whole.
async fn more<T>(
    caller: Caller<'_>,
    facts: &mut IssueFacts,
    after: String,
    part: &Part<T>,
) -> Result<bool, Trouble> {
    let Some(id) = facts.node_id.clone() else {
        return Ok(false);
    };
    let what = format!("{}#{}", facts.repo.slug(), facts.number);
    let mut cursor = Some(after);
    let mut whole = true;
    for _ in 0..MOST_PAGES {
        let Some(after) = cursor else {
            return Ok(whole);
        };
        if !(part.room)(facts) {
            return Ok(false);
        }
        let variables = json!({ "id": id, "after": after });
        let reply = graphql::query::<MoreData>(caller, &what, &part.document, &variables)
            .await
            .map_err(|setback| setback.trouble)?;
        let Some(page) = reply.data.node.and_then(part.of) else {
            return Ok(false);
        };
        whole &= page.whole();
        cursor = rest(Some(&page));
        whole &= (part.book)(facts, page);
    }
    Ok(whole && cursor.is_none())
}
