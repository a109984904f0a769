//! The owner's login: `/authorize` with a browser that consents by itself, the code exchange with PKCE, discovery.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use url::Url;

use super::Shared;
use super::api::Subject;
use super::client::{Client, ClientAuth};
use super::exchange::authenticate;
use super::flows::LoginCode;
use super::form::Form;
use super::issue::{Issue, issue};
use super::jwt::Moment;
use super::pages::{page, whole};
use super::refusal::{Refusal, Refused};
use super::state::Tenant;
use crate::escape::escaped;
use crate::lock;

/// Life of an authorization code: ten minutes.
const CODE_LIFE_MS: i64 = 600_000;

/// `GET /authorize`
pub(crate) async fn authorize(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let mut tenant = lock(&shared.tenant);
    let client = query
        .get("client_id")
        .and_then(|id| tenant.clients.get(id))
        .cloned();
    let Some(client) = client else {
        return page(
            StatusCode::FORBIDDEN,
            "Unknown client",
            "The client_id is not that of an application here.",
        );
    };
    let callback = query
        .get("redirect_uri")
        .filter(|uri| client.callbacks.contains(*uri));
    let Some(callback) = callback.and_then(|uri| Url::parse(uri).ok()) else {
        return page(
            StatusCode::FORBIDDEN,
            "Callback URL mismatch",
            "The redirect_uri is not in Allowed Callback URLs.",
        );
    };
    let state = query.get("state").cloned();
    let silent = query.get("prompt").is_some_and(|prompt| prompt == "none");
    if tenant.switches.ask_in_browser && !silent && !query.contains_key("choice") {
        return choice(&query, &client.id, "wants to know who you are.");
    }
    let confirm = tenant.switches.confirm_loopback && loopback(&callback) && !client.skips_page();
    if confirm && silent {
        let text = "A loopback callback needs a confirmation";
        let pairs = [
            ("error", "interaction_required"),
            ("error_description", text),
        ];
        return back(callback, &pairs, state.as_deref());
    }
    match grant_code(&shared, &mut tenant, &client, &query) {
        Ok(code) if confirm => {
            let to = address(callback, &[("code", &code)], state.as_deref());
            leave(&shared, &mut tenant, &client.id, &to)
        }
        Ok(code) => back(callback, &[("code", &code)], state.as_deref()),
        Err((error, text)) => back(
            callback,
            &[("error", error), ("error_description", &text)],
            state.as_deref(),
        ),
    }
}

fn grant_code(
    shared: &Shared,
    tenant: &mut Tenant,
    client: &Client,
    query: &BTreeMap<String, String>,
) -> Result<String, (&'static str, String)> {
    let get = |name: &str| query.get(name).filter(|value| !value.is_empty());
    if get("response_type").map(String::as_str) != Some("code") {
        return Err((
            "unsupported_response_type",
            "Only the authorization code flow is served".into(),
        ));
    }
    if !client.grant_types.contains("authorization_code") {
        return Err((
            "unauthorized_client",
            "Grant type 'authorization_code' not allowed for the client.".into(),
        ));
    }
    let challenge = get("code_challenge").cloned();
    let method = get("code_challenge_method").map(String::as_str);
    match (&challenge, method) {
        (Some(challenge), Some("S256")) if (43..=128).contains(&challenge.len()) => {}
        (Some(_), _) => {
            return Err((
                "invalid_request",
                "code_challenge must be an S256 challenge".into(),
            ));
        }
        (None, _) if matches!(client.auth, ClientAuth::None) => {
            return Err((
                "invalid_request",
                "Parameter 'code_challenge' is required".into(),
            ));
        }
        (None, _) => {}
    }
    if get("state").is_none() {
        shared.rim.violation(
            "GET /authorize",
            "no state: the callback cannot be told from a forged one",
        );
    }
    let audience = get("audience").cloned();
    let asked: Vec<String> = get("scope")
        .map(|scope| scope.split_whitespace().map(ToOwned::to_owned).collect())
        .unwrap_or_default();
    if let Some(audience) = &audience {
        if tenant.api(audience).is_none() {
            return Err(("access_denied", format!("Service not found: {audience}")));
        }
        if tenant.reach(&client.id, audience, Subject::User).is_none() {
            let text = format!(
                "Client \"{}\" is not authorized to access resource server \"{audience}\".",
                client.id
            );
            return Err(("access_denied", text));
        }
    }
    if let Some(name) = get("connection") {
        let usable = tenant
            .connections
            .get(name)
            .filter(|connection| connection.enabled(&client.id));
        match usable {
            None => return Err(("invalid_request", "the connection was not found".into())),
            Some(connection) if !connection.authentication => {
                let text = "The connection is not active for authentication.";
                return Err(("invalid_request", text.into()));
            }
            Some(_) => {}
        }
    }
    if tenant.switches.consent_denied || get("choice").is_some_and(|choice| choice == "deny") {
        return Err(("access_denied", "User did not authorize the request".into()));
    }
    let user_id = tenant
        .browser_user
        .clone()
        .ok_or(("login_required", "Nobody is logged in".to_owned()))?;
    let code = shared.seed.letters(43);
    let login = LoginCode {
        client_id: client.id.clone(),
        user_id,
        redirect_uri: get("redirect_uri").cloned().unwrap_or_default(),
        challenge,
        nonce: get("nonce").cloned(),
        audience,
        scopes: asked,
        until_ms: shared.rim.now() + CODE_LIFE_MS,
    };
    tenant.codes.insert(code.clone(), login);
    Ok(code)
}

