//! `POST …/git/blobs`, `…/git/trees`, `…/git/commits`: objects that no branch has yet.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::DateTime;
use serde_json::{Value, json};

use super::super::super::git::{Commit, Entries, Git, Kind, Mode, Oid, Person, is_path};
use super::super::super::guard::{Call, Viewer};
use super::super::super::reply::Reply;
use super::super::super::state::State;
use super::super::shape::api_url;
use super::super::writer::{self, Body};
use crate::tokens::TokenKind;

const BLOB: &str = "rest/git/blobs#create-a-blob";
const TREE: &str = "rest/git/trees#create-a-tree";
const COMMIT: &str = "rest/git/commits#create-a-commit";

/// `POST …/git/blobs`.
pub(in crate::github::rest) fn blob(call: &Call<'_>, state: &State, repo: u64) -> Reply {
    let made = || {
        let repo = state.repos.get(&repo).ok_or_else(Reply::not_found)?;
        writer::pusher(call, state, repo, BLOB)?;
        let body = Body::of(call, BLOB)?;
        let text = body.needed("content")?;
        let content = match body.text("encoding")?.unwrap_or("utf-8") {
            "utf-8" => text.as_bytes().to_vec(),
            "base64" => STANDARD
                .decode(text.replace(['\n', '\r'], ""))
                .map_err(|_| Reply::error(422, "content is not valid Base64", BLOB))?,
            other => {
                let message = format!("Unsupported encoding: {other}");
                return Err(Reply::error(422, &message, BLOB));
            }
        };
        let oid = state.git(repo).objects.put(Kind::Blob, content);
        let url = format!("{}/git/blobs/{oid}", api_url(state, repo, call.base));
        Ok(Reply::json(201, json!({ "sha": oid.to_string(), "url": url })).header("location", url))
    };
    made().unwrap_or_else(|reply: Reply| reply)
}

/// `POST …/git/trees`.
pub(in crate::github::rest) fn tree(call: &Call<'_>, state: &State, repo: u64) -> Reply {
    let made = || {
        let repo = state.repos.get(&repo).ok_or_else(Reply::not_found)?;
        let viewer = writer::pusher(call, state, repo, TREE)?;
        let body = Body::of(call, TREE)?;
        let git = state.git(repo);
        let mut files = match body.text("base_tree")? {
            None => Entries::new(),
            Some(base) => base_tree(git, base)?,
        };
        let Some(entries) = body.list("tree")? else {
            let message = "Invalid request.\n\n\"tree\" wasn't supplied.";
            return Err(Reply::error(422, message, TREE));
        };
        if entries.is_empty() {
            return Err(Reply::error(422, "Invalid tree info", TREE));
        }
        for item in entries {
            let path = entry(git, item, &mut files)?;
            if writer::is_workflow(&path) && !writer::may_change_workflows(viewer) {
                // GitHub does not say more than this.
                call.violation("a tree with a workflow, from a token that may not change any");
                return Err(Reply::error(404, "Not Found", TREE));
            }
        }
        let oid = git.objects.unflatten(&files);
        Ok(Reply::json(
            201,
            super::trees::shape(state, repo, oid, false, call),
        ))
    };
    made().unwrap_or_else(|reply: Reply| reply)
}

fn base_tree(git: &Git, name: &str) -> Result<Entries, Reply> {
    let oid = Oid::parse(name).and_then(|oid| {
        let is_tree = git.objects.tree(oid).map(|_| oid);
        is_tree.or_else(|| git.tree_of(oid))
    });
    oid.map(|oid| git.objects.flatten(oid))
        .ok_or_else(|| Reply::error(422, &format!("base_tree {name} is not a valid tree"), TREE))
}

