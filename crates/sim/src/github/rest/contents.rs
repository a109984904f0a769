//! `GET …/contents/{path}`: a file with its text in base64, or the entries of a directory.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::git::{Mode, Oid};
use super::super::guard::Call;
use super::super::model::Repo;
use super::super::reply::Reply;
use super::super::state::State;
use super::git::commits::revision;
use super::shape::api_url;

/// Files above 1 MiB come without their text (docs.github.com, "Get repository content").
const INLINE_CAP: usize = 1024 * 1024;
const PAGE: &str = "rest/repos/contents#get-repository-content";

pub(super) fn get(call: &Call<'_>, state: &State, repo: &Repo, path: &[&str]) -> Reply {
    let path = path.join("/");
    let at = call.parameter("ref").unwrap_or(&repo.default_branch);
    let git = state.git(repo);
    let Some(commit) = revision(state, repo, at) else {
        let message = format!("No commit found for the ref {at}");
        return Reply::error(404, &message, PAGE);
    };
    let found = git
        .tree_of(commit)
        .and_then(|tree| git.objects.at(tree, &path));
    let Some((mode, oid)) = found else {
        return Reply::error(404, "Not Found", PAGE);
    };
    let entry = |path: &str, mode: Mode, oid: Oid| {
        let size = git.objects.blob(oid).map_or(0, |blob| blob.len());
        entry(
            call,
            state,
            repo,
            &At {
                path,
                revision: at,
                mode,
                size,
                oid,
            },
        )
    };
    if mode != Mode::Tree {
        let mut body = entry(&path, mode, oid);
        let content = git.objects.blob(oid).unwrap_or_default();
        let inline = content.len() <= INLINE_CAP;
        body["encoding"] = if inline { "base64" } else { "none" }.into();
        body["content"] = if inline {
            lines(&STANDARD.encode(&content))
        } else {
            String::new()
        }
        .into();
        return Reply::ok(body);
    }
    let entries = git.objects.tree(oid).unwrap_or_default();
    if entries.is_empty() {
        return Reply::error(404, "This repository is empty.", PAGE);
    }
    let below = |name: &str| match path.as_str() {
        "" => name.to_owned(),
        path => format!("{path}/{name}"),
    };
    Reply::ok(
        entries
            .iter()
            .map(|(name, (mode, oid))| entry(&below(name), *mode, *oid))
            .collect(),
    )
}

/// GitHub breaks base64 after 60 characters.
pub(super) fn lines(encoded: &str) -> String {
    encoded
        .as_bytes()
        .chunks(60)
        .map(|line| format!("{}\n", String::from_utf8_lossy(line)))
        .collect()
}

struct At<'a> {
    path: &'a str,
    revision: &'a str,
    mode: Mode,
    size: usize,
    oid: Oid,
}

fn entry(call: &Call<'_>, state: &State, repo: &Repo, at: &At<'_>) -> Value {
    let (slug, api) = (state.slug(repo), api_url(state, repo, call.base));
    let At { path, revision, .. } = at;
    let url = format!("{api}/contents/{path}?ref={revision}");
    let html = format!("https://github.com/{slug}/blob/{revision}/{path}");
    let kind = match at.mode {
        Mode::File | Mode::Executable => "file",
        Mode::Link => "symlink",
        Mode::Tree => "dir",
        Mode::Submodule => "submodule",
    };
    json!({
        "name": path.rsplit('/').next(),
        "path": path,
        "sha": at.oid.to_string(),
        "size": at.size,
        "url": url,
        "html_url": html,
        "git_url": format!("{api}/git/{}s/{}", at.mode.kind(), at.oid),
        "download_url": (kind == "file")
            .then(|| format!("https://raw.githubusercontent.com/{slug}/{revision}/{path}")),
        "type": kind,
        "_links": { "self": url, "git": null, "html": html },
    })
}
