//! `POST /oauth/token`: one door for every grant.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use serde_json::Value;

use super::api::Subject;
use super::client::{CIBA_GRANT, DEVICE_GRANT, VAULT_GRANT};
use super::exchange::{self, authenticate};
use super::form::Form;
use super::issue::{Issue, issue};
use super::jwt::Moment;
use super::refresh::REFRESH_GRANT;
use super::refusal::{Refusal, Refused};
use super::state::Tenant;
use super::{Shared, backchannel_poll, device, login, refresh};
use crate::lock;
use crate::rim::Connection as Peer;

/// What a token request may carry; anything else is noted as a violation.
const KNOWN_PARAMETERS: [&str; 20] = [
    "grant_type",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "subject_token",
    "subject_token_type",
    "requested_token_type",
    "connection",
    "scope",
    "code",
    "redirect_uri",
    "code_verifier",
    "login_hint",
    "audience",
    "organization",
    "device_code",
    "resource",
    "auth_req_id",
    "refresh_token",
];

/// `POST /oauth/token`
pub(crate) async fn token(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut tenant = lock(&shared.tenant);
    let now_ms = shared.rim.now();
    if let Some(until) = tenant
        .switches
        .rate_limited_until_ms
        .filter(|until| now_ms < *until)
    {
        return rate_limited(&tenant, until);
    }
    let peer = tenant.peer(peer.peer.ip());
    let tenant_url = shared.tenant_url();
    let moment = Moment::at(&tenant_url, now_ms);
    let outcome = Form::read(&headers, &body)
        .and_then(|form| grant(&shared, &mut tenant, &form, peer, &moment));
    outcome.unwrap_or_else(|refused| tenant.refuse(&refused))
}

fn grant(
    shared: &Shared,
    tenant: &mut Tenant,
    form: &Form,
    peer: IpAddr,
    moment: &Moment<'_>,
) -> Result<Response, Refused> {
    for name in form.names().filter(|name| !KNOWN_PARAMETERS.contains(name)) {
        shared.rim.violation(
            "POST /oauth/token",
            format!("parameter {name} is not documented"),
        );
    }
    match form.require("grant_type")? {
        VAULT_GRANT => exchange::worker(tenant, &shared.registry, form, peer, moment),
        "authorization_code" => login::code_grant(shared, tenant, form, moment).map(answer),
        "client_credentials" => client_credentials(shared, tenant, form, moment).map(answer),
        DEVICE_GRANT => device::grant(shared, tenant, form, peer, moment).map(answer),
        CIBA_GRANT => backchannel_poll::grant(shared, tenant, form, peer, moment),
        REFRESH_GRANT => refresh::grant(shared, tenant, form, moment).map(answer),
        other => Err(Refused::new(
            Refusal::GrantTypeUnknown,
            format!("Unsupported grant type: {other}"),
        )),
    }
}

fn answer(body: Value) -> Response {
    ([("cache-control", "no-store")], axum::Json(body)).into_response()
}

/// A client's token for itself, within its client grant.
fn client_credentials(
    shared: &Shared,
    tenant: &mut Tenant,
    form: &Form,
    moment: &Moment<'_>,
) -> Result<Value, Refused> {
    let audience = form.require("audience")?.to_owned();
    let client_id = authenticate(tenant, form, moment, false)?;
    tenant.may_use(&client_id, "client_credentials")?;
    if tenant.api(&audience).is_none() {
        return Err(Refused::no_service(&audience));
    }
    if tenant
        .reach(&client_id, &audience, Subject::Client)
        .is_none()
    {
        let text = format!(
            "Client is not authorized to access \"{audience}\". You need to create a \"client-grant\" associated to this API."
        );
        return Err(Refused::new(Refusal::AudienceRefused, text));
    }
    let what = Issue {
        client_id: &client_id,
        user_id: None,
        audience: Some(&audience),
        asked: &form.scopes(),
        nonce: None,
    };
    issue(shared, tenant, &what, moment)
}

impl Tenant {
    /// The address the tenant takes the peer for.
    pub(crate) fn peer(&self, real: IpAddr) -> IpAddr {
        self.switches
            .peer_address
            .unwrap_or_else(|| real.to_canonical())
    }

    /// The answer for a refusal, with the switches applied.
    pub(crate) fn refuse(&self, refused: &Refused) -> Response {
        let code = self
            .switches
            .answers
            .get(&refused.why)
            .copied()
            .unwrap_or_else(|| refused.why.answer());
        refused.response(code, self.switches.unknown_fields)
    }

    /// Refuses unless the grant is enabled for the client.
    pub(crate) fn may_use(&self, client_id: &str, grant: &str) -> Result<(), Refused> {
        match self.clients.get(client_id) {
            Some(client) if client.grant_types.contains(grant) => Ok(()),
            _ => Err(Refused::new(
                Refusal::GrantNotEnabled,
                format!("Grant type '{grant}' not allowed for the client."),
            )),
        }
    }
}

fn rate_limited(tenant: &Tenant, until_ms: i64) -> Response {
    let text = "Too many requests. Check the X-RateLimit-Limit, X-RateLimit-Remaining and X-RateLimit-Reset headers.";
    let mut response = tenant.refuse(&Refused::new(Refusal::RateLimited, text));
    let headers = response.headers_mut();
    headers.insert("x-ratelimit-limit", HeaderValue::from_static("30"));
    headers.insert("x-ratelimit-remaining", HeaderValue::from_static("0"));
    headers.insert(
        "x-ratelimit-reset",
        HeaderValue::from(until_ms.saturating_add(999).div_euclid(1_000)),
    );
    response
}