/// Puts one entry among the files; returns its path.
fn entry(git: &Git, item: &Value, files: &mut Entries) -> Result<String, Reply> {
    let invalid = |what: &str| Reply::error(422, &format!("tree.{what} is invalid"), TREE);
    let text = |name: &str| item.get(name).and_then(Value::as_str);
    let path = text("path").filter(|path| is_path(path));
    let path = path.ok_or_else(|| invalid("path contains a malformed path component"))?;
    let below = format!("{path}/");
    if item.get("sha").is_some_and(Value::is_null) && item.get("content").is_none() {
        let known = files.len();
        files.retain(|file, _| file != path && !file.starts_with(&below));
        if files.len() == known {
            return Err(Reply::error(422, "GitRPC::BadObjectState", TREE));
        }
        return Ok(path.to_owned());
    }
    let mode = text("mode").and_then(Mode::parse).ok_or_else(|| {
        Reply::error(
            422,
            "Must supply a valid tree.mode (100644, 100755, 040000, 160000 or 120000)",
            TREE,
        )
    })?;
    let oid = match (text("sha"), text("content")) {
        (Some(_), Some(_)) => {
            let message = "Must supply either tree.sha or tree.content, not both";
            return Err(Reply::error(422, message, TREE));
        }
        (None, Some(content)) => git.objects.put(Kind::Blob, content.as_bytes().to_vec()),
        (Some(sha), None) => Oid::parse(sha).ok_or_else(|| invalid("sha"))?,
        (None, None) => return Err(invalid("sha")),
    };
    let known = git.objects.get(oid).map(|object| object.kind.name());
    if mode != Mode::Submodule && known != Some(mode.kind()) {
        let message = format!("tree.sha {oid} is not a valid {}", mode.kind());
        return Err(Reply::error(422, &message, TREE));
    }
    files.retain(|file, _| file != path && !file.starts_with(&below));
    if mode == Mode::Tree {
        for (inside, entry) in git.objects.flatten(oid) {
            files.insert(format!("{below}{inside}"), entry);
        }
    } else {
        files.insert(path.to_owned(), (mode, oid));
    }
    Ok(path.to_owned())
}

/// `POST …/git/commits`.
pub(in crate::github::rest) fn commit(call: &Call<'_>, state: &State, repo: u64) -> Reply {
    let made = || {
        let repo = state.repos.get(&repo).ok_or_else(Reply::not_found)?;
        let viewer = writer::pusher(call, state, repo, COMMIT)?;
        let body = Body::of(call, COMMIT)?;
        let git = state.git(repo);
        let message = body.needed("message")?.to_owned();
        let tree = body.needed("tree")?;
        let Some(tree) = Oid::parse(tree).filter(|oid| git.objects.tree(*oid).is_some()) else {
            return Err(Reply::error(422, "Tree SHA does not exist", COMMIT));
        };
        let mut parents = Vec::new();
        for parent in body.list("parents")?.unwrap_or_default() {
            let oid = parent.as_str().and_then(Oid::parse);
            let oid = oid.filter(|oid| git.objects.commit(*oid).is_some());
            parents.push(oid.ok_or_else(|| {
                Reply::error(
                    422,
                    "Parent SHA does not exist or is not a commit object",
                    COMMIT,
                )
            })?);
        }
        let (author, committer) = people(state, viewer, &body, call.now)?;
        // GitHub signs for Apps that say nothing of who wrote it, and for nobody else.
        let own_words = ["author", "committer", "signature"];
        let signed =
            viewer.kind == TokenKind::GitHubApp && !own_words.iter().any(|name| body.has(name));
        let commit = Commit {
            tree,
            parents,
            author,
            committer,
            message,
            signed,
        };
        let oid = git.objects.put_commit(&commit);
        Ok(Reply::json(
            201,
            super::plain_commit(state, repo, oid, &commit, call),
        ))
    };
    made().unwrap_or_else(|reply: Reply| reply)
}

/// Author and committer: the token's owner where the request says nothing.
fn people(
    state: &State,
    viewer: &Viewer,
    body: &Body<'_>,
    now: i64,
) -> Result<(Person, Person), Reply> {
    let read = |name: &str| -> Result<Option<Person>, Reply> {
        let Some(given) = body.object(name)? else {
            return Ok(None);
        };
        let text = |key: &str| given.get(key).and_then(Value::as_str);
        let (Some(who), Some(email)) = (text("name"), text("email")) else {
            let message = format!("Invalid request.\n\n{name}.name and {name}.email are needed.");
            return Err(Reply::error(422, &message, COMMIT));
        };
        let at = match text("date") {
            None => now.div_euclid(1000),
            Some(date) => DateTime::parse_from_rfc3339(date)
                .map_err(|_| {
                    Reply::error(422, &format!("{name}.date is no ISO 8601 time"), COMMIT)
                })?
                .timestamp(),
        };
        Ok(Some(Person {
            name: who.to_owned(),
            email: email.to_owned(),
            at,
        }))
    };
    let author = read("author")?.unwrap_or_else(|| state.person(viewer.id, now));
    let committer = read("committer")?.unwrap_or_else(|| author.clone());
    Ok((author, committer))
}
