//! Refusals in the two vendors' words.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

/// Whose words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// `POST /v1/chat/completions`.
    ChatCompletions,
    /// `POST /v1/responses`.
    Responses,
    /// `POST /v1/messages`.
    Messages,
}

pub(super) fn json(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}

/// No key, or not the one that is expected.
pub(super) fn unauthorized(api: Api) -> Response {
    let body = match api {
        Api::ChatCompletions | Api::Responses => json!({ "error": {
            "message": "Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys.",
            "type": "invalid_request_error", "param": null, "code": "invalid_api_key",
        }}),
        Api::Messages => json!({
            "type": "error",
            "error": { "type": "authentication_error", "message": "invalid x-api-key" },
        }),
    };
    json(StatusCode::UNAUTHORIZED, &body)
}

/// A request that the real service would not read.
pub(super) fn invalid(api: Api, message: &str) -> Response {
    let body = match api {
        Api::ChatCompletions | Api::Responses => json!({ "error": {
            "message": message, "type": "invalid_request_error", "param": null, "code": null,
        }}),
        Api::Messages => json!({
            "type": "error",
            "error": { "type": "invalid_request_error", "message": message },
        }),
    };
    json(StatusCode::BAD_REQUEST, &body)
}

/// No such address.
pub(super) fn not_found(path: &str) -> Response {
    let message = format!("Invalid URL ({path})");
    json(
        StatusCode::NOT_FOUND,
        &json!({ "error": { "message": message, "type": "invalid_request_error", "param": null, "code": null } }),
    )
}
