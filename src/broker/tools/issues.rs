//! `get_issue` and `search_issues`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::schema::{
    array, boolean, count, number, object, one_of, page, repository, text, text_or_null, untrusted,
};
use super::{Reading, Spec, Wish, arguments, untrusted as shown};
use crate::broker::Refusal;
use crate::broker::policy::{Repository, Tool};
use crate::github::within::{IssueRead, PER_PAGE, PER_SEARCH, Within};

/// Words of a search at most, and characters of one.
const MOST_WORDS: usize = 10;
const LONGEST_WORD: usize = 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Get {
    repository: String,
    number: u64,
    page: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Search {
    repository: String,
    words: Option<Vec<String>>,
    state: Option<State>,
    page: Option<u32>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Open,
    Closed,
    All,
}

pub(super) fn get_spec() -> Spec {
    Spec {
        tool: Tool::GetIssue,
        title: "Read an issue",
        description: "One issue of a repository, or a pull request as an issue, with a page of its comments.",
        input: object(&[
            ("repository", repository()),
            ("number", number()),
            ("page?", page()),
        ]),
        output: object(&[
            ("repository", text("owner/name")),
            ("number", count()),
            ("state", text("open or closed")),
            ("is_pull_request", boolean("whether it is a pull request")),
            ("locked", boolean("whether only collaborators may speak")),
            ("comment_count", count()),
            ("created_at", text_or_null()),
            ("updated_at", text_or_null()),
            ("url", text_or_null()),
            ("more_comments", boolean("whether the next page has more")),
            (
                "untrusted",
                untrusted(&[
                    ("title", text("")),
                    ("author", text_or_null()),
                    ("labels", array(&text(""))),
                    ("body", text("")),
                    ("comments", array(&comment_schema())),
                ]),
            ),
        ]),
        idempotent: true,
        destructive: false,
    }
}

fn comment_schema() -> Value {
    object(&[
        ("author", text_or_null()),
        (
            "association",
            text("how the author belongs to the repository"),
        ),
        ("created_at", text_or_null()),
        ("body", text("")),
    ])
}

pub(super) fn search_spec() -> Spec {
    Spec {
        tool: Tool::SearchIssues,
        title: "Search issues",
        description: "Issues of one repository that hold all of some words, the best match first. Each word is \
                      searched for as it is: qualifiers have no effect.",
        input: object(&[
            ("repository", repository()),
            (
                "words?",
                json!({
                    "type": "array", "maxItems": MOST_WORDS,
                    "items": { "type": "string", "minLength": 1, "maxLength": LONGEST_WORD },
                    "description": "words or phrases that all have to be there",
                }),
            ),
            (
                "state?",
                one_of(&["open", "closed", "all"], "open if it is left out"),
            ),
            ("page?", page()),
        ]),
        output: object(&[
            ("repository", text("owner/name")),
            ("total", count()),
            ("complete", boolean("whether GitHub looked through all")),
            ("more", boolean("whether the next page has more")),
            ("issues", array(&item_schema())),
        ]),
        idempotent: true,
        destructive: false,
    }
}

fn item_schema() -> Value {
    object(&[
        ("number", count()),
        ("state", text("open or closed")),
        ("comment_count", count()),
        ("updated_at", text_or_null()),
        (
            "untrusted",
            untrusted(&[
                ("title", text("")),
                ("author", text_or_null()),
                ("labels", array(&text(""))),
            ]),
        ),
    ])
}

pub(super) fn get_wish(given: &Value) -> Result<Wish, Refusal> {
    let get: Get = arguments::typed(given)?;
    let reading = Reading::Issue(arguments::number(get.number)?, arguments::page(get.page)?);
    Ok(Wish::Read(arguments::repository(&get.repository)?, reading))
}

pub(super) fn search_wish(given: &Value) -> Result<Wish, Refusal> {
    let search: Search = arguments::typed(given)?;
    let words = search.words.unwrap_or_default();
    let odd = |word: &String| {
        let length = word.chars().count();
        word.trim().is_empty() || length > LONGEST_WORD || word.chars().any(char::is_control)
    };
    if words.len() > MOST_WORDS || words.iter().any(odd) {
        return Err(Refusal::arguments(format!(
            "`words` are at most {MOST_WORDS}, each of at most {LONGEST_WORD} characters"
        )));
    }
    let state = match search.state.unwrap_or(State::Open) {
        State::Open => Some("open"),
        State::Closed => Some("closed"),
        State::All => None,
    };
    let reading = Reading::Issues(words, state, arguments::page(search.page)?);
    let repository = arguments::repository(&search.repository)?;
    Ok(Wish::Read(repository, reading))
}

pub(super) async fn get(
    within: &Within<'_>,
    repository: &Repository,
    number: u64,
    page: u32,
) -> Result<Value, Refusal> {
    let issue = within.issue(number).await?;
    let comments = match issue.comments {
        0 => Vec::new(),
        _ => within.comments(number, page).await?,
    };
    let comment = |comment: &crate::github::within::CommentRead| {
        json!({
            "author": shown::author(comment.user.as_ref()),
            "association": comment.author_association.as_deref().unwrap_or("NONE"),
            "created_at": comment.created_at,
            "body": shown::text(comment.body.as_deref()),
        })
    };
    Ok(json!({
        "repository": repository.to_string(),
        "number": issue.number,
        "state": issue.state,
        "is_pull_request": issue.pull_request.is_some(),
        "locked": issue.locked,
        "comment_count": issue.comments,
        "created_at": issue.created_at,
        "updated_at": issue.updated_at,
        "url": issue.html_url,
        "more_comments": comments.len() >= PER_PAGE,
        "untrusted": {
            "title": shown::line(&issue.title),
            "author": shown::author(issue.user.as_ref()),
            "labels": shown::labels(&issue.labels),
            "body": shown::text(issue.body.as_deref()),
            "comments": comments.iter().map(comment).collect::<Vec<_>>(),
        },
    }))
}

pub(super) async fn search(
    within: &Within<'_>,
    repository: &Repository,
    words: &[String],
    state: Option<&str>,
    page: u32,
) -> Result<Value, Refusal> {
    let found = within.search(words, state, page).await?;
    let item = |issue: &IssueRead| {
        json!({
            "number": issue.number,
            "state": issue.state,
            "comment_count": issue.comments,
            "updated_at": issue.updated_at,
            "untrusted": {
                "title": shown::line(&issue.title),
                "author": shown::author(issue.user.as_ref()),
                "labels": shown::labels(&issue.labels),
            },
        })
    };
    Ok(json!({
        "repository": repository.to_string(),
        "total": found.total_count,
        "complete": !found.incomplete_results,
        "more": found.items.len() >= PER_SEARCH,
        "issues": found.items.iter().map(item).collect::<Vec<_>>(),
    }))
}
