//! `POST /oauth/token` for a privileged worker: the checks one after another, the vault's answer, the log.

use std::net::IpAddr;

use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::allowlist::covers;
use super::client::{ClientAuth, PrivilegedAccess, VAULT_GRANT};
use super::form::Form;
use super::jwt::{self, Moment, Parts};
use super::log::{Entry, Exchange};
use super::refusal::{Refusal, Refused};
use super::state::{ConnectedAccount, Tenant};
use super::switches::ExpiresIn;
use crate::tokens::{Registry, TokenKind};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const SUBJECT_TYPE: &str = "urn:ietf:params:oauth:token-type:jwt";
const REQUESTED_TYPE: &str = "http://auth0.com/oauth/token-type/token-vault-access-token";

/// Client authentication at the token endpoint. A public client passes only where `public_allowed`.
pub(crate) fn authenticate(
    tenant: &mut Tenant,
    form: &Form,
    moment: &Moment<'_>,
    public_allowed: bool,
) -> Result<String, Refused> {
    let client_id = form
        .client_id()
        .map_or_else(|| form.require("client_id"), Ok)?
        .to_owned();
    let body_secret = form.get("client_secret");
    let assertion = form.get("client_assertion");
    let ways = usize::from(form.basic.is_some())
        + usize::from(body_secret.is_some())
        + usize::from(assertion.is_some());
    if ways > 1 {
        return Err(Refused::new(
            Refusal::AuthenticationAmbiguous,
            "More than one way of client authentication",
        ));
    }
    let Some(client) = tenant.clients.get(&client_id) else {
        return Err(Refused::new(Refusal::ClientUnknown, "Unknown client"));
    };
    let secret = form
        .basic
        .as_ref()
        .map(|(_, secret)| secret.as_str())
        .or(body_secret);
    match (client.auth.clone(), secret, assertion) {
        (ClientAuth::None, None, None) if public_allowed => {}
        (ClientAuth::Secret(expected), Some(given), None) => {
            if form.basic.as_ref().is_some_and(|(id, _)| *id != client_id) || expected != given {
                return Err(Refused::new(Refusal::SecretWrong, "Unauthorized"));
            }
        }
        (ClientAuth::PrivateKeyJwt(keys), None, Some(assertion)) => {
            if form.get("client_assertion_type") != Some(ASSERTION_TYPE) {
                return Err(Refused::new(
                    Refusal::AssertionBad,
                    "Wrong client_assertion_type",
                ));
            }
            jwt::check_assertion(tenant, &client_id, &keys, assertion, moment)?;
        }
        _ => return Err(Refused::new(Refusal::AuthenticationMissing, "Unauthorized")),
    }
    Ok(client_id)
}

/// What the vault hands out.
struct Granted {
    token: String,
    expires_at_ms: Option<i64>,
    scopes: Vec<String>,
    refreshed: bool,
}

/// Runs the worker grant and writes one entry of the tenant log, whatever comes of it.
pub(crate) fn worker(
    tenant: &mut Tenant,
    registry: &Registry,
    form: &Form,
    peer: IpAddr,
    moment: &Moment<'_>,
) -> Result<Response, Refused> {
    let subject = form.get("subject_token").and_then(Parts::read);
    let said = |claim: &str| {
        subject
            .as_ref()
            .and_then(|jwt| jwt.text(claim))
            .map(ToOwned::to_owned)
    };
    let mut entry = Exchange {
        at: moment.now_ms,
        ip: peer,
        client_id: form.client_id().map(ToOwned::to_owned),
        user_id: said("sub"),
        connection: form.get("connection").map(ToOwned::to_owned),
        audit_context: said("audit_context"),
        jti: said("jti"),
        kid: subject.as_ref().and_then(Parts::kid).map(ToOwned::to_owned),
        refused: None,
        token_thumbprint: None,
        refreshed: false,
    };
    let outcome = checks(tenant, registry, form, subject.as_ref(), peer, moment);
    match &outcome {
        Ok(granted) => {
            entry.token_thumbprint = Some(hex::encode(Sha256::digest(&granted.token)));
            entry.refreshed = granted.refreshed;
        }
        Err(refused) => entry.refused = Some(refused.why),
    }
    let line = line(&entry, form, &outcome);
    tenant.log.push(line);
    tenant.exchanges.push(entry);
    outcome.map(|granted| answer(tenant, &granted, moment.now_ms))
}

