//! The next run, and what to do after time asleep.

use std::time::Duration;

use super::Schedule;
use crate::clock::{Entropy, UnixMillis};

/// One run to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    /// When the schedule says.
    pub scheduled: UnixMillis,
    /// When it will run: at most the jitter later, so that not everybody asks at the full hour.
    pub at: UnixMillis,
}

/// Keeps the next run. However many runs were missed, asleep or switched off, they are made up for
/// by one.
#[derive(Clone, Debug)]
pub struct Agenda {
    schedule: Schedule,
    jitter: Duration,
    planned: Option<Planned>,
}

impl Agenda {
    /// An agenda at start-up. With a `last_run` and a scheduled run missed since, the first run is
    /// due at once.
    #[must_use]
    pub fn new(
        schedule: Schedule,
        jitter: Duration,
        last_run: Option<UnixMillis>,
        now: UnixMillis,
        entropy: &dyn Entropy,
    ) -> Self {
        let mut agenda = Self {
            schedule,
            jitter,
            planned: None,
        };
        agenda.planned = last_run
            .and_then(|last| agenda.schedule.next_after(last))
            .filter(|missed| *missed <= now)
            .map(|missed| Planned {
                scheduled: missed,
                at: now,
            })
            .or_else(|| agenda.plan(now, entropy));
        agenda
    }

    /// The next run; `None` only at the end of the calendar.
    #[must_use]
    pub fn next(&self) -> Option<Planned> {
        self.planned
    }

    /// Whether a run is due at `now`. If so the next one is planned, always in the future. A wall
    /// clock that was set back moves the plan back with it.
    pub fn take_due(&mut self, now: UnixMillis, entropy: &dyn Entropy) -> bool {
        let due = self.planned.is_some_and(|planned| planned.at <= now);
        let clock_went_back = self
            .schedule
            .next_after(now)
            .zip(self.planned)
            .is_some_and(|(next, planned)| next < planned.scheduled);
        if due || clock_went_back {
            self.planned = self.plan(now, entropy);
        }
        due
    }

    fn plan(&self, now: UnixMillis, entropy: &dyn Entropy) -> Option<Planned> {
        let scheduled = self.schedule.next_after(now)?;
        // Never so late that two runs meet.
        let room = self
            .schedule
            .next_after(scheduled)
            .map_or(self.jitter, |following| following.since(scheduled) / 2);
        let delay = random_below(self.jitter.min(room), entropy);
        Some(Planned {
            scheduled,
            at: scheduled.plus(delay),
        })
    }
}

/// A delay of `0..=most`, to the millisecond. The remainder's bias over 64 bits does not matter here.
fn random_below(most: Duration, entropy: &dyn Entropy) -> Duration {
    let mut bytes = [0; 8];
    entropy.fill(&mut bytes);
    let span = u64::try_from(most.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(u64::from_le_bytes(bytes) % span.saturating_add(1))
}