/// The `authorization_code` grant at the token endpoint.
pub(crate) fn code_grant(
    shared: &Shared,
    tenant: &mut Tenant,
    form: &Form,
    moment: &Moment<'_>,
) -> Result<Value, Refused> {
    let code = form.require("code")?.to_owned();
    let redirect_uri = form.require("redirect_uri")?.to_owned();
    let client_id = authenticate(tenant, form, moment, true)?;
    let invalid = || Refused::new(Refusal::CodeInvalid, "Invalid authorization code");
    // A code is spent by the first attempt, good or bad.
    let login = tenant.codes.remove(&code).ok_or_else(invalid)?;
    if login.client_id != client_id
        || login.redirect_uri != redirect_uri
        || moment.now_ms >= login.until_ms
    {
        return Err(invalid());
    }
    if !verifies(login.challenge.as_deref(), form.get("code_verifier")) {
        return Err(Refused::new(
            Refusal::VerifierWrong,
            "Failed to verify code verifier",
        ));
    }
    let what = Issue {
        client_id: &client_id,
        user_id: Some(&login.user_id),
        audience: login.audience.as_deref(),
        asked: &login.scopes,
        nonce: login.nonce.as_deref(),
    };
    issue(shared, tenant, &what, moment)
}

/// True when the PKCE verifier fits the challenge (RFC 7636), or none was sent and none is needed.
pub(crate) fn verifies(challenge: Option<&str>, verifier: Option<&str>) -> bool {
    match (challenge, verifier) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) => {
            (43..=128).contains(&verifier.len())
                && URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) == challenge
        }
        _ => false,
    }
}

/// Sends the browser back, with `state` last.
pub(crate) fn back(callback: Url, pairs: &[(&str, &str)], state: Option<&str>) -> Response {
    Redirect::to(&address(callback, pairs, state)).into_response()
}

pub(crate) fn address(mut callback: Url, pairs: &[(&str, &str)], state: Option<&str>) -> String {
    callback.query_pairs_mut().extend_pairs(pairs);
    if let Some(state) = state {
        callback.query_pairs_mut().append_pair("state", state);
    }
    callback.into()
}

fn loopback(callback: &Url) -> bool {
    callback
        .host_str()
        .is_some_and(|host| matches!(host, "127.0.0.1" | "localhost" | "[::1]"))
}

/// The page that asks whether a program on this machine is meant, before the browser goes there.
fn leave(shared: &Shared, tenant: &mut Tenant, client_id: &str, to: &str) -> Response {
    let ticket = shared.seed.letters(32);
    let content = format!(
        "<p>You are about to return to <b>{}</b> on this machine.</p><p><a class=go href=\"/u/continue?state={ticket}\">Continue</a></p>",
        escaped(client_id)
    );
    tenant.leaving.insert(ticket, to.to_owned());
    whole(StatusCode::OK, "Continue to the application", &content)
}

/// `GET /u/continue`: the person meant it. Works once.
pub(crate) async fn go_on(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let to = query
        .get("state")
        .and_then(|ticket| lock(&shared.tenant).leaving.remove(ticket));
    match to {
        Some(to) => Redirect::to(&to).into_response(),
        None => page(
            StatusCode::NOT_FOUND,
            "Continue to the application",
            "The page is unknown or used.",
        ),
    }
}

/// The page on which a person says yes or no; each is a link to the same address with the answer in it.
pub(crate) fn choice(query: &BTreeMap<String, String>, client_id: &str, wants: &str) -> Response {
    let link = |choice: &str| {
        let mut link = url::form_urlencoded::Serializer::new(String::new());
        link.extend_pairs(query).append_pair("choice", choice);
        escaped(&link.finish())
    };
    let content = format!(
        "<p><b>{}</b> {}</p><p><a class=go href=\"?{}\">Accept</a> <a href=\"?{}\">Decline</a></p>",
        escaped(client_id),
        escaped(wants),
        link("accept"),
        link("deny")
    );
    whole(StatusCode::OK, "Authorize application", &content)
}
