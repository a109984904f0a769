//! The My Account API, as far as it makes connected accounts, and the page on which a person agrees.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};
use url::Url;

use super::account_list::{logged, shown};
use super::flows::Ticket;
use super::login::{address, back, choice, verifies};
use super::pages::page;
use super::problem::{Problem, bearer, object, only, required, text};
use super::state::TokenPlan;
use super::{Shared, connect};
use crate::lock;
use crate::rim::Connection as Peer;

/// Life of a ticket and its session: five minutes.
const TICKET_LIFE_S: i64 = 300;
const AUTHORIZATION_PARAMS: [&str; 9] = [
    "acr_values",
    "audience",
    "resource",
    "display",
    "id_token_hint",
    "login_hint",
    "max_age",
    "prompt",
    "ui_locales",
];

/// `POST /me/v1/connected-accounts/connect`
pub(crate) async fn begin(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    try_begin(&shared, &headers, &body).unwrap_or_else(Problem::response)
}

fn try_begin(shared: &Shared, headers: &HeaderMap, body: &[u8]) -> Result<Response, Problem> {
    let mut tenant = lock(&shared.tenant);
    let token = bearer(shared, &tenant, headers, "create:me:connected_accounts")?;
    let body = object(headers, body)?;
    only(
        &body,
        &[
            "connection",
            "redirect_uri",
            "state",
            "code_challenge",
            "code_challenge_method",
            "scopes",
            "authorization_params",
        ],
    )?;
    let connection = required(&body, "connection", 128)?.to_owned();
    let redirect_uri = required(&body, "redirect_uri", 2048)?.to_owned();
    let state = text(&body, "state", 4096)?.map(ToOwned::to_owned);
    let challenge = text(&body, "code_challenge", 128)?.map(ToOwned::to_owned);
    match (
        challenge.as_deref().map(str::len),
        body.get("code_challenge_method").and_then(Value::as_str),
    ) {
        (None, None) | (Some(43..), Some("S256")) => {}
        _ => {
            return Err(Problem::invalid(
                "code_challenge",
                "must be an S256 challenge of 43 to 128 characters",
            ));
        }
    }
    let params = body.get("authorization_params").and_then(Value::as_object);
    if params.is_some_and(|params| {
        params
            .keys()
            .any(|name| !AUTHORIZATION_PARAMS.contains(&name.as_str()))
    }) {
        return Err(Problem::invalid(
            "authorization_params",
            "holds a parameter that is not allowed",
        ));
    }
    let scopes = wanted_scopes(&body)?;
    let client = tenant.clients.get(&token.client_id).cloned();
    if !client
        .as_ref()
        .is_some_and(|client| client.callbacks.contains(&redirect_uri))
    {
        return Err(Problem::invalid(
            "redirect_uri",
            "is not an allowed callback URL of the client",
        ));
    }
    let known = connect::enabled(&tenant, &connection, &token.client_id)
        .filter(|_| !tenant.switches.no_connected_accounts);
    let Some(known) = known else {
        return Err(Problem::new(
            404,
            "A0E-404-0001",
            "Not Found",
            "The connection is not available",
        ));
    };
    if state.is_none() {
        shared.rim.violation(
            "POST /me/v1/connected-accounts/connect",
            "no state: the callback cannot be trusted",
        );
    }
    let scopes = scopes.unwrap_or_else(|| known.scopes.clone());
    let (session, ticket) = (shared.seed.letters(43), shared.seed.letters(36));
    tenant.tickets.insert(
        session.clone(),
        Ticket {
            ticket: Some(ticket.clone()),
            connect_code: None,
            client_id: token.client_id,
            user_id: token.user_id,
            connection,
            redirect_uri,
            state,
            challenge,
            scopes,
            until_ms: shared.rim.now() + TICKET_LIFE_S * 1_000,
        },
    );
    let body = json!({
        "auth_session": session,
        "connect_uri": format!("{}connected-accounts/connect", shared.tenant_url()),
        "connect_params": {"ticket": ticket},
        "expires_in": TICKET_LIFE_S,
    });
    Ok((StatusCode::CREATED, axum::Json(body)).into_response())
}

fn wanted_scopes(body: &Map<String, Value>) -> Result<Option<Vec<String>>, Problem> {
    let Some(value) = body.get("scopes") else {
        return Ok(None);
    };
    let bad = || {
        Problem::invalid(
            "scopes",
            "must be 1 to 100 different texts of at most 255 characters",
        )
    };
    let items: Option<Vec<String>> = value.as_array().and_then(|items| {
        items
            .iter()
            .map(|item| item.as_str().map(ToOwned::to_owned))
            .collect()
    });
    let items = items.ok_or_else(bad)?;
    let different: BTreeSet<&String> = items.iter().collect();
    let fits = items
        .iter()
        .all(|item| (1..=255).contains(&item.chars().count()));
    if !(1..=100).contains(&items.len()) || different.len() != items.len() || !fits {
        return Err(bad());
    }
    Ok(Some(items))
}

