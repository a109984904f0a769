//! The CIBA grant at the token endpoint: the client asks whether the person has answered.

use std::net::IpAddr;

use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::Shared;
use super::backchannel::Asked;
use super::client::CIBA_GRANT;
use super::exchange::authenticate;
use super::form::Form;
use super::issue::{Issue, issue};
use super::jwt::Moment;
use super::person::Word;
use super::refusal::{Refusal, Refused};
use super::state::Tenant;

/// By how much the interval grows each time a client is too fast, seconds.
const STEP_S: i64 = 5;

/// What a poll comes to.
enum Poll {
    /// The person agreed.
    Yes(Box<Asked>),
    /// Too fast; the interval from now on, seconds.
    Slower(i64),
}

/// One poll.
pub(crate) fn grant(
    shared: &Shared,
    tenant: &mut Tenant,
    form: &Form,
    peer: IpAddr,
    moment: &Moment<'_>,
) -> Result<Response, Refused> {
    if !form.encoded {
        return Err(Refused::new(
            Refusal::ContentType,
            "This grant takes a form",
        ));
    }
    let id = form.require("auth_req_id")?.to_owned();
    let client_id = authenticate(tenant, form, moment, false)?;
    tenant.may_use(&client_id, CIBA_GRANT)?;
    let outcome = poll(tenant, &id, &client_id, moment.now_ms);
    if let Err(refused) = &outcome
        && refused.why != Refusal::BackchannelPending
    {
        let details = json!({"error": {"message": refused.description}});
        let (kind, client) = ("ciba_exchange_failed", Some(client_id.clone()));
        tenant.note(moment, kind, client, None, peer, details);
    }
    let asked = match outcome? {
        Poll::Slower(seconds) => return Ok(slower(tenant, seconds)),
        Poll::Yes(asked) => asked,
    };
    let what = Issue {
        client_id: &client_id,
        user_id: Some(&asked.user_id),
        audience: asked.audience.as_deref(),
        asked: &asked.scopes,
        nonce: None,
    };
    let mut body = issue(shared, tenant, &what, moment)?;
    if let Some(details) = &asked.details {
        body["authorization_details"] = details.clone();
    }
    tenant.note(
        moment,
        "ciba_exchange_succeeded",
        Some(client_id),
        Some(asked.user_id),
        peer,
        json!({"auth_req_id": id}),
    );
    Ok(answer(body))
}

fn answer(body: Value) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], axum::Json(body)).into_response()
}

fn poll(tenant: &mut Tenant, id: &str, client_id: &str, now_ms: i64) -> Result<Poll, Refused> {
    let expired_token = tenant.switches.ciba_says_expired;
    let found = tenant
        .asked
        .iter_mut()
        .find(|asked| asked.auth_req_id == id && asked.client_id == client_id)
        .filter(|asked| !asked.told);
    let Some(asked) = found else {
        return Err(Refused::new(
            Refusal::BackchannelInvalid,
            "Invalid or expired auth_req_id",
        ));
    };
    let last = asked.polled_ms.replace(now_ms);
    if last.is_some_and(|last| now_ms < last + asked.interval_s * 1_000) {
        asked.interval_s += STEP_S;
        return Ok(Poll::Slower(asked.interval_s));
    }
    match asked.word {
        Some(Word::Approves) => {
            asked.told = true;
            Ok(Poll::Yes(Box::new(asked.clone())))
        }
        None if now_ms < asked.until_ms => Err(Refused::new(
            Refusal::BackchannelPending,
            "The end-user authorization is pending",
        )),
        None if expired_token => {
            asked.told = true;
            Err(Refused::new(
                Refusal::BackchannelExpired,
                "The auth_req_id has expired",
            ))
        }
        // Denied and expired read alike: a client has to keep its own deadline.
        None | Some(Word::Denies) => {
            asked.told = true;
            Err(Refused::new(
                Refusal::BackchannelRefused,
                "The end-user denied the authorization request or it has been expired",
            ))
        }
    }
}

/// `slow_down` comes with the new interval, in the body and as `Retry-After`; the larger of both counts.
fn slower(tenant: &Tenant, seconds: i64) -> Response {
    let (status, error) = tenant
        .switches
        .answers
        .get(&Refusal::BackchannelTooFast)
        .copied()
        .unwrap_or_else(|| Refusal::BackchannelTooFast.answer());
    let body = json!({
        "error": error,
        "error_description": format!("You are polling faster than allowed. Try again in {seconds} seconds."),
        "interval": seconds,
    });
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = (status, axum::Json(body)).into_response();
    let after = tenant.switches.ciba_retry_after_s.unwrap_or(seconds);
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from(after));
    response
}
