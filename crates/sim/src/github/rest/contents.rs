//! `GET …/contents/{path}`: a file with its text in base64, or the entries of a directory.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::super::guard::Call;
use super::super::model::Repo;
use super::super::reply::Reply;
use super::super::state::State;
use super::shape::api_url;

/// Files above 1 MiB come without their text (docs.github.com, "Get repository content").
const INLINE_CAP: usize = 1024 * 1024;

/// Forty hex digits that change with the text. (Git's would be SHA-1 over a header and the text;
/// nothing compares them with git.)
fn sha(text: &str) -> String {
    let mut digits = hex::encode(Sha256::digest(text));
    digits.truncate(40);
    digits
}

pub(super) fn get(call: &Call<'_>, state: &State, repo: &Repo, path: &[&str]) -> Reply {
    let path = path.join("/");
    if let Some(text) = repo.files.get(&path) {
        let mut body = entry(call, state, repo, &path, "file", text.len(), &sha(text));
        let inline = text.len() <= INLINE_CAP;
        body["encoding"] = if inline { "base64" } else { "none" }.into();
        body["content"] = if inline {
            lines(&STANDARD.encode(text))
        } else {
            String::new()
        }
        .into();
        return Reply::ok(body);
    }
    let prefix = if path.is_empty() {
        String::new()
    } else {
        format!("{path}/")
    };
    let mut entries: BTreeMap<&str, Value> = BTreeMap::new();
    for (file, text) in &repo.files {
        let Some(below) = file.strip_prefix(&prefix) else {
            continue;
        };
        let (name, kind, size) = match below.split_once('/') {
            Some((directory, _)) => (directory, "dir", 0),
            None => (below, "file", text.len()),
        };
        let whole = format!("{prefix}{name}");
        entries
            .entry(name)
            .or_insert_with(|| entry(call, state, repo, &whole, kind, size, &sha(&whole)));
    }
    if entries.is_empty() {
        let page = "rest/repos/contents#get-repository-content";
        return Reply::error(404, "Not Found", page);
    }
    Reply::ok(entries.into_values().collect())
}

/// GitHub breaks base64 after 60 characters.
fn lines(encoded: &str) -> String {
    encoded
        .as_bytes()
        .chunks(60)
        .map(|line| format!("{}\n", String::from_utf8_lossy(line)))
        .collect()
}

fn entry(
    call: &Call<'_>,
    state: &State,
    repo: &Repo,
    path: &str,
    kind: &str,
    size: usize,
    sha: &str,
) -> Value {
    let slug = state.slug(repo);
    let url = format!(
        "{}/contents/{path}?ref=main",
        api_url(state, repo, call.base)
    );
    let html = format!("https://github.com/{slug}/blob/main/{path}");
    json!({
        "name": path.rsplit('/').next(),
        "path": path,
        "sha": sha,
        "size": size,
        "url": url,
        "html_url": html,
        "git_url": format!("{}/git/blobs/{sha}", api_url(state, repo, call.base)),
        "download_url": (kind == "file")
            .then(|| format!("https://raw.githubusercontent.com/{slug}/main/{path}")),
        "type": kind,
        "_links": { "self": url, "git": null, "html": html },
    })
}
