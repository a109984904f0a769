//! Git data: references, commits, trees, blobs.

use serde_json::Value;

use super::super::input::Arguments;
use super::super::object::Object;
use super::super::run::{Output, Run, Trouble};
use super::{addresses, check, connection};
use crate::github::git::{Mode, Oid};
use crate::github::model::Repo;
use crate::github::rest::git::{account_of, commit_node_id, ref_node_id};
use crate::github::rest::shape::time;

/// GraphQL cuts a blob's text after this many bytes.
const TEXT_CAP: usize = 512_000;

/// A reference by its full name, or a branch by its short one.
pub(super) fn reference(run: &Run<'_>, repo: &Repo, name: &str) -> Option<Object> {
    let refs = &run.state.git(repo).refs;
    [
        name.to_owned(),
        format!("refs/{name}"),
        format!("refs/heads/{name}"),
    ]
    .into_iter()
    .find(|name| refs.contains_key(name))
    .map(|name| Object::Ref(repo.id, name))
}

/// `revision`, `revision:path`, or the object of an id.
pub(super) fn object(run: &Run<'_>, repo: &Repo, arguments: &Arguments) -> Option<Object> {
    let git = run.state.git(repo);
    if let Some(oid) = arguments.text("oid") {
        let oid = Oid::parse(oid)?;
        return Some(match git.objects.get(oid)?.kind.name() {
            "blob" => Object::Blob(repo.id, oid),
            "tree" => Object::Tree(repo.id, oid, String::new()),
            _ => Object::Commit(repo.id, oid),
        });
    }
    let expression = arguments.text("expression")?;
    let (revision, path) = match expression.split_once(':') {
        Some((revision, path)) => (revision, Some(path.trim_matches('/'))),
        None => (expression, None),
    };
    let commit = git.resolve(revision, &repo.default_branch)?;
    let Some(path) = path else {
        return Some(Object::Commit(repo.id, commit));
    };
    let (mode, oid) = git.objects.at(git.tree_of(commit)?, path)?;
    below(repo.id, path, mode, oid)
}

/// What an entry of a tree leads to; submodules lead nowhere.
fn below(repo: u64, path: &str, mode: Mode, oid: Oid) -> Option<Object> {
    match mode {
        Mode::Submodule => None,
        Mode::Tree if path.is_empty() => Some(Object::Tree(repo, oid, String::new())),
        Mode::Tree => Some(Object::Tree(repo, oid, format!("{path}/"))),
        Mode::File | Mode::Executable | Mode::Link => Some(Object::Blob(repo, oid)),
    }
}

pub(super) fn branch(run: &Run<'_>, repo: u64, full: &str, name: &str) -> Option<Output> {
    let at = full.rfind('/').map_or(0, |at| at + 1);
    let (prefix, short) = match full.strip_prefix("refs/heads/") {
        Some(short) => ("refs/heads/", short),
        None => full.split_at(at),
    };
    Some(match name {
        "id" => Output::of(ref_node_id(repo, full)),
        "name" => Output::of(short),
        "prefix" => Output::of(prefix),
        "target" => {
            let repo = run.state.repos.get(&repo)?;
            let oid = run.state.git(repo).refs.get(full).copied();
            Output::One(oid.map(|oid| Object::Commit(repo.id, oid)))
        }
        "repository" => Output::One(Some(Object::Repository(repo))),
        _ => return None,
    })
}

