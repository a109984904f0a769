//! How a lane of the driver is doing: what the watchdog wants to know.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use super::{CHAT, STALL};
use crate::app::App;

/// A lane's pulse, for the watchdog.
#[derive(Debug)]
pub struct Lane {
    name: &'static str,
    busy: AtomicBool,
    since: AtomicU64,
}

impl Lane {
    /// The lane whose step may be long.
    pub const SCAN: &'static str = "scan";

    pub(super) fn register(app: &App, name: &'static str) -> Arc<Self> {
        let lane = Arc::new(Self {
            name,
            busy: AtomicBool::new(false),
            since: AtomicU64::new(0),
        });
        app.lanes(|lanes| lanes.push(Arc::clone(&lane)));
        lane
    }

    pub(super) fn busy(&self, app: &App) {
        self.moved(app.clock.monotonic());
        self.busy.store(true, Ordering::Release);
    }

    pub(super) fn idle(&self) {
        self.busy.store(false, Ordering::Release);
    }

    /// A part of a long step is done: a first scan reads pages for longer than a step may take.
    pub fn moved(&self, now: Duration) {
        let now = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        self.since.store(now, Ordering::Relaxed);
    }

    /// Whether it has been at one step for too long.
    #[must_use]
    pub fn is_stuck(&self, now: Duration) -> bool {
        let since = Duration::from_millis(self.since.load(Ordering::Relaxed));
        self.busy.load(Ordering::Acquire) && now.saturating_sub(since) > STALL
    }

    /// Whether it waits for the clock, a signal, or its poll.
    #[must_use]
    pub fn is_resting(&self) -> bool {
        self.name == CHAT || !self.busy.load(Ordering::Acquire)
    }

    /// Which lane.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_scan_that_moves_is_not_stuck() {
        let lane = Lane {
            name: Lane::SCAN,
            busy: AtomicBool::new(true),
            since: AtomicU64::new(0),
        };
        let second = Duration::from_secs(1);
        assert!(!lane.is_stuck(STALL));
        assert!(lane.is_stuck(STALL + second));
        lane.moved(STALL);
        assert!(!lane.is_stuck(STALL + STALL), "a page was read meanwhile");
        assert!(lane.is_stuck(STALL + STALL + second), "and none since");
        lane.idle();
        lane.moved(Duration::ZERO);
        assert!(!lane.is_stuck(STALL + STALL + second), "it rests");
    }
}
