//! Git data of a repository: its references, and objects that it shares with its forks.

mod commit;
mod diff;
mod disk;
mod history;
mod objects;
mod oid;
mod serve;
mod tree;

use std::collections::BTreeMap;

pub(super) use commit::{Commit, Person};
pub(super) use diff::{Change, changes};
pub(super) use disk::Disk;
pub(super) use history::{ancestry, between, descends, merge_base, merged_tree};
pub(super) use objects::{Kind, Objects};
pub(super) use oid::Oid;
pub(super) use serve::handle;
pub(super) use tree::{Entries, Mode};

/// The git side of one repository.
#[derive(Clone, Debug)]
pub(super) struct Git {
    pub(super) objects: Objects,
    /// By full name, such as `refs/heads/main`.
    pub(super) refs: BTreeMap<String, Oid>,
}

impl Git {
    /// A repository with one commit of these files on `branch`.
    pub(super) fn initial(
        files: &BTreeMap<String, String>,
        branch: &str,
        owner: &str,
        at_ms: i64,
    ) -> Self {
        let objects = Objects::default();
        let entries: Entries = files
            .iter()
            .map(|(path, text)| {
                let blob = objects.put(Kind::Blob, text.clone().into_bytes());
                (path.clone(), (Mode::File, blob))
            })
            .collect();
        let who = Person {
            name: owner.to_owned(),
            email: format!("{owner}@users.noreply.github.com"),
            at: at_ms.div_euclid(1000),
        };
        let commit = objects.put_commit(&Commit {
            tree: objects.unflatten(&entries),
            parents: Vec::new(),
            author: who.clone(),
            committer: who,
            message: "The work so far".to_owned(),
            signed: false,
        });
        Self {
            objects,
            refs: BTreeMap::from([(format!("refs/heads/{branch}"), commit)]),
        }
    }

    /// The tip of a branch.
    pub(super) fn branch(&self, name: &str) -> Option<Oid> {
        self.refs.get(&format!("refs/heads/{name}")).copied()
    }

    /// Branches with their tips.
    pub(super) fn branches(&self) -> impl Iterator<Item = (&str, Oid)> {
        self.refs
            .iter()
            .filter_map(|(name, oid)| Some((name.strip_prefix("refs/heads/")?, *oid)))
    }

    /// The commit that a branch, a full reference name or forty digits stand for.
    pub(super) fn resolve(&self, revision: &str, default_branch: &str) -> Option<Oid> {
        if revision == "HEAD" {
            return self.branch(default_branch);
        }
        let named = self
            .branch(revision)
            .or_else(|| self.refs.get(revision).copied())
            .or_else(|| self.refs.get(&format!("refs/{revision}")).copied());
        named.or_else(|| {
            let oid = Oid::parse(revision)?;
            self.objects.commit(oid).map(|_| oid)
        })
    }

    /// The tree of a commit.
    pub(super) fn tree_of(&self, commit: Oid) -> Option<Oid> {
        Some(self.objects.commit(commit)?.tree)
    }

    /// Content of a file in a commit.
    pub(super) fn file(&self, commit: Oid, path: &str) -> Option<bytes::Bytes> {
        let (_, oid) = self.objects.at(self.tree_of(commit)?, path)?;
        self.objects.blob(oid)
    }
}

/// A reference name that git and GitHub accept below `refs/heads/`
/// (git-check-ref-format: the rules that matter in a URL and on disk).
pub(super) fn is_branch_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 250
        && !name.starts_with(['-', '/'])
        && !name.ends_with(['/', '.'])
        && !name.contains("..")
        && !name.contains("@{")
        && !name.contains("//")
        && name != "@"
        && name
            .split('/')
            .all(|part| !part.starts_with('.') && !part.ends_with(".lock"))
        && !name
            .chars()
            .any(|c| c.is_control() || " ~^:?*[\\".contains(c))
}

/// A path that a tree can hold: relative, without empty parts, dots or `.git`.
pub(super) fn is_path(path: &str) -> bool {
    !path.is_empty()
        && path.len() <= 4096
        && !path.contains('\0')
        && path.split('/').all(|part| {
            !part.is_empty() && part != "." && part != ".." && !part.eq_ignore_ascii_case(".git")
        })
}
