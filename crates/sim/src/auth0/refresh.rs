//! Refresh tokens: another access token for the same person, for another API where a policy says so, and their end.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::Shared;
use super::exchange::authenticate;
use super::flows::RefreshToken;
use super::form::Form;
use super::issue::{Issue, issue};
use super::jwt::Moment;
use super::refusal::{Refusal, Refused};
use super::state::Tenant;
use crate::lock;

/// The grant of a refresh token.
pub(crate) const REFRESH_GRANT: &str = "refresh_token";

/// Adds a refresh token to an answer, when the person agreed to offline access and the client may use one.
pub(crate) fn attach(shared: &Shared, tenant: &mut Tenant, what: &Issue<'_>, body: &mut Value) {
    let may = what.asked.iter().any(|scope| scope == "offline_access")
        && tenant.may_use(what.client_id, REFRESH_GRANT).is_ok();
    let (Some(user_id), true) = (what.user_id, may) else {
        return;
    };
    let token = shared.seed.letters(46);
    let kept = RefreshToken {
        client_id: what.client_id.to_owned(),
        user_id: user_id.to_owned(),
        audience: what.audience.map(ToOwned::to_owned),
        scopes: what.asked.to_vec(),
    };
    tenant.refresh_tokens.insert(token.clone(), kept);
    body["refresh_token"] = json!(token);
    let scope = format!(
        "{} offline_access",
        body["scope"].as_str().unwrap_or_default()
    );
    body["scope"] = json!(scope.trim());
}

/// The refresh grant at the token endpoint.
pub(crate) fn grant(
    shared: &Shared,
    tenant: &mut Tenant,
    form: &Form,
    moment: &Moment<'_>,
) -> Result<Value, Refused> {
    let given = form.require("refresh_token")?.to_owned();
    let client_id = authenticate(tenant, form, moment, true)?;
    tenant.may_use(&client_id, REFRESH_GRANT)?;
    let kept = tenant
        .refresh_tokens
        .get(&given)
        .filter(|kept| kept.client_id == client_id)
        .filter(|kept| {
            tenant
                .users
                .get(&kept.user_id)
                .is_some_and(|user| !user.blocked)
        })
        .cloned()
        .ok_or_else(|| {
            Refused::new(
                Refusal::RefreshTokenInvalid,
                "Unknown or invalid refresh token.",
            )
        })?;
    let audience = form.get("audience").map(ToOwned::to_owned);
    let other = audience.is_some() && audience != kept.audience;
    let allowed: Vec<String> = match audience.as_deref().filter(|_| other) {
        None => kept.scopes.clone(),
        Some(audience) => policy(tenant, &client_id, audience).ok_or_else(|| {
            let text = format!("The refresh token has no policy for {audience}");
            Refused::new(Refusal::AudienceRefused, text)
        })?,
    };
    let wanted = form.scopes();
    let asked: Vec<String> = allowed
        .into_iter()
        .filter(|scope| wanted.is_empty() || wanted.contains(scope))
        .filter(|scope| scope != "offline_access")
        .collect();
    let audience = audience.or(kept.audience);
    let what = Issue {
        client_id: &client_id,
        user_id: Some(&kept.user_id),
        audience: audience.as_deref(),
        asked: &asked,
        nonce: None,
    };
    let mut body = issue(shared, tenant, &what, moment)?;
    let rotating = tenant.clients.get(&client_id).is_some_and(|client| {
        client
            .settings
            .get("refresh_token")
            .is_some_and(|settings| settings["rotation_type"] == "rotating")
    });
    if rotating && let Some(kept) = tenant.refresh_tokens.remove(&given) {
        let token = shared.seed.letters(46);
        body["refresh_token"] = json!(token);
        tenant.refresh_tokens.insert(token, kept);
    }
    Ok(body)
}

/// The scopes of the client's refresh policy for an API.
fn policy(tenant: &Tenant, client_id: &str, audience: &str) -> Option<Vec<String>> {
    let settings = &tenant.clients.get(client_id)?.settings;
    let policies = settings.get("refresh_token")?["policies"].as_array()?;
    let policy = policies
        .iter()
        .find(|policy| policy["audience"] == audience)?;
    let scopes = policy["scope"].as_array()?;
    Some(
        scopes
            .iter()
            .filter_map(|scope| scope.as_str().map(ToOwned::to_owned))
            .collect(),
    )
}

/// `POST /oauth/revoke`: an empty 200, for a token that nobody knows as well.
pub(crate) async fn revoke(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut tenant = lock(&shared.tenant);
    let tenant_url = shared.tenant_url();
    let moment = Moment::at(&tenant_url, shared.rim.now());
    let done = Form::read(&headers, &body).and_then(|form| {
        let token = form.require("token")?.to_owned();
        let client_id = authenticate(&mut tenant, &form, &moment, true)?;
        tenant
            .refresh_tokens
            .retain(|known, kept| *known != token || kept.client_id != client_id);
        Ok(())
    });
    match done {
        Ok(()) => StatusCode::OK.into_response(),
        Err(refused) => tenant.refuse(&refused),
    }
}
