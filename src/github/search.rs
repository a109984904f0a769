//! Walking a search without losing anything between its pages.
//!
//! GitHub's search stops at 1,000 results and numbers them by position, so an issue that is
//! updated during the walk moves to the end and pushes another across a page border unseen. The
//! walk therefore never counts on positions: it sorts by `updated`, and each page is a new search
//! that begins at the moment where the last one ended. Only where more issues share one second
//! than a page holds does it page by position, within exactly that second, and checks that the
//! number of results did not change meanwhile.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use octocrab::Octocrab;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::budget::{Budget, Urgency};
use super::convert;
use super::dialect::Dialect;
use super::documents;
use super::graphql::{self, Caller, Data, RateLimit, Reply};
use super::nodes::{IssueNode, PageInfo};
use super::pace::Pace;
use super::position::{Position, crowded, from_second, millis, stamp};
use super::query::Query;
use super::report::SliceReport;
use super::trouble::{Trouble, words};
use crate::bounty::facts::IssueFacts;
use crate::clock::{Clock, UnixMillis};

/// The next page starts at the earliest `updated` among this many last results. GitHub sorts by its
/// search index but shows the database's time: an issue touched a second ago can stand in an old
/// place with a new time, and must not make the walk jump to now.
const TAIL: usize = 5;
/// How often a crowded second is read again because its results changed meanwhile.
const CROWDED_TRIES: u8 = 3;
/// Where GitHub's search ends.
const MOST_RESULTS: u64 = 1_000;

/// Issues and pull requests, by the advanced syntax since September 2025.
const ISSUE: &str = "ISSUE";
/// The same under the name that it had while both were there; GitHub announced its end.
const ISSUE_ADVANCED: &str = "ISSUE_ADVANCED";

/// A walk in progress. After an error the same object can be asked again later: it goes on where
/// it stood.
#[derive(Debug)]
pub struct Pages {
    octocrab: Octocrab,
    budget: Arc<Budget>,
    dialect: Arc<Dialect>,
    clock: Arc<dyn Clock>,
    document: String,
    /// GraphQL's `SearchType`.
    kind: &'static str,
    labels: Vec<String>,
    query: Query,
    pace: Pace,
    /// This page is being asked for a second time.
    again: bool,
    position: Position,
    /// (node id, updated) of what was delivered, hashed: eight bytes an issue.
    delivered: HashSet<u64>,
    report: SliceReport,
}

/// What a page says about where to go on.
#[derive(Debug)]
struct Landmarks {
    /// `updated` of the readable results, in GitHub's order.
    seconds: Vec<i64>,
    /// Results on the page, readable or not.
    shown: u64,
    /// Results in all, as GitHub counts them.
    counted: u64,
    page: PageInfo,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SearchData {
    rate_limit: Option<RateLimit>,
    search: Option<Found>,
}

impl Data for SearchData {
    fn rate_limit(&self) -> Option<&RateLimit> {
        self.rate_limit.as_ref()
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    issue_count: u64,
    page_info: PageInfo,
    /// As text: a tree of a hundred long threads would be the largest thing in memory.
    nodes: Option<Vec<Box<RawValue>>>,
}

impl Pages {
    pub(super) fn new(
        octocrab: Octocrab,
        budget: Arc<Budget>,
        dialect: Arc<Dialect>,
        clock: Arc<dyn Clock>,
        labels: Vec<String>,
        query: Query,
    ) -> Self {
        let from = query.updated_from.map(UnixMillis::seconds);
        Self {
            octocrab,
            budget,
            clock,
            document: documents::search(dialect.assignees()),
            dialect,
            kind: ISSUE,
            labels,
            query,
            pace: Pace::new(),
            again: false,
            position: from_second(from),
            delivered: HashSet::new(),
            report: SliceReport::default(),
        }
    }

    /// The next issues, or `None` at the end of the walk. A page may be empty.
    ///
    /// # Errors
    /// What kept GitHub from answering; everything delivered before stays valid, and a later call
    /// goes on from there.
    pub async fn next(&mut self) -> Result<Option<Vec<IssueFacts>>, Trouble> {
        if self.position == Position::Done {
            return Ok(None);
        }
        loop {
            let (first, comments, events) = self.pace.now();
            let (window, after) = self.position.window();
            let variables = json!({
                "type": self.kind,
                "query": self.query.full(&window),
                "first": first,
                "after": after,
                "comments": comments,
                "events": events,
                "bountyLabels": self.labels,
            });
            let caller = Caller {
                octocrab: &self.octocrab,
                budget: &self.budget,
                clock: &*self.clock,
                urgency: Urgency::Bulk,
            };
            let what = format!("search {}", self.query.name);
            match graphql::query::<SearchData>(caller, &what, &self.document, &variables).await {
                Ok(reply) => {
                    self.report.requests += 1;
                    self.report.cost += reply.cost;
                    let failed = reply.errors.iter().filter(|e| e.passing()).count();
                    // A few failed results may come when asked for again, and if they do not, they
                    // are broken; many failed for lack of time, and come when less is asked for.
                    let again = match failed {
                        0 => {
                            self.pace.went_well();
                            false
                        }
                        few if few * 4 <= first as usize => {
                            !std::mem::replace(&mut self.again, true)
                        }
                        _ => self.pace.shrink(),
                    };
                    if again {
                        continue;
                    }
                    self.again = false;
                    return self.take(reply).map(Some);
                }
                Err(setback) => {
                    self.report.requests += u64::from(setback.sent);
                    if self.kind == ISSUE && is_about_the_type(&setback.trouble) {
                        self.kind = ISSUE_ADVANCED;
                        continue;
                    }
                    if self.dialect.learn(&setback.trouble) {
                        let document = documents::search(self.dialect.assignees());
                        if document != self.document {
                            self.document = document;
                            continue;
                        }
                    }
                    if !(setback.heavy && self.pace.shrink()) {
                        return Err(setback.trouble);
                    }
                    tracing::debug!(query = %self.query.name, trouble = %setback.trouble, "asking for smaller pages");
                }
            }
        }
    }

