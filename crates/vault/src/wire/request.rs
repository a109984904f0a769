//! What of a caller's request goes out.

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::WireError;
use super::route::Route;
use crate::scope::WireScope;

/// Headers that pass. Everything else stays behind: a header such as `X-HTTP-Method-Override`
/// would turn one verb into another behind the scope's back.
const PASSED: [HeaderName; 5] = [
    ACCEPT,
    CONTENT_TYPE,
    IF_NONE_MATCH,
    IF_MODIFIED_SINCE,
    HeaderName::from_static("x-github-api-version"),
];

/// A request without proof of identity; it may be sent more than once.
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// It only reads.
    pub(crate) repeatable: bool,
}

impl Outgoing {
    pub(crate) async fn prepare<B>(
        head: Parts,
        body: B,
        route: &Route,
        scope: &WireScope,
    ) -> Result<Self, WireError>
    where
        B: http_body::Body + Send,
        B::Data: Send,
        B::Error: std::fmt::Display,
    {
        let mut headers = HeaderMap::new();
        for name in PASSED {
            if let Some(value) = head.headers.get(&name) {
                headers.insert(name, value.clone());
            }
        }
        let mut body = collect(body, route.longest).await?;
        let mut repeatable = head.method == Method::GET;
        if route.is_graphql {
            let checked = scope
                .graphql(&body)
                .map_err(|reason| WireError::NotAllowed(format!("GraphQL: {reason}")))?;
            repeatable = checked.reads;
            body = checked.body.into();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        } else if head.method == Method::GET {
            body = Bytes::new();
        }
        Ok(Self {
            repeatable,
            method: head.method,
            headers,
            body,
        })
    }
}

async fn collect<B>(body: B, longest: usize) -> Result<Bytes, WireError>
where
    B: http_body::Body + Send,
    B::Data: Send,
    B::Error: std::fmt::Display,
{
    // The limit wants an error it can box; ours is told as text.
    let body = body.map_err(|error| crate::redact::clean(&error.to_string(), &[]));
    match Limited::new(body, longest).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(WireError::NotAllowed(format!(
            "the request body is larger than {} KiB",
            longest / 1024
        ))),
        Err(error) => Err(WireError::NotSent(format!("the request body: {error}"))),
    }
}