pub(super) fn commit(
    run: &Run<'_>,
    repo: u64,
    oid: Oid,
    name: &str,
    arguments: &Arguments,
) -> Result<Option<Output>, Trouble> {
    let Some(place) = run.state.repos.get(&repo) else {
        return Ok(None);
    };
    let git = run.state.git(place);
    let Some(commit) = git.objects.commit(oid) else {
        return Ok(None);
    };
    let seconds = |at: i64| time(at.saturating_mul(1000));
    Ok(Some(match name {
        "id" => Output::of(commit_node_id(repo, oid)),
        "oid" => Output::of(oid.to_string()),
        "abbreviatedOid" => Output::of(oid.short()),
        "message" => Output::of(commit.message.clone()),
        "messageHeadline" => Output::of(commit.headline()),
        "messageBody" => Output::of(commit.body()),
        "authoredDate" => Output::of(seconds(commit.author.at)),
        "committedDate" => Output::of(seconds(commit.committer.at)),
        "author" => Output::One(Some(Object::GitActor(repo, oid, false))),
        "committer" => Output::One(Some(Object::GitActor(repo, oid, true))),
        "tree" => Output::One(Some(Object::Tree(repo, commit.tree, String::new()))),
        "signature" => Output::One(commit.signed.then_some(Object::Signature(repo, oid))),
        "statusCheckRollup" => check::of(place, oid),
        "checkSuites" => check::suites(place, oid, arguments)?,
        "repository" => Output::One(Some(Object::Repository(repo))),
        "parents" => {
            let parents = commit.parents.iter();
            let parents = parents
                .map(|parent| Object::Commit(repo, *parent))
                .collect();
            connection::of("CommitConnection", parents, arguments)?
        }
        _ => {
            let path = format!("/{}/commit/{oid}", run.state.slug(place));
            return Ok(addresses(name, &path));
        }
    }))
}

pub(super) fn actor(
    run: &Run<'_>,
    repo: u64,
    oid: Oid,
    committer: bool,
    name: &str,
) -> Option<Output> {
    let repo = run.state.repos.get(&repo)?;
    let commit = run.state.git(repo).objects.commit(oid)?;
    let who = if committer {
        commit.committer
    } else {
        commit.author
    };
    Some(match name {
        "name" => Output::of(who.name),
        "email" => Output::of(who.email),
        "date" => Output::of(time(who.at.saturating_mul(1000))),
        "user" => Output::One(account_of(run.state, &who).map(Object::Account)),
        _ => return None,
    })
}

pub(super) fn signature(run: &Run<'_>, repo: u64, oid: Oid, name: &str) -> Option<Output> {
    let repo = run.state.repos.get(&repo)?;
    let signed = run.state.git(repo).objects.commit(oid)?.signed;
    match name {
        "isValid" | "wasSignedByGitHub" => Some(Output::of(signed)),
        _ => None,
    }
}

pub(super) fn blob(run: &Run<'_>, repo: u64, oid: Oid, name: &str) -> Option<Output> {
    let repo = run.state.repos.get(&repo)?;
    let content = run.state.git(repo).objects.blob(oid)?;
    let text = std::str::from_utf8(&content)
        .ok()
        .filter(|text| !text.contains('\0'));
    Some(match name {
        "id" => Output::of(format!("B_{oid}")),
        "oid" => Output::of(oid.to_string()),
        "byteSize" => Output::of(content.len()),
        "isBinary" => Output::of(text.is_none()),
        "isTruncated" => Output::of(content.len() > TEXT_CAP),
        "text" => match text {
            None => Output::Plain(Value::Null),
            Some(text) => {
                let cut = (0..=TEXT_CAP.min(text.len()))
                    .rev()
                    .find(|end| text.is_char_boundary(*end))
                    .unwrap_or(0);
                Output::of(&text[..cut])
            }
        },
        _ => return None,
    })
}

/// `prefix` is empty or ends in `/`.
pub(super) fn tree(run: &Run<'_>, repo: u64, oid: Oid, prefix: &str, name: &str) -> Option<Output> {
    let place = run.state.repos.get(&repo)?;
    Some(match name {
        "id" => Output::of(format!("T_{oid}")),
        "oid" => Output::of(oid.to_string()),
        "entries" => {
            let entries = run.state.git(place).objects.tree(oid)?;
            Output::Many(
                entries
                    .into_iter()
                    .map(|(name, (mode, oid))| {
                        Ok(Object::TreeEntry(
                            repo,
                            format!("{prefix}{name}"),
                            mode,
                            oid,
                        ))
                    })
                    .collect(),
            )
        }
        _ => return None,
    })
}

pub(super) fn entry(repo: u64, path: &str, mode: Mode, oid: Oid, name: &str) -> Option<Output> {
    Some(match name {
        "object" => Output::One(below(repo, path, mode, oid)),
        "name" => Output::of(path.rsplit('/').next().unwrap_or_default()),
        "path" => Output::of(path),
        "type" => Output::of(mode.kind()),
        "mode" => Output::of(i64::from_str_radix(mode.octal(), 8).unwrap_or_default()),
        "oid" => Output::of(oid.to_string()),
        _ => return None,
    })
}
