//! The device authorization flow: a code here, a person there, and a client that asks again and again.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};

use super::Shared;
use super::api::Subject;
use super::client::DEVICE_GRANT;
use super::exchange::authenticate;
use super::form::Form;
use super::issue::{Issue, issue};
use super::jwt::Moment;
use super::log::Entry;
use super::person::Word;
use super::refusal::{Refusal, Refused};
use super::state::Tenant;
use crate::lock;
use crate::rim::Connection as Peer;

/// Life of a device code, seconds.
const CODE_LIFE_S: i64 = 900;
/// How far polls must be apart, seconds.
const INTERVAL_S: i64 = 5;
/// The letters of a user code: no vowels, so that it spells nothing.
const BASE20: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// What `POST /oauth/device/code` may carry.
const KNOWN_PARAMETERS: [&str; 4] = ["client_id", "scope", "audience", "resource"];

/// A device that waits for a person.
#[derive(Debug)]
pub(crate) struct Device {
    device_code: String,
    pub(crate) user_code: String,
    client_id: String,
    audience: Option<String>,
    asked: Vec<String>,
    until_ms: i64,
    polled_ms: Option<i64>,
    pub(crate) said: Said,
}

/// How far a device has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    /// Nobody has said anything yet.
    Nothing,
    /// This user agreed.
    Yes(String),
    /// Somebody refused.
    No,
    /// The client was told how it ended; the code is dead.
    Told,
}

impl Device {
    /// True while a person's word counts.
    pub(crate) fn waits(&self, now_ms: i64) -> bool {
        self.said == Said::Nothing && now_ms < self.until_ms
    }
}

/// `POST /oauth/device/code`
pub(crate) async fn code(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut tenant = lock(&shared.tenant);
    let tenant_url = shared.tenant_url();
    let moment = Moment::at(&tenant_url, shared.rim.now());
    let peer = tenant.peer(peer.peer.ip());
    let made = Form::encoded(&headers, &body)
        .and_then(|form| begin(&shared, &mut tenant, &form, peer, &moment));
    match made {
        Ok(body) => ([("cache-control", "no-store")], axum::Json(body)).into_response(),
        Err(refused) => tenant.refuse(&refused),
    }
}

fn begin(
    shared: &Shared,
    tenant: &mut Tenant,
    form: &Form,
    peer: IpAddr,
    moment: &Moment<'_>,
) -> Result<Value, Refused> {
    for name in form.names().filter(|name| !KNOWN_PARAMETERS.contains(name)) {
        shared.rim.violation(
            "POST /oauth/device/code",
            format!("parameter {name} is not documented"),
        );
    }
    let client_id = authenticate(tenant, form, moment, true)?;
    tenant.may_use(&client_id, DEVICE_GRANT)?;
    let audience = form.get("audience").or_else(|| form.get("resource"));
    if let Some(audience) = audience {
        if tenant.api(audience).is_none() {
            return Err(Refused::no_service(audience));
        }
        if tenant.reach(&client_id, audience, Subject::User).is_none() {
            let text = format!(
                "Client \"{client_id}\" is not authorized to access resource server \"{audience}\"."
            );
            return Err(Refused::new(Refusal::AudienceRefused, text));
        }
    }
    let device = Device {
        device_code: shared.seed.letters(24),
        user_code: user_code(shared),
        client_id,
        audience: audience.map(ToOwned::to_owned),
        asked: form.scopes(),
        until_ms: moment.now_ms + CODE_LIFE_S * 1_000,
        polled_ms: None,
        said: Said::Nothing,
    };
    let page = format!("{}activate", moment.tenant_url);
    let body = json!({
        "device_code": device.device_code,
        "user_code": device.user_code,
        "verification_uri": page,
        "verification_uri_complete": format!("{page}?user_code={}", device.user_code),
        "expires_in": CODE_LIFE_S,
        "interval": INTERVAL_S,
    });
    let (code, standing) = (device.user_code.clone(), tenant.standing);
    tenant.devices.push(device);
    if let Some(word) = standing {
        tenant.says(&code, word, peer, moment.now_ms);
    }
    Ok(body)
}

