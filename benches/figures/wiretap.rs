//! Listens on the wire between the daemon and a simulator, so that time in which the daemon waits for
//! somebody else can be told from its own.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::harness::start;

/// One request and its answer. HTTP/1.1 without pipelining: bytes go one way, then the other.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    /// Such as `POST /graphql`.
    pub(crate) request: String,
    /// Its bytes, headers included.
    pub(crate) said: Vec<u8>,
    /// Its first byte came by.
    pub(crate) began: Instant,
    /// The last byte of the answer so far.
    pub(crate) ended: Instant,
    /// The answer tells of a tapped button.
    pub(crate) tap: bool,
}

/// What was heard, on all lines of one run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record(Arc<Mutex<Vec<Exchange>>>);

impl Record {
    pub(crate) fn all(&self) -> Vec<Exchange> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Exchange>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, bytes: &[u8]) -> usize {
        let line = bytes.split(|b| *b == b'\r').next().unwrap_or_default();
        let line = String::from_utf8_lossy(line);
        let now = start();
        let mut all = self.lock();
        all.push(Exchange {
            request: line.trim_end_matches(" HTTP/1.1").to_owned(),
            said: Vec::new(),
            began: now,
            ended: now,
            tap: false,
        });
        all.len() - 1
    }

    fn said(&self, nth: usize, bytes: &[u8]) {
        if let Some(exchange) = self.lock().get_mut(nth) {
            exchange.said.extend_from_slice(bytes);
        }
    }

    fn answered(&self, nth: usize, bytes: &[u8]) {
        let tap = bytes
            .windows(b"callback_query".len())
            .any(|part| part == b"callback_query");
        let now = start();
        if let Some(exchange) = self.lock().get_mut(nth) {
            exchange.ended = now;
            exchange.tap |= tap;
        }
    }
}

/// A line that is listened to, until it is dropped.
pub(crate) struct Wiretap {
    /// Where to call instead of the service.
    pub(crate) url: String,
    task: JoinHandle<()>,
}

impl Wiretap {
    pub(crate) async fn on(service: SocketAddr, record: Record) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let task = tokio::spawn(async move {
            while let Ok((caller, _)) = listener.accept().await {
                let record = record.clone();
                tokio::spawn(async move {
                    // An end of the line is no matter: the two talk to each other, not to us.
                    let _ = listen(caller, service, &record).await;
                });
            }
        });
        Self { url, task }
    }
}

impl Drop for Wiretap {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(
    mut caller: TcpStream,
    service: SocketAddr,
    record: &Record,
) -> std::io::Result<()> {
    let mut service = TcpStream::connect(service).await?;
    caller.set_nodelay(true)?;
    service.set_nodelay(true)?;
    let (mut said, mut heard) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    let mut current = None;
    let mut answering = true;
    loop {
        tokio::select! {
            read = caller.read(&mut said) => {
                let bytes = &said[..read?];
                if bytes.is_empty() {
                    return Ok(());
                }
                if std::mem::take(&mut answering) {
                    current = Some(record.begin(bytes));
                }
                if let Some(nth) = current {
                    record.said(nth, bytes);
                }
                service.write_all(bytes).await?;
            }
            read = service.read(&mut heard) => {
                let bytes = &heard[..read?];
                if bytes.is_empty() {
                    return Ok(());
                }
                answering = true;
                caller.write_all(bytes).await?;
                if let Some(nth) = current {
                    record.answered(nth, bytes);
                }
            }
        }
    }
}
