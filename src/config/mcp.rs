//! `[mcp]`: programs on this machine that may have something done.

use std::collections::BTreeMap;

use crate::broker::policy::Client;

/// Who may ask over `mcp.sock`; nobody, if nobody is named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mcp {
    /// By their names.
    pub clients: BTreeMap<String, Client>,
}

impl Mcp {
    /// The users that clients run as.
    #[must_use]
    pub fn uids(&self) -> Vec<u32> {
        self.clients.values().map(|client| client.uid).collect()
    }
}
