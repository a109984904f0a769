//! Notices when somebody sets the wall clock, and finds out whether it is right now.

use std::time::Duration;

use serde_json::json;

use crate::app::App;
use crate::clock::UnixMillis;
use crate::ledger::settings::Setting;
use crate::ledger::{Actor, Entry, Result};

/// Both clocks at one instant, to notice when somebody sets the wall clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clocks {
    wall: UnixMillis,
    monotonic: Duration,
    /// The latest that the wall clock has shown before it was set back, while it is not known
    /// whether it was wrong then or is wrong now.
    shown: Option<UnixMillis>,
}

/// A smaller difference is drift and correction, not a jump.
const JUMP: Duration = Duration::from_secs(60);

impl Clocks {
    fn read(app: &App, shown: Option<UnixMillis>) -> Self {
        Self {
            wall: app.now(),
            monotonic: app.clock.monotonic(),
            shown,
        }
    }

    /// As they stand at the start. The clock was set back while nobody was there to notice if the
    /// ledger's newest entry is of a time that is still to come.
    ///
    /// # Errors
    /// The ledger cannot be read or written.
    pub(super) async fn at_start(app: &App, newest: Option<UnixMillis>) -> Result<Self> {
        let shown = app.ledger.setting(&Setting::ClockShown).await?;
        let mut clocks = Self::read(app, shown);
        if let Some(newest) = newest.filter(|at| at.since(clocks.wall) > JUMP) {
            clocks.was_set(app, newest).await?;
        }
        Ok(clocks)
    }

    /// Says so when the wall clock was set since the last reading. Set ahead, it needs no mending: what
    /// is over by the new time is over. Set back, what waits would wait for a future that is far off;
    /// a permit from there does not count.
    pub(super) async fn compare(self, app: &App) -> Self {
        let mut now = Self::read(app, self.shown);
        let expected = self.wall.plus(now.monotonic.saturating_sub(self.monotonic));
        let (ahead, behind) = (now.wall.since(expected), expected.since(now.wall));
        if ahead > JUMP || behind > JUMP {
            app.scan.notify_one();
            if let Err(error) = now.was_set(app, expected).await {
                tracing::error!("not recorded: {error}");
            }
        }
        if let Err(error) = now.settle(app).await {
            tracing::error!("what waits was not moved back with the clock: {error}");
        }
        now
    }

    /// Records that the clock would show `expected` if nobody had set it.
    async fn was_set(&mut self, app: &App, expected: UnixMillis) -> Result<()> {
        let by_ms = self.wall.0.saturating_sub(expected.0);
        tracing::warn!(by_ms, "the wall clock was set");
        if by_ms < 0 {
            self.shown = self.shown.max(Some(expected));
        }
        let mut tx = app.ledger.begin().await?;
        if let Some(shown) = &self.shown {
            // By another start the newest entry is of this time, and says nothing any more.
            tx.put_setting(&Setting::ClockShown, shown).await?;
        }
        let entry = Entry::new(Actor::Daemon, "clock.set", json!({ "by_ms": by_ms }));
        tx.journal(entry).await?;
        tx.commit().await
    }

    /// A clock that was ahead and is right now takes what waits back with it. One that was right and
    /// is behind now, as on a machine without a battery until it has asked for the time, moves
    /// nothing: nothing would bring it back. Which of the two, only somebody else's clock can say.
    async fn settle(&mut self, app: &App) -> Result<()> {
        let Some(shown) = self.shown else {
            return Ok(());
        };
        let still_to_come = shown.since(self.wall) > JUMP;
        if still_to_come && !is_right(app) {
            return Ok(());
        }
        let mut tx = app.ledger.begin().await?;
        if still_to_come {
            tx.clock_set_back(app.rules().config.approvals.expiry)
                .await?;
            let entry = Entry::new(Actor::Daemon, "clock.believed", json!({ "shown": shown }));
            tx.journal(entry).await?;
        }
        tx.drop_setting(&Setting::ClockShown).await?;
        tx.commit().await?;
        self.shown = None;
        Ok(())
    }
}

/// Whether Auth0's clock shows what ours does, as far as it has told.
fn is_right(app: &App) -> bool {
    let skew = app.vault.status().clock_skew;
    skew.is_some_and(|seconds| seconds.unsigned_abs() <= JUMP.as_secs())
}
