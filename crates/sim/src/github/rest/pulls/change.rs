//! `PATCH …/pulls/{number}` and `PUT …/pulls/{number}/merge`.

use serde_json::json;

use super::super::super::git::Oid;
use super::super::super::guard::Call;
use super::super::super::reply::Reply;
use super::super::super::search::tokens;
use super::super::super::state::State;
use super::super::writer::{self, Body};

const UPDATE: &str = "rest/pulls/pulls#update-a-pull-request";
const MERGE: &str = "rest/pulls/pulls#merge-a-pull-request";

/// What an update says; what it does not say stays.
struct Update {
    id: u64,
    actor: u64,
    title: Option<String>,
    body: Option<String>,
    base: Option<(String, Oid)>,
    open: Option<bool>,
    maintainer_can_modify: Option<bool>,
}

/// `PATCH …/pulls/{number}`: its author, or somebody with write access.
pub(in crate::github::rest) fn update(
    call: &Call<'_>,
    state: &mut State,
    repo: u64,
    number: &str,
) -> Reply {
    match wanted(call, state, repo, number) {
        Ok(update) => apply(state, update, call.now),
        Err(reply) => return reply,
    }
    match state.repos.get(&repo) {
        Some(repo) => super::list::get(call, state, repo, number),
        None => Reply::not_found(),
    }
}

fn wanted(call: &Call<'_>, state: &State, repo: u64, number: &str) -> Result<Update, Reply> {
    let repo = state.repos.get(&repo).ok_or_else(Reply::not_found)?;
    let (issue, pull) = super::find(state, repo, number)?;
    let viewer = writer::participant(call, state, repo, UPDATE)?;
    let writes = state.can_write(repo, viewer.id);
    if issue.author != viewer.id && !writes {
        let message = "Must have admin rights to Repository.";
        return Err(Reply::error(403, message, UPDATE));
    }
    let body = Body::of(call, UPDATE)?;
    let custom = |message: &str| {
        let error = json!({ "resource": "PullRequest", "code": "custom", "message": message });
        Reply::invalid(error, UPDATE)
    };
    let open = match body.text("state")? {
        None => None,
        Some("open") => Some(true),
        Some("closed") => Some(false),
        Some(other) => return Err(custom(&format!("state {other} is neither open nor closed"))),
    };
    if open == Some(true) && !issue.open {
        let head = pull.head.repo.and_then(|id| state.repos.get(&id));
        let tip = head.and_then(|repo| state.git(repo).branch(&pull.head.branch));
        if pull.merged_at.is_some() {
            return Err(custom(
                "state cannot be changed. The pull request has been merged.",
            ));
        }
        if tip.is_none() {
            let message = format!(
                "state cannot be changed. The {} branch was deleted.",
                pull.head.branch
            );
            return Err(custom(&message));
        }
        if tip != Some(pull.head.oid) {
            let message = format!(
                "state cannot be changed. The {} branch was force-pushed or recreated.",
                pull.head.branch
            );
            return Err(custom(&message));
        }
    }
    let base = match body.text("base")? {
        None => None,
        Some(name) => {
            let tip = state.git(repo).branch(name).ok_or_else(|| {
                Reply::invalid(
                    json!({ "resource": "PullRequest", "field": "base", "code": "invalid" }),
                    UPDATE,
                )
            })?;
            Some((name.to_owned(), tip))
        }
    };
    let title = body.text("title")?.map(ToOwned::to_owned);
    if title.as_ref().is_some_and(|title| title.trim().is_empty()) {
        return Err(custom("title can't be blank"));
    }
    Ok(Update {
        id: issue.id,
        actor: viewer.id,
        title,
        body: body.text("body")?.map(ToOwned::to_owned),
        base,
        open,
        maintainer_can_modify: body.flag("maintainer_can_modify")?,
    })
}

fn apply(state: &mut State, update: Update, now: i64) {
    let Some(issue) = state.issues.get_mut(&update.id) else {
        return;
    };
    issue.updated_at = issue.updated_at.max(now);
    if let Some(title) = update.title {
        issue.text.title = tokens(&title);
        issue.title = title;
    }
    let mut relink = false;
    if let Some(body) = update.body {
        issue.text.body = tokens(&body);
        issue.body = Some(body);
        issue.edited_at = Some(now);
        relink = true;
    }
    let is_open = issue.open;
    if let Some(pull) = issue.pull.as_mut() {
        if let Some((name, tip)) = update.base {
            pull.base_branch = name;
            pull.base = tip;
            relink = true;
        }
        if let Some(may) = update.maintainer_can_modify {
            pull.maintainer_can_modify = may;
        }
    }
    if relink {
        state.relink(update.id, now);
    }
    match update.open {
        Some(false) if is_open => state.close_pull(update.id, update.actor, now),
        Some(true) if !is_open => state.reopen_issue(update.id, Some(update.actor), now),
        _ => {}
    }
}

/// `PUT …/pulls/{number}/merge`: the maintainer's business, never that of who is simulated here.
pub(in crate::github::rest) fn merge(
    call: &Call<'_>,
    state: &State,
    repo: u64,
    number: &str,
) -> Reply {
    let found = || {
        let repo = state.repos.get(&repo).ok_or_else(Reply::not_found)?;
        super::find(state, repo, number)?;
        writer::participant(call, state, repo, MERGE)
    };
    if let Err(reply) = found() {
        return reply;
    }
    call.violation("an attempt to merge: that is for the maintainer");
    Reply::error(403, "Resource not accessible by integration", MERGE)
}
