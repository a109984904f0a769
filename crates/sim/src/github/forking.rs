//! Forks: repositories that share their objects with what they come from.

use std::cell::{Cell, OnceCell};
use std::collections::{BTreeMap, BTreeSet};

use super::git::Git;
use super::model::Repo;
use super::state::State;

impl State {
    /// The repository that a network began with.
    pub(super) fn root(&self, repo: &Repo) -> u64 {
        let mut root = repo;
        while let Some(parent) = root.parent.and_then(|id| self.repos.get(&id)) {
            root = parent;
        }
        root.id
    }

    /// The account's fork in the network of this repository.
    pub(super) fn fork_of(&self, repo: &Repo, owner: u64) -> Option<u64> {
        let root = self.root(repo);
        self.repos
            .values()
            .find(|other| other.owner == owner && other.fork && self.root(other) == root)
            .map(|fork| fork.id)
    }

    /// Forks a repository for an account. It is invisible for as many looks as the switch says. A name
    /// that is taken gets a number, as at GitHub.
    pub(super) fn make_fork(
        &mut self,
        parent: u64,
        owner: u64,
        name: Option<&str>,
        default_branch_only: bool,
        now: i64,
    ) -> Option<u64> {
        let id = self.fresh_id();
        let from = self.repos.get(&parent)?;
        let git = self.git(from);
        let kept = format!("refs/heads/{}", from.default_branch);
        let refs = git
            .refs
            .iter()
            .filter(|(name, _)| {
                **name == kept || (name.starts_with("refs/heads/") && !default_branch_only)
            })
            .map(|(name, oid)| (name.clone(), *oid))
            .collect();
        let objects = git.objects.clone();
        let login = self.login(owner);
        let wanted = name.unwrap_or(&from.name);
        let free = |name: &str| self.repo_by_slug(&format!("{login}/{name}")).is_none();
        let name = if free(wanted) {
            wanted.to_owned()
        } else {
            (1_u32..)
                .map(|n| format!("{wanted}-{n}"))
                .find(|name| free(name))?
        };
        let fork = Repo {
            id,
            owner,
            name,
            created_at: now,
            updated_at: now,
            stars: 0,
            forks: 0,
            fork: true,
            archived: false,
            has_issues: false,
            git: OnceCell::from(Git { objects, refs }),
            parent: Some(parent),
            fork_pending: Cell::new(self.switches.fork_polls),
            allow_forking: true,
            pull_limit: None,
            pulls_closed: false,
            checks: BTreeMap::new(),
            collaborators: BTreeSet::new(),
            contributors: BTreeSet::new(),
            counted_merges: 0,
            last_counted_merge: None,
            interaction_limit: None,
            labels: BTreeMap::new(),
            next_number: 1,
            numbers: BTreeMap::new(),
            deleted: BTreeSet::new(),
            ..from.clone()
        };
        self.insert_repo(fork);
        if let Some(parent) = self.repos.get_mut(&parent) {
            parent.forks += 1;
        }
        Some(id)
    }
}
