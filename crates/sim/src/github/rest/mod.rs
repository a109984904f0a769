//! The REST API: which address answers what.

mod checks;
mod comments;
mod contents;
mod forks;
pub(super) mod git;
mod installations;
mod issue_writes;
mod issues;
mod page;
pub(super) mod pulls;
mod repos;
mod search;
pub(super) mod shape;
pub(super) mod writer;

use serde_json::{Value, json};

use super::budget::Resource;
use super::guard::Call;
use super::model::Repo;
use super::reply::Reply;
use super::state::State;

/// Answers a request that passed the guard.
pub(super) fn answer(call: &Call<'_>, state: &mut State) -> Reply {
    let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    match (call.method, segments.as_slice()) {
        ("GET", ["user"]) => match call.viewer_id() {
            Some(id) => Reply::ok(shape::profile(state, id, call.base)),
            None => Reply::error(
                401,
                "Requires authentication",
                "rest/users/users#get-the-authenticated-user",
            ),
        },
        ("GET", ["user", "installations"]) => installations::of_viewer(call, state),
        ("GET", ["users", login]) => match state.account_by_login(login).map(|a| a.id) {
            Some(id) => Reply::ok(shape::profile(state, id, call.base)),
            None => Reply::not_found(),
        },
        ("GET", ["rate_limit"]) => Reply::ok(rate_limit(call, state)),
        ("GET", ["search", "issues"]) => search::issues(call, state),
        (_, ["repos", owner, name, rest @ ..]) => {
            let slug = format!("{owner}/{name}");
            if let Some(id) = state.repo_by_slug(&slug).map(|repo| repo.id) {
                return in_repo(call, state, id, rest);
            }
            match state.repo_moved_from(&slug).map(|repo| repo.id) {
                Some(id) => moved(call, id, rest),
                None => Reply::not_found(),
            }
        }
        (_, ["repositories", id, rest @ ..]) => match id.parse() {
            Ok(id) => in_repo(call, state, id, rest),
            Err(_) => Reply::not_found(),
        },
        _ => {
            call.violation("no such address in the simulated GitHub");
            Reply::not_found()
        }
    }
}

fn rate_limit(call: &Call<'_>, state: &mut State) -> Value {
    let mut of = |resource| {
        let standing = state.budgets.standing(call.viewer_id(), resource, call.now);
        json!({
            "limit": standing.limit,
            "used": standing.used,
            "remaining": standing.remaining(),
            "reset": standing.reset,
        })
    };
    let (core, search, graphql) = (
        of(Resource::Core),
        of(Resource::Search),
        of(Resource::Graphql),
    );
    json!({
        "resources": { "core": core, "search": search, "graphql": graphql },
        "rate": core,
    })
}

/// Where a repository went: 301 for reads, 307 for writes, to its numeric address
/// (docs.github.com, "Best practices for using the REST API").
fn moved(call: &Call<'_>, id: u64, rest: &[&str]) -> Reply {
    let mut location = format!("{}/repositories/{id}", call.base);
    for part in rest {
        location.push('/');
        location.extend(url::form_urlencoded::byte_serialize(part.as_bytes()));
    }
    if !call.query.is_empty() {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&call.query)
            .finish();
        location.push('?');
        location.push_str(&query);
    }
    let (status, message) = if call.is_write() {
        (307, "Temporary Redirect")
    } else {
        (301, "Moved Permanently")
    };
    let body = json!({
        "message": message,
        "url": location,
        "documentation_url":
            "https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api#follow-redirects",
    });
    Reply::json(status, body).header("location", location)
}

fn in_repo(call: &Call<'_>, state: &mut State, id: u64, rest: &[&str]) -> Reply {
    let Some(repo) = state
        .repos
        .get(&id)
        .filter(|repo| state.can_read(repo, call.viewer_id()))
    else {
        return Reply::not_found();
    };
    if repo.disabled {
        return Reply::error(403, "Repository access blocked", "rest");
    }
    if !repo.is_ready() {
        // The repository comes first, its git data when it is copied.
        return match rest {
            ["git" | "branches" | "commits", ..] if !call.is_write() => {
                Reply::error(409, "Git Repository is empty.", "rest/git")
            }
            _ => Reply::not_found(),
        };
    }
    let reply = if call.is_write() {
        write(call, state, id, rest)
    } else {
        read(call, state, repo, rest)
    };
    reply.unwrap_or_else(|| {
        call.violation("no such address in the simulated GitHub");
        Reply::not_found()
    })
}

