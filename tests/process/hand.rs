//! The hand that moves the daemon's clock, over the socket of `--clock-socket`.

use std::io::Write;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bountyd::clock::{Reading, UnixMillis};

/// Every process that connects gets the reading, and each later one.
#[derive(Clone, Debug)]
pub(crate) struct Hand {
    shared: Arc<Shared>,
    path: PathBuf,
}

#[derive(Debug)]
struct Shared {
    reading: Mutex<Reading>,
    streams: Mutex<Vec<UnixStream>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn tell(stream: &mut UnixStream, reading: Reading) -> bool {
    let line = serde_json::to_string(&reading).expect("a reading is JSON");
    writeln!(stream, "{line}").is_ok()
}

impl Hand {
    /// A clock that shows `wall`, served at `path`.
    pub(crate) fn new(path: &Path, wall: UnixMillis) -> Self {
        let listener = UnixListener::bind(path).expect("the clock's socket");
        let reading = Mutex::new(Reading { wall, monotonic: 0 });
        let shared = Arc::new(Shared {
            reading,
            streams: Mutex::default(),
        });
        let served = Arc::clone(&shared);
        // Ends with the test process: it waits for daemons that may come.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                // Under both locks, so that no move is missed in between.
                let mut streams = lock(&served.streams);
                if tell(&mut stream, *lock(&served.reading)) {
                    streams.push(stream);
                }
            }
        });
        Self {
            shared,
            path: path.to_owned(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn now(&self) -> UnixMillis {
        lock(&self.shared.reading).wall
    }

    /// Lets time pass on both clocks.
    pub(crate) fn advance(&self, by: Duration) {
        let mut streams = lock(&self.shared.streams);
        let reading = {
            let mut reading = lock(&self.shared.reading);
            reading.wall = reading.wall.plus(by);
            reading.monotonic += u64::try_from(by.as_millis()).expect("a span");
            *reading
        };
        streams.retain_mut(|stream| tell(stream, reading));
    }
}