    /// What was delivered so far.
    #[must_use]
    pub fn report(&self) -> SliceReport {
        self.report.clone()
    }

    /// Books a page: what is new goes out, and the position moves.
    fn take(&mut self, reply: Reply<SearchData>) -> Result<Vec<IssueFacts>, Trouble> {
        let Some(found) = reply.data.search else {
            return Err(graphql::error_trouble(&self.query.name, &reply.errors));
        };
        let nodes = found.nodes.unwrap_or_default();
        let shown = nodes.len() as u64;
        let refused = reply.errors.iter().filter(|e| e.lasting()).count();
        let mut dropped = 0;
        let mut issues = Vec::with_capacity(nodes.len());
        for node in nodes {
            match read_node(&node) {
                Node::Issue(facts) => issues.push(*facts),
                Node::NotAnIssue => {}
                Node::Unreadable => dropped += 1,
            }
        }
        let refused = refused.min(dropped);
        self.report.hidden += refused as u64;
        if dropped > refused {
            let began = self.position.second().map(millis);
            self.report.unread_from = self.report.unread_from.or(began);
            let why = reply.errors.iter().find(|e| !e.lasting()).map_or_else(
                || "no reason given".to_owned(),
                |e| format!("{} at {}", words(&e.message), words(&e.place())),
            );
            self.report.miss(format!(
                "{} of the results could not be read: {why}",
                dropped - refused
            ));
        }
        self.advance(Landmarks {
            seconds: issues
                .iter()
                .filter_map(|i| i.updated_at.map(UnixMillis::seconds))
                .collect(),
            shown,
            counted: found.issue_count,
            page: found.page_info,
        });
        let mut newest = None;
        issues.retain(|issue| {
            newest = newest.max(issue.updated_at);
            let mut hasher = DefaultHasher::new();
            issue.node_id.hash(&mut hasher);
            (issue.repo.id, issue.number, issue.updated_at).hash(&mut hasher);
            self.delivered.insert(hasher.finish())
        });
        self.report.seen += issues.len() as u64;
        self.report.newest_updated_at = match &self.position {
            Position::Done => self.report.newest_updated_at.max(newest),
            Position::From { second, .. } => second.map(millis),
            Position::Crowded { second, .. } => Some(millis(*second)),
        };
        Ok(issues)
    }

    fn advance(&mut self, seen: Landmarks) {
        self.position = match std::mem::replace(&mut self.position, Position::Done) {
            Position::Done => Position::Done,
            Position::From { second, after } => self.onward(second, after.is_some(), seen),
            Position::Crowded {
                second,
                results: Some(before),
                tries,
                ..
            } if before != seen.counted => {
                if tries < CROWDED_TRIES {
                    crowded(second, tries + 1)
                } else {
                    self.report.miss(format!(
                        "the issues updated at {} kept changing while they were read",
                        stamp(second)
                    ));
                    from_second(Some(second + 1))
                }
            }
            Position::Crowded { second, tries, .. }
                if seen.page.has_next_page && seen.shown > 0 =>
            {
                Position::Crowded {
                    second,
                    after: seen.page.end_cursor,
                    results: Some(seen.counted),
                    tries,
                }
            }
            Position::Crowded { second, .. } => {
                if seen.counted > MOST_RESULTS {
                    self.report.miss(format!(
                        "{} issues were updated at {}, and GitHub's search shows {MOST_RESULTS} of them",
                        seen.counted,
                        stamp(second)
                    ));
                }
                from_second(Some(second + 1))
            }
        };
    }

    /// The position behind a page of a search from `second` on.
    fn onward(&mut self, second: Option<i64>, by_position: bool, seen: Landmarks) -> Position {
        let more = seen.page.has_next_page && seen.shown > 0;
        let short = !more && !by_position && seen.shown < seen.counted;
        if !more && !short {
            return Position::Done;
        }
        let size = seen.seconds.len();
        let tail = if size < 3 {
            1
        } else {
            (size / 3).clamp(2, TAIL)
        };
        let next = seen.seconds[size.saturating_sub(tail)..]
            .iter()
            .min()
            .copied();
        match (next, second) {
            (Some(next), from) if from.is_none_or(|from| next > from) => from_second(Some(next)),
            _ if short => {
                self.report.miss(format!(
                    "of the results GitHub counted {} and showed {}",
                    seen.counted, seen.shown
                ));
                Position::Done
            }
            (Some(_), Some(second)) => crowded(second, 0),
            _ => Position::From {
                second,
                after: seen.page.end_cursor,
            },
        }
    }
}

/// GitHub does not know the name of what is searched for.
fn is_about_the_type(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Invalid { why } if why.contains("SearchType"))
}

enum Node {
    Issue(Box<IssueFacts>),
    NotAnIssue,
    Unreadable,
}

fn read_node(node: &RawValue) -> Node {
    #[derive(Deserialize)]
    struct Kind<'a> {
        #[serde(borrow)]
        __typename: Cow<'a, str>,
    }
    match serde_json::from_str::<Kind<'_>>(node.get()) {
        Ok(kind) if kind.__typename == "Issue" => {}
        Ok(_) => return Node::NotAnIssue,
        Err(_) => return Node::Unreadable,
    }
    serde_json::from_str::<IssueNode>(node.get())
        .ok()
        .and_then(|node| convert::issue(node, None))
        .map_or(Node::Unreadable, |facts| Node::Issue(Box::new(facts)))
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
