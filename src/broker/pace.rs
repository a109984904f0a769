//! How often in a minute: beyond a limit it is refused, and told of less and less. Whoever goes on and on must
//! not be able to keep the disk busy, nor to fill it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The time that is counted in.
const MINUTE: Duration = Duration::from_secs(60);

/// What is counted, and whose.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Counted {
    /// Calls of the client of this name.
    Calls(String),
    /// Calls of the client of this name while too many were under way.
    Busy(String),
    /// Connections of this user.
    Connections(u32),
    /// Who came by this way and is none of the owner's clients.
    Strangers(&'static str),
    /// What came from this user and was no call, or a call of a client that is none any more.
    Oddities(u32),
}

/// One that was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// In the minute before it.
    pub(super) before: u32,
    /// Refused since the last that was not, itself among them; 0: it is within the limit.
    pub(super) beyond: u64,
}

impl Taken {
    /// It is not more than may be.
    pub(super) fn is_within(self) -> bool {
        self.beyond == 0
    }

    /// Whether a refusal is told of: the first, and then each time there are twice as many.
    pub(super) fn is_news(self) -> bool {
        self.beyond.is_power_of_two()
    }
}

#[derive(Debug, Default)]
struct Pace {
    times: VecDeque<Duration>,
    beyond: u64,
}

/// Everything that is counted. Nothing of it is needed after a restart.
#[derive(Debug, Default)]
pub(super) struct Paces(Mutex<HashMap<Counted, Pace>>);

impl Paces {
    /// Counts one at `now`, of at most so many. Those beyond are not kept: they would only push the end of it on.
    pub(super) fn take(&self, what: Counted, most: u32, now: Duration) -> Taken {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let pace = all.entry(what).or_default();
        let old = |at: &Duration| now.saturating_sub(*at) >= MINUTE;
        while pace.times.front().is_some_and(old) {
            pace.times.pop_front();
        }
        let before = u32::try_from(pace.times.len()).unwrap_or(u32::MAX);
        if before < most {
            pace.times.push_back(now);
            pace.beyond = 0;
        } else {
            pace.beyond = pace.beyond.saturating_add(1);
        }
        let beyond = pace.beyond;
        Taken { before, beyond }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beyond_the_limit_is_refused_and_told_of_less_and_less() {
        let paces = Paces::default();
        let at = Duration::from_secs;
        let take = |now| paces.take(Counted::Oddities(7), 3, at(now));
        let told = |n: u64| (0..n).filter(|_| take(10).is_news()).count();
        assert!((0..3).all(|_| take(5).is_within()));
        assert!(!take(10).is_within());
        // The 2nd, 4th, 8th … 512th after that first.
        assert_eq!(told(1000), 9);
        // Another user's are his own.
        assert!(paces.take(Counted::Oddities(8), 3, at(10)).is_within());
        // A minute after the first three there is room for three more, whatever was refused since.
        assert_eq!(
            take(64),
            Taken {
                before: 3,
                beyond: 1002
            }
        );
        assert!((0..3).all(|_| take(65).is_within()));
        let taken = take(66);
        assert!(!taken.is_within() && taken.is_news());
    }
}
