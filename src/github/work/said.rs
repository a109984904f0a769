//! What people say on a pull request: reviews, remarks at lines, comments. All of it is data.

use serde::Deserialize;

use super::super::convert::{actor, association, cut, time};
use super::super::nodes::{self, ActorNode, Connection};
use super::commit::Oid;
use super::object_id::ObjectId;
use crate::bounty::facts::{Actor, Association};
use crate::clock::UnixMillis;

/// What is longer is logs, in bytes.
const LONGEST_BODY: usize = 64 * 1024;
/// Longest path, in bytes, as git has it.
const LONGEST_PATH: usize = 4 * 1024;

/// The newest of each kind. Needs the fragment `Who`. Ids of reviews and remarks have outgrown the `Int` of
/// `databaseId`.
pub(super) const FIELDS: &str = "
fragment Talk on PullRequest {
  comments(last: 50) {
    pageInfo { hasPreviousPage }
    nodes { databaseId: fullDatabaseId author { ...Who } authorAssociation body createdAt }
  }
  reviews(last: 50) {
    pageInfo { hasPreviousPage }
    nodes { databaseId: fullDatabaseId author { ...Who } authorAssociation body state submittedAt commit { oid } }
  }
  reviewThreads(last: 50) {
    pageInfo { hasPreviousPage }
    nodes {
      isResolved
      isOutdated
      path
      line
      comments(last: 20) {
        pageInfo { hasPreviousPage }
        nodes { databaseId: fullDatabaseId author { ...Who } authorAssociation body createdAt }
      }
    }
  }
}";

/// One thing somebody said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// In which form.
    pub kind: SaidKind,
    /// Numeric id, unique among those of its kind.
    pub id: u64,
    /// Who.
    pub author: Actor,
    /// The author's standing in the repository.
    pub association: Association,
    /// The words, at most 64 KiB.
    pub body: String,
    /// When.
    pub at: Option<UnixMillis>,
}

/// The form in which something was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SaidKind {
    /// A review of the whole.
    Review {
        /// What the reviewer decided.
        verdict: Verdict,
        /// The commit that was reviewed.
        commit: Option<ObjectId>,
    },
    /// A remark at a line.
    Line {
        /// File.
        path: String,
        /// Line in the present head; `None` when it is gone from there.
        line: Option<u64>,
        /// The line has changed since.
        outdated: bool,
        /// Somebody marked it as done.
        resolved: bool,
    },
    /// A comment in the conversation.
    Comment,
}

impl SaidKind {
    /// A word that with the id makes a name: `review`, `line`, `comment`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Review { .. } => "review",
            Self::Line { .. } => "line",
            Self::Comment => "comment",
        }
    }
}

