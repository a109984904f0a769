//! `POST /bc-authorize` (CIBA): asks a person on the phone, by push or by e-mail.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use serde_json::{Value, json};

use super::Shared;
use super::api::Subject;
use super::client::CIBA_GRANT;
use super::exchange::authenticate;
use super::form::Form;
use super::jwt::Moment;
use super::log::Entry;
use super::person::Word;
use super::refusal::{Refusal, Refused};
use super::state::Tenant;
use crate::lock;
use crate::rim::Connection as Peer;

/// Expiry when none is asked for, and the longest that goes by push, seconds.
const PUSH_S: i64 = 300;
/// The longest expiry, which goes by e-mail: three days, in seconds.
const EMAIL_S: i64 = 259_200;
/// How far polls must be apart at first, seconds.
const INTERVAL_S: i64 = 5;
/// How long a binding message may be, characters.
const MESSAGE: usize = 64;
/// What `POST /bc-authorize` may carry.
const KNOWN_PARAMETERS: [&str; 12] = [
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "login_hint",
    "scope",
    "binding_message",
    "audience",
    "resource",
    "requested_expiry",
    "authorization_details",
    "request_context",
];

/// A request that a person sees, and a client polls for.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) auth_req_id: String,
    pub(crate) client_id: String,
    pub(crate) user_id: String,
    pub(crate) binding_message: String,
    pub(crate) channel: &'static str,
    pub(crate) audience: Option<String>,
    pub(crate) scopes: Vec<String>,
    pub(crate) details: Option<Value>,
    pub(crate) begun_ms: i64,
    pub(crate) until_ms: i64,
    pub(crate) interval_s: i64,
    pub(crate) polled_ms: Option<i64>,
    pub(crate) word: Option<Word>,
    /// The client was told how it ended.
    pub(crate) told: bool,
}

impl Asked {
    /// True while a person's word counts.
    pub(crate) fn waits(&self, now_ms: i64) -> bool {
        self.word.is_none() && now_ms < self.until_ms
    }
}

/// `POST /bc-authorize`
pub(crate) async fn begin(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut tenant = lock(&shared.tenant);
    let tenant_url = shared.tenant_url();
    let moment = Moment::at(&tenant_url, shared.rim.now());
    let peer = tenant.peer(peer.peer.ip());
    let form = match Form::encoded(&headers, &body) {
        Ok(form) => form,
        Err(refused) => return tenant.refuse(&refused),
    };
    let client_id = form.client_id().map(ToOwned::to_owned);
    let outcome = ask(&shared, &mut tenant, &form, &moment);
    let (kind, details) = match &outcome {
        Ok(body) => (
            "ciba_start_succeeded",
            json!({"auth_req_id": body["auth_req_id"]}),
        ),
        Err(refused) => (
            "ciba_start_failed",
            json!({"error": {"message": refused.description}}),
        ),
    };
    tenant.note(&moment, kind, client_id, None, peer, details);
    match outcome {
        Ok(body) => ([(header::CACHE_CONTROL, "no-store")], axum::Json(body)).into_response(),
        Err(refused) if refused.why == Refusal::RateLimited => {
            let mut response = tenant.refuse(&refused);
            let until = moment.now_s - moment.now_s.rem_euclid(60) + 60;
            let headers = response.headers_mut();
            headers.insert("x-ratelimit-remaining", HeaderValue::from(0));
            headers.insert("x-ratelimit-reset", HeaderValue::from(until));
            headers.insert("retry-after", HeaderValue::from(until - moment.now_s));
            response
        }
        Err(refused) => tenant.refuse(&refused),
    }
}

