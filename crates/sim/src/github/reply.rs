//! Answers, and the errors in GitHub's words.

use axum::response::Response;
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};

/// An answer before the headers that every answer has.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Option<Value>,
    /// Take it off the primary budget: everything but an authorised 304.
    pub(super) costs: bool,
}

impl Reply {
    pub(super) fn json(status: u16, body: Value) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Some(body),
            costs: true,
        }
    }

    pub(super) fn ok(body: Value) -> Self {
        Self::json(200, body)
    }

    pub(super) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: None,
            costs: true,
        }
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// An error object: `message`, `documentation_url`, `status`.
    pub(super) fn error(status: u16, message: &str, page: &str) -> Self {
        Self::json(
            status,
            json!({
                "message": message,
                "documentation_url": format!("https://docs.github.com/{page}"),
                "status": status.to_string(),
            }),
        )
    }

    pub(super) fn not_found() -> Self {
        Self::error(404, "Not Found", "rest")
    }

    /// 422 "Validation Failed" with one entry in `errors`.
    pub(super) fn invalid(error: Value, page: &str) -> Self {
        Self::json(
            422,
            json!({
                "message": "Validation Failed",
                "errors": [error],
                "documentation_url": format!("https://docs.github.com/{page}"),
                "status": "422",
            }),
        )
    }

    pub(super) fn into_response(self) -> Response<Vec<u8>> {
        let body = self.body.map(|body| body.to_string().into_bytes());
        let has_body = body.is_some();
        let mut response = Response::new(body.unwrap_or_default());
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if has_body {
            response.headers_mut().insert(
                http::header::CONTENT_TYPE,
                HeaderValue::from_static("application/json; charset=utf-8"),
            );
        }
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response
                    .headers_mut()
                    .insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}
