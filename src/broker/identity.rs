//! Who asks: by the kernel's word and the owner's configuration, never by what a message says.

use crate::ledger::Actor;

/// A client at the other end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its name in the configuration.
    pub client: String,
    /// The user that the kernel names (`SO_PEERCRED`, unix(7)).
    pub uid: u32,
    /// The process that it names; over HTTP, where it names none, less than 0: the number of the key that was
    /// shown, negated.
    pub pid: i32,
}

impl Identity {
    /// By the key that it showed over HTTP, of which `hash` is the hash: its first seven digits name the key.
    #[must_use]
    pub fn of_key(client: String, uid: u32, hash: &[u8; 32]) -> Self {
        let number = hash
            .iter()
            .take(4)
            .fold(0, |number: i32, byte| (number << 8) | i32::from(*byte));
        // 28 bits, and never 0, which would be a process.
        let number = ((number >> 4) & 0x0fff_ffff).max(1);
        Self {
            client,
            uid,
            pid: -number,
        }
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_named_by_the_first_seven_digits_of_its_hash() {
        let mut hash = [0; 32];
        hash[..4].copy_from_slice(&[0xfe, 0xdc, 0xba, 0x98]);
        let who = Identity::of_key("c".to_owned(), 7, &hash);
        assert_eq!(who.actor().to_string(), "client:c key:fedcba9");
        let none = Identity::of_key("c".to_owned(), 7, &[0; 32]);
        assert_eq!(none.actor().to_string(), "client:c key:0000001");
        let process = Identity { pid: 12, ..none };
        assert_eq!(process.actor().to_string(), "client:c uid:7 pid:12");
    }
}
