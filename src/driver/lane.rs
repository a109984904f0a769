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
        let now = u64::try_from(app.clock.monotonic().as_millis()).unwrap_or(u64::MAX);
        self.since.store(now, Ordering::Relaxed);
        self.busy.store(true, Ordering::Release);
    }

    pub(super) fn idle(&self) {
        self.busy.store(false, Ordering::Release);
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
