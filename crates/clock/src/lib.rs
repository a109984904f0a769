//! Time and randomness as values that are handed in.
//!
//! Everything that waits or dates something asks a [`Clock`]; nothing in the product calls
//! `SystemTime::now`. Tests put a clock there that moves only when they say so.

mod fed;

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use fed::{FedClock, Feeder, Reading};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixMillis(pub i64);

impl UnixMillis {
    /// This instant plus `span`, saturating at the end of time.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// This instant minus `span`, saturating at the beginning of time.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self(
            self.0
                .saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// How long after `earlier` this instant is; zero if it is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Whole seconds since 1970, rounded down: the unit of JWT claims (RFC 7519 §2).
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }
}

/// A future that ends when a clock says so.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send + 'static>>;

/// Where the program gets its time from.
pub trait Clock: Debug + Send + Sync + 'static {
    /// The wall clock. It may jump in either direction.
    fn now(&self) -> UnixMillis;

    /// Time since an arbitrary start, never backwards, counting time asleep (`CLOCK_BOOTTIME`).
    fn monotonic(&self) -> Duration;

    /// Ends when [`Clock::monotonic`] reaches `deadline`, also when the machine slept past it.
    fn sleep_until(&self, deadline: Duration) -> Sleep;

    /// Ends when the wall clock reaches `instant`; a jump forwards ends it early, as it should.
    fn sleep_until_wall(&self, instant: UnixMillis) -> Sleep;
}

/// The machine's own clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

/// Timers do not count time asleep, so no nap is longer than this.
const LONGEST_NAP: Duration = Duration::from_secs(30);

#[expect(
    clippy::disallowed_methods,
    reason = "this is the clock the rule points to"
)]
async fn nap(left: Duration) {
    tokio::time::sleep(left.min(LONGEST_NAP)).await;
}

impl Clock for SystemClock {
    fn now(&self) -> UnixMillis {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the clock the rule points to"
        )]
        let now = std::time::SystemTime::now();
        let since_epoch = now
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        UnixMillis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }

    fn monotonic(&self) -> Duration {
        let t = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        Duration::new(
            u64::try_from(t.tv_sec).unwrap_or(0),
            u32::try_from(t.tv_nsec).unwrap_or(0),
        )
    }

    fn sleep_until(&self, deadline: Duration) -> Sleep {
        let clock = *self;
        Box::pin(async move {
            while let Some(left) = deadline
                .checked_sub(clock.monotonic())
                .filter(|d| !d.is_zero())
            {
                nap(left).await;
            }
        })
    }

    fn sleep_until_wall(&self, instant: UnixMillis) -> Sleep {
        let clock = *self;
        Box::pin(async move {
            loop {
                let left = instant.since(clock.now());
                if left.is_zero() {
                    return;
                }
                nap(left).await;
            }
        })
    }
}

/// Random bytes as a value that is handed in.
pub trait Entropy: Debug + Send + Sync + 'static {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);

    /// Sixteen fresh bytes: an approval id, an effect id, a `jti`.
    fn id128(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        bytes
    }
}

/// The kernel's random number generator (`getrandom(2)`).
#[derive(Clone, Copy, Debug, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    /// # Panics
    /// If the kernel has no `getrandom`: going on with guessable ids would be worse.
    fn fill(&self, bytes: &mut [u8]) {
        let mut filled = 0;
        while filled < bytes.len() {
            match rustix::rand::getrandom(
                &mut bytes[filled..],
                rustix::rand::GetRandomFlags::empty(),
            ) {
                Ok(count) => filled += count,
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => panic!("the kernel gives no random bytes: {error}"),
            }
        }
    }
}
