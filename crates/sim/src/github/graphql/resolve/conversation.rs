//! Comments and labels.

use serde_json::Value;

use super::super::object::Object;
use super::super::run::{Output, Run};
use super::{addresses, issue, optional_time};
use crate::github::node_id;
use crate::github::rest::shape::time;

/// Text without HTML comments and the commonest marks: near to what GitHub renders as `bodyText`.
pub(super) fn plain_text(markdown: &str) -> String {
    let mut out = String::new();
    let mut rest = markdown;
    while let Some((before, hidden)) = rest.split_once("<!--") {
        out.push_str(before);
        rest = hidden.split_once("-->").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out.replace(['*', '`', '#'], "").trim().to_owned()
}

pub(super) fn comment(run: &Run<'_>, id: u64, name: &str) -> Option<Output> {
    let state = run.state;
    let comment = state.comments.get(&id)?;
    let issue = state.issues.get(&comment.issue)?;
    let repo = state.repos.get(&issue.repo)?;
    Some(match name {
        "id" => Output::of(node_id::inner("IC", repo.id, id)),
        "databaseId" => Output::of(id),
        "fullDatabaseId" => Output::of(id.to_string()),
        "author" => Output::One(
            state
                .accounts
                .contains_key(&comment.author)
                .then_some(Object::Account(comment.author)),
        ),
        "authorAssociation" => {
            Output::of(state.association(repo, comment.author, Some(run.viewer)))
        }
        "body" => Output::of(comment.body.clone()),
        "bodyText" => Output::of(plain_text(&comment.body)),
        "createdAt" => Output::of(time(comment.created_at)),
        "updatedAt" => Output::of(time(comment.updated_at)),
        "lastEditedAt" => optional_time(comment.edited_at),
        "isMinimized" => Output::of(comment.minimized),
        "minimizedReason" => Output::Plain(if comment.minimized {
            "off-topic".into()
        } else {
            Value::Null
        }),
        "viewerDidAuthor" => Output::of(comment.author == run.viewer),
        "issue" => Output::One(Some(Object::Issue(issue.id))),
        "repository" => Output::One(Some(Object::Repository(repo.id))),
        _ => {
            let path = format!("{}#issuecomment-{id}", issue::path(run, issue));
            return addresses(name, &path);
        }
    })
}

pub(super) fn label(run: &Run<'_>, repo: u64, key: &str, name: &str) -> Option<Output> {
    let label = run.state.repos.get(&repo).and_then(|r| r.labels.get(key));
    Some(match name {
        "id" => Output::of(node_id::inner(
            "LA",
            repo,
            label.map_or(0, |label| label.id),
        )),
        "name" => Output::of(label.map_or(key, |label| label.name.as_str())),
        "color" => Output::of(label.map_or("ededed", |label| label.color.as_str())),
        "description" => Output::Plain(label.and_then(|label| label.description.clone()).into()),
        _ => return None,
    })
}
