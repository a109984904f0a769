//! The fields of every type.

mod account;
mod connection;
mod conversation;
mod event;
mod issue;
mod query;
mod repository;

use serde_json::Value;

use super::input::Arguments;
use super::object::Object;
use super::run::{Output, Run, Trouble};
use crate::github::rest::shape::time;

type Resolved = Result<Output, Trouble>;

/// Resolves one field that the schema has.
pub(super) fn field(
    run: &Run<'_>,
    object: &Object,
    type_name: &str,
    name: &str,
    arguments: &Arguments,
) -> Resolved {
    let found = match object {
        Object::Query => query::field(run, name, arguments)?,
        Object::RateLimit => query::rate_limit(run, name),
        Object::Account(id) => account::field(run, *id, name),
        Object::Repository(id) => repository::field(run, *id, name, arguments)?,
        Object::Issue(id) => issue::field(run, *id, name, arguments)?,
        Object::Comment(id) => conversation::comment(run, *id, name),
        Object::Event(issue, index) => event::field(run, *issue, *index, name),
        Object::Label(repo, key) => conversation::label(run, *repo, key, name),
        Object::CountedPull(repo, newer) => issue::counted(run, *repo, *newer, name),
        Object::Language(language) => repository::language(language, name),
        Object::License(spdx) => repository::license(spdx, name),
        Object::DefaultBranch(repo) => repository::branch(*repo, name),
        Object::Interaction(repo) => repository::interaction(run, *repo, name),
        Object::Blob(repo, path) => repository::blob(run, *repo, path, name),
        Object::Tree(repo, path) => repository::tree(run, *repo, path, name),
        Object::TreeEntry(repo, path, file) => repository::tree_entry(*repo, path, *file, name),
        Object::Connection(page) => connection::field(page, name),
        Object::Edge(page, index) => connection::edge(page, *index, name),
        Object::PageInfo(page) => connection::page_info(*page, name),
    };
    // The schema and these tables are checked against each other by a test.
    found.ok_or_else(|| Trouble {
        kind: Some("INTERNAL"),
        message: format!("the simulator knows `{type_name}.{name}` but cannot answer it"),
    })
}

fn optional_time(ms: Option<i64>) -> Output {
    Output::Plain(ms.map_or(Value::Null, |ms| time(ms).into()))
}

/// The path part of an address on github.com, and the address.
fn addresses(name: &str, path: &str) -> Option<Output> {
    match name {
        "url" => Some(Output::of(format!("https://github.com{path}"))),
        "resourcePath" => Some(Output::of(path)),
        _ => None,
    }
}
