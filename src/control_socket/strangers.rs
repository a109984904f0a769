//! Which strangers were named in the log of late: whoever may not talk to the daemon must not be
//! able to fill its log either.

use std::collections::HashMap;
use std::time::Duration;

/// How long a stranger who was named is not named again.
const QUIET: Duration = Duration::from_secs(60);

/// Strangers named within [`QUIET`] at most: one person may have many user ids (user_namespaces(7)).
const MOST: usize = 16;

/// Who was named, and when by the monotonic clock.
#[derive(Debug, Default)]
pub struct Strangers(HashMap<u32, Duration>);

impl Strangers {
    /// Whether this one is to be named now.
    pub fn is_news(&mut self, uid: u32, now: Duration) -> bool {
        self.0.retain(|_, at| now.saturating_sub(*at) < QUIET);
        if self.0.len() >= MOST || self.0.contains_key(&uid) {
            return false;
        }
        self.0.insert(uid, now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_is_named_once_a_minute_however_often_he_knocks() {
        let mut strangers = Strangers::default();
        let at = Duration::from_secs;
        let named = |strangers: &mut Strangers, uid, now| {
            (0..64).filter(|_| strangers.is_news(uid, now)).count()
        };
        assert_eq!(named(&mut strangers, 1_000, at(5)), 1);
        assert_eq!(named(&mut strangers, 1_001, at(6)), 1);
        assert_eq!(named(&mut strangers, 1_000, at(64)), 0);
        assert_eq!(named(&mut strangers, 1_000, at(65)), 1);
        let crowd = (2_000..3_000).filter(|uid| strangers.is_news(*uid, at(200)));
        assert_eq!(crowd.count(), MOST);
    }
}
