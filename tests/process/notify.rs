//! A service manager of ours: the socket that `$NOTIFY_SOCKET` names (sd_notify(3)).

use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// One message's lines, and when it came.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) at: Instant,
    pub(crate) lines: Vec<String>,
}

impl Told {
    pub(crate) fn has(&self, line: &str) -> bool {
        self.lines.iter().any(|l| l == line)
    }
}

#[derive(Debug)]
pub(crate) struct Manager {
    socket: UnixDatagram,
    pub(crate) path: PathBuf,
    pub(crate) told: Vec<Told>,
}

impl Manager {
    pub(crate) fn new(dir: &Path) -> Self {
        let path = dir.join("notify.sock");
        let socket = UnixDatagram::bind(&path).expect("the manager's socket");
        socket.set_nonblocking(true).expect("a socket option");
        Self {
            socket,
            path,
            told: Vec::new(),
        }
    }

    /// Takes what came.
    pub(crate) fn listen(&mut self) -> &[Told] {
        let mut buffer = [0; 4096];
        while let Ok(length) = self.socket.recv(&mut buffer) {
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            self.told.push(Told {
                at: Instant::now(),
                lines: text.lines().map(ToOwned::to_owned).collect(),
            });
        }
        &self.told
    }

    /// Waits for a message with a line that fits, from the `from`th message on.
    pub(crate) async fn hears(&mut self, from: usize, fits: impl Fn(&str) -> bool) -> Told {
        let start = Instant::now();
        loop {
            let found = self
                .listen()
                .iter()
                .skip(from)
                .find(|told| told.lines.iter().any(|l| fits(l)))
                .cloned();
            if let Some(found) = found {
                return found;
            }
            assert!(
                start.elapsed() < crate::child::PATIENCE,
                "systemd is not told; it heard {:?}",
                self.told.iter().map(|t| &t.lines).collect::<Vec<_>>()
            );
            tokio::time::sleep(crate::child::GLANCE).await;
        }
    }

    /// Whether this line came.
    pub(crate) fn heard(&mut self, line: &str) -> bool {
        self.listen().iter().any(|told| told.has(line))
    }

    /// The times between two watchdog pings.
    pub(crate) fn pauses(&mut self, from: usize) -> Vec<Duration> {
        let pings: Vec<Instant> = self
            .listen()
            .iter()
            .skip(from)
            .filter(|told| told.has("WATCHDOG=1"))
            .map(|told| told.at)
            .collect();
        pings.windows(2).map(|two| two[1] - two[0]).collect()
    }
}