/// The exchange as the tenant's log shows it.
fn line(entry: &Exchange, form: &Form, outcome: &Result<Granted, Refused>) -> Entry {
    let mut details = json!({
        "audit_context": entry.audit_context,
        "is_privileged_worker": true,
        "subject_token_type": form.get("subject_token_type"),
    });
    match outcome {
        Ok(granted) => {
            details["issued_token_type"] = json!(REQUESTED_TYPE);
            details["scope"] = json!(granted.scopes.join(" "));
            details["token_thumbprint"] = json!(entry.token_thumbprint);
        }
        Err(refused) => details["failure_reason"] = json!(refused.description),
    }
    Entry {
        at: entry.at,
        kind: entry.code(),
        client_id: entry.client_id.clone(),
        user_id: entry.user_id.clone(),
        ip: entry.ip,
        details,
    }
}

fn checks(
    tenant: &mut Tenant,
    registry: &Registry,
    form: &Form,
    subject: Option<&Parts<'_>>,
    peer: IpAddr,
    moment: &Moment<'_>,
) -> Result<Granted, Refused> {
    // `requested_token_type` comes later: a client that authenticates by nothing at all is told that first.
    for name in ["subject_token", "subject_token_type", "connection"] {
        form.require(name)?;
    }
    let client_id = authenticate(tenant, form, moment, false)?;
    let privileged = fit_for_workers(tenant, &client_id)?;
    let lenient = tenant.switches.lenient;
    if !lenient
        && !privileged
            .ip_allowlist
            .iter()
            .any(|entry| covers(entry, peer))
    {
        return Err(Refused::new(
            Refusal::IpRefused,
            "The request's address is not in the allow-list of the client",
        ));
    }
    if form.get("subject_token_type") != Some(SUBJECT_TYPE) {
        return Err(Refused::new(Refusal::TokenType, "Wrong subject_token_type"));
    }
    let Some(subject) = subject else {
        return Err(Refused::new(
            Refusal::SubjectMalformed,
            "Subject token: not a JWT",
        ));
    };
    let user_id = jwt::check_subject(tenant, &client_id, &privileged.credentials, subject, moment)?;
    if form.require("requested_token_type")? != REQUESTED_TYPE {
        return Err(Refused::new(
            Refusal::TokenType,
            "Wrong requested_token_type",
        ));
    }
    let name = form.require("connection")?;
    let wanted: Vec<&str> = form
        .get("scope")
        .map(|scope| scope.split(' ').filter(|s| !s.is_empty()).collect())
        .unwrap_or_default();
    if !lenient {
        within_grants(&privileged, name, &wanted)?;
    }
    let enabled = tenant
        .connections
        .get(name)
        .is_some_and(|connection| connection.active && connection.enabled(&client_id));
    if !enabled {
        return Err(Refused::new(
            Refusal::VaultNotEnabled,
            "Token Vault is not enabled for the provided connection",
        ));
    }
    if tenant.switches.mfa_always {
        return Err(Refused::new(
            Refusal::MfaRequired,
            "Multifactor authentication required",
        ));
    }
    from_vault(tenant, registry, &user_id, name, &wanted, moment.now_ms)
}

fn fit_for_workers(tenant: &Tenant, client_id: &str) -> Result<PrivilegedAccess, Refused> {
    let Some(client) = tenant.clients.get(client_id) else {
        return Err(Refused::new(Refusal::ClientUnknown, "Unknown client"));
    };
    if !client.grant_types.contains(VAULT_GRANT) {
        let text = format!("Grant type '{VAULT_GRANT}' not allowed for the client.");
        return Err(Refused::new(Refusal::GrantNotEnabled, text));
    }
    if !client.first_party || !client.oidc_conformant {
        return Err(Refused::new(
            Refusal::ClientUnfit,
            "The client must be first-party and OIDC conformant",
        ));
    }
    if tenant.switches.feature_off {
        return Err(Refused::new(
            Refusal::FeatureOff,
            "Subject token type is not enabled for the tenant",
        ));
    }
    client
        .privileged
        .clone()
        .filter(|privileged| !privileged.credentials.is_empty())
        .ok_or_else(|| {
            Refused::new(
                Refusal::NoPrivilegedAccess,
                "The client has no privileged access to Token Vault",
            )
        })
}

