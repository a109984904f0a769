//! What the three services share at their outer edge: the listener whose connections can be torn down, the record of
//! requests, the simulated `Date`, and the place where faults strike.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use bytes::Bytes;
use futures_util::StreamExt;
use http::{HeaderName, HeaderValue, StatusCode, header};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::faults::{Faults, What};
use crate::wire::Gate;
use crate::{Now, lock};

pub use crate::wire::Connection;

/// Bodies above this are refused with 413: 32 MiB.
const BODY_CAP: usize = 32 * 1024 * 1024;

/// One request as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRecord {
    /// Such as `GET`.
    pub method: String,
    /// The path; on Telegram the secret part reads `/bot*/`.
    pub path: String,
    /// The query string, if any.
    pub query: Option<String>,
    /// Header names in order of arrival, lower case. Values are not kept: one of them is a secret.
    pub header_names: Vec<String>,
    /// Bytes of the body.
    pub body_length: usize,
    /// When, in Unix milliseconds of the simulated clock.
    pub at: i64,
    /// What went out; none if the connection was dropped or the answer is still being made.
    pub status: Option<u16>,
}

/// Something the caller did that the real service would have refused, or that no careful client does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The request, as `METHOD path`.
    pub request: String,
    /// What was wrong with it.
    pub reason: String,
    /// When, in Unix milliseconds of the simulated clock.
    pub at: i64,
}

/// The shared edge of one service. State handlers keep an `Arc` of it.
pub struct Rim {
    now: Now,
    label: fn(&str) -> String,
    /// Rules of misbehaviour.
    pub faults: Faults,
    requests: Mutex<Vec<RequestRecord>>,
    violations: Mutex<Vec<Violation>>,
    clock_offset_ms: AtomicI64,
    down: AtomicBool,
}

impl fmt::Debug for Rim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rim")
            .field("requests", &lock(&self.requests).len())
            .finish_non_exhaustive()
    }
}

impl Rim {
    /// An edge on this clock that records paths as they are.
    #[must_use]
    pub fn new(now: Now) -> Arc<Self> {
        Self::with_label(now, ToOwned::to_owned)
    }

    /// An edge that records (and matches faults on) `label(path)`, to keep a secret in the path out of the record.
    #[must_use]
    pub fn with_label(now: Now, label: fn(&str) -> String) -> Arc<Self> {
        Arc::new(Self {
            now,
            label,
            faults: Faults::default(),
            requests: Mutex::default(),
            violations: Mutex::default(),
            clock_offset_ms: AtomicI64::new(0),
            down: AtomicBool::new(false),
        })
    }

    /// The service's own idea of the time, in Unix milliseconds: the simulated clock plus [`Rim::set_clock_offset`].
    #[must_use]
    pub fn now(&self) -> i64 {
        (self.now)().saturating_add(self.clock_offset_ms.load(Ordering::SeqCst))
    }

    /// Makes this service's clock (and its `Date` header) run that many milliseconds ahead of everybody else's.
    pub fn set_clock_offset(&self, ms: i64) {
        self.clock_offset_ms.store(ms, Ordering::SeqCst);
    }

    /// While down, every connection is reset, open ones included.
    pub fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    pub(crate) fn is_down(&self) -> bool {
        self.down.load(Ordering::SeqCst)
    }

    /// Every request so far, in order of arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<RequestRecord> {
        lock(&self.requests).clone()
    }

    /// How many requests there were so far.
    #[must_use]
    pub fn count(&self) -> usize {
        lock(&self.requests).len()
    }

    /// What a strict service noticed.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        lock(&self.violations).clone()
    }

    /// Notes that a caller did something wrong. `request` reads `METHOD path`, without a secret in it.
    pub fn violation(&self, request: impl Into<String>, reason: impl Into<String>) {
        let violation = Violation {
            request: request.into(),
            reason: reason.into(),
            at: self.now(),
        };
        tracing::debug!(
            request = violation.request,
            reason = violation.reason,
            "violation"
        );
        lock(&self.violations).push(violation);
    }

    /// Forgets requests and violations so far.
    pub fn forget_requests(&self) {
        lock(&self.requests).clear();
        lock(&self.violations).clear();
    }

    fn record(&self, record: RequestRecord) -> usize {
        let mut requests = lock(&self.requests);
        requests.push(record);
        requests.len() - 1
    }

    fn answered(&self, index: usize, status: StatusCode) {
        if let Some(record) = lock(&self.requests).get_mut(index) {
            record.status = Some(status.as_u16());
        }
    }
}

/// A running service. Dropping it stops the listener and resets its connections.
#[derive(Debug)]
pub struct Server {
    addr: SocketAddr,
    rim: Arc<Rim>,
    task: JoinHandle<()>,
}