fn ask(
    shared: &Shared,
    tenant: &mut Tenant,
    form: &Form,
    moment: &Moment<'_>,
) -> Result<Value, Refused> {
    for name in form.names().filter(|name| !KNOWN_PARAMETERS.contains(name)) {
        shared.rim.violation(
            "POST /bc-authorize",
            format!("parameter {name} is not documented"),
        );
    }
    let client_id = authenticate(tenant, form, moment, false)?;
    tenant.may_use(&client_id, CIBA_GRANT)?;
    let fit = tenant
        .clients
        .get(&client_id)
        .is_some_and(|client| client.first_party && client.oidc_conformant);
    if !fit || tenant.switches.no_ciba {
        return Err(Refused::new(
            Refusal::FeatureOff,
            "The client may not use client-initiated backchannel authentication",
        ));
    }
    let scopes = form.scopes();
    if !scopes.iter().any(|scope| scope == "openid") {
        return Err(bad("openid scope must be requested"));
    }
    let binding_message = message(form)?;
    let user_id = hinted(tenant, form, moment)?;
    let expiry_s = expiry(tenant, form)?;
    let audience = form.get("audience").or_else(|| form.get("resource"));
    if let Some(audience) = audience {
        if tenant.api(audience).is_none() {
            return Err(Refused::no_service(audience));
        }
        if tenant.reach(&client_id, audience, Subject::User).is_none() {
            let text = format!("Client is not authorized to access resource server {audience}");
            return Err(Refused::new(Refusal::AudienceRefused, text));
        }
    }
    let details = details(tenant, form, audience)?;
    let channel = channel(tenant, &client_id, &user_id, expiry_s)?;
    spend(tenant, &user_id, moment.now_ms)?;
    let asked = Asked {
        auth_req_id: shared.seed.letters(44),
        client_id,
        user_id,
        binding_message,
        channel,
        audience: audience.map(ToOwned::to_owned),
        scopes,
        details,
        begun_ms: moment.now_ms,
        until_ms: moment.now_ms + expiry_s * 1_000,
        interval_s: INTERVAL_S,
        polled_ms: None,
        word: tenant.standing,
        told: false,
    };
    let body = json!({
        "auth_req_id": asked.auth_req_id,
        "expires_in": expiry_s,
        "interval": INTERVAL_S,
    });
    tenant.asked.push(asked);
    Ok(body)
}

fn bad(text: &str) -> Refused {
    Refused::new(Refusal::BackchannelMalformed, text)
}

fn message(form: &Form) -> Result<String, Refused> {
    let message = form
        .get("binding_message")
        .ok_or_else(|| bad("binding_message is required"))?;
    let allowed = |letter: char| {
        letter.is_ascii_alphanumeric() || letter.is_whitespace() || "+-_.,:#".contains(letter)
    };
    if message.chars().count() > MESSAGE {
        return Err(bad("binding_message is longer than 64 characters"));
    }
    if !message.chars().all(allowed) {
        return Err(bad(
            "binding_message contains characters that are not allowed",
        ));
    }
    Ok(message.to_owned())
}

/// The user whom the hint names: `{"format":"iss_sub","iss":…,"sub":…}`.
fn hinted(tenant: &Tenant, form: &Form, moment: &Moment<'_>) -> Result<String, Refused> {
    let failed = |what: &str| bad(&format!("login_hint parameter validation failed: {what}"));
    let hint = form
        .get("login_hint")
        .ok_or_else(|| bad("login_hint is required"))?;
    let hint: Value = serde_json::from_str(hint).map_err(|_| failed("it is not JSON"))?;
    if hint["format"] != "iss_sub" {
        return Err(failed("\"format\" must be [iss_sub]"));
    }
    if hint["iss"] != moment.tenant_url {
        return Err(failed("\"iss\" is not this tenant"));
    }
    let sub = hint["sub"]
        .as_str()
        .filter(|sub| {
            sub.split_once('|')
                .is_some_and(|(provider, id)| !provider.is_empty() && !id.is_empty())
        })
        .ok_or_else(|| failed("\"sub\" contains unsupported format"))?;
    match tenant.users.get(sub) {
        Some(user) if !user.blocked => Ok(sub.to_owned()),
        _ => Err(Refused::new(
            Refusal::BackchannelUser,
            "User ID is malformed or unknown",
        )),
    }
}

