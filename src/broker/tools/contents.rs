//! `read_file`: a file or a directory.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::schema::{
    array, boolean, count, object, one_of, repository, text, text_or_null, untrusted,
};
use super::{Reading, Spec, Wish, arguments, untrusted as shown};
use crate::broker::Refusal;
use crate::broker::policy::{Repository, Tool};
use crate::github::within::{ContentsRead, EntryRead, Within};

/// Characters of a file, at most.
const LONGEST: usize = 200_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    repository: String,
    path: String,
    revision: Option<String>,
}

pub(super) fn spec() -> Spec {
    let entry = object(&[
        ("name", text("")),
        ("kind", text("file, dir, symlink or submodule")),
        ("size", count()),
    ]);
    Spec {
        tool: Tool::ReadFile,
        title: "Read a file",
        description: "A file of a repository as text, or the names in a directory. Links are not followed, and \
                      what is no text, or larger than GitHub shows, is named and not shown.",
        input: object(&[
            ("repository", repository()),
            (
                "path",
                json!({
                    "type": "string", "maxLength": 4096,
                    "description": "from the root down, as in src/main.rs; empty for the root",
                }),
            ),
            (
                "revision?",
                json!({
                    "type": "string", "minLength": 1, "maxLength": 250,
                    "description": "a branch, a tag or a commit; the default branch if it is left out",
                }),
            ),
        ]),
        output: object(&[
            ("repository", text("owner/name")),
            (
                "kind",
                one_of(
                    &["file", "dir", "symlink", "submodule", "other"],
                    "what it is",
                ),
            ),
            ("git_id", text_or_null()),
            ("size", count()),
            ("cut", boolean("whether something was left out at its end")),
            (
                "untrusted",
                untrusted(&[("text", text_or_null()), ("entries", array(&entry))]),
            ),
        ]),
        idempotent: true,
        destructive: false,
    }
}

pub(super) fn wish(given: &Value) -> Result<Wish, Refusal> {
    let read: Read = arguments::typed(given)?;
    let revision = read.revision.as_deref().map(arguments::revision);
    let reading = Reading::File(arguments::path(&read.path)?, revision.transpose()?);
    Ok(Wish::Read(
        arguments::repository(&read.repository)?,
        reading,
    ))
}

pub(super) async fn read(
    within: &Within<'_>,
    repository: &Repository,
    path: &[String],
    revision: Option<&str>,
) -> Result<Value, Refusal> {
    Ok(match within.contents(path, revision).await? {
        ContentsRead::Directory(entries) => {
            let entry = |entry: &EntryRead| {
                json!({
                    "name": shown::code(&entry.name, 1_000), "kind": kind(&entry.kind), "size": entry.size,
                })
            };
            json!({
                "repository": repository.to_string(),
                "kind": "dir",
                "git_id": null,
                "size": entries.len(),
                "cut": false,
                "untrusted": { "text": null, "entries": entries.iter().map(entry).collect::<Vec<_>>() },
            })
        }
        ContentsRead::One(one) => {
            let text = decoded(&one);
            let cut = text
                .as_ref()
                .is_some_and(|text| text.chars().count() > LONGEST);
            json!({
                "repository": repository.to_string(),
                "kind": kind(&one.kind),
                "git_id": one.sha,
                "size": one.size,
                "cut": cut,
                "untrusted": { "text": text.map(|text| shown::code(&text, LONGEST)), "entries": [] },
            })
        }
    })
}

/// What is in a file, if it is text that GitHub shows.
fn decoded(one: &EntryRead) -> Option<String> {
    if one.kind != "file" || one.encoding.as_deref() != Some("base64") {
        return None;
    }
    // GitHub breaks the lines of it.
    let content = one.content.as_deref()?.replace(['\n', '\r'], "");
    String::from_utf8(STANDARD.decode(content).ok()?).ok()
}

fn kind(kind: &str) -> &str {
    match kind {
        "file" | "dir" | "symlink" | "submodule" => kind,
        _ => "other",
    }
}
