//! One run of a program, with its helpers: limited, and ended as a group with whoever started it.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, PidfdFlags, Resource, Rlimit, Signal, WaitId, WaitIdOptions};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout};

use super::calls::MirrorError;
use super::refusal::said;

/// Bytes that are kept of what a program says on standard error: the last ones, where it says why.
const KEPT: usize = 16 << 10;

/// A program that runs, and its three pipes.
pub(super) struct Running {
    pub(super) group: Group,
    pub(super) stdin: ChildStdin,
    pub(super) stdout: ChildStdout,
    pub(super) stderr: ChildStderr,
}

/// How it ended, and the end of what it said.
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    pub(super) stderr: Vec<u8>,
}

/// How much each process of a group may use.
pub(super) struct Use {
    pub(super) file_bytes: u64,
    pub(super) memory: u64,
}

impl Ended {
    /// Whether it ended well.
    pub(super) fn check(&self, call: &'static str) -> Result<(), MirrorError> {
        if self.status.success() {
            return Ok(());
        }
        let said = match self.status.signal() {
            Some(signal) => format!("signal {signal} ended it; {}", said(&self.stderr)),
            None => said(&self.stderr),
        };
        Err(MirrorError::Failed { call, said })
    }
}

impl Running {
    /// Starts `command` as a group of its own.
    pub(super) fn start(mut command: Command, most: &Use) -> io::Result<Self> {
        let command = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        let mut group = Group::new(command.spawn()?, most)?;
        let (Some(stdin), Some(stdout), Some(stderr)) = (
            group.child.stdin.take(),
            group.child.stdout.take(),
            group.child.stderr.take(),
        ) else {
            return Err(io::Error::other("a pipe is missing"));
        };
        Ok(Self {
            group,
            stdin: ChildStdin::from_std(stdin)?,
            stdout: ChildStdout::from_std(stdout)?,
            stderr: ChildStderr::from_std(stderr)?,
        })
    }
}

/// The processes of one run. Dropping this ends all of them.
pub(super) struct Group {
    child: Child,
    pid: Pid,
    pidfd: Option<OwnedFd>,
    reaped: bool,
}

impl Group {
    fn new(child: Child, most: &Use) -> io::Result<Self> {
        let pid = Pid::from_child(&child);
        let mut group = Self {
            child,
            pid,
            pidfd: None,
            reaped: false,
        };
        // The helpers that it starts inherit these. It needs longer to start one than we to get here;
        // if it is over already there is nothing to limit.
        for (resource, most) in [
            (Resource::Fsize, most.file_bytes),
            (Resource::As, most.memory),
            (Resource::Core, 0),
        ] {
            let limit = Rlimit {
                current: Some(most),
                maximum: Some(most),
            };
            match rustix::process::prlimit(Some(pid), resource, limit) {
                Ok(_) | Err(rustix::io::Errno::SRCH) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        group.pidfd = Some(rustix::process::pidfd_open(pid, PidfdFlags::empty())?);
        Ok(group)
    }

    /// Waits for the end of the program that was started, and ends what it left behind.
    pub(super) async fn wait(mut self) -> io::Result<ExitStatus> {
        if let Some(pidfd) = self.pidfd.take() {
            // The thread ends with the program, and that with us; NOWAIT leaves it to be reaped below.
            let seen = tokio::task::spawn_blocking(move || {
                let how = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
                rustix::io::retry_on_intr(|| {
                    rustix::process::waitid(WaitId::PidFd(pidfd.as_fd()), how)
                })
            });
            seen.await.map_err(io::Error::other)??;
        }
        self.end()
    }

    /// Until the program is reaped its number is nobody else's, so this is done before.
    fn end(&mut self) -> io::Result<ExitStatus> {
        // The group may be empty but for the program itself; that is no error worth telling.
        let _gone = rustix::process::kill_process_group(self.pid, Signal::KILL);
        let status = self.child.wait()?;
        self.reaped = true;
        Ok(status)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if !self.reaped
            && let Err(error) = self.end()
        {
            tracing::warn!(%error, "a git process could not be ended");
        }
    }
}

/// Lets a program run to its end while `feed` writes to it and `take` reads from it. When `take` has
/// seen enough, or this future is dropped, the program is ended.
pub(super) async fn converse<T, E: From<io::Error>>(
    group: Group,
    stderr: ChildStderr,
    feed: impl Future<Output = io::Result<()>>,
    take: impl Future<Output = Result<T, E>>,
) -> Result<(T, Ended), E> {
    let feed = async {
        match feed.await {
            // It ended without listening to us, and says why.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other.map_err(E::from),
        }
    };
    let said = async { tail(stderr).await.map_err(E::from) };
    let wait = async { group.wait().await.map_err(E::from) };
    let ((), taken, stderr, status) = tokio::try_join!(feed, take, said, wait)?;
    Ok((taken, Ended { status, stderr }))
}

/// Reads to the end and keeps the last bytes.
async fn tail(mut from: impl AsyncRead + Unpin) -> io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    loop {
        if from.read_buf(&mut kept).await? == 0 {
            kept.drain(..kept.len().saturating_sub(KEPT));
            return Ok(kept);
        }
        if kept.len() > 2 * KEPT {
            kept.drain(..kept.len() - KEPT);
        }
    }
}

/// Reads to the end, but no more than `most` bytes; says whether there was more.
pub(super) async fn read_most(
    from: impl AsyncRead + Unpin,
    most: u64,
) -> io::Result<(Vec<u8>, bool)> {
    let mut bytes = Vec::new();
    from.take(most.saturating_add(1))
        .read_to_end(&mut bytes)
        .await?;
    let cut = bytes.len() as u64 > most;
    if cut {
        bytes.pop();
    }
    Ok((bytes, cut))
}
