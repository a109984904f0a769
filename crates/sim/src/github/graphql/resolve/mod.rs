//! The fields of every type.

mod account;
mod check;
mod connection;
mod conversation;
mod event;
mod git;
mod issue;
mod pull;
mod query;
mod repository;
mod template;

use serde_json::Value;

use super::input::Arguments;
use super::object::{Object, Payload};
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
        Object::Interaction(repo) => repository::interaction(run, *repo, name),
        Object::Ref(repo, full) => git::branch(run, *repo, full, name),
        Object::Commit(repo, oid) => git::commit(run, *repo, *oid, name, arguments)?,
        Object::GitActor(repo, oid, committer) => git::actor(run, *repo, *oid, *committer, name),
        Object::Signature(repo, oid) => git::signature(run, *repo, *oid, name),
        Object::Rollup(repo, oid) => check::rollup(run, *repo, *oid, name, arguments)?,
        Object::CheckRun(repo, oid, index) => check::run(run, *repo, *oid, *index, name),
        Object::StatusContext(repo, oid, index) => check::status(run, *repo, *oid, *index, name),
        Object::Suite(repo, oid, index) => check::suite(run, *repo, *oid, *index, name),
        Object::WorkflowRun(repo, oid, index) => check::workflow(run, *repo, *oid, *index, name),
        Object::Template(repo, path) => template::field(run, *repo, path, name),
        Object::Blob(repo, oid) => git::blob(run, *repo, *oid, name),
        Object::Tree(repo, oid, path) => git::tree(run, *repo, *oid, path, name),
        Object::TreeEntry(repo, path, mode, oid) => git::entry(*repo, path, *mode, *oid, name),
        Object::PullCommit(pull, oid) => pull::commit(run, *pull, *oid, name),
        Object::ChangedFile(pull, index) => pull::changed_file(run, *pull, *index, name),
        Object::Review(pull, index) => pull::review(run, *pull, *index, name, arguments)?,
        Object::Remark(pull, index) => pull::remark(run, *pull, *index, name),
        Object::Thread(pull, index) => pull::thread(run, *pull, *index, name, arguments)?,
        Object::Mutation => return run.payload(),
        Object::Payload(payload) => payload_field(payload, name),
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

fn payload_field(payload: &Payload, name: &str) -> Option<Output> {
    Some(match name {
        "clientMutationId" => Output::Plain(payload.client_mutation_id.clone().into()),
        "commit" => {
            let commit = payload.commit.as_ref();
            Output::One(commit.map(|(repo, oid, _)| Object::Commit(*repo, *oid)))
        }
        "ref" => {
            let commit = payload.commit.as_ref();
            Output::One(
                commit.map(|(repo, _, branch)| Object::Ref(*repo, format!("refs/heads/{branch}"))),
            )
        }
        "pullRequest" => Output::One(payload.pull.map(Object::Issue)),
        _ => return None,
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
