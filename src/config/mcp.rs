//! `[mcp]`: programs on this machine that may have something done.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::broker::policy::Client;

/// Who may ask over `mcp.sock`; nobody, if nobody is named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mcp {
    /// By their names.
    pub clients: BTreeMap<String, Client>,
    /// Where HTTP is listened on, a loopback address; `None`: nowhere.
    pub http: Option<SocketAddr>,
    /// SHA-256 of each client's key over HTTP, by client.
    pub keys: BTreeMap<String, [u8; 32]>,
}

impl Mcp {
    /// The users that clients run as.
    #[must_use]
    pub fn uids(&self) -> Vec<u32> {
        self.clients.values().map(|client| client.uid).collect()
    }
}