/// What a reviewer decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Merge it.
    Approved,
    /// Not like this.
    ChangesRequested,
    /// Neither.
    Commented,
    /// A maintainer took the review back.
    Dismissed,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TalkNode {
    comments: Option<Connection<SaidNode>>,
    reviews: Option<Connection<SaidNode>>,
    review_threads: Option<Connection<ThreadNode>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SaidNode {
    #[serde(deserialize_with = "nodes::id")]
    database_id: Option<u64>,
    author: Option<ActorNode>,
    author_association: Option<String>,
    body: Option<String>,
    created_at: Option<String>,
    submitted_at: Option<String>,
    state: Option<String>,
    commit: Option<Oid>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ThreadNode {
    is_resolved: bool,
    is_outdated: bool,
    path: Option<String>,
    line: Option<u64>,
    comments: Option<Connection<SaidNode>>,
}

impl TalkNode {
    /// Everything that was shown, oldest first, and whether that is all there is.
    pub(super) fn said(self) -> (Vec<Said>, bool) {
        let mut all = Vec::new();
        let mut complete = true;
        for node in newest(self.comments, &mut complete) {
            complete &= node.book(SaidKind::Comment, &mut all);
        }
        for node in newest(self.reviews, &mut complete) {
            let verdict = match node.state.as_deref() {
                Some("APPROVED") => Verdict::Approved,
                Some("CHANGES_REQUESTED") => Verdict::ChangesRequested,
                Some("DISMISSED") => Verdict::Dismissed,
                // Of a review that only holds remarks, the remarks say it all.
                Some("COMMENTED") if node.body.as_deref().is_none_or(str::is_empty) => continue,
                Some("COMMENTED") => Verdict::Commented,
                // Our own that was never sent.
                Some("PENDING") => continue,
                _ => {
                    complete = false;
                    continue;
                }
            };
            let commit = node.commit.as_ref().map(|commit| commit.oid.clone());
            complete &= node.book(SaidKind::Review { verdict, commit }, &mut all);
        }
        for thread in newest(self.review_threads, &mut complete) {
            let kind = SaidKind::Line {
                path: cut(thread.path.unwrap_or_default(), LONGEST_PATH),
                line: thread.line,
                outdated: thread.is_outdated,
                resolved: thread.is_resolved,
            };
            for node in newest(thread.comments, &mut complete) {
                complete &= node.book(kind.clone(), &mut all);
            }
        }
        all.sort_by_key(|said| (said.at, said.id));
        (all, complete)
    }
}

impl SaidNode {
    /// Adds it; `false` when it came without the id by which it would be known again.
    fn book(self, kind: SaidKind, to: &mut Vec<Said>) -> bool {
        let Some(id) = self.database_id else {
            return false;
        };
        let at = self.submitted_at.or(self.created_at);
        to.push(Said {
            kind,
            id,
            author: actor(self.author),
            association: association(self.author_association.as_deref()),
            body: cut(self.body.unwrap_or_default(), LONGEST_BODY),
            at: time(at.as_deref()),
        });
        true
    }
}

/// The nodes of a list of which the end was asked for; `complete` is cleared unless it is the whole.
fn newest<T>(list: Option<Connection<T>>, complete: &mut bool) -> impl Iterator<Item = T> + use<T> {
    *complete &= list
        .as_ref()
        .is_some_and(|list| list.whole() && !list.page_info.has_previous_page);
    list.into_iter().flat_map(Connection::into_nodes)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn kinds_are_told_apart_and_stand_in_the_order_of_time() {
        let who = json!({ "__typename": "User", "login": "ann", "databaseId": 7 });
        let node: TalkNode = serde_json::from_value(json!({
            "comments": { "pageInfo": {}, "nodes": [
                { "databaseId": 3, "author": who, "authorAssociation": "OWNER", "body": "hi", "createdAt": "2026-01-03T00:00:00Z" },
            ] },
            "reviews": { "pageInfo": {}, "nodes": [
                { "databaseId": 1, "author": who, "body": "", "state": "CHANGES_REQUESTED", "submittedAt": "2026-01-01T00:00:00Z" },
                { "databaseId": 2, "author": who, "body": "", "state": "COMMENTED", "submittedAt": "2026-01-02T00:00:00Z" },
                { "databaseId": 4, "author": who, "body": "x", "state": "PENDING" },
            ] },
            "reviewThreads": { "pageInfo": {}, "nodes": [
                { "isResolved": true, "path": "a.rs", "line": null, "isOutdated": true, "comments": { "pageInfo": {}, "nodes": [
                    { "databaseId": 9, "author": null, "body": "why?", "createdAt": "2026-01-02T00:00:00Z" },
                ] } },
            ] },
        }))
        .expect("an answer");
        let (said, complete) = node.said();
        assert!(complete);
        let names: Vec<_> = said.iter().map(|s| (s.kind.name(), s.id)).collect();
        assert_eq!(names, [("review", 1), ("line", 9), ("comment", 3)]);
        assert_eq!(said[2].author.id, Some(7));
        assert_eq!(said[2].association, Association::Owner);
        assert_eq!(said[1].author, Actor::default());
    }

    #[test]
    fn what_was_left_out_is_not_complete() {
        let empty = || json!({ "pageInfo": {}, "nodes": [] });
        for (part, value) in [
            (
                "comments",
                json!({ "pageInfo": { "hasPreviousPage": true }, "nodes": [] }),
            ),
            (
                "reviews",
                json!({ "pageInfo": {}, "nodes": [{ "databaseId": 1, "state": "NEW" }] }),
            ),
            ("reviewThreads", json!(null)),
            (
                "comments",
                json!({ "pageInfo": {}, "nodes": [{ "body": "no id" }] }),
            ),
            (
                "reviewThreads",
                json!({ "pageInfo": {}, "nodes": [{ "path": "a" }] }),
            ),
        ] {
            let mut all =
                json!({ "comments": empty(), "reviews": empty(), "reviewThreads": empty() });
            let whole: TalkNode = serde_json::from_value(all.clone()).expect("an answer");
            assert!(whole.said().1);
            all[part] = value;
            let node: TalkNode = serde_json::from_value(all).expect("an answer");
            assert!(!node.said().1, "{part}");
        }
    }
}
