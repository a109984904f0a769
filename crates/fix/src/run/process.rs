//! A confined command while it runs: its streams, its group, and its end.

use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus, Stdio};

use clock::Clock;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::net::unix::pipe;

use super::confine::{Confine, Guard, Prepared};
use super::{LAST_BREATH, RunError, in_future, starter};
use crate::finished::End;

/// The most that a pipe can hold for an unprivileged writer (`/proc/sys/fs/pipe-max-size`).
const PIPE: usize = 1 << 20;

/// One command and all it started. Dropped, it is killed and waited for.
///
/// Its first process stays a zombie until everything else of its group has been killed: until then its
/// number cannot become another's, and a signal to the group reaches nobody else.
pub(super) struct Process {
    running: Option<Running>,
    /// Ready when the first process is dead.
    dead: AsyncFd<OwnedFd>,
    program: String,
    pub(super) stdin: Option<pipe::Sender>,
    pub(super) stdout: Option<pipe::Receiver>,
    pub(super) stderr: Option<pipe::Receiver>,
}

/// What has to be killed and waited for.
struct Running {
    child: Child,
    group: Pid,
    guard: Box<dyn Guard>,
}

impl Running {
    /// Kills the group, without waiting.
    fn kill(&self) {
        // It fails if nobody is left, which is what is wanted.
        let _ = kill_process_group(self.group, Signal::KILL);
    }
}

impl Process {
    /// Starts what `confine` makes of `spec`.
    pub(super) fn start(confine: &dyn Confine, spec: &jail::Spec) -> Result<Self, RunError> {
        let program = program_of(spec);
        let prepared = confine.prepare(spec).map_err(|why| RunError::Refused {
            program: program.clone(),
            why,
        })?;
        let Prepared { mut command, guard } = prepared;
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        let not_started = |source| RunError::NotStarted {
            program: program.clone(),
            source,
        };
        let child = starter::start(command).map_err(not_started)?;
        let group = Pid::from_child(&child);
        let mut running = Running {
            child,
            group,
            guard,
        };
        match watch(&mut running) {
            Ok((dead, stdin, stdout, stderr)) => Ok(Self {
                running: Some(running),
                dead,
                program,
                stdin: Some(stdin),
                stdout: Some(stdout),
                stderr: Some(stderr),
            }),
            Err(source) => {
                end(running);
                Err(not_started(source))
            }
        }
    }

    /// Ends when the first process is dead; the rest may live.
    pub(super) async fn dead(dead: &AsyncFd<OwnedFd>) {
        // An error means that the reactor is gone, and with it this task.
        let _ = dead.readable().await;
    }

    /// The parts that can be waited for at once: death, input, output, errors.
    pub(super) fn parts(
        &mut self,
    ) -> (
        &AsyncFd<OwnedFd>,
        &mut Option<pipe::Sender>,
        &mut Option<pipe::Receiver>,
        &mut Option<pipe::Receiver>,
    ) {
        (
            &self.dead,
            &mut self.stdin,
            &mut self.stdout,
            &mut self.stderr,
        )
    }

    /// Kills everything that is left, and says how the first process ended. `None` if it was killed
    /// and is still not gone; a thread waits for it then.
    pub(super) async fn finish(&mut self, clock: &dyn Clock) -> Result<Option<End>, RunError> {
        if let Some(running) = &self.running {
            running.kill();
        }
        tokio::select! {
            () = Self::dead(&self.dead) => {}
            () = clock.sleep_until(in_future(clock, LAST_BREATH)) => return Ok(None),
        }
        let Some(mut running) = self.running.take() else {
            return Ok(None);
        };
        let left = running.guard.kill_all();
        let status = running.child.try_wait();
        left.map_err(|what| RunError::LeftBehind {
            program: self.program.clone(),
            what,
        })?;
        match status {
            Ok(Some(status)) => Ok(Some(end_of(status))),
            Ok(None) => {
                end(running);
                Ok(None)
            }
            Err(source) => Err(RunError::Lost {
                program: self.program.clone(),
                source,
            }),
        }
    }

    /// What is in the pipes now, without waiting for whoever may hold them open. Closes them.
    pub(super) fn drain(&mut self, mut out: impl FnMut(&[u8]), mut err: impl FnMut(&[u8])) {
        drain(self.stdout.take(), &mut out);
        drain(self.stderr.take(), &mut err);
        self.stdin = None;
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            end(running);
        }
    }
}

type Watched = (
    AsyncFd<OwnedFd>,
    pipe::Sender,
    pipe::Receiver,
    pipe::Receiver,
);

fn watch(running: &mut Running) -> std::io::Result<Watched> {
    let missing = || std::io::Error::other("a standard stream is missing");
    running.guard.started(running.child.id())?;
    let child = &mut running.child;
    let stdin: OwnedFd = child.stdin.take().ok_or_else(missing)?.into();
    let stdout: OwnedFd = child.stdout.take().ok_or_else(missing)?.into();
    let stderr: OwnedFd = child.stderr.take().ok_or_else(missing)?.into();
    Ok((
        watched(pidfd_open(running.group, PidfdFlags::NONBLOCK)?)?,
        pipe::Sender::from_owned_fd(stdin)?,
        pipe::Receiver::from_owned_fd(stdout)?,
        pipe::Receiver::from_owned_fd(stderr)?,
    ))
}

#[expect(
    deprecated,
    reason = "sound for an `OwnedFd`, which is one descriptor for life; what replaces it is unsafe"
)]
fn watched(process: OwnedFd) -> std::io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::with_interest(process, Interest::READABLE)
}

/// Kills it, and has a thread wait for it and clear up.
fn end(mut running: Running) {
    running.kill();
    let reaper = std::thread::Builder::new().name("reaper".to_owned());
    let waiting = reaper.spawn(move || {
        if let Err(what) = running.guard.kill_all() {
            tracing::warn!(%what, "a command that was killed left something behind");
        }
        // The guard goes after it: what it cleans up may not be in use any more.
        let _ = running.child.wait();
        drop(running.guard);
    });
    if let Err(error) = waiting {
        tracing::warn!(%error, "no thread to wait for a command that was killed; it stays a zombie");
    }
}

fn drain(stream: Option<pipe::Receiver>, sink: &mut dyn FnMut(&[u8])) {
    let Some(Ok(fd)) = stream.map(pipe::Receiver::into_nonblocking_fd) else {
        return;
    };
    let mut piece = [0; 8192];
    let mut left = PIPE;
    while left > 0 {
        match rustix::io::read(fd.as_fd(), &mut piece) {
            Ok(0) => return,
            Ok(count) => {
                sink(&piece[..count]);
                left = left.saturating_sub(count);
            }
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return,
        }
    }
}

fn end_of(status: ExitStatus) -> End {
    match (status.code(), status.signal()) {
        (Some(code), _) => End::Code(code),
        (None, Some(signal)) => End::Signal(signal),
        (None, None) => End::Signal(0),
    }
}

/// The name by which errors speak of a command.
fn program_of(spec: &jail::Spec) -> String {
    spec.argv
        .first()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}
