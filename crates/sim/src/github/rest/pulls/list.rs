//! `GET …/pulls`, `GET …/pulls/{number}` and its commits and files.

use std::cmp::Reverse;

use super::super::super::guard::Call;
use super::super::super::model::{Issue, Repo};
use super::super::super::pull::Pull;
use super::super::super::reply::Reply;
use super::super::super::state::State;
use super::super::git;
use super::super::page::Page;
use super::shape;

/// `GET …/pulls`; `head` is `owner:branch`, and what is not of that form filters nothing.
pub(in crate::github::rest) fn list(call: &Call<'_>, state: &State, repo: &Repo) -> Reply {
    let head = call.parameter("head").and_then(|text| text.split_once(':'));
    if head.is_none() && call.parameter("head").is_some() {
        call.violation("a head filter without owner: GitHub ignores it");
    }
    let fits = |issue: &Issue, pull: &Pull| {
        let standing = match call.parameter("state") {
            Some("all") => true,
            Some("closed") => !issue.open,
            _ => issue.open,
        };
        let from = head.is_none_or(|(owner, branch)| {
            state.login(pull.head.owner).eq_ignore_ascii_case(owner) && pull.head.branch == branch
        });
        let into = call
            .parameter("base")
            .is_none_or(|base| base == pull.base_branch);
        standing && from && into
    };
    let mut all: Vec<(&Issue, &Pull)> = repo
        .numbers
        .values()
        .filter_map(|id| state.issues.get(id))
        .filter_map(|issue| Some((issue, issue.pull.as_ref()?)))
        .filter(|(issue, pull)| fits(issue, pull))
        .collect();
    let key = |issue: &Issue| match call.parameter("sort") {
        Some("updated") => (issue.updated_at, issue.id),
        _ => (issue.created_at, issue.id),
    };
    // Unlike elsewhere, `direction` is ascending by default if a sort was asked for.
    let ascending = match call.parameter("direction") {
        Some(direction) => direction == "asc",
        None => call.parameter("sort").is_some_and(|sort| sort != "created"),
    };
    if ascending {
        all.sort_by_key(|(issue, _)| key(issue));
    } else {
        all.sort_by_key(|(issue, _)| Reverse(key(issue)));
    }
    let page = Page::of(call);
    let body = page
        .slice(&all)
        .iter()
        .map(|(issue, pull)| shape::short(state, repo, issue, pull, call))
        .collect();
    let path = format!("/repositories/{}/pulls", repo.id);
    page.link(Reply::ok(body), call, &path, all.len())
}

/// `GET …/pulls/{number}`.
pub(in crate::github::rest) fn get(
    call: &Call<'_>,
    state: &State,
    repo: &Repo,
    number: &str,
) -> Reply {
    match super::find(state, repo, number) {
        Ok((issue, pull)) => Reply::ok(shape::whole(state, repo, issue, pull, call)),
        Err(reply) => reply,
    }
}

/// `GET …/pulls/{number}/commits`: at most 250.
pub(in crate::github::rest) fn commits(
    call: &Call<'_>,
    state: &State,
    repo: &Repo,
    number: &str,
) -> Reply {
    let pull = match super::find(state, repo, number) {
        Ok((_, pull)) => pull,
        Err(reply) => return reply,
    };
    let mut all = shape::commits(state, repo, pull);
    all.truncate(250);
    let page = Page::of(call);
    let body = page
        .slice(&all)
        .iter()
        .filter_map(|oid| git::commit(state, repo, *oid, call))
        .collect();
    let path = format!("/repositories/{}/pulls/{number}/commits", repo.id);
    page.link(Reply::ok(body), call, &path, all.len())
}

/// `GET …/pulls/{number}/files`: at most 3,000.
pub(in crate::github::rest) fn files(
    call: &Call<'_>,
    state: &State,
    repo: &Repo,
    number: &str,
) -> Reply {
    let pull = match super::find(state, repo, number) {
        Ok((_, pull)) => pull,
        Err(reply) => return reply,
    };
    let mut all = shape::diff(state, repo, pull);
    all.truncate(3_000);
    let page = Page::of(call);
    let body = page
        .slice(&all)
        .iter()
        .map(|change| git::commits::file(state, repo, pull.head.oid, change, call))
        .collect();
    let path = format!("/repositories/{}/pulls/{number}/files", repo.id);
    page.link(Reply::ok(body), call, &path, all.len())
}
