//! Repositories and their labels.

use serde_json::{Value, json};

use super::super::guard::Call;
use super::super::model::Repo;
use super::super::node_id;
use super::super::reply::Reply;
use super::super::state::State;
use super::page::Page;
use super::shape::{account, api_url, labels as label_shapes, time};

/// `GET /repos/{owner}/{repo}`: a fork comes with what it was forked from.
pub(super) fn get(call: &Call<'_>, state: &State, repo: &Repo) -> Reply {
    Reply::ok(whole(call, state, repo))
}

/// A repository by itself, with the one it was forked from and the one all began with.
pub(super) fn whole(call: &Call<'_>, state: &State, repo: &Repo) -> Value {
    let mut body = shape(state, repo, call);
    let parent = repo.parent.and_then(|id| state.repos.get(&id));
    if let (Some(parent), Some(object)) = (parent, body.as_object_mut()) {
        let source = state.repos.get(&state.root(repo)).unwrap_or(parent);
        object.insert("parent".to_owned(), shape(state, parent, call));
        object.insert("source".to_owned(), shape(state, source, call));
    }
    body
}

/// A repository as it stands in other answers.
pub(super) fn shape(state: &State, repo: &Repo, call: &Call<'_>) -> Value {
    let slug = state.slug(repo);
    let api = api_url(state, repo, call.base);
    let html = format!("https://github.com/{slug}");
    let open = repo
        .numbers
        .values()
        .filter(|id| state.issues.get(id).is_some_and(|issue| issue.open))
        .count();
    let writes = call
        .viewer_id()
        .is_some_and(|viewer| state.can_write(repo, viewer));
    json!({
        "id": repo.id,
        "node_id": node_id::top("R", repo.id),
        "name": repo.name,
        "full_name": slug,
        "private": repo.private,
        "owner": account(state, repo.owner, call.base),
        "html_url": html,
        "description": repo.description,
        "fork": repo.fork,
        "url": api,
        "issues_url": format!("{api}/issues{{/number}}"),
        "issue_comment_url": format!("{api}/issues/comments{{/number}}"),
        "labels_url": format!("{api}/labels{{/name}}"),
        "contents_url": format!("{api}/contents/{{+path}}"),
        "pulls_url": format!("{api}/pulls{{/number}}"),
        "forks_url": format!("{api}/forks"),
        "clone_url": format!("{}/{slug}.git", call.shared.git_base),
        "git_url": format!("git://github.com/{slug}.git"),
        "ssh_url": format!("git@github.com:{slug}.git"),
        "created_at": time(repo.created_at),
        "updated_at": time(repo.updated_at),
        "pushed_at": time(repo.pushed_at),
        "size": repo.seed.values().map(String::len).sum::<usize>() / 1024 + 1,
        "stargazers_count": repo.stars,
        "watchers_count": repo.stars,
        "forks_count": repo.forks,
        "open_issues_count": open,
        "language": repo.language,
        "has_issues": repo.has_issues,
        "has_projects": false,
        "has_wiki": false,
        "has_pages": false,
        "has_downloads": false,
        "archived": repo.archived,
        "disabled": repo.disabled,
        "visibility": if repo.private { "private" } else { "public" },
        "default_branch": repo.default_branch,
        "allow_forking": repo.allow_forking,

        "license": repo.license.as_ref().map(|spdx| json!({
            "key": spdx.to_lowercase(), "name": spdx, "spdx_id": spdx, "url": null,
            "node_id": node_id::top("MDc", 1),
        })),
        "permissions": {
            "admin": call.viewer_id() == Some(repo.owner), "maintain": writes, "push": writes,
            "triage": writes, "pull": true,
        },
    })
}

/// `GET …/labels`.
pub(super) fn labels(call: &Call<'_>, state: &State, repo: &Repo) -> Reply {
    let names: Vec<String> = repo.labels.values().map(|l| l.name.clone()).collect();
    let page = Page::of(call);
    let api = api_url(state, repo, call.base);
    let body = label_shapes(page.slice(&names), repo, &api);
    let path = format!("/repositories/{}/labels", repo.id);
    page.link(Reply::ok(body.into()), call, &path, names.len())
}
