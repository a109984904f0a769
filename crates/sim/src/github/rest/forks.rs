//! `POST …/forks`, `GET …/forks`, `POST …/merge-upstream`.

use serde_json::json;

use super::super::git::{Commit, Person, between, descends, merged_tree};
use super::super::guard::Call;
use super::super::model::Repo;
use super::super::reply::Reply;
use super::super::state::State;
use super::git::refs::new_workflow;
use super::page::Page;
use super::repos;
use super::writer::{self, Body};
use crate::tokens::TokenKind;

const FORK: &str = "rest/repos/forks#create-a-fork";
const SYNC: &str = "rest/branches/branches#sync-a-fork-branch-with-the-upstream-repository";

/// `GET …/forks`, newest first.
pub(super) fn list(call: &Call<'_>, state: &State, repo: &Repo) -> Reply {
    let mut forks: Vec<&Repo> = state
        .repos
        .values()
        .filter(|fork| fork.parent == Some(repo.id) && fork.fork_pending.get() == 0)
        .collect();
    forks.reverse();
    let page = Page::of(call);
    let body = page
        .slice(&forks)
        .iter()
        .map(|fork| repos::shape(state, fork, call))
        .collect();
    let path = format!("/repositories/{}/forks", repo.id);
    page.link(Reply::ok(body), call, &path, forks.len())
}

struct Wanted {
    owner: u64,
    name: Option<String>,
    default_branch_only: bool,
}

/// `POST …/forks`: 202 at once, the repository later. An account has one fork of a network: who has
/// one gets that.
pub(super) fn create(call: &Call<'_>, state: &mut State, id: u64) -> Reply {
    let wanted = match wanted(call, state, id) {
        Ok(wanted) => wanted,
        Err(reply) => return reply,
    };
    let standing = state
        .repos
        .get(&id)
        .and_then(|repo| state.fork_of(repo, wanted.owner));
    let fork = standing.or_else(|| {
        let name = wanted.name.as_deref();
        state.make_fork(id, wanted.owner, name, wanted.default_branch_only, call.now)
    });
    match fork.and_then(|id| state.repos.get(&id)) {
        Some(fork) => Reply::json(202, repos::whole(call, state, fork)),
        None => Reply::not_found(),
    }
}

fn wanted(call: &Call<'_>, state: &State, id: u64) -> Result<Wanted, Reply> {
    let repo = state.repos.get(&id).ok_or_else(Reply::not_found)?;
    let viewer = writer::token(call, state, repo, FORK)?;
    let body = Body::optional(call, FORK)?;
    let owner = match body.text("organization")? {
        None => viewer.id,
        Some(login) => {
            let account = state.account_by_login(login).map(|account| account.id);
            let account = account.filter(|id| !writer::is_stranger_to(state, *id, viewer.id));
            account.ok_or_else(|| {
                let message = format!("'{login}' is the login for an account you cannot fork to");
                Reply::error(422, &message, FORK)
            })?
        }
    };
    if !repo.allow_forking {
        let message = "The repository exists, but forking is disabled.";
        return Err(Reply::error(403, message, FORK));
    }
    if blocked(state, repo, viewer.id) {
        return Err(Reply::error(403, "User is blocked", FORK));
    }
    if repo.owner == owner {
        let error = json!({
            "resource": "Repository", "code": "custom",
            "message": "a repository cannot be forked to the account it belongs to",
        });
        return Err(Reply::invalid(error, FORK));
    }
    Ok(Wanted {
        owner,
        name: body.text("name")?.map(ToOwned::to_owned),
        default_branch_only: body.flag("default_branch_only")?.unwrap_or(false),
    })
}

pub(super) fn blocked(state: &State, repo: &Repo, viewer: u64) -> bool {
    let owner = state.accounts.get(&repo.owner);
    owner.is_some_and(|owner| owner.blocked.contains(&viewer))
}

/// `POST …/merge-upstream`: brings a branch of a fork to where its parent's is.
pub(super) fn sync(call: &Call<'_>, state: &mut State, id: u64) -> Reply {
    let synced = || {
        let repo = state.repos.get(&id).ok_or_else(Reply::not_found)?;
        let viewer = writer::pusher(call, state, repo, SYNC)?;
        let branch = Body::of(call, SYNC)?.needed("branch")?.to_owned();
        let parent = repo.parent.and_then(|id| state.repos.get(&id));
        let Some(parent) = parent else {
            return Err(Reply::error(422, "This repository is not a fork.", SYNC));
        };
        let git = state.git(repo);
        let (Some(ours), Some(theirs)) = (git.branch(&branch), state.git(parent).branch(&branch))
        else {
            let message = "There is no such branch in the fork and its upstream repository.";
            return Err(Reply::error(404, message, SYNC));
        };
        if let Some(path) = new_workflow(git, theirs)
            && !writer::may_change_workflows(viewer)
        {
            let message = writer::workflow_refusal(viewer, &path);
            return Err(Reply::error(422, &message, SYNC));
        }
        let upstream = format!("{}:{branch}", state.login(parent.owner));
        if descends(&git.objects, ours, theirs) {
            let message = format!("This branch is not behind the upstream {upstream}.");
            return Ok((branch, None, message, "none"));
        }
        if descends(&git.objects, theirs, ours) {
            let message =
                format!("Successfully fetched and fast-forwarded from upstream {upstream}.");
            return Ok((branch, Some(theirs), message, "fast-forward"));
        }
        let Some(tree) = merged_tree(&git.objects, ours, theirs) else {
            let message = "There are merge conflicts";
            return Err(Reply::error(409, message, SYNC));
        };
        let who = state.person(viewer.id, call.now);
        let merged = git.objects.put_commit(&Commit {
            tree,
            parents: vec![ours, theirs],
            author: who,
            committer: Person::github(call.now),
            message: format!("Merge branch '{upstream}' into {branch}"),
            signed: viewer.kind == TokenKind::OAuthApp,
        });
        let count = between(&git.objects, ours, theirs).len();
        let message =
            format!("Successfully fetched and merged {count} commits from upstream {upstream}.");
        Ok((branch, Some(merged), message, "merge"))
    };
    match synced() {
        Ok((branch, to, message, kind)) => {
            if let Some(to) = to {
                state.push(id, &branch, to, call.now);
            }
            let upstream = message.rsplit(' ').next().unwrap_or_default();
            Reply::ok(json!({
                "message": message, "merge_type": kind,
                "base_branch": upstream.trim_end_matches('.'),
            }))
        }
        Err(reply) => reply,
    }
}
