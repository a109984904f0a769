//! Time in the demo: it runs while nobody does anything, walks while somebody works, and stands
//! nearly still while a person thinks. The daemon is told over a socket, as `--clock-socket` wants.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bountyd::clock::{FedClock, Feeder, UnixMillis};
use tokio::io::AsyncWriteExt;
use tokio::net::UnixListener;
use tokio::time::Instant;

/// How often, in real time, the clock moves and is told.
pub(crate) const TICK: Duration = Duration::from_millis(20);

/// How far one tick takes the clock while nothing happens.
const STRIDE: Duration = Duration::from_secs(40);

/// No request and no journal entry for this long, in real time: nobody is at work.
const CALM: Duration = Duration::from_millis(120);

/// The same, at an instant for which something was planned: the daemon has to wake up first.
const CALM_AT_WORK: Duration = Duration::from_millis(350);

/// The hand of the clock.
pub(crate) struct Pace {
    hand: Arc<Feeder>,
    last: Instant,
    /// What was seen of the world last, and since when it has been so.
    seen: u64,
    since: Instant,
    /// The planned instant that was waited at already.
    waited_at: Option<UnixMillis>,
    /// Real time to stand still, so that a person can read.
    pause: Duration,
}

impl Pace {
    /// A clock at `start`, served on `socket`, and its hand.
    pub(crate) fn start(
        start: i64,
        socket: &Path,
    ) -> std::io::Result<(Self, Arc<Feeder>, FedClock)> {
        let (clock, hand) = FedClock::new(UnixMillis(start));
        let hand = Arc::new(hand);
        let listener = UnixListener::bind(socket)?;
        tokio::spawn(serve(listener, Arc::clone(&hand)));
        let now = Instant::now();
        let pace = Self {
            hand: Arc::clone(&hand),
            last: now,
            seen: 0,
            since: now,
            waited_at: None,
            pause: Duration::ZERO,
        };
        Ok((pace, hand, clock))
    }

    /// What the clock shows.
    pub(crate) fn now(&self) -> UnixMillis {
        self.hand.reading().wall
    }

    /// Stands still for so long in real time, beside what was asked for before.
    pub(crate) fn pause(&mut self, real: Duration) {
        self.pause = (self.pause + real).min(Duration::from_secs(2));
    }

    /// One tick. `activity` grows when anything happens; `due` is the next instant at which the
    /// daemon or the story has something to do; `walk` keeps it at a person's pace.
    pub(crate) fn tick(&mut self, activity: u64, due: Option<UnixMillis>, walk: bool) {
        let real = self.last.elapsed();
        self.last = Instant::now();
        if activity != self.seen {
            self.seen = activity;
            self.since = Instant::now();
        }
        if !self.pause.is_zero() {
            self.pause = self.pause.saturating_sub(real);
            self.hand.advance(real);
            return;
        }
        let now = self.now();
        let arrived = due.is_some_and(|due| due <= now);
        let patience = if arrived && self.waited_at != due {
            CALM_AT_WORK
        } else {
            CALM
        };
        if walk || self.since.elapsed() < patience {
            self.hand.advance(real);
            return;
        }
        if arrived {
            self.waited_at = due;
        }
        let stride = match due {
            Some(due) if due > now => due.since(now).min(STRIDE),
            _ => STRIDE / 4,
        };
        self.hand.advance(stride);
        if due.is_some_and(|due| self.now() >= due) {
            // Give the daemon the time to notice.
            self.since = Instant::now();
        }
    }

    /// Nothing has happened for a while.
    pub(crate) fn is_calm(&self) -> bool {
        self.since.elapsed() > CALM_AT_WORK
    }
}

/// Tells whoever connects what the clock shows, a JSON line whenever that changes.
async fn serve(listener: UnixListener, hand: Arc<Feeder>) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let hand = Arc::clone(&hand);
        tokio::spawn(async move {
            let mut told = None;
            loop {
                let reading = hand.reading();
                if told != Some(reading) {
                    told = Some(reading);
                    let Ok(mut line) = serde_json::to_vec(&reading) else {
                        return;
                    };
                    line.push(b'\n');
                    if stream.write_all(&line).await.is_err() {
                        return;
                    }
                }
                tokio::time::sleep(TICK / 4).await;
            }
        });
    }
}
