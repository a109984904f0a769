//! A server that says what it is told to say and remembers what it heard.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use tokio::sync::Semaphore;
use url::Url;

/// One request, as it arrived whole.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Bytes,
}

impl Heard {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn form(&self) -> HashMap<String, String> {
        url::form_urlencoded::parse(&self.body)
            .into_owned()
            .collect()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

/// What is said back.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Bytes,
}

impl Reply {
    pub(crate) fn new(status: u16, kind: &str, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_owned(), kind.to_owned())],
            body: body.into(),
        }
    }

    pub(crate) fn json(status: u16, body: &str) -> Self {
        Self::new(status, "application/json", body.to_owned())
    }

    pub(crate) fn redirect(status: u16, to: &str) -> Self {
        Self::json(status, "{}").with("location", to)
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

type Script = Box<dyn Fn(&Heard, usize) -> Reply + Send + Sync>;

struct Inner {
    heard: Mutex<Vec<Heard>>,
    script: Mutex<Script>,
    /// A request is answered when it gets a permit.
    gate: Semaphore,
}

#[derive(Clone)]
pub(crate) struct Server {
    address: SocketAddr,
    inner: Arc<Inner>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("bind");
        let address = listener.local_addr().expect("address");
        let inner = Arc::new(Inner {
            heard: Mutex::default(),
            script: Mutex::new(Box::new(|_, _| Reply::json(500, "{}"))),
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
        });
        let router = Router::new().fallback(hear).with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, inner }
    }

    pub(crate) fn url(&self, path: &str) -> Url {
        format!("http://{}{path}", self.address)
            .parse()
            .expect("url")
    }

    /// Sets what is said from now on; the script is told the request and its number, from 1.
    pub(crate) fn answer(&self, script: impl Fn(&Heard, usize) -> Reply + Send + Sync + 'static) {
        *self.inner.script.lock().expect("lock") = Box::new(script);
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.inner.heard.lock().expect("lock").clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.inner.heard.lock().expect("lock").len()
    }

    /// Requests are heard but not answered until [`Server::let_go`].
    pub(crate) fn hold(&self) {
        self.inner.gate.forget_permits(Semaphore::MAX_PERMITS);
    }

    pub(crate) fn let_go(&self) {
        self.let_go_first(1_000_000);
    }

    /// Answers the `count` requests that have waited longest.
    pub(crate) fn let_go_first(&self, count: usize) {
        self.inner.gate.add_permits(count);
    }
}

async fn hear(State(inner): State<Arc<Inner>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, 64 << 20).await else {
        return Response::new(Body::empty());
    };
    let heard = Heard {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(str::to_owned),
        headers: head.headers,
        body,
    };
    let number = {
        let mut all = inner.heard.lock().expect("lock");
        all.push(heard.clone());
        all.len()
    };
    inner.gate.acquire().await.expect("open").forget();
    let reply = (inner.script.lock().expect("lock"))(&heard, number);
    let mut response = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(reply.body)).expect("response")
}
