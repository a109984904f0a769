//! `[mcp]`: programs on this machine that may have something done.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use crate::broker::policy::{Client, WhenDown};

/// Who may ask over `mcp.sock`; nobody, if nobody is named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mcp {
    /// By their names.
    pub clients: BTreeMap<String, Client>,
    /// Where HTTP is listened on, a loopback address; `None`: nowhere.
    pub http: Option<SocketAddr>,
    /// SHA-256 of each client's key over HTTP, by client.
    pub keys: BTreeMap<String, [u8; 32]>,
    /// How the owner's phone is asked; `None`: it is not.
    pub push: Option<Push>,
}

/// `[mcp.step_up]`, as far as it is about the phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    /// How long the phone asks.
    pub answer_within: Duration,
    /// What becomes of a question while the phone cannot be asked.
    pub when_down: WhenDown,
}

impl Mcp {
    /// The users that clients run as.
    #[must_use]
    pub fn uids(&self) -> Vec<u32> {
        self.clients.values().map(|client| client.uid).collect()
    }
}
