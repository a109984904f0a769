//! A command that is spoken with, line by line.

use std::collections::VecDeque;
use std::time::Duration;

use clock::Clock;
use thiserror::Error;

use super::confine::Confine;
use super::kept::Kept;
use super::lines::{Cut, Lines};
use super::process::Process;
use super::to_end::{read, write};
use super::{RunError, Stopped, is_stopped};
use crate::finished::End;

/// Bytes that are read at once.
const PIECE: usize = 16 * 1024;

/// Bytes of standard error that are kept, to say why a command left.
const COMPLAINT: u64 = 16 * 1024;

/// How much a conversation may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of one line that it says.
    pub line: usize,
    /// Lines that it says, until [`Live::renew`].
    pub lines: u64,
    /// Bytes that it says on both streams, until [`Live::renew`].
    pub bytes: u64,
    /// Bytes that were said to it and that it has not read.
    pub unread: usize,
}

/// What is heard of the command.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// A line, without its break.
    Line(Vec<u8>),
    /// A line that is longer than allowed. Nothing of it was kept; it may be followed by others.
    LongLine,
    /// What stood after the last line break when the command ended.
    Rest(Vec<u8>),
    /// It says nothing more, but has not left.
    Closed,
    /// It said more lines or bytes than allowed.
    TooMuch,
    /// The time that was given has passed.
    Late,
    /// Nobody wants the result any more.
    Stopped,
    /// It has left. Heard again and again.
    Ended(End),
}

/// It does not read what is said to it, and there is more of it than allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("it does not read what is said to it")]
pub struct Deaf;

/// The conversation. Dropped, the command and all it started is killed.
pub struct Live {
    process: Process,
    lines: Lines,
    unread: VecDeque<u8>,
    complaint: Kept,
    bounds: Bounds,
    lines_left: u64,
    bytes_left: u64,
    /// Close its input once all is read.
    hang_up: bool,
    ended: Option<End>,
    pieces: [Vec<u8>; 2],
}

/// What happened while we waited.
enum Next {
    Stopped,
    Late,
    Dead,
    Took(std::io::Result<usize>),
    Out(usize),
    Err(usize),
}

impl Live {
    /// Starts `spec`. Its `limits.wall` and `limits.output` are not looked at: a conversation has the
    /// bounds and the times that are given here and to [`Live::next`].
    ///
    /// # Errors
    /// The sandbox refuses it, or it does not start.
    pub fn start(
        confine: &dyn Confine,
        spec: &jail::Spec,
        bounds: Bounds,
    ) -> Result<Self, RunError> {
        Ok(Self {
            process: Process::start(confine, spec)?,
            lines: Lines::new(bounds.line),
            unread: VecDeque::new(),
            complaint: Kept::new(COMPLAINT),
            bounds,
            lines_left: bounds.lines,
            bytes_left: bounds.bytes,
            hang_up: false,
            ended: None,
            pieces: [vec![0; PIECE], vec![0; PIECE]],
        })
    }

    /// Lets it say as much again as at the start.
    pub fn renew(&mut self) {
        self.lines_left = self.bounds.lines;
        self.bytes_left = self.bounds.bytes;
    }

    /// Says a line. It is written while [`Live::next`] is waited for.
    ///
    /// # Errors
    /// Too much that was said before is still unread.
    pub fn say(&mut self, line: &str) -> Result<(), Deaf> {
        if self.unread.len().saturating_add(line.len()) >= self.bounds.unread {
            return Err(Deaf);
        }
        self.unread.extend(line.as_bytes());
        self.unread.push_back(b'\n');
        Ok(())
    }

    /// Says nothing more: once it has read what was said, its input ends.
    pub fn hang_up(&mut self) {
        self.hang_up = true;
    }