fn user_code(shared: &Shared) -> String {
    let mut number = shared.seed.number();
    let mut code = String::with_capacity(9);
    for place in 0..8 {
        if place == 4 {
            code.push('-');
        }
        let letter = usize::try_from(number % 20).unwrap_or_default();
        code.push(char::from(BASE20[letter]));
        number /= 20;
    }
    code
}

impl Tenant {
    /// A person says yes or no to a code; false when no such code waits, or nobody is signed in.
    pub(crate) fn says(&mut self, user_code: &str, word: Word, peer: IpAddr, now_ms: i64) -> bool {
        let wanted = plain(user_code);
        let user = self.browser_user.clone();
        let found = self
            .devices
            .iter_mut()
            .find(|device| plain(&device.user_code) == wanted && device.waits(now_ms));
        let (Some(device), Some(user)) = (found, user) else {
            return false;
        };
        device.said = match word {
            Word::Approves => Said::Yes(user.clone()),
            Word::Denies => Said::No,
        };
        if word == Word::Denies {
            let entry = Entry {
                at: now_ms,
                kind: "fdecc",
                client_id: Some(device.client_id.clone()),
                user_id: Some(user),
                ip: peer,
                details: json!({}),
            };
            self.log.push(entry);
        }
        true
    }
}

/// A user code as it counts: its letters.
fn plain(code: &str) -> String {
    code.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_uppercase())
        .collect()
}

/// The device grant at the token endpoint.
pub(crate) fn grant(
    shared: &Shared,
    tenant: &mut Tenant,
    form: &Form,
    peer: IpAddr,
    moment: &Moment<'_>,
) -> Result<Value, Refused> {
    let code = form.require("device_code")?.to_owned();
    let client_id = authenticate(tenant, form, moment, true)?;
    tenant.may_use(&client_id, DEVICE_GRANT)?;
    let outcome = poll(tenant, &code, &client_id, moment.now_ms);
    if let Err(refused) = &outcome
        && !matches!(refused.why, Refusal::Pending | Refusal::TooFast)
    {
        let details = json!({"error": {"message": refused.description}});
        tenant.note(moment, "fede", Some(client_id.clone()), None, peer, details);
    }
    let (user_id, audience, mut asked) = outcome?;
    if let Some(granted) = &tenant.switches.granted_scopes {
        asked.retain(|scope| granted.contains(scope));
    }
    let what = Issue {
        client_id: &client_id,
        user_id: Some(&user_id),
        audience: audience.as_deref(),
        asked: &asked,
        nonce: None,
    };
    let body = issue(shared, tenant, &what, moment)?;
    let details = json!({"scope": body["scope"], "audience": audience});
    tenant.note(
        moment,
        "sede",
        Some(client_id),
        Some(user_id),
        peer,
        details,
    );
    Ok(body)
}

/// What a poll is told; on success the user, the audience and the scopes asked for.
fn poll(
    tenant: &mut Tenant,
    code: &str,
    client_id: &str,
    now_ms: i64,
) -> Result<(String, Option<String>, Vec<String>), Refused> {
    let refuse = |why, text: &str| Err(Refused::new(why, text));
    let found = tenant
        .devices
        .iter_mut()
        .find(|device| device.device_code == code && device.client_id == client_id)
        .filter(|device| device.said != Said::Told);
    let Some(device) = found else {
        return refuse(
            Refusal::DeviceCodeInvalid,
            "Invalid or expired device code.",
        );
    };
    let last = device.polled_ms.replace(now_ms);
    if last.is_some_and(|last| now_ms < last + INTERVAL_S * 1_000) {
        let text =
            format!("You are polling faster than the specified interval of {INTERVAL_S} seconds.");
        return refuse(Refusal::TooFast, &text);
    }
    if now_ms >= device.until_ms {
        device.said = Said::Told;
        return refuse(
            Refusal::DeviceCodeExpired,
            "The device code has expired or already been used.",
        );
    }
    match device.said.clone() {
        Said::Nothing => refuse(Refusal::Pending, "User has yet to authorize device code."),
        Said::Yes(user) => {
            device.said = Said::Told;
            Ok((user, device.audience.clone(), device.asked.clone()))
        }
        Said::No | Said::Told => {
            device.said = Said::Told;
            refuse(
                Refusal::PersonRefused,
                "User cancelled the confirmation prompt.",
            )
        }
    }
}