fn within_grants(
    privileged: &PrivilegedAccess,
    connection: &str,
    wanted: &[&str],
) -> Result<(), Refused> {
    let Some(grant) = privileged
        .grants
        .iter()
        .find(|grant| grant.connection == connection)
    else {
        let text = "The connection is not among the grants of the client";
        return Err(Refused::new(Refusal::ConnectionNotGranted, text));
    };
    match wanted
        .iter()
        .find(|scope| !grant.scopes.iter().any(|granted| granted == *scope))
    {
        Some(scope) => Err(Refused::new(
            Refusal::ScopeNotGranted,
            format!("Scope {scope} is not granted to the client"),
        )),
        None => Ok(()),
    }
}

fn from_vault(
    tenant: &mut Tenant,
    registry: &Registry,
    user_id: &str,
    connection: &str,
    wanted: &[&str],
    now_ms: i64,
) -> Result<Granted, Refused> {
    let missing = |why| Refused::new(why, "Federated connection Refresh Token not found.");
    let failures = tenant.switches.refresh_failures;
    let keyless = tenant
        .connections
        .get(connection)
        .is_none_or(|connection| !connection.has_keys());
    let refuse_bare = tenant.switches.refuse_without_refresh_token;
    let user = tenant
        .users
        .get_mut(user_id)
        .ok_or_else(|| missing(Refusal::UserUnknown))?;
    if user.blocked {
        return Err(missing(Refusal::UserBlocked));
    }
    let account = user
        .accounts
        .iter_mut()
        .find(|account| account.connection == connection)
        .filter(|account| !(refuse_bare && account.plan.kind == TokenKind::OAuthApp))
        .ok_or_else(|| missing(Refusal::NotConnected))?;
    if !wanted.is_empty()
        && !account
            .scopes
            .iter()
            .all(|scope| wanted.contains(&scope.as_str()))
    {
        let text = "The provider cannot issue a token with fewer scopes than were granted";
        return Err(Refused::new(Refusal::CannotNarrow, text));
    }
    let alive = account
        .stored
        .clone()
        .filter(|(_, end)| end.is_none_or(|end| now_ms < end));
    let refreshed = alive.is_none();
    let (token, expires_at_ms) = match alive {
        Some(stored) => stored,
        None if failures > 0 || keyless || !account.refreshable => {
            if failures != u32::MAX {
                tenant.switches.refresh_failures = failures.saturating_sub(1);
            }
            let text = "Refresh Token flow for the Federated Connection failed";
            return Err(Refused::new(Refusal::RefreshFailed, text));
        }
        None => refresh(account, registry, now_ms),
    };
    Ok(Granted {
        token,
        expires_at_ms,
        scopes: account.scopes.clone(),
        refreshed,
    })
}

fn refresh(
    account: &mut ConnectedAccount,
    registry: &Registry,
    now_ms: i64,
) -> (String, Option<i64>) {
    let end = account.plan.life_ms.map(|life| now_ms.saturating_add(life));
    let token = registry.mint(
        account.provider_user_id,
        &account.scopes,
        account.plan.kind,
        end,
    );
    account.stored = Some((token.clone(), end));
    (token, end)
}

fn answer(tenant: &Tenant, granted: &Granted, now_ms: i64) -> Response {
    let switches = &tenant.switches;
    let mut body = Map::new();
    body.insert("access_token".into(), json!(granted.token));
    let expires_in = match switches.expires_in {
        ExpiresIn::True => granted
            .expires_at_ms
            .map(|end| json!((end - now_ms) / 1_000)),
        ExpiresIn::Absent => None,
        ExpiresIn::Fixed(seconds) => Some(json!(seconds)),
        ExpiresIn::Text(text) => Some(json!(text)),
    };
    if let Some(expires_in) = expires_in {
        body.insert("expires_in".into(), expires_in);
    }
    if !switches.drop_scope {
        body.insert(
            "scope".into(),
            json!(
                granted
                    .scopes
                    .join(if switches.comma_scopes { "," } else { " " })
            ),
        );
    }
    let issued = switches
        .issued_token_type
        .as_deref()
        .unwrap_or(REQUESTED_TYPE);
    body.insert("issued_token_type".into(), json!(issued));
    body.insert("token_type".into(), json!("Bearer"));
    if switches.unknown_fields {
        body.insert(
            "token_broker".into(),
            json!({"name": "default", "tiers": [1, 2]}),
        );
        body.insert("not_documented".into(), Value::Null);
    }
    (
        [("cache-control", "no-store"), ("pragma", "no-cache")],
        axum::Json(Value::Object(body)),
    )
        .into_response()
}
