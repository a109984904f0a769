//! Until when a job may go on, and whether anybody still wants it.

use std::sync::Arc;
use std::time::Duration;

use clock::Clock;

use super::outcome::NoFix;
use crate::run::Stopped;

/// The end that a job has in any case.
#[derive(Clone)]
pub(super) struct Patience {
    clock: Arc<dyn Clock>,
    deadline: Duration,
    stopped: Stopped,
}

impl Patience {
    pub(super) fn new(clock: Arc<dyn Clock>, wall: Duration, stopped: Stopped) -> Self {
        let deadline = clock.monotonic().saturating_add(wall);
        Self {
            clock,
            deadline,
            stopped,
        }
    }

    /// `span`, or what is left if that is less.
    pub(super) fn at_most(&self, span: Duration) -> Duration {
        span.min(self.deadline.saturating_sub(self.clock.monotonic()))
    }

    /// Whether it may go on.
    pub(super) fn check(&self) -> Result<(), NoFix> {
        if *self.stopped.borrow() {
            return Err(NoFix::Cancelled);
        }
        if self.clock.monotonic() >= self.deadline {
            return Err(NoFix::OutOfTime);
        }
        Ok(())
    }

    /// Ends when it may not go on, and says why.
    pub(super) async fn over(&self) -> NoFix {
        let mut stopped = self.stopped.clone();
        let stop = async {
            // Nobody is there to stop it: then only the time does.
            if stopped.wait_for(|stopped| *stopped).await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = stop => NoFix::Cancelled,
            () = self.clock.sleep_until(self.deadline) => NoFix::OutOfTime,
        }
    }

    pub(super) fn stopped(&self) -> &Stopped {
        &self.stopped
    }
}

#[cfg(test)]
mod tests {
    use clock::{FedClock, UnixMillis};
    use tokio::sync::watch;

    use super::*;

    #[tokio::test]
    async fn it_is_over_when_the_time_is_up_or_nobody_wants_it() {
        let (clock, hand) = FedClock::new(UnixMillis(0));
        let (stop, stopped) = watch::channel(false);
        let patience = Patience::new(Arc::new(clock), Duration::from_secs(10), stopped);
        hand.advance(Duration::from_secs(9));
        assert_eq!(patience.check(), Ok(()));
        assert_eq!(
            patience.at_most(Duration::from_secs(5)),
            Duration::from_secs(1)
        );
        hand.advance(Duration::from_secs(1));
        assert_eq!(patience.check(), Err(NoFix::OutOfTime));
        assert_eq!(patience.over().await, NoFix::OutOfTime);
        stop.send_replace(true);
        assert_eq!(patience.check(), Err(NoFix::Cancelled));
    }
}
