//! Templates for pull requests, where GitHub looks for them: the root, `docs/`, `.github/`, and then the
//! owner's `.github` repository (docs.github.com, "About issue and pull request templates").

use super::super::object::Object;
use super::super::run::{Output, Run};
use crate::github::model::Repo;

/// Of a repository, or else of its owner.
pub(super) fn all(run: &Run<'_>, repo: &Repo) -> Output {
    let mut found = of(run, repo);
    if found.is_empty() {
        let fallback = format!("{}/.github", run.state.login(repo.owner));
        let fallback = run.state.repo_by_slug(&fallback);
        found = fallback.map_or_else(Vec::new, |fallback| of(run, fallback));
    }
    Output::Many(found.into_iter().map(Ok).collect())
}

fn of(run: &Run<'_>, repo: &Repo) -> Vec<Object> {
    let git = run.state.git(repo);
    let tree = git
        .branch(&repo.default_branch)
        .and_then(|tip| git.tree_of(tip));
    let files = tree.map(|tree| git.objects.flatten(tree));
    let paths = files.unwrap_or_default().into_keys();
    paths
        .filter(|path| is_template(path))
        .map(|path| Object::Template(repo.id, path))
        .collect()
}

fn is_template(path: &str) -> bool {
    let path = path.to_lowercase();
    let inside = [".github/", "docs/"]
        .iter()
        .find_map(|folder| path.strip_prefix(folder))
        .unwrap_or(&path);
    match inside.split_once('/') {
        None => matches!(
            inside,
            "pull_request_template" | "pull_request_template.md" | "pull_request_template.txt"
        ),
        Some(("pull_request_template", name)) => !name.contains('/') && name.ends_with(".md"),
        Some(_) => false,
    }
}

pub(super) fn field(run: &Run<'_>, repo: u64, path: &str, name: &str) -> Option<Output> {
    let place = run.state.repos.get(&repo)?;
    Some(match name {
        "filename" => Output::of(path.rsplit('/').next().unwrap_or_default()),
        "body" => {
            let git = run.state.git(place);
            let tip = git.branch(&place.default_branch)?;
            let content = git.file(tip, path);
            let text = content.map(|content| String::from_utf8_lossy(&content).into_owned());
            Output::Plain(text.into())
        }
        "repository" => Output::One(Some(Object::Repository(repo))),
        _ => return None,
    })
}
