//! The My Account API, as far as it lists and removes connected accounts.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Path, Query, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::log::Entry;
use super::problem::{Holder, Problem, bearer};
use super::state::{ConnectedAccount, Tenant};
use super::{Shared, connect};
use crate::lock;
use crate::rim::Connection as Peer;

/// How long a page is unless said otherwise, and at most.
const PAGE: (usize, usize) = (10, 20);

/// An account as its owner sees it.
pub(crate) fn shown(account: &ConnectedAccount) -> Value {
    let time = |ms: i64| {
        chrono::DateTime::from_timestamp_millis(ms)
            .unwrap_or_default()
            .to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
    };
    let mut shown = json!({
        "id": account.id, "connection": account.connection, "access_type": "offline",
        "scopes": account.scopes, "created_at": time(account.created_at_ms),
    });
    if let Some(end) = account.stored.as_ref().and_then(|(_, end)| *end) {
        shown["expires_at"] = json!(time(end));
    }
    shown
}

/// A connection that was made, as the tenant's log has it.
pub(crate) fn logged(
    tenant: &Tenant,
    holder: &Holder,
    account: &ConnectedAccount,
    peer: IpAddr,
    at: i64,
) -> Entry {
    Entry {
        at,
        kind: "connected_accounts_connection_succeeded",
        client_id: Some(holder.client_id.clone()),
        user_id: Some(holder.user_id.clone()),
        ip: tenant.peer(peer),
        details: json!({"connected_account": {
            "id": account.id,
            "connection": account.connection,
            "idp_user_id": account.provider_user_id.to_string(),
        }}),
    }
}

/// One page of a list, with `next` while there is more.
fn page(query: &BTreeMap<String, String>, name: &str, items: &[Value]) -> Result<Value, Problem> {
    let take = query
        .get("take")
        .map_or(Ok(PAGE.0), |take| take.parse::<usize>());
    let take = take
        .ok()
        .filter(|take| (1..=PAGE.1).contains(take))
        .ok_or_else(|| Problem::invalid_in("query", "take", "must be 1 to 20"))?;
    let from = query
        .get("from")
        .map_or(Ok(0), |from| from.parse::<usize>())
        .map_err(|_| Problem::invalid_in("query", "from", "is not a cursor of this list"))?;
    let shown: Vec<&Value> = items.iter().skip(from).take(take).collect();
    let mut body = json!({name: shown});
    if items.len() > from.saturating_add(take) {
        body["next"] = json!((from + take).to_string());
    }
    Ok(body)
}

/// `GET /me/v1/connected-accounts/accounts`
pub(crate) async fn list(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let tenant = lock(&shared.tenant);
    let token = match bearer(&shared, &tenant, &headers, "read:me:connected_accounts") {
        Ok(token) => token,
        Err(problem) => return problem.response(),
    };
    let accounts: Vec<Value> = tenant
        .users
        .get(&token.user_id)
        .map(|user| user.accounts.as_slice())
        .unwrap_or_default()
        .iter()
        .filter(|account| {
            query
                .get("connection")
                .is_none_or(|wanted| *wanted == account.connection)
        })
        .map(shown)
        .collect();
    page(&query, "accounts", &accounts)
        .map_or_else(Problem::response, |body| axum::Json(body).into_response())
}

/// `GET /me/v1/connected-accounts/connections`
pub(crate) async fn connectable(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let tenant = lock(&shared.tenant);
    let token = match bearer(&shared, &tenant, &headers, "read:me:connected_accounts") {
        Ok(token) => token,
        Err(problem) => return problem.response(),
    };
    let known: Vec<Value> = tenant
        .connections
        .iter()
        .filter(|(name, _)| connect::enabled(&tenant, name, &token.client_id).is_some())
        .map(|(name, connection)| {
            json!({"name": name, "strategy": connection.strategy, "scopes": connection.scopes})
        })
        .collect();
    page(&query, "connections", &known)
        .map_or_else(Problem::response, |body| axum::Json(body).into_response())
}

/// `DELETE /me/v1/connected-accounts/accounts/{id}`: ends new exchanges, revokes nothing at the provider.
pub(crate) async fn remove(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    let mut tenant = lock(&shared.tenant);
    let token = match bearer(&shared, &tenant, &headers, "delete:me:connected_accounts") {
        Ok(token) => token,
        Err(problem) => return problem.response(),
    };
    let fits = id.strip_prefix("cac_").is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    if !fits {
        let text = "does not match ^cac_[A-Za-z0-9]+$";
        return Problem::invalid_in("path", "id", text).response();
    }
    let accounts = tenant
        .users
        .get_mut(&token.user_id)
        .map(|user| &mut user.accounts);
    let before = accounts.as_ref().map_or(0, |accounts| accounts.len());
    let after = accounts.map_or(0, |accounts| {
        accounts.retain(|account| account.id != id);
        accounts.len()
    });
    if before == after {
        return Problem::new(
            404,
            "A0E-404-0001",
            "Not Found",
            "No such connected account",
        )
        .response();
    }
    let entry = Entry {
        at: shared.rim.now(),
        kind: "connected_accounts_delete_succeeded",
        client_id: Some(token.client_id),
        user_id: Some(token.user_id),
        ip: tenant.peer(peer.peer.ip()),
        details: json!({"connected_account": {"id": id}}),
    };
    tenant.log.push(entry);
    StatusCode::NO_CONTENT.into_response()
}
