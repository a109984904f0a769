//! A model provider that says what it is told to say and remembers what it heard.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::Value;
use tokio::sync::mpsc;
use url::Url;

/// One request, as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Bytes,
}

impl Heard {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

type Script = Arc<dyn Fn(&Heard) -> Response + Send + Sync>;

#[derive(Clone)]
struct Shared {
    heard: Arc<Mutex<Vec<Heard>>>,
    script: Arc<Mutex<Script>>,
}

pub(crate) struct Upstream {
    address: SocketAddr,
    shared: Shared,
}

impl Upstream {
    /// Answers chat completions with 30 tokens for 20.
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("bind");
        let address = listener.local_addr().expect("address");
        let script: Script = Arc::new(|_| counted(20, 30));
        let shared = Shared {
            heard: Arc::default(),
            script: Arc::new(Mutex::new(script)),
        };
        let router = Router::new().fallback(hear).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, shared }
    }

    pub(crate) fn url(&self, path: &str) -> Url {
        format!("http://{}{path}", self.address)
            .parse()
            .expect("url")
    }

    pub(crate) fn answer(&self, script: impl Fn(&Heard) -> Response + Send + Sync + 'static) {
        *self.shared.script.lock().expect("lock") = Arc::new(script);
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.shared.heard.lock().expect("lock").clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.shared.heard.lock().expect("lock").len()
    }
}

async fn hear(State(shared): State<Shared>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, 64 << 20).await else {
        return Response::new(Body::empty());
    };
    let heard = Heard {
        method: head.method.to_string(),
        target: head.uri.to_string(),
        headers: head.headers,
        body,
    };
    shared.heard.lock().expect("lock").push(heard.clone());
    let script = Arc::clone(&shared.script.lock().expect("lock"));
    script(&heard)
}

pub(crate) fn reply(status: u16, kind: &str, body: impl Into<Body>) -> Response {
    Response::builder()
        .status(status)
        .header("content-type", kind)
        .body(body.into())
        .expect("response")
}

/// A whole answer of OpenAI's, with its count.
pub(crate) fn counted(prompt: u64, completion: u64) -> Response {
    let body = serde_json::json!({
        "choices": [{"message": {"role": "assistant", "content": "done"}}],
        "usage": {"prompt_tokens": prompt, "completion_tokens": completion},
    });
    reply(200, "application/json", body.to_string())
}

type Part = Result<Bytes, std::io::Error>;

/// A stream of events that the test feeds.
pub(crate) fn stream() -> (mpsc::UnboundedSender<Part>, Response) {
    let (sender, receiver) = mpsc::unbounded_channel::<Part>();
    let parts = futures_util::stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|part| (part, receiver))
    });
    let response = reply(200, "text/event-stream", Body::from_stream(parts));
    (sender, response)
}

/// A whole stream of events.
pub(crate) fn events(events: &[&str]) -> Response {
    let text: String = events.iter().map(|e| format!("data: {e}\n\n")).collect();
    reply(200, "text/event-stream; charset=utf-8", text)
}
