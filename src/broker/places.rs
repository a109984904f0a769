//! How many reads are under way at GitHub: of one client over all of its connections, and of all clients.
//! One too many is refused at once, and not kept waiting: what waits takes room, and clients can be many.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Refusal;

/// Reads of one client.
const MOST: usize = 32;

/// Reads of all clients.
const MOST_IN_ALL: usize = 64;

/// The reads that are under way, by client.
#[derive(Debug, Default)]
pub(super) struct Places(Mutex<HashMap<String, usize>>);

/// The place of one read, free again when it is dropped.
#[derive(Debug)]
pub(super) struct Place<'a> {
    places: &'a Places,
    client: String,
}

impl Places {
    /// Takes a place for a read of `client`.
    ///
    /// # Errors
    /// There is none.
    pub(super) fn take(&self, client: &str) -> Result<Place<'_>, Refusal> {
        let mut open = self.lock();
        let (own, all) = (open.get(client).copied(), open.values().sum::<usize>());
        let message = if own.unwrap_or_default() >= MOST {
            format!("{MOST} reads of this client are under way already")
        } else if all >= MOST_IN_ALL {
            format!("{MOST_IN_ALL} reads of all clients are under way already")
        } else {
            *open.entry(client.to_owned()).or_default() += 1;
            return Ok(Place {
                places: self,
                client: client.to_owned(),
            });
        };
        Err(Refusal::new("busy", message, "wait for their answers"))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut open = self.places.lock();
        if let Some(count) = open.get_mut(&self.client) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                open.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_one_client_nor_all_together_read_too_much_at_a_time() {
        let places = Places::default();
        let mut held: Vec<_> = (0..MOST)
            .map(|_| places.take("a").expect("a place"))
            .collect();
        assert_eq!(places.take("a").expect_err("full").code, "busy");
        held.extend((0..MOST_IN_ALL - MOST).map(|_| places.take("b").expect("a place")));
        assert_eq!(places.take("c").expect_err("full").code, "busy");
        held.pop();
        held.push(places.take("c").expect("a place again"));
        drop(held);
        assert!(places.lock().is_empty());
    }
}