/// `GET /connected-accounts/connect?ticket=…`: where the browser goes; the person agrees at once, or refuses by switch.
pub(crate) async fn consent(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let mut tenant = lock(&shared.tenant);
    let now = shared.rim.now();
    let denied = tenant.switches.consent_denied;
    let in_fragment = tenant.switches.connect_code_in_fragment;
    let code = shared.seed.letters(43);
    let asked = query.get("ticket");
    let denied = denied || query.get("choice").is_some_and(|choice| choice == "deny");
    let asks = tenant.switches.ask_in_browser && !query.contains_key("choice");
    let keyed: BTreeSet<String> = tenant
        .connections
        .iter()
        .filter(|(_, connection)| connection.has_keys())
        .map(|(name, _)| name.clone())
        .collect();
    let found = tenant
        .tickets
        .values_mut()
        .find(|ticket| asked.is_some() && ticket.ticket.as_ref() == asked && now < ticket.until_ms);
    let Some(found) = found else {
        return page(
            StatusCode::NOT_FOUND,
            "Invalid ticket",
            "The ticket is unknown, used or expired.",
        );
    };
    if asks {
        let wants = format!("wants to act at {} in your name.", found.connection);
        return choice(&query, &found.client_id, &wants);
    }
    found.ticket = None;
    let Ok(callback) = Url::parse(&found.redirect_uri) else {
        return page(
            StatusCode::BAD_REQUEST,
            "Invalid callback",
            "The redirect_uri is not a URL.",
        );
    };
    if denied {
        let pairs = [
            ("error", "access_denied"),
            ("error_description", "User did not authorize the request"),
        ];
        return back(callback, &pairs, found.state.as_deref());
    }
    if !keyed.contains(&found.connection) {
        let text = "The connection has no keys of its own at the provider";
        let pairs = [("error", "server_error"), ("error_description", text)];
        return back(callback, &pairs, found.state.as_deref());
    }
    found.connect_code = Some(code.clone());
    if in_fragment {
        let to = address(callback, &[("connect_code", &code)], found.state.as_deref());
        return Redirect::to(&to.replacen('?', "#", 1)).into_response();
    }
    back(callback, &[("connect_code", &code)], found.state.as_deref())
}

/// `POST /me/v1/connected-accounts/complete`
pub(crate) async fn complete(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    try_complete(&shared, &headers, &body, peer.peer.ip()).unwrap_or_else(Problem::response)
}

fn try_complete(
    shared: &Shared,
    headers: &HeaderMap,
    body: &[u8],
    peer: IpAddr,
) -> Result<Response, Problem> {
    let mut tenant = lock(&shared.tenant);
    let token = bearer(shared, &tenant, headers, "create:me:connected_accounts")?;
    let body = object(headers, body)?;
    only(
        &body,
        &[
            "auth_session",
            "connect_code",
            "redirect_uri",
            "code_verifier",
        ],
    )?;
    let session = required(&body, "auth_session", 64)?.to_owned();
    let code = required(&body, "connect_code", 46)?.to_owned();
    let redirect_uri = required(&body, "redirect_uri", 2048)?;
    let verifier = text(&body, "code_verifier", 128)?;
    let gone = || {
        Problem::new(
            404,
            "A0E-404-0001",
            "Not Found",
            "Invalid or expired session",
        )
    };
    let now = shared.rim.now();
    let ticket = tenant.tickets.get(&session).ok_or_else(gone)?;
    let fits = ticket.user_id == token.user_id
        && ticket.client_id == token.client_id
        && ticket.connect_code.as_ref() == Some(&code)
        && ticket.redirect_uri == redirect_uri
        && now < ticket.until_ms;
    if !fits {
        return Err(gone());
    }
    if !verifies(ticket.challenge.as_deref(), verifier) {
        return Err(Problem::invalid(
            "code_verifier",
            "does not fit the code_challenge",
        ));
    }
    let ticket = tenant.tickets.remove(&session).ok_or_else(gone)?;
    let plan = tenant
        .default_plan
        .clone()
        .unwrap_or_else(TokenPlan::oauth_app);
    let account = connect::connect(
        shared,
        &mut tenant,
        &ticket.user_id,
        &ticket.connection,
        &ticket.scopes,
        plan,
        now,
    )
    .ok_or_else(gone)?;
    let entry = logged(&tenant, &token, &account, peer, now);
    tenant.log.push(entry);
    Ok((StatusCode::CREATED, axum::Json(shown(&account))).into_response())
}
