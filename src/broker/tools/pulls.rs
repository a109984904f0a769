//! `get_pull_request` and `list_pull_requests`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::schema::{
    array, boolean, count, number, object, one_of, page, repository, text, text_or_null, untrusted,
};
use super::{Reading, Spec, Wish, arguments, untrusted as shown};
use crate::broker::Refusal;
use crate::broker::policy::{Repository, Tool};
use crate::github::within::{ChangedRead, PER_PAGE, PullRead, Within};

/// Characters of a change to one file, at most.
const LONGEST_CHANGE: usize = 8_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Get {
    repository: String,
    number: u64,
    page: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    repository: String,
    state: Option<State>,
    page: Option<u32>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Open,
    Closed,
    All,
}

/// What a list shows of each.
fn short() -> Vec<(&'static str, Value)> {
    vec![
        ("number", count()),
        ("state", text("open or closed")),
        ("draft", boolean("not meant to be merged yet")),
        ("merged", boolean("whether it was merged")),
        ("created_at", text_or_null()),
        ("updated_at", text_or_null()),
        ("url", text_or_null()),
        ("head_commit", text("the commit it brings")),
    ]
}

/// What strangers wrote of each.
fn words() -> Vec<(&'static str, Value)> {
    vec![
        ("title", text("")),
        ("author", text_or_null()),
        ("labels", array(&text(""))),
        ("head", text_or_null()),
    ]
}

pub(super) fn get_spec() -> Spec {
    let file = object(&[
        ("path", text("")),
        ("status", text("added, modified, removed, renamed …")),
        ("additions", count()),
        ("deletions", count()),
        ("patch", text_or_null()),
    ]);
    let mut said = words();
    said.push(("body", text("")));
    said.push(("files", array(&file)));
    let mut output = vec![("repository", text("owner/name"))];
    output.extend(short());
    output.push(("more_files", boolean("whether the next page has more")));
    output.push(("untrusted", untrusted(&said)));
    Spec {
        tool: Tool::GetPullRequest,
        title: "Read a pull request",
        description: "One pull request of a repository, with a page of the files that it changes.",
        input: object(&[
            ("repository", repository()),
            ("number", number()),
            ("page?", page()),
        ]),
        output: object(&output),
        idempotent: true,
        destructive: false,
    }
}

pub(super) fn list_spec() -> Spec {
    let mut item = short();
    item.push(("untrusted", untrusted(&words())));
    Spec {
        tool: Tool::ListPullRequests,
        title: "List pull requests",
        description: "The pull requests of a repository, the newest first, a page of them.",
        input: object(&[
            ("repository", repository()),
            (
                "state?",
                one_of(&["open", "closed", "all"], "open if it is left out"),
            ),
            ("page?", page()),
        ]),
        output: object(&[
            ("repository", text("owner/name")),
            ("more", boolean("whether the next page has more")),
            ("pull_requests", array(&object(&item))),
        ]),
        idempotent: true,
        destructive: false,
    }
}

pub(super) fn get_wish(given: &Value) -> Result<Wish, Refusal> {
    let get: Get = arguments::typed(given)?;
    let reading = Reading::Pull(arguments::number(get.number)?, arguments::page(get.page)?);
    Ok(Wish::Read(arguments::repository(&get.repository)?, reading))
}

pub(super) fn list_wish(given: &Value) -> Result<Wish, Refusal> {
    let list: List = arguments::typed(given)?;
    let state = match list.state.unwrap_or(State::Open) {
        State::Open => "open",
        State::Closed => "closed",
        State::All => "all",
    };
    let reading = Reading::Pulls(state, arguments::page(list.page)?);
    Ok(Wish::Read(
        arguments::repository(&list.repository)?,
        reading,
    ))
}

fn shape(pull: &PullRead) -> Value {
    json!({
        "number": pull.number,
        "state": pull.state,
        "draft": pull.draft,
        "merged": pull.merged_at.is_some(),
        "created_at": pull.created_at,
        "updated_at": pull.updated_at,
        "url": pull.html_url,
        "head_commit": pull.head.sha,
        "untrusted": {
            "title": shown::line(&pull.title),
            "author": shown::author(pull.user.as_ref()),
            "labels": shown::labels(&pull.labels),
            "head": pull.head.label.as_deref().map(shown::line),
        },
    })
}

pub(super) async fn get(
    within: &Within<'_>,
    repository: &Repository,
    number: u64,
    page: u32,
) -> Result<Value, Refusal> {
    let pull = within.pull(number).await?;
    let files = within.files(number, page).await?;
    let file = |file: &ChangedRead| {
        let patch = file.patch.as_deref();
        json!({
            "path": shown::code(&file.filename, 4_096),
            "status": file.status,
            "additions": file.additions,
            "deletions": file.deletions,
            "patch": patch.map(|patch| shown::code(patch, LONGEST_CHANGE)),
        })
    };
    let mut out = shape(&pull);
    out["repository"] = json!(repository.to_string());
    out["more_files"] = json!(files.len() >= PER_PAGE);
    out["untrusted"]["body"] = shown::text(pull.body.as_deref());
    out["untrusted"]["files"] = files.iter().map(file).collect();
    Ok(out)
}

pub(super) async fn list(
    within: &Within<'_>,
    repository: &Repository,
    state: &str,
    page: u32,
) -> Result<Value, Refusal> {
    let pulls = within.pulls(state, page).await?;
    Ok(json!({
        "repository": repository.to_string(),
        "more": pulls.len() >= PER_PAGE,
        "pull_requests": pulls.iter().map(shape).collect::<Vec<_>>(),
    }))
}
