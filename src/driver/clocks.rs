//! Notices when somebody sets the wall clock.

use std::time::Duration;

use serde_json::json;

use crate::app::App;
use crate::clock::UnixMillis;
use crate::ledger::{Actor, Entry, Result};

/// Both clocks at one instant, to notice when somebody sets the wall clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clocks {
    wall: UnixMillis,
    monotonic: Duration,
}

/// A smaller difference is drift and correction, not a jump.
const JUMP: Duration = Duration::from_secs(60);

impl Clocks {
    pub(super) fn read(app: &App) -> Self {
        Self {
            wall: app.now(),
            monotonic: app.clock.monotonic(),
        }
    }

    /// Says so when the wall clock was set since the last reading. Set ahead, it needs no mending: what
    /// is over by the new time is over. Set back, what waits would wait for a future that is far off;
    /// a permit from there does not count.
    pub(super) async fn compare(self, app: &App) -> Self {
        let now = Self::read(app);
        let expected = self.wall.plus(now.monotonic.saturating_sub(self.monotonic));
        let (ahead, behind) = (now.wall.since(expected), expected.since(now.wall));
        if ahead > JUMP || behind > JUMP {
            let by_ms = now.wall.0.saturating_sub(expected.0);
            tracing::warn!(by_ms, "the wall clock was set");
            app.scan.notify_one();
            if let Err(error) = was_set(app, by_ms).await {
                tracing::error!("not recorded: {error}");
            }
        }
        now
    }
}

/// Whether the clock was set back while nobody was there to notice: then the ledger's newest entry is
/// of a time that is still to come.
pub(super) async fn look_at_the_last_entry(app: &App, newest: Option<UnixMillis>) -> Result<()> {
    let ahead = newest.map_or(Duration::ZERO, |at| at.since(app.now()));
    if ahead > JUMP {
        tracing::warn!(by_s = ahead.as_secs(), "the wall clock was set back");
        was_set(app, -i64::try_from(ahead.as_millis()).unwrap_or(i64::MAX)).await?;
    }
    Ok(())
}

/// 1 January 2026: a clock before this program was written has not been set yet since the machine
/// started, and will soon be. What it says is no reason to date anything anew.
const WRITTEN: UnixMillis = UnixMillis(1_767_225_600_000);

async fn was_set(app: &App, by_ms: i64) -> Result<()> {
    let mut tx = app.ledger.begin().await?;
    if by_ms < 0 && tx.now() >= WRITTEN {
        tx.clock_set_back(app.rules().config.approvals.expiry)
            .await?;
    }
    let entry = Entry::new(Actor::Daemon, "clock.set", json!({ "by_ms": by_ms }));
    tx.journal(entry).await?;
    tx.commit().await
}
