//! A room for one test: repositories, a server, and a look at what was left behind.

pub(crate) mod pack;
pub(crate) mod repo;
pub(crate) mod server;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clock::{Clock, SystemClock};
use fix::checkout::{FetchError, Git, Limits, Mirror, Remote, Want};
use tempfile::TempDir;

pub(crate) use repo::Repo;
pub(crate) use server::{Answer, Server};

/// Time for anything that should take a moment.
pub(crate) const GENEROUS: Duration = Duration::from_secs(120);

pub(crate) fn git() -> Git {
    Git::find(repo::SEARCH).expect("git is installed")
}

/// Where mirrors of one test are made.
pub(crate) struct Place {
    dir: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        Self { dir }
    }

    pub(crate) fn room(&self) -> PathBuf {
        self.dir.path().join("room")
    }

    pub(crate) async fn fetch(&self, server: &Server, want: &Want) -> Result<Mirror, FetchError> {
        let clock = Arc::new(SystemClock);
        self.fetch_with(server, want, Limits::default(), clock)
            .await
    }

    /// Fetches the default branch with these limits.
    pub(crate) async fn fetch_within(
        &self,
        server: &Server,
        limits: Limits,
    ) -> Result<Mirror, FetchError> {
        let clock = Arc::new(SystemClock);
        self.fetch_with(server, &Want::DefaultBranch, limits, clock)
            .await
    }

    pub(crate) async fn fetch_with(
        &self,
        server: &Server,
        want: &Want,
        limits: Limits,
        clock: Arc<dyn Clock>,
    ) -> Result<Mirror, FetchError> {
        let remote = Remote::https_or_loopback(&server.url()).expect("an address");
        Mirror::fetch(git(), &remote, want, &self.room(), limits, clock).await
    }

    /// Fails if a file or a process of a mirror is still there.
    #[track_caller]
    pub(crate) fn is_clean(&self) {
        let left: Vec<_> = std::fs::read_dir(self.dir.path())
            .expect("the place")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        assert!(left.is_empty(), "left behind: {left:?}");
        let room = self.room();
        let deadline = SystemClock.monotonic() + GENEROUS;
        // A process that was killed is gone when the kernel has found time for it.
        while let Some(process) = process_in(&room) {
            assert!(SystemClock.monotonic() < deadline, "still runs: {process}");
            std::thread::yield_now();
        }
    }
}

/// A process that has `room` in its command line or stands in it.
pub(crate) fn process_in(room: &std::path::Path) -> Option<String> {
    let room = room.to_str().expect("a path in UTF-8");
    let processes = std::fs::read_dir("/proc").expect("/proc").flatten();
    processes.map(|entry| entry.path()).find_map(|process| {
        let line = std::fs::read(process.join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        let cwd = std::fs::read_link(process.join("cwd")).unwrap_or_default();
        (line.contains(room) || cwd.to_string_lossy().contains(room)).then_some(line)
    })
}

/// Waits until `so`, looking again whenever others have had their turn.
#[track_caller]
pub(crate) fn eventually(so: impl Fn() -> bool) -> impl Future<Output = ()> {
    let deadline = SystemClock.monotonic() + GENEROUS;
    async move {
        while !so() {
            assert!(SystemClock.monotonic() < deadline, "it did not happen");
            tokio::task::yield_now().await;
        }
    }
}

/// A mirror of `repo`, without a limit that matters.
pub(crate) async fn mirror_of(repo: &Repo, place: &Place) -> Mirror {
    let server = Server::start(Answer::Git(repo.path())).await;
    place
        .fetch(&server, &Want::DefaultBranch)
        .await
        .expect("a mirror")
}
