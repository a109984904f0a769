//! Streamable HTTP, on loopback and only where the owner wants it: MCP's own transport over TCP, for clients
//! that start no program.
//!
//! Anybody on the machine reaches a port, and any page in a browser can have it asked. So a request has to
//! name this place (`Host`), must come from no other page (`Origin`), and shows the key of one of the owner's
//! clients, which says who it is and nothing else. Nothing is kept between two requests.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use sha2::{Digest as _, Sha256};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::lines::LONGEST;
use super::server::Server;
use super::shape::{self, Odd};
use super::socket::note;
use crate::broker::{Broker, Identity, Refusal};
use crate::control_socket::Strangers;

/// Connections at a time; more are closed at once.
const MOST: usize = 64;

/// Requests of one client at a time, so that none takes all places.
const MOST_OF_ONE: usize = 16;

/// How long a request's head may take, and a connection may be idle.
const HEAD: Duration = Duration::from_secs(30);

/// How long a request may take until its answer begins: longer than any wait that a tool offers.
const PATIENCE: Duration = Duration::from_secs(75);

/// Bytes of a request's head.
const LONGEST_HEAD: usize = 16 * 1024;

/// The pause after a connection could not be accepted (no file descriptors left).
const PAUSE: Duration = Duration::from_secs(1);

type Answer = Response<BoxBody<Bytes, Infallible>>;

/// Where clients are served.
struct Desk {
    broker: Arc<Broker>,
    config: StreamableHttpServerConfig,
    /// Requests under way, by client.
    open: Mutex<HashMap<String, usize>>,
    strangers: Mutex<Strangers>,
}

/// The place of one request, free again when it is dropped.
struct Place<'a> {
    desk: &'a Desk,
    client: String,
}

/// Serves clients until `stopped` says true. What they read is journalled by whoever keeps the broker's
/// journal.
pub async fn serve(
    broker: Arc<Broker>,
    listener: TcpListener,
    at: SocketAddr,
    mut stopped: watch::Receiver<bool>,
) {
    let app = Arc::clone(broker.app());
    let desk = Arc::new(Desk {
        config: config(at.port()),
        broker,
        open: Mutex::default(),
        strangers: Mutex::default(),
    });
    let mut talks = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => break,
            Some(_) = talks.join_next(), if !talks.is_empty() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) if talks.len() < MOST => {
                talks.spawn(talk(Arc::clone(&desk), stream));
            }
            Ok(_) => tracing::debug!("a connection over HTTP was closed: {MOST} are open"),
            Err(error) => {
                tracing::warn!("a connection over HTTP was not accepted: {error}");
                app.clock.sleep_until(app.clock.monotonic() + PAUSE).await;
            }
        }
    }
    talks.shutdown().await;
}

/// Host and Origin are checked, whatever they are; no session is kept.
fn config(port: u16) -> StreamableHttpServerConfig {
    let hosts = ["localhost", "127.0.0.1", "[::1]"].map(|host| format!("{host}:{port}"));
    let origins = hosts.clone().map(|host| format!("http://{host}"));
    StreamableHttpServerConfig::default()
        .with_allowed_hosts(hosts)
        .with_allowed_origins(origins)
        .enforce_origin_validation()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(LONGEST)
}

