//! Errors of the My Account API (RFC 9457 style), and the checks of its JSON bodies.

use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};

use super::Shared;
use super::flows::AccessToken;
use super::state::Tenant;

/// An error in the style of the My Account API.
#[derive(Debug)]
pub(super) struct Problem {
    status: u16,
    code: &'static str,
    title: &'static str,
    detail: String,
    /// The field that is wrong, and where it stands: `body`, `query` or `path`.
    field: Option<(&'static str, &'static str)>,
    /// For how many seconds nothing more is answered.
    wait_s: Option<i64>,
}

impl Problem {
    pub(super) fn new(
        status: u16,
        code: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            status,
            code,
            title,
            detail: detail.into(),
            field: None,
            wait_s: None,
        }
    }

    pub(super) fn invalid(field: &'static str, detail: &str) -> Self {
        Self::invalid_in("body", field, detail)
    }

    pub(super) fn invalid_in(source: &'static str, field: &'static str, detail: &str) -> Self {
        Self {
            field: Some((field, source)),
            ..Self::new(400, "A0E-400-0003", "Validation Error", detail)
        }
    }

    pub(super) fn response(self) -> Response {
        let mut body = json!({
            "type": format!("https://auth0.com/api-errors/{}", self.code),
            "status": self.status, "title": self.title, "detail": self.detail,
        });
        if let Some((field, source)) = self.field {
            body["detail"] = json!("Invalid request payload input");
            body["validation_errors"] = json!([{"detail": self.detail, "field": field, "pointer": format!("/{field}"), "source": source}]);
        }
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (status, kind, body.to_string()).into_response();
        if let Some(seconds) = self.wait_s {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            headers.insert("x-ratelimit-remaining", HeaderValue::from(0));
            headers.insert(
                "x-auth0-error-kind",
                HeaderValue::from_static("global-rate-limit"),
            );
        }
        response
    }
}

pub(super) fn object(headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Value>, Problem> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if !kind.starts_with("application/json") {
        return Err(Problem::new(
            415,
            "A0E-415-0001",
            "Unsupported Media Type",
            "Send application/json",
        ));
    }
    serde_json::from_slice(body).map_err(|_| Problem::invalid("body", "must be a JSON object"))
}

pub(super) fn text<'a>(
    body: &'a Map<String, Value>,
    field: &'static str,
    max: usize,
) -> Result<Option<&'a str>, Problem> {
    match body.get(field) {
        None => Ok(None),
        Some(Value::String(text)) if (1..=max).contains(&text.chars().count()) => Ok(Some(text)),
        Some(_) => Err(Problem::invalid(
            field,
            &format!("must be a text of 1 to {max} characters"),
        )),
    }
}

pub(super) fn required<'a>(
    body: &'a Map<String, Value>,
    field: &'static str,
    max: usize,
) -> Result<&'a str, Problem> {
    text(body, field, max)?.ok_or_else(|| Problem::invalid(field, "is required"))
}

pub(super) fn only(body: &Map<String, Value>, known: &[&str]) -> Result<(), Problem> {
    match body.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(Problem::invalid(
            "body",
            &format!("unknown property {name}"),
        )),
        None => Ok(()),
    }
}

/// Who holds the token of a request.
pub(super) struct Holder {
    pub(super) client_id: String,
    pub(super) user_id: String,
}

/// The My Account token of the request, if it is alive and has the scope.
pub(super) fn bearer(
    shared: &Shared,
    tenant: &Tenant,
    headers: &HeaderMap,
    scope: &str,
) -> Result<Holder, Problem> {
    let invalid = || {
        Problem::new(
            401,
            "A0E-401-0003",
            "Invalid Token",
            "The access token is missing or not valid",
        )
    };
    let limited = tenant.switches.account_limited_until_ms;
    if let Some(until) = limited.filter(|until| shared.rim.now() < *until) {
        let text = "Global limit has been reached";
        let mut problem = Problem::new(429, "A0E-429-0001", "Too Many Requests", text);
        problem.wait_s = Some((until - shared.rim.now()).saturating_add(999) / 1_000);
        return Err(problem);
    }
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or_else(invalid)?;
    let audience = format!("{}me/", shared.tenant_url());
    let token: &AccessToken = tenant
        .access_tokens
        .get(token)
        .filter(|token| shared.rim.now() < token.until_ms && token.audience == audience)
        .ok_or_else(invalid)?;
    if !token.scopes.iter().any(|held| held == scope) {
        return Err(Problem::new(
            403,
            "A0E-403-0002",
            "Insufficient Scope",
            format!("The token lacks {scope}"),
        ));
    }
    Ok(Holder {
        client_id: token.client_id.clone(),
        user_id: token.user_id.clone().ok_or_else(invalid)?,
    })
}