fn read(call: &Call<'_>, state: &State, repo: &Repo, rest: &[&str]) -> Option<Reply> {
    if call.method != "GET" {
        return None;
    }
    Some(match rest {
        [] => repos::get(call, state, repo),
        ["labels"] => repos::labels(call, state, repo),
        ["contents"] => contents::get(call, state, repo, &[]),
        ["contents", path @ ..] => contents::get(call, state, repo, path),
        ["issues"] => issues::list(call, state, repo),
        ["issues", "comments", comment] => comments::get(call, state, repo, comment),
        ["issues", number] => issues::get(call, state, repo, number),
        ["issues", number, "comments"] => comments::list(call, state, repo, number),
        ["issues", number, "timeline"] => issues::timeline(call, state, repo, number),
        ["issues", number, "labels"] => issues::labels(call, state, repo, number),
        ["forks"] => forks::list(call, state, repo),
        ["branches"] => git::commits::branches(call, state, repo),
        ["branches", name @ ..] => git::commits::branch(call, state, repo, name),
        ["commits"] => git::commits::list(call, state, repo),
        ["commits", revision @ .., "check-runs"] => {
            checks::runs(call, state, repo, &revision.join("/"))
        }
        ["commits", revision @ .., "status"] => {
            checks::status(call, state, repo, &revision.join("/"))
        }
        ["commits", revision @ ..] => git::commits::get(call, state, repo, &revision.join("/")),
        ["compare", basehead @ ..] => git::commits::compare(call, state, repo, &basehead.join("/")),
        ["actions", "runs"] => checks::workflow_runs(call, state, repo),
        ["git", "ref", name @ ..] => git::refs::get(call, state, repo, name),
        ["git", "matching-refs", prefix @ ..] => git::refs::matching(call, state, repo, prefix),
        ["git", "commits", sha] => git::commits::git_commit(call, state, repo, sha),
        ["git", "trees", name @ ..] => git::trees::tree(call, state, repo, &name.join("/")),
        ["git", "blobs", sha] => git::trees::blob(call, state, repo, sha),
        ["pulls"] => pulls::list::list(call, state, repo),
        ["pulls", number] => pulls::list::get(call, state, repo, number),
        ["pulls", number, "files"] => pulls::list::files(call, state, repo, number),
        ["pulls", number, "commits"] => pulls::list::commits(call, state, repo, number),
        ["pulls", number, "reviews"] => pulls::said::reviews(call, state, repo, number),
        ["pulls", number, "comments"] => pulls::said::comments(call, state, repo, number),
        _ => return None,
    })
}

fn write(call: &Call<'_>, state: &mut State, id: u64, rest: &[&str]) -> Option<Reply> {
    Some(match (call.method, rest) {
        ("PATCH", ["issues", "comments", comment]) => comments::edit(call, state, id, comment),
        ("DELETE", ["issues", "comments", comment]) => comments::delete(call, state, id, comment),
        ("POST", ["issues", number, "comments"]) => comments::create(call, state, id, number),
        ("POST", ["issues"]) => issue_writes::create(call, state, id),
        ("PATCH", ["issues", number]) => issue_writes::update(call, state, id, number),
        ("POST", ["issues", number, "labels"]) => issue_writes::label(call, state, id, number),
        ("POST", ["forks"]) => forks::create(call, state, id),
        ("POST", ["merge-upstream"]) => forks::sync(call, state, id),
        ("POST", ["git", "refs"]) => git::refs::create(call, state, id),
        ("PATCH", ["git", "refs", "heads", name @ ..]) => git::refs::update(call, state, id, name),
        ("DELETE", ["git", "refs", "heads", name @ ..]) => git::refs::delete(call, state, id, name),
        ("POST", ["git", "blobs"]) => git::make::blob(call, state, id),
        ("POST", ["git", "trees"]) => git::make::tree(call, state, id),
        ("POST", ["git", "commits"]) => git::make::commit(call, state, id),
        ("POST", ["pulls"]) => pulls::create::create(call, state, id),
        ("PATCH", ["pulls", number]) => pulls::change::update(call, state, id, number),
        ("PUT", ["pulls", number, "merge"]) => pulls::change::merge(call, state, id, number),
        _ => return None,
    })
}

/// The issue, or the answer GitHub gives in its place.
fn find_issue<'s>(
    state: &'s State,
    repo: &Repo,
    number: &str,
) -> Result<&'s super::model::Issue, Reply> {
    let number: u64 = number.parse().map_err(|_| Reply::not_found())?;
    if repo.deleted.contains(&number) {
        return Err(Reply::error(
            410,
            "This issue was deleted",
            "rest/issues/issues#get-an-issue",
        ));
    }
    let issue = state.issue_at(repo, number).ok_or_else(Reply::not_found)?;
    if !repo.has_issues && issue.pull.is_none() {
        return Err(Reply::error(
            410,
            "Issues has been disabled in this repository.",
            "v3/issues/",
        ));
    }
    Ok(issue)
}