async fn talk(desk: Arc<Desk>, stream: TcpStream) {
    let service = service_fn(|request: Request<Incoming>| {
        let desk = Arc::clone(&desk);
        async move { Ok::<_, Infallible>(desk.answer(request).await) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(LONGEST_HEAD)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!("a connection over HTTP ended: {error}");
    }
}

impl Desk {
    async fn answer(&self, request: Request<Incoming>) -> Answer {
        if request.uri().path() != "/mcp" {
            return plain(StatusCode::NOT_FOUND, "MCP is at /mcp");
        }
        // Before the key is looked at: a page of somebody else's must not be able to try keys.
        if !self.is_from_here(request.headers()) {
            self.turned_away("from another place").await;
            let why = "this is for programs on this machine: no other name leads here, and no page of a browser";
            return plain(StatusCode::FORBIDDEN, why);
        }
        let Some(who) = self.known(&request) else {
            self.turned_away("without a key of the owner's clients")
                .await;
            let why = "show the key of this client, as `Authorization: Bearer KEY`: `bountyd mcp key` makes one";
            let mut answer = plain(StatusCode::UNAUTHORIZED, why);
            let scheme = HeaderValue::from_static("Bearer");
            answer
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, scheme);
            return answer;
        };
        let Some(_place) = self.place(&who.client) else {
            let why = "too many requests of this client are under way; wait for their answers";
            let refusal = Refusal::new("busy", why, "wait for the answers");
            let _ = self.broker.refuse_busy(&who, "", refusal);
            return plain(StatusCode::TOO_MANY_REQUESTS, why);
        };
        let clock = &self.broker.app().clock;
        let late = clock.sleep_until(clock.monotonic() + PATIENCE);
        tokio::select! {
            answer = self.serve(who, request) => answer,
            () = late => plain(StatusCode::REQUEST_TIMEOUT, "the request took too long"),
        }
    }

    /// Answers a client's request, if it is one.
    async fn serve(&self, who: Identity, request: Request<Incoming>) -> Answer {
        let (mut parts, body) = request.into_parts();
        // Nothing behind this needs it.
        parts.headers.remove(header::AUTHORIZATION);
        let body = match Limited::new(body, LONGEST).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => {
                let odd = shape::too_long(LONGEST);
                let status = StatusCode::PAYLOAD_TOO_LARGE;
                return self.refused(&who, &odd, b"", Some(status)).await;
            }
            Err(_) => return plain(StatusCode::BAD_REQUEST, "the request did not arrive whole"),
        };
        // What is no message at all is answered by the transport, as the specification has it.
        if parts.method == Method::POST
            && let Err(odd) = shape::message(&body)
        {
            let status = (!odd.is_none).then_some(StatusCode::BAD_REQUEST);
            let answer = self.refused(&who, &odd, &body, status).await;
            if !answer.status().is_success() {
                return answer;
            }
        }
        let (broker, config) = (Arc::clone(&self.broker), self.config.clone());
        let service = StreamableHttpService::new(
            move || Ok(Server::new(Arc::clone(&broker), who.clone())),
            Arc::new(NeverSessionManager::default()),
            config,
        );
        let request = Request::from_parts(parts, Full::new(body));
        service.handle(request).await
    }

    /// Journals what is no message or too much of one, and answers it with `status`; without one there is nothing
    /// against its going on.
    async fn refused(
        &self,
        who: &Identity,
        odd: &Odd,
        body: &[u8],
        status: Option<StatusCode>,
    ) -> Answer {
        match self.broker.refuse_message(who, &odd.refusal).await {
            Ok(true) => {}
            Ok(false) => {
                let why = "too much of this was no request; wait a minute";
                return plain(StatusCode::TOO_MANY_REQUESTS, why);
            }
            Err(error) => {
                tracing::error!("a client is refused, the journal cannot be written: {error}");
                let why = "the journal cannot be written; the owner sees why in `bountyd status`";
                return plain(StatusCode::SERVICE_UNAVAILABLE, why);
            }
        }
        let said = serde_json::to_vec(&odd.answer(body)).unwrap_or_default();
        let mut answer = Response::new(Full::new(Bytes::from(said)).boxed());
        *answer.status_mut() = status.unwrap_or(StatusCode::OK);
        let kind = HeaderValue::from_static("application/json");
        answer.headers_mut().insert(header::CONTENT_TYPE, kind);
        answer
    }

    /// Whether a request names this place, and comes from no page but its own.
    fn is_from_here(&self, headers: &HeaderMap) -> bool {
        let only = |name, known: &[String]| {
            let mut all = headers.get_all(name).iter();
            let first = all.next();
            let fits = |value: &HeaderValue| {
                let same = |known: &String| value.as_bytes().eq_ignore_ascii_case(known.as_bytes());
                known.iter().any(same)
            };
            all.next().is_none().then_some(first.map(fits))
        };
        let host = only(header::HOST, &self.config.allowed_hosts);
        let origin = only(header::ORIGIN, &self.config.allowed_origins);
        host == Some(Some(true)) && matches!(origin, Some(None | Some(true)))
    }

    /// Notes that somebody was turned away who is none of the owner's clients.
    async fn turned_away(&self, how: &'static str) {
        let now = self.broker.app().clock.monotonic();
        if lock(&self.strangers).is_news(0, now) {
            tracing::warn!("a request over HTTP {how} was refused");
        }
        if let Some(entry) = self.broker.stranger("HTTP", None) {
            note(self.broker.app(), entry).await;
        }
    }

    /// Which of the owner's clients shows its key.
    fn known(&self, request: &Request<Incoming>) -> Option<Identity> {
        let mut shown = request.headers().get_all(header::AUTHORIZATION).iter();
        let (Some(shown), None) = (shown.next(), shown.next()) else {
            return None;
        };
        let key = shown.to_str().ok()?.strip_prefix("Bearer ")?;
        // What is compared are hashes: how long that takes says nothing about a key.
        let hash: [u8; 32] = Sha256::digest(key.as_bytes()).into();
        let rules = self.broker.app().rules();
        let mcp = &rules.config.mcp;
        let (name, _) = mcp.keys.iter().find(|(_, known)| **known == hash)?;
        let client = mcp.clients.get(name)?;
        Some(Identity::of_key(name.clone(), client.uid, &hash))
    }

    fn place(&self, client: &str) -> Option<Place<'_>> {
        let mut open = lock(&self.open);
        let count = open.entry(client.to_owned()).or_default();
        if *count >= MOST_OF_ONE {
            return None;
        }
        *count += 1;
        Some(Place {
            desk: self,
            client: client.to_owned(),
        })
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut open = lock(&self.desk.open);
        if let Some(count) = open.get_mut(&self.client) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                open.remove(&self.client);
            }
        }
    }
}

fn lock<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

fn plain(status: StatusCode, why: &'static str) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from_static(why.as_bytes())).boxed());
    *answer.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    answer
}
