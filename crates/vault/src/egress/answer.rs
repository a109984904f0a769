//! An answer on its way to the agent: its head filtered, its body whole or piece by piece.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use tokio::sync::mpsc;

use super::refusal::Refusal;
use crate::needles::Needles;

/// Pieces of a stream that wait for a slow reader, at most.
const WAITING: usize = 8;

/// Headers that go on to the agent. Cookies, redirects and what tells about the owner's account at
/// the provider are not among them.
const HEADERS: [&str; 8] = [
    "content-type",
    "retry-after",
    "retry-after-ms",
    "x-should-retry",
    "request-id",
    "x-request-id",
    "anthropic-version",
    "openai-version",
];

/// A part of a streamed body.
pub(super) enum Piece {
    Data(Bytes),
    /// The provider said all it had to say. A stream that just stops was cut.
    End,
}

/// The body of an answer.
pub(super) enum Answer {
    Whole(Option<Bytes>),
    Stream(mpsc::Receiver<Piece>),
}

/// A streamed answer ended before its time. The connection is dropped, so that nobody takes what
/// came for the whole.
#[derive(Debug, thiserror::Error)]
#[error("the answer was cut")]
pub(super) struct Cut;

impl Answer {
    pub(super) fn stream() -> (mpsc::Sender<Piece>, Self) {
        let (sender, receiver) = mpsc::channel(WAITING);
        (sender, Self::Stream(receiver))
    }
}

impl From<Bytes> for Answer {
    fn from(bytes: Bytes) -> Self {
        Self::Whole(Some(bytes).filter(|bytes| !bytes.is_empty()))
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        match &mut *self {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Stream(pieces) => pieces.poll_recv(context).map(|piece| match piece {
                Some(Piece::Data(bytes)) => Some(Ok(Frame::data(bytes))),
                Some(Piece::End) => None,
                None => Some(Err(Cut)),
            }),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Self::Stream(_) => SizeHint::default(),
        }
    }
}

/// The provider's head, less what is not for the agent.
pub(super) fn head(
    status: StatusCode,
    headers: &HeaderMap,
    needles: &Needles,
) -> Result<Response<()>, Refusal> {
    let mut response = Response::new(());
    *response.status_mut() = status;
    for name in HEADERS {
        if let Some(value) = headers.get(name) {
            if needles.found_in(value.as_bytes()).is_some() {
                return Err(Refusal::KeyEchoed);
            }
            response.headers_mut().insert(name, value.clone());
        }
    }
    Ok(response)
}

/// Whether the head announces server-sent events.
pub(super) fn is_stream(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .and_then(|kind| kind.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/event-stream"))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn a_stream_that_just_stops_is_no_whole_answer() {
        for ended in [true, false] {
            let (pieces, body) = Answer::stream();
            let data = Piece::Data(Bytes::from_static(b"data"));
            assert!(pieces.send(data).await.is_ok());
            if ended {
                assert!(pieces.send(Piece::End).await.is_ok());
            }
            drop(pieces);
            let collected = body.collect().await;
            assert_eq!(collected.is_ok(), ended);
        }
    }

    #[test]
    fn only_harmless_headers_go_on_and_none_with_the_key() {
        let needles = Needles::of("API key", b"sk-0123456789abcdef");
        let mut headers = HeaderMap::new();
        for name in [
            "set-cookie",
            "location",
            "openai-organization",
            "content-type",
        ] {
            headers.insert(name, HeaderValue::from_static("x"));
        }
        let passed = head(StatusCode::OK, &headers, &needles).expect("passed");
        assert_eq!(passed.headers().len(), 1);
        headers.insert(
            "x-request-id",
            HeaderValue::from_static("for sk-0123456789abcdef"),
        );
        let refused = head(StatusCode::OK, &headers, &needles);
        assert_eq!(refused.err(), Some(Refusal::KeyEchoed));
    }
}
