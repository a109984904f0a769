//! After a failure: how long not to ask again. In between, callers get the stored failure.

use std::time::Duration;

use crate::failure::{Failure, FailureClass};
use crate::status::FailureNote;
use clock::{Clock, UnixMillis};

/// After a failure that only a person can mend. Short, so that a mended setting works at once.
const PERMANENT_PAUSE: Duration = Duration::from_secs(30);
/// First pause after a passing failure; it doubles each time.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// Longest pause of our own choosing.
const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);

/// The last failure and the pause after it.
pub(crate) struct Setback {
    pub(crate) note: FailureNote,
    pub(crate) until_wall: UnixMillis,
    pub(crate) until_monotonic: Duration,
    /// Passing failures in a row.
    streak: u32,
}

impl Setback {
    pub(crate) fn after(previous: Option<Self>, failure: Failure, clock: &dyn Clock) -> Self {
        let (at, monotonic) = (clock.now(), clock.monotonic());
        let before = previous.map_or(0, |setback| setback.streak);
        let (pause, streak) = match failure.class {
            FailureClass::Reconnect | FailureClass::Configuration => (PERMANENT_PAUSE, 0),
            FailureClass::Transient { retry_after } => (
                retry_after
                    .map_or_else(|| doubled(before), |until| until.since(at).max(FIRST_PAUSE)),
                before.saturating_add(1),
            ),
        };
        Self {
            note: FailureNote { failure, at },
            until_wall: at.plus(pause),
            until_monotonic: monotonic.saturating_add(pause),
            streak,
        }
    }
}

fn doubled(times: u32) -> Duration {
    FIRST_PAUSE
        .saturating_mul(1_u32.checked_shl(times).unwrap_or(u32::MAX))
        .min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::doubled;

    #[test]
    fn pauses_double_up_to_a_quarter_of_an_hour() {
        let seconds: Vec<u64> = [0, 1, 2, 7, 8, 31, 32, u32::MAX]
            .map(|n| doubled(n).as_secs())
            .to_vec();
        assert_eq!(seconds, [5, 10, 20, 640, 900, 900, 900, 900]);
    }
}
