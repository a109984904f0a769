//! The shipped program as a child process.

use std::fs::File;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// How long, in real time, a story waits for something that must happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// How often a story looks.
pub(crate) const GLANCE: Duration = Duration::from_millis(5);

/// The program, with nothing of this process in its environment.
pub(crate) fn bountyd() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bountyd"));
    command.env_clear().stdin(Stdio::null());
    command
}

/// A running daemon. A story that forgets one fails.
#[derive(Debug)]
pub(crate) struct Daemon {
    child: Child,
    ended: Option<ExitStatus>,
    pub(crate) stderr: PathBuf,
}

impl Daemon {
    /// Starts `command` with what it says in `stem.out` and `stem.err`.
    pub(crate) fn start(mut command: Command, stem: &Path) -> Self {
        let stderr = stem.with_extension("err");
        let file = |path: &Path| File::create(path).expect("a file for the output");
        let child = command
            .stdout(file(&stem.with_extension("out")))
            .stderr(file(&stderr))
            .spawn()
            .expect("bountyd starts");
        Self {
            child,
            ended: None,
            stderr,
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn said(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.stderr).unwrap_or_default()).into_owned()
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().expect("a child of ours");
        }
        self.ended
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw);
        kill_process(pid.expect("a process id"), signal).expect("a running child of ours");
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        assert!(
            self.ended().is_none(),
            "it ended by itself: {}",
            self.said()
        );
        self.child.kill().expect("a running child of ours");
        self.ended = Some(self.child.wait().expect("a child of ours"));
    }

    /// The process ids of its children, as the kernel lists them.
    pub(crate) fn children(&self) -> String {
        let pid = self.pid();
        let tasks = std::fs::read_dir(format!("/proc/{pid}/task"));
        tasks
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok())
            .collect()
    }

    /// Waits for its end.
    pub(crate) async fn end(&mut self) -> ExitStatus {
        let start = std::time::Instant::now();
        loop {
            if let Some(status) = self.ended() {
                return status;
            }
            assert!(
                start.elapsed() < PATIENCE,
                "it does not end: {}",
                self.said()
            );
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Whether it was killed, as a crash point does.
    pub(crate) fn was_killed(&mut self) -> bool {
        self.ended()
            .is_some_and(|status| status.signal() == Some(Signal::KILL.as_raw()))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if self.ended().is_some() {
            return;
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        if !std::thread::panicking() {
            panic!("a daemon was left running");
        }
    }
}
