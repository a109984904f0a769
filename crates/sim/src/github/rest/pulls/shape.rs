//! The JSON of a pull request.

use serde_json::{Value, json};

use super::super::super::git::{Change, between, changes, merge_base};
use super::super::super::guard::Call;
use super::super::super::model::{Issue, Repo};
use super::super::super::node_id;
use super::super::super::pull::Pull;
use super::super::super::state::State;
use super::super::super::work::Mergeable;
use super::super::repos;
use super::super::shape::{account, api_url, labels, optional_time, time};

/// What the pull request would bring: files that differ from where it parted from its base.
pub(in crate::github) fn diff(state: &State, repo: &Repo, pull: &Pull) -> Vec<Change> {
    let git = state.git(repo);
    let tip = git.branch(&pull.base_branch);
    let tip = tip
        .filter(|_| pull.merged_at.is_none())
        .unwrap_or(pull.base);
    let from = merge_base(&git.objects, tip, pull.head.oid).unwrap_or(pull.base);
    match (git.tree_of(from), git.tree_of(pull.head.oid)) {
        (Some(from), Some(to)) => changes(&git.objects, from, to),
        _ => Vec::new(),
    }
}

/// Commits of the pull request, oldest first.
pub(in crate::github) fn commits(
    state: &State,
    repo: &Repo,
    pull: &Pull,
) -> Vec<super::super::super::git::Oid> {
    let git = state.git(repo);
    let tip = git.branch(&pull.base_branch);
    let tip = tip
        .filter(|_| pull.merged_at.is_none())
        .unwrap_or(pull.base);
    between(&git.objects, tip, pull.head.oid)
}

/// As lists have it.
pub(super) fn short(
    state: &State,
    repo: &Repo,
    issue: &Issue,
    pull: &Pull,
    call: &Call<'_>,
) -> Value {
    let (base, slug) = (call.base, state.slug(repo));
    let api = api_url(state, repo, base);
    let at = format!("{api}/pulls/{}", issue.number);
    let as_issue = format!("{api}/issues/{}", issue.number);
    let html = format!("https://github.com/{slug}/pull/{}", issue.number);
    let head_repo = pull.head.repo.and_then(|id| state.repos.get(&id));
    let tip = state.git(repo).branch(&pull.base_branch);
    let base_oid = tip.filter(|_| issue.open).unwrap_or(pull.base);
    let assignees: Vec<Value> = issue
        .assignees
        .iter()
        .map(|id| account(state, *id, base))
        .collect();
    let links = json!({
        "self": { "href": at }, "html": { "href": html }, "issue": { "href": as_issue },
        "comments": { "href": format!("{as_issue}/comments") },
        "review_comments": { "href": format!("{at}/comments") },
        "commits": { "href": format!("{at}/commits") },
        "statuses": { "href": format!("{api}/statuses/{}", pull.head.oid) },
    });
    json!({
        "url": at,
        "id": issue.id,
        "node_id": node_id::inner("PR", repo.id, issue.id),
        "html_url": html,
        "diff_url": format!("{html}.diff"),
        "patch_url": format!("{html}.patch"),
        "issue_url": as_issue,
        "commits_url": format!("{at}/commits"),
        "review_comments_url": format!("{at}/comments"),
        "review_comment_url": format!("{api}/pulls/comments{{/number}}"),
        "comments_url": format!("{as_issue}/comments"),
        "statuses_url": format!("{api}/statuses/{}", pull.head.oid),
        "number": issue.number,
        "state": if issue.open { "open" } else { "closed" },
        "locked": issue.locked,
        "active_lock_reason": issue.lock_reason,
        "title": issue.title,
        "user": account(state, issue.author, base),
        "body": issue.body,
        "labels": labels(&issue.labels, repo, &api),
        "milestone": null,
        "created_at": time(issue.created_at),
        "updated_at": time(issue.updated_at),
        "closed_at": optional_time(issue.closed_at),
        "merged_at": optional_time(pull.merged_at),
        "merge_commit_sha": pull.merge_commit.map(|oid| oid.to_string()),
        "assignee": assignees.first(),
        "assignees": assignees,
        "requested_reviewers": [],
        "requested_teams": [],
        "draft": pull.draft,
        "author_association": state.association(repo, issue.author, call.viewer_id()),
        "auto_merge": null,
        "head": {
            "label": format!("{}:{}", state.login(pull.head.owner), pull.head.branch),
            "ref": pull.head.branch,
            "sha": pull.head.oid.to_string(),
            "user": account(state, pull.head.owner, base),
            "repo": head_repo.map(|repo| repos::shape(state, repo, call)),
        },
        "base": {
            "label": format!("{}:{}", state.login(repo.owner), pull.base_branch),
            "ref": pull.base_branch,
            "sha": base_oid.to_string(),
            "user": account(state, repo.owner, base),
            "repo": repos::shape(state, repo, call),
        },
        "_links": links,
    })
}

/// `mergeable_state`, as far as it is simulated.
pub(in crate::github) fn merge_state(
    state: &State,
    repo: &Repo,
    pull: &Pull,
    mergeable: Mergeable,
) -> &'static str {
    let rollup = repo.checks.get(&pull.head.oid).and_then(|c| c.rollup());
    match mergeable {
        Mergeable::Unknown => "unknown",
        Mergeable::No => "dirty",
        Mergeable::Yes if pull.draft => "draft",
        Mergeable::Yes if state.review_decision(repo, pull) == Some("CHANGES_REQUESTED") => {
            "blocked"
        }
        Mergeable::Yes if rollup.is_some_and(|rollup| rollup != "SUCCESS") => "unstable",
        Mergeable::Yes => "clean",
    }
}

/// As one pull request has it.
pub(super) fn whole(
    state: &State,
    repo: &Repo,
    issue: &Issue,
    pull: &Pull,
    call: &Call<'_>,
) -> Value {
    let mut body = short(state, repo, issue, pull, call);
    let mergeable = state.mergeable(repo, issue, pull);
    let files = diff(state, repo, pull);
    let sum = |count: fn(&Change) -> usize| files.iter().map(count).sum::<usize>();
    let more = json!({
        "merged": pull.merged_at.is_some(),
        "mergeable": match mergeable {
            Mergeable::Unknown => Value::Null,
            Mergeable::Yes => true.into(),
            Mergeable::No => false.into(),
        },
        "rebaseable": null,
        "mergeable_state": merge_state(state, repo, pull, mergeable),
        "merged_by": pull.merged_by.map(|id| account(state, id, call.base)),
        "comments": issue.comments.len(),
        "review_comments": pull.remarks.len(),
        "maintainer_can_modify": pull.maintainer_can_modify,
        "commits": commits(state, repo, pull).len(),
        "additions": sum(|change| change.additions),
        "deletions": sum(|change| change.deletions),
        "changed_files": files.len(),
    });
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    body
}
