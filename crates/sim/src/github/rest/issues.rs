//! Issues, their labels, their timeline.

use std::cmp::Reverse;

use chrono::DateTime;
use serde_json::json;

use super::super::guard::Call;
use super::super::model::{Issue, Repo};
use super::super::reply::Reply;
use super::super::state::State;
use super::page::Page;
use super::{find_issue, shape};

/// `since`, in Unix milliseconds.
///
/// # Errors
/// 422, if it is not a time.
pub(super) fn since(call: &Call<'_>) -> Result<Option<i64>, Reply> {
    let Some(text) = call.parameter("since") else {
        return Ok(None);
    };
    match DateTime::parse_from_rfc3339(text) {
        Ok(at) => Ok(Some(at.timestamp_millis())),
        Err(_) => Err(Reply::invalid(
            json!({
                "resource": "Issue", "field": "since", "code": "invalid",
                "message": format!("'{text}' is not an ISO 8601 time"),
            }),
            "rest/issues/issues#list-repository-issues",
        )),
    }
}

/// Timestamps on the wire have whole seconds; so has the comparison.
pub(super) fn not_before(at: i64, since: Option<i64>) -> bool {
    since.is_none_or(|since| at.div_euclid(1000) >= since.div_euclid(1000))
}

/// `GET …/issues`: pull requests are among them, as on GitHub.
pub(super) fn list(call: &Call<'_>, state: &State, repo: &Repo) -> Reply {
    let since = match since(call) {
        Ok(since) => since,
        Err(reply) => return reply,
    };
    let wanted: Vec<String> = call
        .parameter("labels")
        .unwrap_or_default()
        .split(',')
        .map(|label| label.trim().to_lowercase())
        .filter(|label| !label.is_empty())
        .collect();
    let login = |name: &str| {
        call.parameter(name).map(|login| {
            state
                .account_by_login(login)
                .map_or(0, |account| account.id)
        })
    };
    let (creator, assignee) = (login("creator"), call.parameter("assignee"));
    let assigned_to = login("assignee");
    let kept = |issue: &&Issue| {
        let state_matches = match call.parameter("state") {
            Some("all") => true,
            Some("closed") => !issue.open,
            _ => issue.open,
        };
        let assignee_matches = match assignee {
            None => true,
            Some("none") => issue.assignees.is_empty(),
            Some("*") => !issue.assignees.is_empty(),
            Some(_) => assigned_to.is_some_and(|id| issue.assignees.contains(&id)),
        };
        state_matches
            && assignee_matches
            && (repo.has_issues || issue.pull.is_some())
            && not_before(issue.updated_at, since)
            && creator.is_none_or(|id| issue.author == id)
            && wanted
                .iter()
                .all(|label| issue.labels.iter().any(|l| l.to_lowercase() == *label))
    };
    let mut issues: Vec<&Issue> = repo
        .numbers
        .values()
        .filter_map(|id| state.issues.get(id))
        .filter(kept)
        .collect();
    let key = |issue: &Issue| match call.parameter("sort") {
        Some("updated") => (issue.updated_at, issue.id),
        Some("comments") => (
            i64::try_from(issue.comments.len()).unwrap_or(i64::MAX),
            issue.id,
        ),
        _ => (issue.created_at, issue.id),
    };
    if call.parameter("direction") == Some("asc") {
        issues.sort_by_key(|issue| key(issue));
    } else {
        issues.sort_by_key(|issue| Reverse(key(issue)));
    }
    let page = Page::of(call);
    let body = page
        .slice(&issues)
        .iter()
        .map(|issue| shape::issue(state, repo, issue, call))
        .collect();
    let path = format!("/repositories/{}/issues", repo.id);
    page.link(Reply::ok(body), call, &path, issues.len())
}

/// `GET …/issues/{number}`.
pub(super) fn get(call: &Call<'_>, state: &State, repo: &Repo, number: &str) -> Reply {
    match find_issue(state, repo, number) {
        Ok(issue) => Reply::ok(shape::issue(state, repo, issue, call)),
        Err(reply) => reply,
    }
}

/// `GET …/issues/{number}/labels`.
pub(super) fn labels(call: &Call<'_>, state: &State, repo: &Repo, number: &str) -> Reply {
    let issue = match find_issue(state, repo, number) {
        Ok(issue) => issue,
        Err(reply) => return reply,
    };
    let page = Page::of(call);
    let api = shape::api_url(state, repo, call.base);
    let body = shape::labels(page.slice(&issue.labels), repo, &api);
    let path = format!("/repositories/{}/issues/{number}/labels", repo.id);
    page.link(Reply::ok(body.into()), call, &path, issue.labels.len())
}

/// `GET …/issues/{number}/timeline`: events and comments, oldest first.
pub(super) fn timeline(call: &Call<'_>, state: &State, repo: &Repo, number: &str) -> Reply {
    let issue = match find_issue(state, repo, number) {
        Ok(issue) => issue,
        Err(reply) => return reply,
    };
    let events = issue.events.iter().filter_map(|event| {
        shape::event(state, repo, event, call).map(|body| (event.at, event.id, body))
    });
    let comments = issue
        .comments
        .iter()
        .filter_map(|id| state.comments.get(id))
        .map(|comment| {
            let mut body = shape::comment(state, repo, issue, comment, call);
            body["event"] = "commented".into();
            body["actor"] = body["user"].clone();
            (comment.created_at, comment.id, body)
        });
    let mut entries: Vec<_> = events.chain(comments).collect();
    entries.sort_by_key(|(at, id, _)| (*at, *id));
    let page = Page::of(call);
    let body = page
        .slice(&entries)
        .iter()
        .map(|(_, _, body)| body.clone())
        .collect();
    let path = format!("/repositories/{}/issues/{number}/timeline", repo.id);
    page.link(Reply::ok(body), call, &path, entries.len())
}
