//! Named departures from GitHub's usual behaviour, set by a test.

use std::collections::{BTreeMap, BTreeSet};

/// What the simulator does other than answer well. All off by default, but for the delay of a fork.
#[derive(Clone, Debug)]
pub(super) struct Switches {
    /// REST search says `incomplete_results: true` (its index timed out) this many times and
    /// leaves out the second half of the matches.
    pub(super) incomplete_results: u64,
    /// Search: these issue ids stand where an update at this time put them (Unix milliseconds).
    pub(super) indexed_at: BTreeMap<u64, i64>,
    /// GraphQL: these issue ids come back as `null` with an error.
    pub(super) broken_nodes: BTreeSet<u64>,
    /// GraphQL: the next requests answer with every item of their outermost lists `null`.
    pub(super) resource_limits: u64,
    /// GraphQL has no `assignedActors`, as on an older Enterprise server.
    pub(super) older_server: bool,
    /// Accounts where the GitHub App behind `ghu_` tokens is installed.
    pub(super) installed_on: BTreeSet<u64>,
    /// Organisations that let no OAuth App write that they have not approved.
    pub(super) restricted: BTreeSet<u64>,
    /// How many looks a new fork stays invisible.
    pub(super) fork_polls: u64,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            incomplete_results: 0,
            indexed_at: BTreeMap::new(),
            broken_nodes: BTreeSet::new(),
            resource_limits: 0,
            older_server: false,
            installed_on: BTreeSet::new(),
            restricted: BTreeSet::new(),
            fork_polls: 1,
        }
    }
}
