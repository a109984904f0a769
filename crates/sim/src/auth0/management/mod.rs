//! The Management API, as far as set-up, inspection and key rotation use it.
//!
//! Each request is checked in the service's order: rate, token, scope, then the body. What a setting is good for is not
//! checked here: a client that is set up in the wrong order is stored without a word, and the exchange refuses it.

use std::sync::Arc;

use axum::extract::{ConnectInfo, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use serde_json::{Map, Value};

use super::Shared;
use super::state::Tenant;
use crate::lock;
use crate::rim::Connection as Peer;

mod answer;
mod apis;
mod body;
mod client_auth;
mod client_change;
mod client_shape;
mod clients;
mod connection_change;
mod connections;
mod credentials;
mod grants;
mod guard;
mod logs;
mod page;
mod privileged;
mod settings;
mod users;

pub(crate) use guard::Calls;

use answer::{Answer, Fault, Reply};
use page::Query;

/// One request that has a valid token.
struct Call<'a> {
    shared: &'a Shared,
    tenant: &'a mut Tenant,
    held: Vec<String>,
    query: Query,
    headers: &'a HeaderMap,
    raw: &'a [u8],
    now_ms: i64,
}

impl Call<'_> {
    /// Refuses unless the token has one of these scopes.
    fn any_of(&self, scopes: &[&str]) -> Result<(), Fault> {
        if scopes.iter().any(|scope| self.holds(scope)) {
            return Ok(());
        }
        Err(Fault::scope(scopes))
    }

    /// Refuses unless the token has all of these scopes; the answer names the first that it lacks.
    fn all_of(&self, scopes: &[&str]) -> Result<(), Fault> {
        scopes.iter().try_for_each(|scope| self.any_of(&[scope]))
    }

    fn holds(&self, scope: &str) -> bool {
        self.held.iter().any(|held| held == scope)
    }

    /// The body, which must be a JSON object.
    fn object(&self) -> Result<Map<String, Value>, Fault> {
        match body::json(self.headers, self.raw)? {
            Value::Object(object) => Ok(object),
            other => Err(Fault::type_of("object", &other, "")),
        }
    }

    /// The body, which must be a JSON array.
    fn array(&self) -> Result<Vec<Value>, Fault> {
        match body::json(self.headers, self.raw)? {
            Value::Array(items) => Ok(items),
            other => Err(Fault::type_of("array", &other, "")),
        }
    }
}

/// Everything under `/api/v2/`.
pub(crate) async fn serve(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut tenant = lock(&shared.tenant);
    let now_ms = shared.rim.now();
    let budget = guard::count(&mut tenant, now_ms);
    let mut response = match answer(
        &shared,
        &mut tenant,
        &method,
        &uri,
        &headers,
        &body,
        &budget,
    ) {
        Ok(reply) if method != Method::GET => {
            let entry = logs::operation(&tenant, now_ms, peer.peer.ip(), &method, &uri, &reply);
            tenant.log.push(entry);
            replied(reply)
        }
        Ok(reply) => replied(reply),
        Err(fault) => fault.response(),
    };
    for (name, value) in budget.headers() {
        response
            .headers_mut()
            .insert(name, HeaderValue::from(value));
    }
    response
}

fn replied(reply: Reply) -> Response {
    match reply {
        Reply(204, _) => StatusCode::NO_CONTENT.into_response(),
        Reply(status, body) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
            (status, axum::Json(body)).into_response()
        }
    }
}

fn answer(
    shared: &Shared,
    tenant: &mut Tenant,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    raw: &[u8],
    budget: &guard::Budget,
) -> Answer {
    budget.left()?;
    let held = guard::scopes(shared, tenant, headers)?;
    let query = Query::read(uri.query().unwrap_or_default());
    let path: Vec<String> = uri
        .path()
        .trim_start_matches("/api/v2/")
        .split('/')
        .map(page::decoded)
        .collect();
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let now_ms = shared.rim.now();
    let mut call = Call {
        shared,
        tenant,
        held,
        query,
        headers,
        raw,
        now_ms,
    };
    route(&mut call, method.as_str(), &path)
}

fn route(call: &mut Call<'_>, method: &str, path: &[&str]) -> Answer {
    match (method, path) {
        ("GET", ["clients"]) => clients::list(call),
        ("POST", ["clients"]) => clients::create(call),
        ("GET", ["clients", id]) => clients::get(call, id),
        ("PATCH", ["clients", id]) => clients::update(call, id),
        ("DELETE", ["clients", id]) => clients::delete(call, id),
        ("GET", ["clients", id, "credentials"]) => credentials::list(call, id),
        ("POST", ["clients", id, "credentials"]) => credentials::create(call, id),
        ("GET", ["clients", id, "credentials", key]) => credentials::get(call, id, key),
        ("PATCH", ["clients", id, "credentials", key]) => credentials::update(call, id, key),
        ("DELETE", ["clients", id, "credentials", key]) => credentials::delete(call, id, key),
        ("GET", ["connections"]) => connections::list(call),
        ("POST", ["connections"]) => connections::create(call),
        ("GET", ["connections", id]) => connections::get(call, id),
        ("PATCH", ["connections", id]) => connections::update(call, id),
        ("DELETE", ["connections", id]) => connections::delete(call, id),
        ("GET", ["connections", id, "clients"]) => connections::clients(call, id),
        ("PATCH", ["connections", id, "clients"]) => connections::enable(call, id),
        ("GET", ["resource-servers"]) => apis::list(call),
        ("POST", ["resource-servers"]) => apis::create(call),
        ("GET", ["resource-servers", id]) => apis::get(call, id),
        ("PATCH", ["resource-servers", id]) => apis::update(call, id),
        ("DELETE", ["resource-servers", id]) => apis::delete(call, id),
        ("GET", ["client-grants"]) => grants::list(call),
        ("POST", ["client-grants"]) => grants::create(call),
        ("PATCH", ["client-grants", id]) => grants::update(call, id),
        ("DELETE", ["client-grants", id]) => grants::delete(call, id),
        ("GET", ["users"]) => users::list(call),
        ("GET", ["users", id]) => users::get(call, id),
        ("GET", ["users", id, "connected-accounts"]) => users::connected(call, id),
        ("GET", ["tenants", "settings"]) => settings::tenant(call),
        ("GET", ["guardian", "policies"]) => settings::policies(call),
        ("PUT", ["guardian", "policies"]) => settings::set_policies(call),
        ("GET", ["guardian", "factors"]) => settings::factors(call),
        ("PUT", ["guardian", "factors", "push-notification"]) => settings::set_push(call),
        ("GET", ["logs"]) => logs::list(call),
        _ => Err(Fault::plain(404, "Not Found", None)),
    }
}
