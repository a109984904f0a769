//! `GET …/commits`, `GET …/commits/{revision}`, `GET …/branches`, `GET …/git/commits/{sha}`.

use serde_json::{Value, json};

use super::super::super::git::{Change, Oid, between, changes, merge_base};
use super::super::super::guard::Call;
use super::super::super::model::Repo;
use super::super::super::reply::Reply;
use super::super::super::state::State;
use super::super::page::Page;
use super::super::shape::api_url;

/// Most files of one commit or comparison that come in one answer.
const FILES: usize = 300;

/// The commit that a revision in an address stands for.
pub(in crate::github::rest) fn revision(state: &State, repo: &Repo, text: &str) -> Option<Oid> {
    state.git(repo).resolve(text, &repo.default_branch)
}

fn no_commit(text: &str) -> Reply {
    Reply::error(
        422,
        &format!("No commit found for SHA: {text}"),
        "rest/commits/commits#get-a-commit",
    )
}

/// `GET …/commits`.
pub(in crate::github::rest) fn list(call: &Call<'_>, state: &State, repo: &Repo) -> Reply {
    let from = call.parameter("sha").unwrap_or(&repo.default_branch);
    let Some(tip) = revision(state, repo, from) else {
        return Reply::not_found();
    };
    let git = state.git(repo);
    let all = super::super::super::git::ancestry(&git.objects, tip);
    let page = Page::of(call);
    let body = page
        .slice(&all)
        .iter()
        .filter_map(|oid| super::commit(state, repo, *oid, call))
        .collect();
    let path = format!("/repositories/{}/commits", repo.id);
    page.link(Reply::ok(body), call, &path, all.len())
}

/// `GET …/commits/{revision}`, with what it changed.
pub(in crate::github::rest) fn get(
    call: &Call<'_>,
    state: &State,
    repo: &Repo,
    text: &str,
) -> Reply {
    let Some(oid) = revision(state, repo, text) else {
        return no_commit(text);
    };
    let git = state.git(repo);
    let (Some(mut body), Some(commit)) = (
        super::commit(state, repo, oid, call),
        git.objects.commit(oid),
    ) else {
        return no_commit(text);
    };
    let before = match commit.parents.first() {
        Some(parent) => git.tree_of(*parent),
        None => Some(
            git.objects
                .put_tree(&super::super::super::git::Entries::new()),
        ),
    };
    let changes = before.map_or_else(Vec::new, |before| {
        changes(&git.objects, before, commit.tree)
    });
    body["stats"] = stats(&changes);
    body["files"] = changes
        .iter()
        .take(FILES)
        .map(|change| file(state, repo, oid, change, call))
        .collect();
    Reply::ok(body)
}

/// `GET …/compare/{base}...{head}`: how two commits stand to each other. The files come with the first page
/// only (docs.github.com, "Compare two commits").
pub(in crate::github::rest) fn compare(
    call: &Call<'_>,
    state: &State,
    repo: &Repo,
    basehead: &str,
) -> Reply {
    let ends = basehead.split_once("...").and_then(|(base, head)| {
        Some((revision(state, repo, base)?, revision(state, repo, head)?))
    });
    let Some((base, head)) = ends else {
        return Reply::not_found();
    };
    let objects = &state.git(repo).objects;
    let Some(common) = merge_base(objects, base, head) else {
        return Reply::error(
            404,
            "No common ancestor between these commits",
            "rest/commits/commits#compare-two-commits",
        );
    };
    let (ahead, behind) = (between(objects, base, head), between(objects, head, base));
    let status = match (ahead.len(), behind.len()) {
        (0, 0) => "identical",
        (_, 0) => "ahead",
        (0, _) => "behind",
        _ => "diverged",
    };
    let page = Page::of(call);
    let shown = |oid: &Oid| super::commit(state, repo, *oid, call);
    let mut body = json!({
        "status": status,
        "ahead_by": ahead.len(),
        "behind_by": behind.len(),
        "total_commits": ahead.len(),
        "base_commit": super::commit(state, repo, base, call),
        "merge_base_commit": super::commit(state, repo, common, call),
        "commits": page.slice(&ahead).iter().filter_map(shown).collect::<Vec<_>>(),
    });
    if page.number == 1 {
        let git = state.git(repo);
        let trees = git.tree_of(common).zip(git.tree_of(head));
        let changed = trees.map_or_else(Vec::new, |(old, new)| changes(objects, old, new));
        body["files"] = changed
            .iter()
            .take(FILES)
            .map(|change| file(state, repo, head, change, call))
            .collect();
    }
    Reply::ok(body)
}