fn expiry(tenant: &Tenant, form: &Form) -> Result<i64, Refused> {
    let longest = if tenant.switches.ciba_by_push_only {
        PUSH_S
    } else {
        EMAIL_S
    };
    match form.get("requested_expiry").map(str::parse::<i64>) {
        None => Ok(PUSH_S),
        Some(Ok(seconds)) if (1..=longest).contains(&seconds) => Ok(seconds),
        Some(_) => Err(bad(&format!(
            "requested_expiry must be a number from 1 to {longest}"
        ))),
    }
}

/// Rich authorization requests: each type must be one of the API's.
fn details(tenant: &Tenant, form: &Form, audience: Option<&str>) -> Result<Option<Value>, Refused> {
    let Some(text) = form.get("authorization_details") else {
        return Ok(None);
    };
    let given: Value = serde_json::from_str(text)
        .map_err(|_| bad("authorization_details must be a JSON array"))?;
    let known: Vec<&Value> = audience
        .and_then(|audience| tenant.api(audience))
        .and_then(|api| api.settings.get("authorization_details"))
        .and_then(Value::as_array)
        .map(|kinds| kinds.iter().map(|kind| &kind["type"]).collect())
        .unwrap_or_default();
    let items = given
        .as_array()
        .ok_or_else(|| bad("authorization_details must be a JSON array"))?;
    if items.is_empty() || items.iter().any(|item| !known.contains(&&item["type"])) {
        return Err(bad(
            "authorization_details has a type that the API does not support",
        ));
    }
    Ok(Some(given))
}

/// Short requests go by push to whoever is enrolled, everything else by e-mail where the client has that.
fn channel(
    tenant: &Tenant,
    client_id: &str,
    user_id: &str,
    expiry_s: i64,
) -> Result<&'static str, Refused> {
    let has = |channel: &str| {
        tenant
            .clients
            .get(client_id)
            .and_then(|client| client.settings.get("async_approval_notification_channels"))
            .and_then(Value::as_array)
            .is_some_and(|channels| channels.iter().any(|known| known == channel))
    };
    let enrolled = tenant.push_enabled && tenant.users.get(user_id).is_some_and(|user| user.push);
    if expiry_s <= PUSH_S && enrolled && has("guardian-push") {
        return Ok("guardian-push");
    }
    if has("email") && !tenant.switches.ciba_by_push_only {
        return Ok("email");
    }
    Err(bad("User does not have a usable notification channel"))
}

/// Counts against the limit for one user in one minute.
fn spend(tenant: &Tenant, user_id: &str, now_ms: i64) -> Result<(), Refused> {
    let minute = now_ms.div_euclid(60_000);
    let spent = tenant
        .asked
        .iter()
        .filter(|asked| asked.user_id == user_id && asked.begun_ms.div_euclid(60_000) == minute)
        .count();
    let limit = tenant.switches.ciba_per_minute.unwrap_or(usize::MAX);
    if spent >= limit {
        let text = "Too many requests. Check the X-RateLimit-Limit, X-RateLimit-Remaining and X-RateLimit-Reset headers.";
        return Err(Refused::new(Refusal::RateLimited, text));
    }
    Ok(())
}

impl Tenant {
    /// Writes a line into the log.
    pub(crate) fn note(
        &mut self,
        moment: &Moment<'_>,
        kind: &'static str,
        client_id: Option<String>,
        user_id: Option<String>,
        ip: IpAddr,
        details: Value,
    ) {
        self.log.push(Entry {
            at: moment.now_ms,
            kind,
            client_id,
            user_id,
            ip,
            details,
        });
    }

    /// The requests that a person can answer at this moment.
    pub(crate) fn pushes(&mut self, now_ms: i64) -> Vec<&mut Asked> {
        let one = self.switches.one_push_visible;
        let mut waiting: Vec<&mut Asked> = self
            .asked
            .iter_mut()
            .filter(|asked| asked.waits(now_ms))
            .collect();
        if one && waiting.len() > 1 {
            waiting.drain(..waiting.len() - 1);
        }
        waiting
    }
}
