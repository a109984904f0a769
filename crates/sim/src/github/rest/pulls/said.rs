//! `GET …/pulls/{number}/reviews` and `…/comments`: what people said of the work.

use serde_json::{Value, json};

use super::super::super::guard::Call;
use super::super::super::model::{Issue, Repo};
use super::super::super::node_id;
use super::super::super::pull::{Pull, Remark, Review};
use super::super::super::reply::Reply;
use super::super::super::state::State;
use super::super::issues::{not_before, since};
use super::super::page::Page;
use super::super::shape::{account, api_url, time};

/// Reviews, oldest first.
pub(in crate::github::rest) fn reviews(
    call: &Call<'_>,
    state: &State,
    repo: &Repo,
    number: &str,
) -> Reply {
    let (issue, pull) = match super::find(state, repo, number) {
        Ok(found) => found,
        Err(reply) => return reply,
    };
    let page = Page::of(call);
    let body = page
        .slice(&pull.reviews)
        .iter()
        .map(|one| review(state, repo, issue, one, call))
        .collect();
    let path = format!("/repositories/{}/pulls/{number}/reviews", repo.id);
    page.link(Reply::ok(body), call, &path, pull.reviews.len())
}

fn review(state: &State, repo: &Repo, issue: &Issue, review: &Review, call: &Call<'_>) -> Value {
    let api = api_url(state, repo, call.base);
    let html = format!(
        "https://github.com/{}/pull/{}#pullrequestreview-{}",
        state.slug(repo),
        issue.number,
        review.id
    );
    json!({
        "id": review.id,
        "node_id": node_id::inner("PRR", repo.id, review.id),
        "user": account(state, review.author, call.base),
        "body": review.body,
        "state": review.state(),
        "html_url": html,
        "pull_request_url": format!("{api}/pulls/{}", issue.number),
        "author_association": state.association(repo, review.author, call.viewer_id()),
        "submitted_at": time(review.at),
        "commit_id": review.commit.to_string(),
    })
}

/// Comments at lines, oldest first; `since` by the last change.
pub(in crate::github::rest) fn comments(
    call: &Call<'_>,
    state: &State,
    repo: &Repo,
    number: &str,
) -> Reply {
    let (issue, pull) = match super::find(state, repo, number) {
        Ok(found) => found,
        Err(reply) => return reply,
    };
    let since = match since(call) {
        Ok(since) => since,
        Err(reply) => return reply,
    };
    let kept: Vec<&Remark> = pull
        .remarks
        .iter()
        .filter(|remark| not_before(remark.at, since))
        .collect();
    let page = Page::of(call);
    let body = page
        .slice(&kept)
        .iter()
        .map(|one| remark(state, repo, issue, pull, one, call))
        .collect();
    let path = format!("/repositories/{}/pulls/{number}/comments", repo.id);
    page.link(Reply::ok(body), call, &path, kept.len())
}

fn remark(
    state: &State,
    repo: &Repo,
    issue: &Issue,
    pull: &Pull,
    remark: &Remark,
    call: &Call<'_>,
) -> Value {
    let api = api_url(state, repo, call.base);
    let at = format!("{api}/pulls/comments/{}", remark.id);
    let html = format!(
        "https://github.com/{}/pull/{}#discussion_r{}",
        state.slug(repo),
        issue.number,
        remark.id
    );
    // A remark on an older head has lost its line.
    let line = (remark.commit == pull.head.oid).then_some(remark.line);
    json!({
        "url": at,
        "pull_request_review_id": remark.review,
        "id": remark.id,
        "node_id": node_id::inner("PRRC", repo.id, remark.id),
        "diff_hunk": "",
        "path": remark.path,
        "line": line,
        "original_line": remark.line,
        "side": "RIGHT",
        "commit_id": pull.head.oid.to_string(),
        "original_commit_id": remark.commit.to_string(),
        "user": account(state, remark.author, call.base),
        "body": remark.body,
        "created_at": time(remark.at),
        "updated_at": time(remark.at),
        "html_url": html,
        "pull_request_url": format!("{api}/pulls/{}", issue.number),
        "author_association": state.association(repo, remark.author, call.viewer_id()),
        "subject_type": "line",
    })
}
