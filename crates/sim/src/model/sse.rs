//! Server-sent events: what the three streaming forms have in common.

use std::convert::Infallible;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderValue, header};
use serde_json::Value;

/// Characters in one piece of a streamed text.
const PIECE: usize = 24;

/// One event: its name, if the form has names, and its data.
pub(super) struct Event {
    pub(super) name: Option<String>,
    pub(super) data: String,
}

impl Event {
    pub(super) fn plain(data: &Value) -> Self {
        Self {
            name: None,
            data: data.to_string(),
        }
    }

    /// Named as the data's `type` says.
    pub(super) fn typed(data: &Value) -> Self {
        Self {
            name: data["type"].as_str().map(ToOwned::to_owned),
            data: data.to_string(),
        }
    }

    fn bytes(self) -> Bytes {
        let name = self.name.map(|name| format!("event: {name}\n"));
        format!("{}data: {}\n\n", name.unwrap_or_default(), self.data).into()
    }
}

/// An answer of events, each a chunk of its own.
pub(super) fn stream(events: Vec<Event>) -> Response {
    let chunks = events
        .into_iter()
        .map(|event| Ok::<Bytes, Infallible>(event.bytes()));
    let mut response = Response::new(Body::from_stream(futures_util::stream::iter(chunks)));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/event-stream; charset=utf-8"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// The text in pieces, as a model writes it.
pub(super) fn pieces(text: &str) -> Vec<String> {
    let all: Vec<char> = text.chars().collect();
    all.chunks(PIECE)
        .map(|piece| piece.iter().collect())
        .collect()
}
