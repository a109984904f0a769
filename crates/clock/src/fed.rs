//! The clock that somebody else moves: a test in the same process, or a simulator over a socket.

use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::{Clock, Sleep, UnixMillis};

/// One reading of both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The wall clock, in milliseconds since 1970.
    pub wall: UnixMillis,
    /// The monotonic clock, in milliseconds.
    pub monotonic: u64,
}

/// A clock that shows what it was last told.
#[derive(Clone, Debug)]
pub struct FedClock {
    shown: watch::Receiver<Reading>,
}

/// The hand that moves a [`FedClock`].
#[derive(Debug)]
pub struct Feeder {
    shown: watch::Sender<Reading>,
}

impl FedClock {
    /// A clock that starts at `wall`, and the hand that moves it.
    #[must_use]
    pub fn new(wall: UnixMillis) -> (Self, Feeder) {
        let (sender, shown) = watch::channel(Reading { wall, monotonic: 0 });
        (Self { shown }, Feeder { shown: sender })
    }

    /// A clock that is moved over a Unix socket: one JSON [`Reading`] a line. Waits for the first.
    ///
    /// # Errors
    /// Nobody listens at `path`, or what comes is no reading.
    pub fn over(path: &Path) -> std::io::Result<Self> {
        let mut lines = BufReader::new(UnixStream::connect(path)?).lines();
        let mut next = move || -> std::io::Result<Reading> {
            let line = lines.next().ok_or(std::io::ErrorKind::UnexpectedEof)??;
            serde_json::from_str(&line)
                .map_err(|e| std::io::Error::new(std::io::ErrorKind::InvalidData, e))
        };
        let (sender, shown) = watch::channel(next()?);
        // A plain thread: it ends with the socket, and a stopped runtime does not hold it up.
        std::thread::Builder::new()
            .name("clock".to_owned())
            .spawn(move || {
                while let Ok(reading) = next() {
                    sender.send_replace(reading);
                }
            })?;
        Ok(Self { shown })
    }

    fn until(&self, reached: impl Fn(&Reading) -> bool + Send + Sync + 'static) -> Sleep {
        let mut shown = self.shown.clone();
        Box::pin(async move {
            // A clock whose hand is gone stands still for ever.
            if shown.wait_for(&reached).await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}

impl Clock for FedClock {
    fn now(&self) -> UnixMillis {
        self.shown.borrow().wall
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.shown.borrow().monotonic)
    }

    fn sleep_until(&self, deadline: Duration) -> Sleep {
        self.until(move |r| Duration::from_millis(r.monotonic) >= deadline)
    }

    fn sleep_until_wall(&self, instant: UnixMillis) -> Sleep {
        self.until(move |r| r.wall >= instant)
    }
}

impl Feeder {
    /// What the clock shows.
    #[must_use]
    pub fn reading(&self) -> Reading {
        *self.shown.borrow()
    }

    /// Lets time pass on both clocks.
    pub fn advance(&self, by: Duration) {
        self.shown.send_modify(|r| {
            r.wall = r.wall.plus(by);
            r.monotonic += u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        });
    }

    /// Sets the wall clock, as an administrator or a time server would; the other is not moved.
    pub fn set_wall(&self, wall: UnixMillis) {
        self.shown.send_modify(|r| r.wall = wall);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::net::UnixListener;

    use super::*;

    #[tokio::test]
    async fn a_sleeper_wakes_when_the_hand_passes_it_and_not_before() {
        let (clock, hand) = FedClock::new(UnixMillis(1_000));
        let mut sleep = clock.sleep_until_wall(UnixMillis(61_000));
        hand.advance(Duration::from_secs(59));
        assert!(futures_util::poll!(&mut sleep).is_pending());
        hand.advance(Duration::from_secs(1));
        sleep.await;
        assert_eq!(clock.monotonic(), Duration::from_secs(60));
    }

    #[tokio::test]
    async fn a_jump_of_the_wall_clock_does_not_move_the_other() {
        let (clock, hand) = FedClock::new(UnixMillis(0));
        let mut sleep = clock.sleep_until(Duration::from_secs(1));
        hand.set_wall(UnixMillis(10_000));
        assert!(futures_util::poll!(&mut sleep).is_pending());
        assert_eq!(clock.now(), UnixMillis(10_000));
    }

    #[tokio::test]
    async fn a_clock_can_be_moved_over_a_socket() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("clock.sock");
        let listener = UnixListener::bind(&path).expect("a socket");
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            writeln!(stream, r#"{{"wall":5000,"monotonic":0}}"#).expect("a reading is sent");
            writeln!(stream, r#"{{"wall":9000,"monotonic":4000}}"#).expect("a reading is sent");
            stream
        });
        let clock = FedClock::over(&path).expect("a clock");
        clock.sleep_until_wall(UnixMillis(9_000)).await;
        assert_eq!(clock.monotonic(), Duration::from_secs(4));
        drop(server.join());
    }

    #[test]
    fn nobody_at_the_socket_is_an_error() {
        assert!(FedClock::over(Path::new("/nonexistent/clock.sock")).is_err());
    }
}
