//! Waits on 127.0.0.1 for the browser to come back. One page, one path, one right answer.

use std::time::Duration;

use futures_util::future::{Either, select};
use subtle::ConstantTimeEq;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;
use zeroize::Zeroizing;

use super::{ConnectError, PATIENCE, Page, Pasted};
use clock::Clock;

/// Longest request head that is read, in bytes.
const LONGEST_HEAD: usize = 8 * 1024;
/// A browser that opens a connection speaks at once; one that does not must not block the other.
const SILENCE: Duration = Duration::from_secs(5);
const CALLBACK: &str = "/callback";

pub(super) struct Loopback<'a> {
    listener: TcpListener,
    port: u16,
    pasted: Option<&'a Pasted>,
}

/// The query the browser came back with.
pub(super) struct Callback(Vec<(String, Zeroizing<String>)>);

impl Callback {
    /// It came back with an error in place of a code (RFC 6749 §4.1.2.1).
    fn is_a_refusal(&self) -> bool {
        self.0.iter().any(|(key, _)| key == "error")
    }

    /// The value named `name`, or what came in its place.
    pub(super) fn take(
        &mut self,
        name: &str,
        page: Page,
    ) -> Result<Zeroizing<String>, ConnectError> {
        let mut get = |name: &str| {
            let at = self.0.iter().position(|(key, _)| key == name)?;
            Some(self.0.swap_remove(at).1)
        };
        get(name).ok_or_else(|| {
            let mut clean = |name| get(name).map(|said| crate::redact::clean(&said, &[]));
            ConnectError::Refused {
                step: page.step(),
                code: clean("error").unwrap_or_else(|| "no_code".to_owned()),
                message: clean("error_description")
                    .unwrap_or_else(|| "the browser came back without a code".to_owned()),
            }
        })
    }
}

impl<'a> Loopback<'a> {
    /// Takes the first free port.
    pub(super) async fn bind(
        ports: &[u16],
        pasted: Option<&'a Pasted>,
    ) -> Result<Self, ConnectError> {
        let mut reason = "no port is configured".to_owned();
        for port in ports {
            match TcpListener::bind(("127.0.0.1", *port)).await {
                Ok(listener) => {
                    let port = listener.local_addr()?.port();
                    return Ok(Self {
                        listener,
                        port,
                        pasted,
                    });
                }
                Err(error) => reason = error.to_string(),
            }
        }
        Err(ConnectError::NoPort {
            ports: ports.to_vec(),
            reason,
        })
    }

    pub(super) fn redirect_uri(&self) -> String {
        format!("http://127.0.0.1:{}{CALLBACK}", self.port)
    }

    /// Waits for a callback that knows `state`. Others are turned away and change nothing: any
    /// page in the owner's browser can send requests to this port.
    pub(super) async fn wait(
        &self,
        page: Page,
        state: &str,
        clock: &dyn Clock,
    ) -> Result<Callback, ConnectError> {
        tracing::debug!(
            step = page.step(),
            port = self.port,
            "waiting for the browser"
        );
        let end = clock.sleep_until(clock.monotonic().saturating_add(PATIENCE));
        let came = select(
            Box::pin(self.accept(page, state, clock)),
            Box::pin(self.typed(state)),
        );
        match select(came, end).await {
            Either::Left((Either::Left((callback, _)), _)) => callback,
            Either::Left((Either::Right((callback, _)), _)) => Ok(callback),
            Either::Right(_) => Err(ConnectError::TimedOut),
        }
    }

    /// A pasted address that knows `state`; never, if nobody can paste.
    async fn typed(&self, state: &str) -> Callback {
        if let Some(pasted) = self.pasted {
            while let Some(line) = pasted.lock().await.recv().await {
                let line = Zeroizing::new(line);
                let ours = format!("http://127.0.0.1:{}", self.port);
                let callback = line
                    .trim()
                    .strip_prefix(&ours)
                    .and_then(|target| self.right_answer(target, state));
                if let Some(callback) = callback {
                    return callback;
                }
                tracing::debug!("what was pasted is not the address that is waited for");
            }
        }
        std::future::pending().await
    }

    async fn accept(
        &self,
        page: Page,
        state: &str,
        clock: &dyn Clock,
    ) -> Result<Callback, ConnectError> {
        loop {
            let (mut stream, _) = self.listener.accept().await?;
            let silence = clock.sleep_until(clock.monotonic().saturating_add(SILENCE));
            let target = match select(Box::pin(request_target(&mut stream)), silence).await {
                Either::Left((Some(target), _)) => target,
                // Somebody who only opened the port, or sent no request.
                Either::Left((None, _)) | Either::Right(_) => continue,
            };
            let callback = self.right_answer(&target, state);
            let (status, words) = match &callback {
                Some(back) if back.is_a_refusal() => {
                    ("200 OK", "This was refused. The terminal says why.")
                }
                Some(_) => ("200 OK", page.done()),
                None => ("404 Not Found", "Nothing here."),
            };
            // The browser may be gone already; what it brought counts.
            let _ = stream.write_all(html(status, words).as_bytes()).await;
            let _ = stream.shutdown().await;
            if let Some(callback) = callback {
                return Ok(callback);
            }
        }
    }

    fn right_answer(&self, target: &str, state: &str) -> Option<Callback> {
        let url = Url::parse(&format!("http://127.0.0.1:{}{target}", self.port)).ok()?;
        if url.path() != CALLBACK {
            return None;
        }
        let pairs: Vec<(String, Zeroizing<String>)> = url
            .query_pairs()
            .map(|(key, value)| (key.into_owned(), Zeroizing::new(value.into_owned())))
            .collect();
        let (_, given) = pairs.iter().find(|(key, _)| key == "state")?;
        bool::from(given.as_bytes().ct_eq(state.as_bytes())).then_some(Callback(pairs))
    }
}

/// The target of a GET, once the whole head is here.
async fn request_target(stream: &mut TcpStream) -> Option<Zeroizing<String>> {
    let mut head = Zeroizing::new(Vec::with_capacity(LONGEST_HEAD));
    while !head.windows(4).any(|w| w == b"\r\n\r\n") {
        let room = LONGEST_HEAD
            .checked_sub(head.len())
            .filter(|room| *room > 0)?;
        let read = (&mut *stream)
            .take(room as u64)
            .read_buf(&mut *head)
            .await
            .ok()?;
        if read == 0 {
            return None;
        }
    }
    let line = std::str::from_utf8(&head).ok()?.lines().next()?;
    let target = line.strip_prefix("GET ")?.split(' ').next()?;
    target
        .starts_with('/')
        .then(|| Zeroizing::new(target.to_owned()))
}

fn html(status: &str, words: &str) -> String {
    let body = format!("<!doctype html><meta charset=utf-8><title>bountyd</title><p>{words}</p>\n");
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nContent-Security-Policy: default-src 'none'\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}
