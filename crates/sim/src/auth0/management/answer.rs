//! What the Management API answers, and the manner of its errors.

use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde_json::{Value, json};

/// Status and body.
pub(super) struct Reply(pub(super) u16, pub(super) Value);

/// What a handler comes to.
pub(super) type Answer = Result<Reply, Fault>;

/// An error: `{statusCode, error, message, errorCode?}`.
#[derive(Debug)]
pub(super) struct Fault {
    status: u16,
    message: String,
    code: Option<&'static str>,
}

impl Fault {
    pub(super) fn plain(
        status: u16,
        message: impl Into<String>,
        code: Option<&'static str>,
    ) -> Self {
        Self {
            status,
            message: message.into(),
            code,
        }
    }

    /// The body does not fit the schema: what is wrong, and where (empty for the body itself).
    pub(super) fn body(what: &str, path: &str) -> Self {
        let place = if path.is_empty() {
            String::new()
        } else {
            format!(" on property {path}")
        };
        Self::plain(
            400,
            format!("Payload validation error: '{what}'{place}."),
            Some("invalid_body"),
        )
    }

    /// The body fits the schema and still cannot be stored.
    pub(super) fn sense(message: impl Into<String>) -> Self {
        Self::plain(400, message, Some("invalid_body"))
    }

    /// The query does not fit the schema.
    pub(super) fn query(what: &str, name: &str) -> Self {
        Self::plain(
            400,
            format!("Query validation error: '{what}' on property {name}."),
            Some("invalid_query_string"),
        )
    }

    pub(super) fn type_of(expected: &str, found: &Value, path: &str) -> Self {
        let kind = match found {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        Self::body(
            &format!("Expected type {expected} but found type {kind}"),
            path,
        )
    }

    pub(super) fn scope(expected: &[&str]) -> Self {
        Self::plain(
            403,
            format!(
                "Insufficient scope, expected any of: {}",
                expected.join(",")
            ),
            Some("insufficient_scope"),
        )
    }

    /// The tenant's plan does not have the feature.
    pub(super) fn entitlement(feature: &str) -> Self {
        Self::plain(
            403,
            format!("The tenant is not entitled to use {feature}."),
            Some("insufficient_entitlement"),
        )
    }

    pub(super) fn response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut body = json!({
            "statusCode": self.status,
            "error": status.canonical_reason().unwrap_or("Error"),
            "message": self.message,
        });
        if let Some(code) = self.code {
            body["errorCode"] = json!(code);
        }
        (status, axum::Json(body)).into_response()
    }
}
