//! `POST …/issues`, `PATCH …/issues/{number}` and `POST …/issues/{number}/labels`.

use serde_json::{Value, json};

use super::super::build_issue::NewIssue;
use super::super::guard::Call;
use super::super::model::EventKind;
use super::super::reply::Reply;
use super::super::state::State;
use super::writer::{self, Body};
use super::{find_issue, issues, shape};

const CREATE: &str = "rest/issues/issues#create-an-issue";
const UPDATE: &str = "rest/issues/issues#update-an-issue";
const LABEL: &str = "rest/issues/labels#add-labels-to-an-issue";

/// Longest title and longest text, in characters.
const LONGEST_TITLE: usize = 256;
const LONGEST_BODY: usize = 65_536;

fn no_rights(page: &str) -> Reply {
    Reply::error(403, "Must have admin rights to Repository.", page)
}

/// `POST …/issues`: labels of who may not write are dropped without a word, as on GitHub.
pub(super) fn create(call: &Call<'_>, state: &mut State, id: u64) -> Reply {
    let new = match wanted(call, state, id) {
        Ok(new) => new,
        Err(reply) => return reply,
    };
    let number = state.make_issue(new, call.now);
    match state.repos.get(&id) {
        Some(repo) => match find_issue(state, repo, &number.to_string()) {
            Ok(issue) => {
                let body = shape::issue(state, repo, issue, call);
                let location = body["url"].as_str().unwrap_or_default().to_owned();
                Reply::json(201, body).header("location", location)
            }
            Err(reply) => reply,
        },
        None => Reply::not_found(),
    }
}

fn wanted(call: &Call<'_>, state: &State, id: u64) -> Result<NewIssue, Reply> {
    let repo = state.repos.get(&id).ok_or_else(Reply::not_found)?;
    let viewer = writer::participant(call, state, repo, CREATE)?;
    if !repo.has_issues {
        let message = "Issues has been disabled in this repository.";
        return Err(Reply::error(410, message, CREATE));
    }
    writer::within_limits(state, repo, viewer.id, call.now, CREATE)?;
    let body = Body::of(call, CREATE)?;
    let title = body.needed("title")?;
    let text = body.text("body")?.unwrap_or_default();
    let odd = |field: &str, code: &str| {
        let error = json!({ "resource": "Issue", "field": field, "code": code });
        Reply::invalid(error, CREATE)
    };
    if title.trim().is_empty() {
        return Err(odd("title", "missing_field"));
    }
    if title.chars().count() > LONGEST_TITLE {
        return Err(odd("title", "custom"));
    }
    if text.chars().count() > LONGEST_BODY {
        return Err(odd("body", "custom"));
    }
    let login = state.login(viewer.id);
    let mut new = NewIssue::new(&state.slug(repo), title)
        .body(text)
        .author(&login)
        .labeled_by(&login);
    if state.can_write(repo, viewer.id) {
        let labels = body.list("labels")?.unwrap_or_default();
        new = new.labels(labels.iter().filter_map(Value::as_str));
    }
    Ok(new)
}

/// `PATCH …/issues/{number}`: its author, or somebody with write access; only its state, as far as it is
/// simulated.
pub(super) fn update(call: &Call<'_>, state: &mut State, id: u64, number: &str) -> Reply {
    let change = (|| {
        let repo = state.repos.get(&id).ok_or_else(Reply::not_found)?;
        let issue = find_issue(state, repo, number)?;
        let viewer = writer::participant(call, state, repo, UPDATE)?;
        if issue.author != viewer.id && !state.can_write(repo, viewer.id) {
            return Err(no_rights(UPDATE));
        }
        let body = Body::of(call, UPDATE)?;
        let reason = match body.text("state_reason")? {
            None | Some("completed") => "completed",
            Some("not_planned") => "not_planned",
            Some(_) => {
                let error =
                    json!({ "resource": "Issue", "field": "state_reason", "code": "invalid" });
                return Err(Reply::invalid(error, UPDATE));
            }
        };
        let open = match body.text("state")? {
            Some("closed") => false,
            Some("open") => true,
            _ => {
                call.violation("a change of an issue that is not simulated");
                return Err(Reply::not_found());
            }
        };
        Ok((issue.id, viewer.id, open, issue.open, reason))
    })();
    let (issue, actor, open, was_open, reason) = match change {
        Ok(change) => change,
        Err(reply) => return reply,
    };
    match (was_open, open) {
        (true, false) => state.close_issue(issue, actor, reason, None, call.now),
        (false, true) => state.reopen_issue(issue, Some(actor), call.now),
        _ => {}
    }
    match state.repos.get(&id) {
        Some(repo) => issues::get(call, state, repo, number),
        None => Reply::not_found(),
    }
}

/// `POST …/issues/{number}/labels`: with write access. A label that does not exist is made.
pub(super) fn label(call: &Call<'_>, state: &mut State, id: u64, number: &str) -> Reply {
    let found = (|| {
        let repo = state.repos.get(&id).ok_or_else(Reply::not_found)?;
        let issue = find_issue(state, repo, number)?;
        let viewer = writer::participant(call, state, repo, LABEL)?;
        if !state.can_write(repo, viewer.id) {
            return Err(no_rights(LABEL));
        }
        let body = Body::of(call, LABEL)?;
        let names = body.list("labels")?.unwrap_or_default();
        let names = names.iter().filter_map(Value::as_str).map(str::to_owned);
        Ok((issue.id, viewer.id, names.collect::<Vec<_>>()))
    })();
    let (issue, actor, names) = match found {
        Ok(found) => found,
        Err(reply) => return reply,
    };
    for name in names {
        let name = state.ensure_label(id, &name);
        let new = state.issues.get_mut(&issue).is_some_and(|issue| {
            let new = !issue.labels.contains(&name);
            if new {
                issue.labels.push(name.clone());
            }
            new
        });
        if new {
            let labelled = state.by_label.entry(name.to_lowercase()).or_default();
            labelled.insert(issue);
            state.record(issue, Some(actor), EventKind::Labeled(name), call.now);
        }
    }
    match state.repos.get(&id) {
        Some(repo) => issues::labels(call, state, repo, number),
        None => Reply::not_found(),
    }
}
