//! How a test makes the simulated GitHub refuse: blocks, budgets, secondary limits, half answers.

use super::Github;
use super::budget::{Resource, SecondaryLimit};
use super::model::AccountKind;

impl Github {
    /// `owner` blocks `login`: no more comments in the owner's repositories and issues.
    pub fn block(&self, owner: &str, login: &str) {
        self.edit(|state, now| {
            let owner = state.ensure_account(owner, AccountKind::Organization, now);
            let who = state.ensure_account(login, AccountKind::User, now);
            if let Some(owner) = state.accounts.get_mut(&owner) {
                owner.blocked.insert(who);
            }
        });
    }

    /// Installs the GitHub App behind `ghu_` tokens on an account.
    pub fn install_app(&self, owner: &str) {
        self.edit(|state, now| {
            let owner = state.ensure_account(owner, AccountKind::Organization, now);
            state.switches.installed_on.insert(owner);
        });
    }

    /// An organisation lets no OAuth App write that it has not approved.
    pub fn restrict_oauth_apps(&self, org: &str) {
        self.edit(|state, now| {
            let org = state.ensure_account(org, AccountKind::Organization, now);
            state.switches.restricted.insert(org);
        });
    }

    /// How many looks a new fork stays invisible; one by default.
    pub fn forks_take(&self, looks: u64) {
        self.edit(|state, _| state.switches.fork_polls = looks);
    }

    /// A repository cannot be forked any more, or again.
    #[track_caller]
    pub fn set_allow_forking(&self, slug: &str, allowed: bool) {
        self.on_repo(slug, |repo| repo.allow_forking = allowed);
    }

    /// A repository takes draft pull requests, or not (private ones of a free plan do not).
    #[track_caller]
    pub fn set_drafts(&self, slug: &str, supported: bool) {
        self.on_repo(slug, |repo| repo.drafts = supported);
    }

    /// How many open pull requests somebody without write access may have here.
    #[track_caller]
    pub fn limit_pulls(&self, slug: &str, limit: Option<usize>) {
        self.on_repo(slug, |repo| repo.pull_limit = limit);
    }

    /// Only collaborators may open pull requests here, or everybody again.
    #[track_caller]
    pub fn set_pulls_closed(&self, slug: &str, closed: bool) {
        self.on_repo(slug, |repo| repo.pulls_closed = closed);
    }

    /// Sets what is left of the account's present window; `None` for callers without a token.
    pub fn set_remaining(&self, user_id: Option<u64>, resource: Resource, left: u64) {
        self.edit(|state, now| {
            state.budgets.set_remaining(user_id, resource, left, now);
        });
    }

    /// Sets the size of a budget for everybody.
    pub fn set_limit(&self, resource: Resource, limit: u64) {
        self.edit(|state, _| state.budgets.set_limit(resource, limit));
    }

    /// Counts no points of REST requests a minute, as GitHub Enterprise Server.
    pub fn count_no_points(&self) {
        self.edit(|state, _| state.budgets.points_uncounted = true);
    }

    /// The next `times` requests meet a secondary limit (403).
    pub fn secondary_limit(&self, times: u64, retry_after: Option<u64>) {
        self.secondary_limit_with(SecondaryLimit {
            times,
            status: 403,
            retry_after,
            writes_only: false,
        });
    }

    /// The next requests meet this secondary limit.
    pub fn secondary_limit_with(&self, limit: SecondaryLimit) {
        self.edit(|state, _| state.budgets.push_secondary(limit));
    }

    /// The next `times` REST searches say `incomplete_results` and leave out half.
    pub fn incomplete_results(&self, times: u64) {
        self.edit(|state, _| state.switches.incomplete_results = times);
    }

    /// Search's index is late: from now on it has this issue in its present place, whatever happens to
    /// it. What a search shows of it is still as it is, its time of update too.
    #[track_caller]
    pub fn freeze_index(&self, slug: &str, number: u64) {
        self.edit(|state, _| {
            let id = state.issue_id(slug, number);
            let at = state.issues.get(&id).map_or(0, |issue| issue.updated_at);
            state.switches.indexed_at.insert(id, at);
        });
    }

    /// GraphQL answers `null` and an error for this issue wherever it stands in a list.
    #[track_caller]
    pub fn break_node(&self, slug: &str, number: u64, broken: bool) {
        self.edit(|state, _| {
            let id = state.issue_id(slug, number);
            if broken {
                state.switches.broken_nodes.insert(id);
            } else {
                state.switches.broken_nodes.remove(&id);
            }
        });
    }

    /// GraphQL does not know `assignedActors`, as on an Enterprise server that is behind.
    pub fn is_an_older_server(&self) {
        self.edit(|state, _| state.switches.older_server = true);
    }

    /// The next `times` GraphQL requests exceed GitHub's resource limits: list items come back
    /// `null` with `RESOURCE_LIMITS_EXCEEDED`.
    pub fn resource_limits(&self, times: u64) {
        self.edit(|state, _| state.switches.resource_limits = times);
    }
}