fn stats(changes: &[Change]) -> Value {
    let additions: usize = changes.iter().map(|change| change.additions).sum();
    let deletions: usize = changes.iter().map(|change| change.deletions).sum();
    json!({ "additions": additions, "deletions": deletions, "total": additions + deletions })
}

/// One changed file.
pub(in crate::github::rest) fn file(
    state: &State,
    repo: &Repo,
    commit: Oid,
    change: &Change,
    call: &Call<'_>,
) -> Value {
    let (slug, path) = (state.slug(repo), &change.path);
    let sha = change
        .after
        .or(change.before)
        .map(|(_, oid)| oid.to_string());
    let mut body = json!({
        "sha": sha,
        "filename": path,
        "status": change.status(),
        "additions": change.additions,
        "deletions": change.deletions,
        "changes": change.additions + change.deletions,
        "blob_url": format!("https://github.com/{slug}/blob/{commit}/{path}"),
        "raw_url": format!("https://github.com/{slug}/raw/{commit}/{path}"),
        "contents_url": format!("{}/contents/{path}?ref={commit}", api_url(state, repo, call.base)),
    });
    if let (Some(patch), Some(object)) = (&change.patch, body.as_object_mut()) {
        object.insert("patch".to_owned(), patch.clone().into());
    }
    body
}

/// `GET …/git/commits/{sha}`.
pub(in crate::github::rest) fn git_commit(
    call: &Call<'_>,
    state: &State,
    repo: &Repo,
    sha: &str,
) -> Reply {
    let found = Oid::parse(sha).and_then(|oid| Some((oid, state.git(repo).objects.commit(oid)?)));
    match found {
        Some((oid, commit)) => Reply::ok(super::plain_commit(state, repo, oid, &commit, call)),
        None => Reply::not_found(),
    }
}

/// `GET …/branches`.
pub(in crate::github::rest) fn branches(call: &Call<'_>, state: &State, repo: &Repo) -> Reply {
    let api = api_url(state, repo, call.base);
    let all: Vec<_> = state.git(repo).branches().collect();
    let page = Page::of(call);
    let body = page
        .slice(&all)
        .iter()
        .map(|(name, oid)| {
            json!({
                "name": name, "protected": false,
                "commit": { "sha": oid.to_string(), "url": format!("{api}/commits/{oid}") },
            })
        })
        .collect();
    let path = format!("/repositories/{}/branches", repo.id);
    page.link(Reply::ok(body), call, &path, all.len())
}

/// `GET …/branches/{name}`: a name may have slashes.
pub(in crate::github::rest) fn branch(
    call: &Call<'_>,
    state: &State,
    repo: &Repo,
    name: &[&str],
) -> Reply {
    let name = name.join("/");
    let found = state.git(repo).branch(&name);
    let Some(commit) = found.and_then(|oid| super::commit(state, repo, oid, call)) else {
        return Reply::error(
            404,
            "Branch not found",
            "rest/branches/branches#get-a-branch",
        );
    };
    let api = api_url(state, repo, call.base);
    Reply::ok(json!({
        "name": name,
        "commit": commit,
        "_links": {
            "self": format!("{api}/branches/{name}"),
            "html": format!("https://github.com/{}/tree/{name}", state.slug(repo)),
        },
        "protected": false,
        "protection": { "enabled": false },
        "protection_url": format!("{api}/branches/{name}/protection"),
    }))
}
