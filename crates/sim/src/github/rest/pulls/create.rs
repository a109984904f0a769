//! `POST …/pulls`.

use serde_json::{Value, json};

use super::super::super::git::{between, merge_base};
use super::super::super::guard::Call;
use super::super::super::model::Repo;
use super::super::super::pull::Head;
use super::super::super::reply::Reply;
use super::super::super::state::State;
use super::super::super::work::Proposal;
use super::super::forks::blocked;
use super::super::writer::{self, Body};
use super::shape;

const PAGE: &str = "rest/pulls/pulls#create-a-pull-request";
/// Longest title and text, in characters.
const TITLE: usize = 256;
const TEXT: usize = 65_536;

/// Opens a pull request, or says why not.
pub(in crate::github::rest) fn create(call: &Call<'_>, state: &mut State, id: u64) -> Reply {
    let proposal = match proposal(call, state, id) {
        Ok(proposal) => proposal,
        Err(reply) => return reply,
    };
    let made = state.open_pull(id, proposal, call.now);
    let shown = state.repos.get(&id).and_then(|repo| {
        let issue = state.issues.get(&made)?;
        Some(shape::whole(state, repo, issue, issue.pull.as_ref()?, call))
    });
    let body = shown.unwrap_or_default();
    let location = body["url"].as_str().unwrap_or_default().to_owned();
    Reply::json(201, body).header("location", location)
}

fn invalid(error: Value) -> Reply {
    Reply::invalid(error, PAGE)
}

fn field(name: &str) -> Reply {
    invalid(json!({ "resource": "PullRequest", "field": name, "code": "invalid" }))
}

fn custom(message: &str) -> Reply {
    invalid(json!({ "resource": "PullRequest", "code": "custom", "message": message }))
}

/// The branch that `head` names: `branch` here, `owner:branch` in that account's fork.
fn head(state: &State, base: &Repo, text: &str, head_repo: Option<&str>) -> Option<Head> {
    let (owner, branch) = match text.split_once(':') {
        Some((owner, branch)) => (state.account_by_login(owner)?.id, branch),
        None => (base.owner, text),
    };
    let repo = match head_repo {
        Some(name) => {
            let short = name.rsplit('/').next().unwrap_or(name);
            state.repo_by_slug(&format!("{}/{short}", state.login(owner)))?
        }
        None if owner == base.owner => base,
        None => state.repos.get(&state.fork_of(base, owner)?)?,
    };
    if state.root(repo) != state.root(base) || repo.fork_pending.get() > 0 {
        return None;
    }
    Some(Head {
        repo: Some(repo.id),
        owner,
        branch: branch.to_owned(),
        oid: state.git(repo).branch(branch)?,
    })
}

fn proposal(call: &Call<'_>, state: &State, id: u64) -> Result<Proposal, Reply> {
    let repo = state.repos.get(&id).ok_or_else(Reply::not_found)?;
    let viewer = writer::participant(call, state, repo, PAGE)?;
    let body = Body::of(call, PAGE)?;
    let (from, into) = (body.needed("head")?, body.needed("base")?);
    let title = body.needed("title")?;
    let text = body.text("body")?;
    if title.trim().is_empty() {
        return Err(invalid(json!({
            "resource": "PullRequest", "field": "title", "code": "missing_field",
        })));
    }
    if title.chars().count() > TITLE || text.is_some_and(|text| text.chars().count() > TEXT) {
        return Err(custom("title or body is too long"));
    }
    if blocked(state, repo, viewer.id) {
        return Err(Reply::error(403, "User is blocked", PAGE));
    }
    writer::within_limits(state, repo, viewer.id, call.now, PAGE)?;
    let git = state.git(repo);
    let base = git.branch(into).ok_or_else(|| field("base"))?;
    let head = head(state, repo, from, body.text("head_repo")?).ok_or_else(|| field("head"))?;
    let writes_there = head
        .repo
        .and_then(|id| state.repos.get(&id))
        .is_some_and(|repo| state.can_write(repo, viewer.id));
    if !writes_there && !state.can_write(repo, viewer.id) {
        // Nobody proposes a stranger's branch to a stranger.
        return Err(Reply::error(404, "Not Found", PAGE));
    }
    if repo.pulls_closed && !state.can_write(repo, viewer.id) {
        return Err(custom("must be a collaborator"));
    }
    let names = |owner: u64, branch: &str| {
        if head.owner == repo.owner {
            branch.to_owned()
        } else {
            format!("{}:{branch}", state.login(owner))
        }
    };
    let open = || {
        let pulls = state.issues.values().filter(|issue| issue.open);
        pulls
            .filter(|issue| issue.repo == id)
            .filter_map(|issue| Some((issue, issue.pull.as_ref()?)))
    };
    if open().any(|(_, pull)| {
        pull.head.repo == head.repo && pull.head.branch == head.branch && pull.base_branch == into
    }) {
        let label = format!("{}:{}", state.login(head.owner), head.branch);
        return Err(custom(&format!(
            "A pull request already exists for {label}."
        )));
    }
    if merge_base(&git.objects, base, head.oid).is_none() {
        let message = format!(
            "The {} branch has no history in common with {into}",
            head.branch
        );
        return Err(custom(&message));
    }
    if between(&git.objects, base, head.oid).is_empty() {
        let (into, from) = (names(repo.owner, into), names(head.owner, &head.branch));
        return Err(custom(&format!("No commits between {into} and {from}")));
    }
    let draft = body.flag("draft")?.unwrap_or(false);
    if draft && !repo.drafts {
        let message = "Draft pull requests are not supported in this repository.";
        return Err(Reply::error(422, message, PAGE));
    }
    let own = open()
        .filter(|(issue, _)| issue.author == viewer.id)
        .count();
    if repo.pull_limit.is_some_and(|limit| own >= limit) && !state.can_write(repo, viewer.id) {
        // GitHub does not say that this is the limit on open pull requests.
        return Err(Reply::error(404, "Not Found", PAGE));
    }
    Ok(Proposal {
        title: title.to_owned(),
        body: text.map(ToOwned::to_owned),
        author: viewer.id,
        base_branch: into.to_owned(),
        base,
        draft,
        // Of no effect inside one repository.
        maintainer_can_modify: body.flag("maintainer_can_modify")?.unwrap_or(true)
            && head.repo != Some(id),
        head,
    })
}
