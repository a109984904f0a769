//! References: reading, making, moving, deleting. What a token may not touch is decided here, for
//! everything that arrives in a branch.

use serde_json::{Value, json};

use super::super::super::git::{Git, Oid, descends, is_branch_name};
use super::super::super::guard::{Call, Viewer};
use super::super::super::model::Repo;
use super::super::super::reply::Reply;
use super::super::super::state::State;
use super::super::page::Page;
use super::super::shape::api_url;
use super::super::writer::{self, Body};

const CREATE: &str = "rest/git/refs#create-a-reference";
const UPDATE: &str = "rest/git/refs#update-a-reference";
const DELETE: &str = "rest/git/refs#delete-a-reference";

fn shape(state: &State, repo: &Repo, name: &str, oid: Oid, call: &Call<'_>) -> Value {
    let api = api_url(state, repo, call.base);
    json!({
        "ref": name,
        "node_id": super::ref_node_id(repo.id, name),
        "url": format!("{api}/git/{name}"),
        "object": {
            "sha": oid.to_string(), "type": "commit",
            "url": format!("{api}/git/commits/{oid}"),
        },
    })
}

/// `GET …/git/ref/{name}`: exactly that one.
pub(in crate::github::rest) fn get(
    call: &Call<'_>,
    state: &State,
    repo: &Repo,
    name: &[&str],
) -> Reply {
    let name = format!("refs/{}", name.join("/"));
    match state.git(repo).refs.get(&name) {
        Some(oid) => Reply::ok(shape(state, repo, &name, *oid, call)),
        None => Reply::error(404, "Not Found", "rest/git/refs#get-a-reference"),
    }
}

/// `GET …/git/matching-refs/{prefix}`: all that begin so.
pub(in crate::github::rest) fn matching(
    call: &Call<'_>,
    state: &State,
    repo: &Repo,
    prefix: &[&str],
) -> Reply {
    let prefix = format!("refs/{}", prefix.join("/"));
    let all: Vec<_> = state
        .git(repo)
        .refs
        .iter()
        .filter(|(name, _)| name.starts_with(&prefix))
        .collect();
    let page = Page::of(call);
    let body = page
        .slice(&all)
        .iter()
        .map(|(name, oid)| shape(state, repo, name, **oid, call))
        .collect();
    let path = format!("/repositories/{}/git/matching-refs", repo.id);
    page.link(Reply::ok(body), call, &path, all.len())
}

/// The workflow that a new tip would bring or change, seen from every branch there is.
pub(in crate::github) fn new_workflow(git: &Git, tip: Oid) -> Option<String> {
    let workflows = |commit: Oid| {
        let tree = git.tree_of(commit)?;
        git.objects
            .at(tree, ".github/workflows")
            .map(|(_, oid)| oid)
    };
    let brought = workflows(tip)?;
    if git
        .branches()
        .any(|(_, known)| workflows(known) == Some(brought))
    {
        return None;
    }
    let first = git.objects.flatten(brought).into_keys().next();
    Some(format!(".github/workflows/{}", first.unwrap_or_default()))
}

fn fence(git: &Git, viewer: &Viewer, tip: Oid, page: &str) -> Result<(), Reply> {
    if writer::may_change_workflows(viewer) {
        return Ok(());
    }
    match new_workflow(git, tip) {
        Some(path) => Err(Reply::error(
            422,
            &writer::workflow_refusal(viewer, &path),
            page,
        )),
        None => Ok(()),
    }
}

fn target(git: &Git, body: &Body<'_>, page: &str) -> Result<Oid, Reply> {
    let sha = body.needed("sha")?;
    let Some(oid) = Oid::parse(sha) else {
        let message = "The sha parameter must be exactly 40 characters and contain only [0-9a-f].";
        return Err(Reply::error(422, message, page));
    };
    if git.objects.commit(oid).is_none() {
        return Err(Reply::error(422, "Object does not exist", page));
    }
    Ok(oid)
}

fn answer(call: &Call<'_>, state: &State, repo: u64, status: u16, name: &str, oid: Oid) -> Reply {
    match state.repos.get(&repo) {
        Some(repo) => Reply::json(status, shape(state, repo, name, oid, call)),
        None => Reply::not_found(),
    }
}

/// `POST …/git/refs`.
pub(in crate::github::rest) fn create(call: &Call<'_>, state: &mut State, repo: u64) -> Reply {
    let checked = || {
        let repo = state.repos.get(&repo).ok_or_else(Reply::not_found)?;
        let viewer = writer::pusher(call, state, repo, CREATE)?;
        let body = Body::of(call, CREATE)?;
        let name = body.needed("ref")?.to_owned();
        let git = state.git(repo);
        let branch = name
            .strip_prefix("refs/heads/")
            .unwrap_or_default()
            .to_owned();
        if !is_branch_name(&branch) {
            let message =
                format!("Reference name '{name}' is not valid; branches only are simulated");
            return Err(Reply::error(422, &message, CREATE));
        }
        let oid = target(git, &body, CREATE)?;
        let in_the_way = |other: &str| {
            other == branch
                || other.starts_with(&format!("{branch}/"))
                || branch.starts_with(&format!("{other}/"))
        };
        if git.branches().any(|(other, _)| in_the_way(other)) {
            return Err(Reply::error(422, "Reference already exists", CREATE));
        }
        fence(git, viewer, oid, CREATE)?;
        Ok((name, branch, oid))
    };
    match checked() {
        Ok((name, branch, oid)) => {
            state.push(repo, &branch, oid, call.now);
            answer(call, state, repo, 201, &name, oid)
        }
        Err(reply) => reply,
    }
}

/// `PATCH …/git/refs/heads/{name}`.
pub(in crate::github::rest) fn update(
    call: &Call<'_>,
    state: &mut State,
    repo: u64,
    name: &[&str],
) -> Reply {
    let branch = name.join("/");
    let checked = || {
        let repo = state.repos.get(&repo).ok_or_else(Reply::not_found)?;
        let viewer = writer::pusher(call, state, repo, UPDATE)?;
        let body = Body::of(call, UPDATE)?;
        let git = state.git(repo);
        let oid = target(git, &body, UPDATE)?;
        let force = body.flag("force")?.unwrap_or(false);
        let Some(standing) = git.branch(&branch) else {
            return Err(Reply::error(422, "Reference does not exist", UPDATE));
        };
        if !force && !descends(&git.objects, oid, standing) {
            return Err(Reply::error(422, "Update is not a fast forward", UPDATE));
        }
        fence(git, viewer, oid, UPDATE)?;
        Ok(oid)
    };
    match checked() {
        Ok(oid) => {
            state.push(repo, &branch, oid, call.now);
            answer(call, state, repo, 200, &format!("refs/heads/{branch}"), oid)
        }
        Err(reply) => reply,
    }
}

/// `DELETE …/git/refs/heads/{name}`.
pub(in crate::github::rest) fn delete(
    call: &Call<'_>,
    state: &mut State,
    repo: u64,
    name: &[&str],
) -> Reply {
    let branch = name.join("/");
    let checked = || {
        let repo = state.repos.get(&repo).ok_or_else(Reply::not_found)?;
        let viewer = writer::pusher(call, state, repo, DELETE)?;
        if repo.default_branch == branch {
            let message = "Cannot delete the default branch";
            return Err(Reply::error(422, message, DELETE));
        }
        Ok(viewer.id)
    };
    match checked() {
        Ok(viewer) if state.delete_branch(repo, &branch, viewer, call.now) => Reply::empty(204),
        Ok(_) => Reply::error(422, "Reference does not exist", DELETE),
        Err(reply) => reply,
    }
}
