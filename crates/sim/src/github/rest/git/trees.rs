//! `GET …/git/trees/{sha}`, `GET …/git/blobs/{sha}`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::super::git::{Mode, Objects, Oid};
use super::super::super::guard::Call;
use super::super::super::model::Repo;
use super::super::super::reply::Reply;
use super::super::super::state::State;
use super::super::contents::lines;
use super::super::shape::api_url;
use super::commits::revision;

/// Most entries that come in one answer; the answer says `truncated` then.
const ENTRIES: usize = 100_000;

/// One entry with its path from the tree that was asked for.
struct Line {
    path: String,
    mode: Mode,
    oid: Oid,
}

fn walk(objects: &Objects, tree: Oid, prefix: &str, recursive: bool, out: &mut Vec<Line>) {
    for (name, (mode, oid)) in objects.tree(tree).unwrap_or_default() {
        let path = format!("{prefix}{name}");
        out.push(Line {
            path: path.clone(),
            mode,
            oid,
        });
        if recursive && mode == Mode::Tree {
            walk(objects, oid, &format!("{path}/"), true, out);
        }
    }
}

/// A tree, by its own name, a commit's or a branch's. Any value of `recursive` means yes, even 0.
pub(in crate::github::rest) fn tree(
    call: &Call<'_>,
    state: &State,
    repo: &Repo,
    name: &str,
) -> Reply {
    let objects = &state.git(repo).objects;
    let by_commit = || {
        let commit = revision(state, repo, name)?;
        Some(objects.commit(commit)?.tree)
    };
    let found = Oid::parse(name)
        .filter(|oid| objects.tree(*oid).is_some())
        .or_else(by_commit);
    match found {
        Some(oid) => {
            let recursive = call.parameter("recursive").is_some();
            Reply::ok(shape(state, repo, oid, recursive, call))
        }
        None => Reply::not_found(),
    }
}

pub(super) fn shape(
    state: &State,
    repo: &Repo,
    oid: Oid,
    recursive: bool,
    call: &Call<'_>,
) -> Value {
    let objects = &state.git(repo).objects;
    let api = api_url(state, repo, call.base);
    let mut all = Vec::new();
    walk(objects, oid, "", recursive, &mut all);
    let truncated = all.len() > ENTRIES;
    let entries: Vec<Value> = all
        .iter()
        .take(ENTRIES)
        .map(|line| {
            let kind = line.mode.kind();
            let mut body = json!({
                "path": line.path, "mode": line.mode.octal(), "type": kind,
                "sha": line.oid.to_string(),
            });
            if let Some(object) = body.as_object_mut() {
                if let Some(blob) = objects.blob(line.oid) {
                    object.insert("size".to_owned(), blob.len().into());
                }
                if kind != "commit" {
                    let url = format!("{api}/git/{kind}s/{}", line.oid);
                    object.insert("url".to_owned(), url.into());
                }
            }
            body
        })
        .collect();
    json!({
        "sha": oid.to_string(),
        "url": format!("{api}/git/trees/{oid}"),
        "tree": entries,
        "truncated": truncated,
    })
}

/// `GET …/git/blobs/{sha}`.
pub(in crate::github::rest) fn blob(
    call: &Call<'_>,
    state: &State,
    repo: &Repo,
    sha: &str,
) -> Reply {
    let found = Oid::parse(sha).and_then(|oid| Some((oid, state.git(repo).objects.blob(oid)?)));
    let Some((oid, content)) = found else {
        return Reply::not_found();
    };
    Reply::ok(json!({
        "sha": oid.to_string(),
        "node_id": format!("B_{oid}"),
        "size": content.len(),
        "url": format!("{}/git/blobs/{oid}", api_url(state, repo, call.base)),
        "encoding": "base64",
        "content": lines(&STANDARD.encode(&content)),
    }))
}