    /// What comes next, not later than `until` on the monotonic clock. Can be dropped and asked again
    /// without losing anything.
    ///
    /// # Errors
    /// It has left, and how cannot be learned.
    pub async fn next(
        &mut self,
        clock: &dyn Clock,
        until: Duration,
        stopped: &Stopped,
    ) -> Result<Heard, RunError> {
        loop {
            if let Some(cut) = self.lines.next() {
                return Ok(self.counted(cut));
            }
            if let Some(end) = self.ended {
                return Ok(match self.lines.rest() {
                    Some(rest) => Heard::Rest(rest),
                    None => Heard::Ended(end),
                });
            }
            match self.wait(clock, until, stopped).await {
                Next::Stopped => return Ok(Heard::Stopped),
                Next::Late => return Ok(Heard::Late),
                Next::Dead => self.leave(clock).await?,
                Next::Took(Ok(count)) => drop(self.unread.drain(..count)),
                Next::Took(Err(_)) => {
                    self.process.stdin = None;
                    self.unread.clear();
                }
                Next::Out(0) => {
                    self.process.stdout = None;
                    return Ok(Heard::Closed);
                }
                Next::Err(0) => self.process.stderr = None,
                Next::Out(count) => {
                    if !self.pay(count) {
                        return Ok(Heard::TooMuch);
                    }
                    self.lines.push(&self.pieces[0][..count]);
                }
                Next::Err(count) => {
                    if !self.pay(count) {
                        return Ok(Heard::TooMuch);
                    }
                    self.complaint.push(&self.pieces[1][..count]);
                }
            }
        }
    }

    async fn wait(&mut self, clock: &dyn Clock, until: Duration, stopped: &Stopped) -> Next {
        if self.hang_up && self.unread.is_empty() {
            self.process.stdin = None;
        }
        let unsaid = self.unread.as_slices().0;
        let [out_piece, err_piece] = &mut self.pieces;
        let (dead, stdin, stdout, stderr) = self.process.parts();
        tokio::select! {
            biased;
            () = is_stopped(stopped.clone()) => Next::Stopped,
            () = clock.sleep_until(until) => Next::Late,
            () = Process::dead(dead) => Next::Dead,
            taken = write(stdin.as_mut(), unsaid), if stdin.is_some() && !unsaid.is_empty() => Next::Took(taken),
            count = read(stdout.as_mut(), out_piece), if stdout.is_some() => Next::Out(count),
            count = read(stderr.as_mut(), err_piece), if stderr.is_some() => Next::Err(count),
        }
    }

    fn counted(&mut self, cut: Cut) -> Heard {
        let Some(left) = self.lines_left.checked_sub(1) else {
            return Heard::TooMuch;
        };
        self.lines_left = left;
        match cut {
            Cut::Line(line) => Heard::Line(line),
            Cut::TooLong => Heard::LongLine,
        }
    }

    fn pay(&mut self, count: usize) -> bool {
        let left = self.bytes_left.checked_sub(count as u64);
        self.bytes_left = left.unwrap_or(0);
        left.is_some()
    }

    /// Takes what it said before it left, and ends what it left behind.
    async fn leave(&mut self, clock: &dyn Clock) -> Result<(), RunError> {
        let end = self.process.finish(clock).await?;
        self.process.drain(
            |piece| self.lines.push(piece),
            |piece| self.complaint.push(piece),
        );
        self.ended = Some(end.unwrap_or(End::Signal(rustix::process::Signal::KILL.as_raw())));
        Ok(())
    }

    /// Ends it, and all it started.
    ///
    /// # Errors
    /// How it ended cannot be learned; it is killed nevertheless.
    pub async fn stop(mut self, clock: &dyn Clock) -> Result<(), RunError> {
        if self.ended.is_none() {
            self.leave(clock).await?;
        }
        Ok(())
    }

    /// The last it said on standard error: bytes of a stranger, at most `count`.
    #[must_use]
    pub fn complaint(&self, count: usize) -> Vec<u8> {
        self.complaint.last(count)
    }
}
