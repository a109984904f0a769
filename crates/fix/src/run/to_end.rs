//! One command from its start to its end.

use clock::Clock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe;

use super::confine::Confine;
use super::kept::Kept;
use super::process::Process;
use super::{RunError, Stopped, in_future, is_stopped};
use crate::finished::{End, Finished};

/// How many times what is kept a command may say before it is ended.
pub const LOUD: u64 = 64;

/// Bytes that are read at once.
const PIECE: usize = 16 * 1024;

/// Runs `spec` and waits for its end.
///
/// `stdin` is written to it as it reads, then closed. Of `limits.output` bytes, half are kept of standard
/// output and half of standard error, each its beginning and its end; the rest is read and thrown away, and
/// a command that says [`LOUD`] times as much in all is ended. What it leaves running is killed when
/// its first process ends, even if it holds the streams open.
///
/// # Errors
/// The sandbox refuses it, it does not start, or its end cannot be learned. What it says and how it
/// leaves is no error.
pub async fn to_end(
    confine: &dyn Confine,
    spec: &jail::Spec,
    stdin: &[u8],
    clock: &dyn Clock,
    stopped: &Stopped,
) -> Result<Finished, RunError> {
    let started = clock.monotonic();
    let mut process = Process::start(confine, spec)?;
    let mut out = Kept::new(spec.limits.output / 2);
    let mut err = Kept::new(spec.limits.output / 2);
    let ours = attend(
        &mut process,
        Attention {
            stdin,
            out: &mut out,
            err: &mut err,
            loud: spec.limits.output.saturating_mul(LOUD),
            late: clock.sleep_until(in_future(clock, spec.limits.wall)),
            stopped,
        },
    )
    .await;
    let theirs = process.finish(clock).await?;
    process.drain(|piece| out.push(piece), |piece| err.push(piece));
    Ok(Finished {
        end: ours
            .or(theirs)
            .unwrap_or(End::Signal(rustix::process::Signal::KILL.as_raw())),
        cut: out.missing() + err.missing() > 0,
        stdout: out.into_bytes(),
        stderr: err.into_bytes(),
        took: clock.monotonic().saturating_sub(started),
    })
}

struct Attention<'a> {
    stdin: &'a [u8],
    out: &'a mut Kept,
    err: &'a mut Kept,
    loud: u64,
    late: clock::Sleep,
    stopped: &'a Stopped,
}

/// Feeds and hears it until it is dead or must be ended, and says why it must.
async fn attend(process: &mut Process, mut with: Attention<'_>) -> Option<End> {
    let (dead, stdin, stdout, stderr) = process.parts();
    let mut unsaid = with.stdin;
    let (mut piece, mut error_piece) = (vec![0; PIECE], vec![0; PIECE]);
    let stop = is_stopped(with.stopped.clone());
    tokio::pin!(stop);
    loop {
        if unsaid.is_empty() {
            *stdin = None;
        }
        tokio::select! {
            biased;
            () = &mut stop => return Some(End::Cancelled),
            () = &mut with.late => return Some(End::OutOfTime),
            () = Process::dead(dead) => return None,
            written = write(stdin.as_mut(), unsaid), if stdin.is_some() => match written {
                Ok(count) => unsaid = &unsaid[count..],
                // It does not want to hear more.
                Err(_) => *stdin = None,
            },
            count = read(stdout.as_mut(), &mut piece), if stdout.is_some() => match count {
                0 => *stdout = None,
                count => with.out.push(&piece[..count]),
            },
            count = read(stderr.as_mut(), &mut error_piece), if stderr.is_some() => match count {
                0 => *stderr = None,
                count => with.err.push(&error_piece[..count]),
            },
        }
        if with.out.seen().saturating_add(with.err.seen()) > with.loud {
            return Some(End::TooLoud);
        }
    }
}

/// Bytes that came; none when nothing comes any more.
pub(super) async fn read(from: Option<&mut pipe::Receiver>, into: &mut [u8]) -> usize {
    match from {
        Some(from) => from.read(into).await.unwrap_or(0),
        None => std::future::pending().await,
    }
}

/// Bytes that were taken.
pub(super) async fn write(to: Option<&mut pipe::Sender>, bytes: &[u8]) -> std::io::Result<usize> {
    match to {
        Some(to) => to.write(bytes).await,
        None => std::future::pending().await,
    }
}