impl Server {
    /// Where it listens.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Its base URL, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.rim.set_down(true);
        self.task.abort();
    }
}

/// Binds, so that the address is known before the routes are made.
///
/// # Errors
/// When the address cannot be bound; the message names it.
pub async fn bind(addr: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(addr)
        .await
        .map_err(|err| io::Error::new(err.kind(), format!("cannot listen on {addr}: {err}")))
}

/// Serves the routes behind the edge.
///
/// # Errors
/// When the listener's address cannot be read.
pub fn serve(listener: TcpListener, routes: Router, rim: Arc<Rim>) -> io::Result<Server> {
    let addr = listener.local_addr()?;
    let app = routes
        .layer(middleware::from_fn_with_state(Arc::clone(&rim), guard))
        .into_make_service_with_connect_info::<Connection>();
    let gate = Gate {
        listener,
        rim: Arc::clone(&rim),
    };
    let task = tokio::spawn(async move {
        // Never ends and never fails: axum retries a failed accept.
        let _ = axum::serve(gate, app).await;
    });
    Ok(Server { addr, rim, task })
}

/// Every request passes here: recorded, struck by a fault or executed, dated.
async fn guard(
    State(rim): State<Arc<Rim>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_CAP).await else {
        return plain(
            StatusCode::PAYLOAD_TOO_LARGE,
            "text/plain",
            "body above 32 MiB, or broken off",
        );
    };
    let path = (rim.label)(parts.uri.path());
    let index = rim.record(RequestRecord {
        method: parts.method.to_string(),
        path: path.clone(),
        query: parts.uri.query().map(ToOwned::to_owned),
        header_names: parts
            .headers
            .keys()
            .map(|name| name.as_str().to_owned())
            .collect(),
        body_length: body.len(),
        at: rim.now(),
        status: None,
    });
    let struck = rim.faults.strike(parts.method.as_str(), &path, &body);
    let request = Request::from_parts(parts, Body::from(body));
    let mut response = match struck {
        None => next.run(request).await,
        Some(What::Delay(ms)) => {
            tokio::time::sleep(std::time::Duration::from_millis(ms)).await;
            next.run(request).await
        }
        Some(What::Hold) => {
            rim.faults.hold().await;
            next.run(request).await
        }
        Some(What::Status {
            code,
            headers,
            body,
        }) => scripted(code, &headers, body),
        Some(What::Html502) => plain(
            StatusCode::BAD_GATEWAY,
            "text/html; charset=utf-8",
            BAD_GATEWAY_PAGE,
        ),
        Some(What::Truncate) => truncate(next.run(request).await).await,
        Some(What::Reset) => {
            connection.cut();
            return Response::new(Body::empty());
        }
        Some(What::AcceptThenDropAnswer) => {
            let _ = next.run(request).await;
            connection.cut();
            return Response::new(Body::empty());
        }
    };
    rim.answered(index, response.status());
    if let Ok(date) = HeaderValue::from_str(&http_date(rim.now())) {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}

const BAD_GATEWAY_PAGE: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
    <center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>proxy</center>\r\n</body>\r\n</html>\r\n";

fn plain(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

fn scripted(code: u16, headers: &[(String, String)], body: String) -> Response {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = plain(status, "application/json; charset=utf-8", body);
    for (name, value) in headers {
        match (
            HeaderName::try_from(name.as_str()),
            HeaderValue::from_str(value),
        ) {
            (Ok(name), Ok(value)) => drop(response.headers_mut().insert(name, value)),
            _ => tracing::warn!(
                name,
                value,
                "a scripted header is not a valid HTTP header; left out"
            ),
        }
    }
    response
}

/// Announces the whole body and breaks off after half of it.
async fn truncate(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, BODY_CAP)
        .await
        .unwrap_or_default();
    parts
        .headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(body.len().max(2)));
    let half = body.slice(..body.len() / 2);
    let stream = futures_util::stream::iter([Ok::<Bytes, io::Error>(half)]).chain(
        futures_util::stream::once(async {
            // Gives the first half time to leave before the connection breaks.
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            Err(io::ErrorKind::ConnectionReset.into())
        }),
    );
    Response::from_parts(parts, Body::from_stream(stream))
}

/// The time as HTTP writes it (RFC 9110 §5.6.7).
#[must_use]
pub fn http_date(unix_ms: i64) -> String {
    chrono::DateTime::from_timestamp_millis(unix_ms)
        .unwrap_or_default()
        .format("%a, %d %b %Y %H:%M:%S GMT")
        .to_string()
}
