//! Branches, references, commits, trees, blobs.

pub(super) mod commits;
pub(super) mod make;
pub(super) mod refs;
pub(super) mod trees;

use serde_json::{Value, json};

use super::super::git::{Commit, Oid, Person};
use super::super::guard::Call;
use super::super::model::Repo;
use super::super::node_id;
use super::super::state::State;
use super::shape::{account, api_url, time};

fn person(person: &Person) -> Value {
    json!({
        "name": person.name, "email": person.email,
        "date": time(person.at.saturating_mul(1000)),
    })
}

/// GitHub's word on a commit's signature.
fn verification(commit: &Commit) -> Value {
    json!({
        "verified": commit.signed,
        "reason": if commit.signed { "valid" } else { "unsigned" },
        "signature": commit.signed.then_some("-----BEGIN PGP SIGNATURE-----\n…"),
        "payload": null,
        "verified_at": null,
    })
}

/// A number for things that git knows by name only, for their node ids.
pub(in crate::github) fn number_of(oid: Oid) -> u64 {
    let digits = oid.to_string();
    digits
        .get(..15)
        .and_then(|digits| u64::from_str_radix(digits, 16).ok())
        .unwrap_or_default()
}

/// The node id of a commit.
pub(in crate::github) fn commit_node_id(repo: u64, oid: Oid) -> String {
    node_id::inner("C", repo, number_of(oid))
}

/// The node id of a reference.
pub(in crate::github) fn ref_node_id(repo: u64, name: &str) -> String {
    node_id::inner("REF", repo, number_of(Oid::of("ref", name.as_bytes())))
}

/// A commit as the git part of the API gives it.
fn plain_commit(state: &State, repo: &Repo, oid: Oid, commit: &Commit, call: &Call<'_>) -> Value {
    let api = api_url(state, repo, call.base);
    let parents: Vec<Value> = commit
        .parents
        .iter()
        .map(|parent| {
            json!({
                "sha": parent.to_string(), "url": format!("{api}/git/commits/{parent}"),
                "html_url": format!("https://github.com/{}/commit/{parent}", state.slug(repo)),
            })
        })
        .collect();
    json!({
        "sha": oid.to_string(),
        "node_id": commit_node_id(repo.id, oid),
        "url": format!("{api}/git/commits/{oid}"),
        "html_url": format!("https://github.com/{}/commit/{oid}", state.slug(repo)),
        "author": person(&commit.author),
        "committer": person(&commit.committer),
        "message": commit.message,
        "tree": { "sha": commit.tree.to_string(), "url": format!("{api}/git/trees/{}", commit.tree) },
        "parents": parents,
        "verification": verification(commit),
    })
}

/// The account that an address belongs to: GitHub knows its own noreply addresses.
pub(in crate::github) fn account_of(state: &State, person: &Person) -> Option<u64> {
    let name = person.email.strip_suffix("@users.noreply.github.com")?;
    let login = name.split_once('+').map_or(name, |(_, login)| login);
    state.account_by_login(login).map(|account| account.id)
}

/// A commit as lists of commits give it.
pub(super) fn commit(state: &State, repo: &Repo, oid: Oid, call: &Call<'_>) -> Option<Value> {
    let commit = state.git(repo).objects.commit(oid)?;
    let api = api_url(state, repo, call.base);
    let who =
        |person| account_of(state, person).map_or(Value::Null, |id| account(state, id, call.base));
    let plain = plain_commit(state, repo, oid, &commit, call);
    let mut inner = plain.clone();
    if let Some(inner) = inner.as_object_mut() {
        for outer in ["sha", "node_id", "html_url", "parents"] {
            inner.remove(outer);
        }
        inner.insert("comment_count".to_owned(), 0.into());
    }
    Some(json!({
        "sha": plain["sha"],
        "node_id": plain["node_id"],
        "commit": inner,
        "url": format!("{api}/commits/{oid}"),
        "html_url": plain["html_url"],
        "comments_url": format!("{api}/commits/{oid}/comments"),
        "author": who(&commit.author),
        "committer": who(&commit.committer),
        "parents": plain["parents"],
    }))
}
