//! Who asks: by the kernel's word and the owner's configuration, never by what a message says.

use crate::ledger::Actor;

/// A client at the other end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its name in the configuration.
    pub client: String,
    /// The user that the kernel names (`SO_PEERCRED`, unix(7)).
    pub uid: u32,
    /// The process that it names.
    pub pid: i32,
}

impl Identity {
    /// As the journal names it.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::Client {
            name: self.client.clone(),
            uid: self.uid,
            pid: self.pid,
        }
    }
}
