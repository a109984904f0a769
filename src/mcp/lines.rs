//! JSON-RPC over the socket, one message a line. Whatever cannot be one is answered as the specification
//! wants, and journalled.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use rmcp::RoleServer;
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{Mutex, watch};

use super::shape::{self, Odd};
use crate::broker::{Broker, Identity, Refusal};
use crate::clock::Clock;

/// Bytes of a message at most. The longest argument that a tool takes is a quarter of it.
pub(super) const LONGEST: usize = 1 << 20;

/// Messages that are none, after which a connection is not worth its place.
const MOST_BAD: u32 = 100;

/// Lines that are not written yet, beyond which nothing more is read: who asks has to take the answers.
const MOST_UNSENT: usize = 64;

/// How long a client may take for a line of ours.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection.
pub(super) struct Lines {
    read: BufReader<OwnedReadHalf>,
    write: Arc<Mutex<Option<OwnedWriteHalf>>>,
    unsent: Arc<watch::Sender<Unsent>>,
    line: Vec<u8>,
    /// The rest of a line that was too long is passed over.
    skipping: bool,
    /// Messages that were none.
    bad: u32,
    broker: Arc<Broker>,
    who: Identity,
    /// What is still to be journalled and answered.
    refused: VecDeque<(Refusal, TxJsonRpcMessage<RoleServer>)>,
}

/// What is still to be written.
#[derive(Clone, Copy, Default)]
struct Unsent {
    lines: usize,
    /// The client was hung up on.
    gone: bool,
}

/// A line of ours, counted until it is written, or never will be.
struct Counted(Arc<watch::Sender<Unsent>>);

impl Counted {
    fn new(unsent: &Arc<watch::Sender<Unsent>>) -> Self {
        unsent.send_modify(|unsent| unsent.lines += 1);
        Self(Arc::clone(unsent))
    }

    fn hang_up(&self) {
        self.0.send_modify(|unsent| unsent.gone = true);
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let one_less = |unsent: &mut Unsent| unsent.lines = unsent.lines.saturating_sub(1);
        self.0.send_modify(one_less);
    }
}

/// A line that was read.
enum Read {
    Whole,
    TooLong,
    End,
}

impl Lines {
    pub(super) fn new(stream: UnixStream, broker: Arc<Broker>, who: Identity) -> Self {
        let (read, write) = stream.into_split();
        Self {
            read: BufReader::new(read),
            write: Arc::new(Mutex::new(Some(write))),
            unsent: Arc::new(watch::Sender::new(Unsent::default())),
            line: Vec::new(),
            skipping: false,
            bad: 0,
            broker,
            who,
            refused: VecDeque::new(),
        }
    }

    /// Reads up to a line break. It may be given up at any await and called again: what was read is kept.
    async fn read(&mut self) -> io::Result<Read> {
        loop {
            let buffer = self.read.fill_buf().await?;
            if buffer.is_empty() {
                return Ok(Read::End);
            }
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(buffer.len(), |end| end + 1);
            let too_long = !self.skipping && self.line.len() + taken > LONGEST;
            if !self.skipping && !too_long {
                self.line.extend_from_slice(&buffer[..taken]);
            }
            self.read.consume(taken);
            if too_long {
                self.line = Vec::new();
                self.skipping = end.is_none();
                return Ok(Read::TooLong);
            }
            match (end, self.skipping) {
                (Some(_), true) => self.skipping = false,
                (Some(_), false) => return Ok(Read::Whole),
                (None, _) => {}
            }
        }
    }

    /// Keeps what was no message until it is journalled and answered.
    fn refuse(&mut self, odd: Odd) {
        let answer = odd.answer(&self.line);
        self.line.clear();
        self.bad += 1;
        self.refused.push_back((odd.refusal, answer));
    }

    /// Journals and answers what was no message; says whether the connection goes on. It may be given up at
    /// any await and called again: then a line of the journal may be there twice.
    async fn answer_refused(&mut self) -> bool {
        while let Some((refusal, answer)) = self.refused.front() {
            match self.broker.refuse_message(&self.who, refusal).await {
                Ok(true) => {}
                Ok(false) => return false,
                Err(error) => {
                    tracing::error!(
                        "a client is hung up on, the journal cannot be written: {error}"
                    );
                    return false;
                }
            }
            // On its own, so that it is not cut off in the middle of a line.
            tokio::spawn(self.sending(answer.clone()));
            self.refused.pop_front();
        }
        self.bad < MOST_BAD
    }

    /// Counted from now on, not from when it is first polled.
    fn sending(
        &self,
        item: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = io::Result<()>> + Send + use<> {
        let clock = Arc::clone(&self.broker.app().clock);
        let counted = Counted::new(&self.unsent);
        send(clock, Arc::clone(&self.write), counted, item)
    }

    /// The next message, once enough of what the client asked for before is written. It may be given up at
    /// any await and called again.
    async fn next(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        while self.answer_refused().await {
            let mut unsent = self.unsent.subscribe();
            let few = unsent.wait_for(|unsent| unsent.lines < MOST_UNSENT).await;
            drop(few);
            // Answers that are ready go before: what is read already must not keep them waiting, uncounted.
            tokio::task::yield_now().await;
            match self.read().await {
                Err(_) | Ok(Read::End) => return None,
                Ok(Read::TooLong) => self.refuse(shape::too_long(LONGEST)),
                Ok(Read::Whole) if self.line.iter().all(u8::is_ascii_whitespace) => {
                    self.line.clear();
                }
                Ok(Read::Whole) => match shape::message(&self.line) {
                    Ok(message) => {
                        self.line.clear();
                        return Some(message);
                    }
                    Err(odd) => self.refuse(odd),
                },
            }
        }
        None
    }
}

impl Transport<RoleServer> for Lines {
    type Error = io::Error;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = io::Result<()>> + Send + 'static {
        self.sending(item)
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        let mut unsent = self.unsent.subscribe();
        let gone = async move { unsent.wait_for(|unsent| unsent.gone).await.is_ok() };
        tokio::select! {
            biased;
            _ = gone => None,
            message = self.next() => message,
        }
    }

    async fn close(&mut self) -> io::Result<()> {
        drop(self.write.lock().await.take());
        Ok(())
    }
}

/// Writes a line. A client that does not take it in time is hung up on: what it does not read would be kept.
async fn send(
    clock: Arc<dyn Clock>,
    write: Arc<Mutex<Option<OwnedWriteHalf>>>,
    counted: Counted,
    item: TxJsonRpcMessage<RoleServer>,
) -> io::Result<()> {
    let mut line = serde_json::to_vec(&item)?;
    line.push(b'\n');
    let mut half = write.lock().await;
    let open = half.as_mut().ok_or(io::ErrorKind::NotConnected)?;
    let late = clock.sleep_until(clock.monotonic() + PATIENCE);
    tokio::select! {
        biased;
        written = open.write_all(&line) => {
            if written.is_err() {
                counted.hang_up();
            }
            written
        }
        () = late => {
            drop(half.take());
            counted.hang_up();
            Err(io::ErrorKind::TimedOut.into())
        }
    }
}
