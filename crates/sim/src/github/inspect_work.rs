//! What a test reads off a repository's git data and pull requests.

use std::collections::BTreeMap;

use super::git::Oid;
use super::script_work::RepoHandle;

/// A pull request as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullView {
    /// Its number.
    pub number: u64,
    /// REST login of its author.
    pub author: String,
    /// Title.
    pub title: String,
    /// Opening text.
    pub body: String,
    /// Still open.
    pub open: bool,
    /// Merged.
    pub merged: bool,
    /// A draft.
    pub draft: bool,
    /// `owner:branch` of the work.
    pub head: String,
    /// Id of its last commit.
    pub head_oid: String,
    /// Branch it goes into.
    pub base: String,
    /// Numbers of the issues it closes, in its own repository.
    pub closes: Vec<u64>,
}

impl RepoHandle<'_> {
    /// All pull requests, by number.
    #[track_caller]
    #[must_use]
    pub fn pulls(&self) -> Vec<PullView> {
        self.read(|state, repo, _| {
            repo.numbers
                .values()
                .filter_map(|id| state.issues.get(id))
                .filter_map(|issue| {
                    let pull = issue.pull.as_ref()?;
                    Some(PullView {
                        number: issue.number,
                        author: state.login(issue.author),
                        title: issue.title.clone(),
                        body: issue.body.clone().unwrap_or_default(),
                        open: issue.open,
                        merged: pull.merged_at.is_some(),
                        draft: pull.draft,
                        head: format!("{}:{}", state.login(pull.head.owner), pull.head.branch),
                        head_oid: pull.head.oid.to_string(),
                        base: pull.base_branch.clone(),
                        closes: pull
                            .closes
                            .iter()
                            .filter_map(|id| state.issues.get(id))
                            .map(|issue| issue.number)
                            .collect(),
                    })
                })
                .collect()
        })
    }

    /// Branches with the ids of their tips.
    #[track_caller]
    #[must_use]
    pub fn branches(&self) -> BTreeMap<String, String> {
        self.read(|_, _, git| {
            git.branches()
                .map(|(name, oid)| (name.to_owned(), oid.to_string()))
                .collect()
        })
    }

    /// Id of the commit that a branch or an id stands for.
    #[track_caller]
    #[must_use]
    pub fn head(&self, revision: &str) -> Option<String> {
        self.read(|_, repo, git| {
            let oid = git.resolve(revision, &repo.default_branch)?;
            Some(oid.to_string())
        })
    }

    /// Id of the tree of a branch or commit.
    #[track_caller]
    #[must_use]
    pub fn tree(&self, revision: &str) -> Option<String> {
        self.read(|_, repo, git| {
            let oid = git.resolve(revision, &repo.default_branch)?;
            git.tree_of(oid).map(|oid| oid.to_string())
        })
    }

    /// Ids of the commits that a branch or a commit stands on.
    #[track_caller]
    #[must_use]
    pub fn parents(&self, revision: &str) -> Vec<String> {
        self.read(|_, repo, git| {
            let oid = git.resolve(revision, &repo.default_branch);
            let commit = oid.and_then(|oid: Oid| git.objects.commit(oid));
            let parents = commit.map(|commit| commit.parents).unwrap_or_default();
            parents.iter().map(ToString::to_string).collect()
        })
    }

    /// Content of a file on a branch or in a commit.
    #[track_caller]
    #[must_use]
    pub fn file(&self, revision: &str, path: &str) -> Option<Vec<u8>> {
        self.read(|_, repo, git| {
            let oid = git.resolve(revision, &repo.default_branch)?;
            git.file(oid, path).map(|content| content.to_vec())
        })
    }

    /// Paths of a branch or commit with their modes (`100644 src/lib.rs`), for snapshots.
    #[track_caller]
    #[must_use]
    pub fn files(&self, revision: &str) -> Vec<String> {
        self.read(|_, repo, git| {
            let oid = git.resolve(revision, &repo.default_branch);
            let tree = oid.and_then(|oid: Oid| git.tree_of(oid));
            let files = tree.map(|tree| git.objects.flatten(tree));
            files
                .unwrap_or_default()
                .into_iter()
                .map(|(path, (mode, _))| format!("{} {path}", mode.octal()))
                .collect()
        })
    }
}
