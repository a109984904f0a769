//! Issue comments, on pull requests too.

use serde_json::{Value, json};

use super::super::guard::Call;
use super::super::model::{Comment, Issue, Repo};
use super::super::reply::Reply;
use super::super::state::State;
use super::issues::{not_before, since};
use super::page::Page;
use super::{find_issue, shape, writer};

/// Longest text, in characters.
const LONGEST: usize = 65_536;
const CREATE: &str = "rest/issues/comments#create-an-issue-comment";
const EDIT: &str = "rest/issues/comments#update-an-issue-comment";
const DELETE: &str = "rest/issues/comments#delete-an-issue-comment";

/// `GET …/issues/{number}/comments`: oldest first, `since` by the last change.
pub(super) fn list(call: &Call<'_>, state: &State, repo: &Repo, number: &str) -> Reply {
    let issue = match find_issue(state, repo, number) {
        Ok(issue) => issue,
        Err(reply) => return reply,
    };
    let since = match since(call) {
        Ok(since) => since,
        Err(reply) => return reply,
    };
    let comments: Vec<&Comment> = issue
        .comments
        .iter()
        .filter_map(|id| state.comments.get(id))
        .filter(|comment| not_before(comment.updated_at, since))
        .collect();
    let page = Page::of(call);
    let body = page
        .slice(&comments)
        .iter()
        .map(|comment| shape::comment(state, repo, issue, comment, call))
        .collect();
    let path = format!("/repositories/{}/issues/{number}/comments", repo.id);
    page.link(Reply::ok(body), call, &path, comments.len())
}

fn find<'s>(state: &'s State, repo: &Repo, comment: &str) -> Option<(&'s Comment, &'s Issue)> {
    let comment = state.comments.get(&comment.parse().ok()?)?;
    let issue = state.issues.get(&comment.issue)?;
    (issue.repo == repo.id).then_some((comment, issue))
}

/// `GET …/issues/comments/{id}`.
pub(super) fn get(call: &Call<'_>, state: &State, repo: &Repo, comment: &str) -> Reply {
    match find(state, repo, comment) {
        Some((comment, issue)) => Reply::ok(shape::comment(state, repo, issue, comment, call)),
        None => Reply::not_found(),
    }
}

/// The text in the request's body.
fn text(call: &Call<'_>, page: &str) -> Result<String, Reply> {
    let Ok(body) = serde_json::from_slice::<Value>(call.body) else {
        return Err(Reply::error(400, "Problems parsing JSON", page));
    };
    let Some(object) = body.as_object() else {
        return Err(Reply::error(400, "Body should be a JSON object", page));
    };
    let refused = |message: &str| {
        Reply::invalid(
            json!({
                "resource": "IssueComment", "code": "unprocessable", "field": "data",
                "message": message,
            }),
            page,
        )
    };
    match object.get("body") {
        None => Err(Reply::error(
            422,
            "Invalid request.\n\n\"body\" wasn't supplied.",
            page,
        )),
        Some(Value::String(text)) if text.trim().is_empty() => Err(refused("Body can't be blank")),
        Some(Value::String(text)) if text.chars().count() > LONGEST => {
            Err(refused("Body is too long (maximum is 65536 characters)"))
        }
        Some(Value::String(text)) => Ok(text.clone()),
        Some(other) => Err(Reply::error(
            422,
            &format!("Invalid request.\n\nFor 'properties/body', {other} is not a string."),
            page,
        )),
    }
}

/// `POST …/issues/{number}/comments`.
pub(super) fn create(call: &Call<'_>, state: &mut State, repo: u64, number: &str) -> Reply {
    match allowed(call, state, repo, number) {
        Ok((issue, author, body)) => {
            let id = state.insert_comment(issue, author, &body, call.now);
            let shown = state.repos.get(&repo).and_then(|repo| {
                let issue = state.issues.get(&issue)?;
                Some(shape::comment(
                    state,
                    repo,
                    issue,
                    state.comments.get(&id)?,
                    call,
                ))
            });
            let body = shown.unwrap_or_default();
            let location = body["url"].as_str().unwrap_or_default().to_owned();
            Reply::json(201, body).header("location", location)
        }
        Err(reply) => reply,
    }
}

fn allowed(
    call: &Call<'_>,
    state: &State,
    repo: u64,
    number: &str,
) -> Result<(u64, u64, String), Reply> {
    let repo = state.repos.get(&repo).ok_or_else(Reply::not_found)?;
    let viewer = writer::participant(call, state, repo, CREATE)?;
    let issue = find_issue(state, repo, number)?;
    let body = text(call, CREATE)?;
    let writes = state.can_write(repo, viewer.id);
    if state.is_blocked(repo, issue, viewer.id) {
        return Err(Reply::error(403, "User is blocked", CREATE));
    }
    if issue.locked && !writes {
        return Err(Reply::error(
            403,
            "Unable to create comment because issue is locked.",
            "articles/locking-conversations/",
        ));
    }
    writer::within_limits(state, repo, viewer.id, call.now, CREATE)?;
    Ok((issue.id, viewer.id, body))
}

/// `PATCH …/issues/comments/{id}`: one's own, or with write access.
pub(super) fn edit(call: &Call<'_>, state: &mut State, repo: u64, comment: &str) -> Reply {
    let (id, body) = match own(call, state, repo, comment, EDIT)
        .and_then(|id| text(call, EDIT).map(|body| (id, body)))
    {
        Ok(found) => found,
        Err(reply) => return reply,
    };
    let Some(found) = state.comments.get_mut(&id) else {
        return Reply::not_found();
    };
    found.body = body;
    found.updated_at = call.now;
    found.edited_at = Some(call.now);
    let issue = found.issue;
    state.reindex_comments(issue);
    if let Some(issue) = state.issues.get_mut(&issue) {
        issue.updated_at = issue.updated_at.max(call.now);
    }
    match state.repos.get(&repo) {
        Some(repo) => get(call, state, repo, comment),
        None => Reply::not_found(),
    }
}

/// `DELETE …/issues/comments/{id}`: one's own, or with write access.
pub(super) fn delete(call: &Call<'_>, state: &mut State, repo: u64, comment: &str) -> Reply {
    match own(call, state, repo, comment, DELETE) {
        Ok(id) => {
            state.remove_comment(id, call.now);
            Reply::empty(204)
        }
        Err(reply) => reply,
    }
}

fn own(call: &Call<'_>, state: &State, repo: u64, comment: &str, page: &str) -> Result<u64, Reply> {
    let repo = state.repos.get(&repo).ok_or_else(Reply::not_found)?;
    let (comment, issue) = find(state, repo, comment).ok_or_else(Reply::not_found)?;
    let viewer = writer::participant(call, state, repo, page)?;
    if comment.author != viewer.id && !state.can_write(repo, viewer.id) {
        return Err(Reply::error(
            403,
            "Must have admin rights to Repository.",
            page,
        ));
    }
    if issue.locked && !state.can_write(repo, viewer.id) && call.method == "PATCH" {
        let message = "Unable to update comment because issue is locked.";
        return Err(Reply::error(403, message, page));
    }
    Ok(comment.id)
}
