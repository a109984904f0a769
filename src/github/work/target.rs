//! Where the work may be written. Only a stage that holds a permit makes these, as it does a
//! `WriteTarget` (the architecture test names the callers of the constructors): what GitHub says can
//! name a place to read, never a place to write.

use super::branch::WorkBranch;
use super::place::Place;

/// Longest node id, in characters.
const LONGEST_NODE_ID: usize = 200;

/// A repository that may be forked and that a pull request may be opened at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamTarget(Place);

impl UpstreamTarget {
    /// The repository that was approved.
    #[must_use]
    pub fn new(place: &Place) -> Self {
        Self(place.clone())
    }

    /// The repository.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.0
    }

    pub(super) fn path(&self, rest: &str) -> String {
        format!("/repos/{}/{rest}", self.0.slug())
    }
}

/// One branch of ours in one repository, for commits that it is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchTarget {
    repo: Place,
    branch: WorkBranch,
}

impl BranchTarget {
    /// The branch in the fork, or in a repository that the account may push to.
    #[must_use]
    pub fn new(repo: &Place, branch: &WorkBranch) -> Self {
        Self {
            repo: repo.clone(),
            branch: branch.clone(),
        }
    }

    /// The repository that has, or gets, the branch.
    #[must_use]
    pub fn repo(&self) -> &Place {
        &self.repo
    }

    /// The branch.
    #[must_use]
    pub fn branch(&self) -> &WorkBranch {
        &self.branch
    }

    /// Below `/repos/{owner}/{name}/git/`.
    pub(super) fn git_path(&self, rest: &str) -> String {
        format!("/repos/{}/git/{rest}", self.repo.slug())
    }

    pub(super) fn ref_path(&self) -> String {
        self.git_path(&self.branch.reference())
    }
}

/// A pull request of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullTarget {
    upstream: Place,
    number: u64,
    node_id: String,
}

impl PullTarget {
    /// The pull request with that number and node id. `None` when the node id cannot be one.
    #[must_use]
    pub fn new(upstream: &Place, number: u64, node_id: &str) -> Option<Self> {
        let fits = node_id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'=' | b'+' | b'/'));
        (fits && (1..=LONGEST_NODE_ID).contains(&node_id.len())).then(|| Self {
            upstream: upstream.clone(),
            number,
            node_id: node_id.to_owned(),
        })
    }

    /// The repository it is open at.
    #[must_use]
    pub fn upstream(&self) -> &Place {
        &self.upstream
    }

    /// Its number there.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn node_id(&self) -> &str {
        &self.node_id
    }

    pub(super) fn path(&self) -> String {
        format!("/repos/{}/pulls/{}", self.upstream.slug(), self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_one_path() {
        let up = Place::new("acme", "app", 5).expect("a place");
        let fork = Place::new("me", "app-1", 6).expect("a place");
        let branch = WorkBranch::new("i7").expect("a branch");
        let at = BranchTarget::new(&fork, &branch);
        assert_eq!(
            UpstreamTarget::new(&up).path("forks"),
            "/repos/acme/app/forks"
        );
        assert_eq!(at.ref_path(), "/repos/me/app-1/git/refs/heads/bountyd/i7");
        assert_eq!(at.git_path("refs"), "/repos/me/app-1/git/refs");
        let pull = PullTarget::new(&up, 9, "PR_kwDOAAE=").expect("a pull request");
        assert_eq!(pull.path(), "/repos/acme/app/pulls/9");
        for bad in ["", "a b", "a\"", "é", &"a".repeat(201)] {
            assert_eq!(PullTarget::new(&up, 9, bad), None, "{bad}");
        }
    }
}
