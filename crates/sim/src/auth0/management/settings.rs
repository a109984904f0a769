//! The tenant's own settings, and its multi-factor policy.

use serde_json::{Value, json};

use super::Call;
use super::answer::{Answer, Fault, Reply};
use super::body;

/// Policies of multi-factor authentication.
const POLICIES: [&str; 2] = ["all-applications", "confidence-score"];

pub(super) fn tenant(call: &Call<'_>) -> Answer {
    call.any_of(&["read:tenant_settings"])?;
    call.query.only(&["fields", "include_fields"])?;
    let switches = &call.tenant.switches;
    let shown = json!({
        "friendly_name": "Simulated tenant",
        "enabled_locales": ["en"],
        "session_lifetime": 168,
        "idle_session_lifetime": 72,
        "sandbox_version": "22",
        "default_directory": "",
        "flags": {
            "revoke_refresh_token_grant": false,
            "enable_client_connections": false,
            "token_vault_subject_type_jwt_ea_rollout": !switches.feature_off,
        },
        "skip_non_verifiable_callback_uri_confirmation_prompt": !switches.confirm_loopback,
        "device_flow": {"charset": "base20", "mask": "****-****"},
    });
    Ok(Reply(200, call.query.fields(shown)?))
}

pub(super) fn policies(call: &Call<'_>) -> Answer {
    call.any_of(&["read:mfa_policies"])?;
    let always = call.tenant.switches.mfa_always;
    Ok(Reply(
        200,
        if always {
            json!([POLICIES[0]])
        } else {
            json!([])
        },
    ))
}

/// `PUT /guardian/policies`: the empty list is *Never*, `all-applications` is *Always*.
pub(super) fn set_policies(call: &mut Call<'_>) -> Answer {
    call.any_of(&["update:mfa_policies"])?;
    let items = call.array()?;
    for (index, item) in items.iter().enumerate() {
        let place = format!("[{index}]");
        match item.as_str() {
            Some(name) if POLICIES.contains(&name) => {}
            Some(name) => return Err(Fault::body(&format!("No enum match for: {name}"), &place)),
            None => return Err(Fault::type_of("string", item, &place)),
        }
    }
    call.tenant.switches.mfa_always = items.iter().any(|item| item == POLICIES[0]);
    Ok(Reply(200, json!(items)))
}

pub(super) fn factors(call: &Call<'_>) -> Answer {
    call.any_of(&["read:guardian_factors"])?;
    let factor = |name: &str, enabled: bool| json!({"name": name, "enabled": enabled, "trial_expired": false});
    Ok(Reply(
        200,
        Value::Array(vec![
            factor("push-notification", call.tenant.push_enabled),
            factor("sms", false),
            factor("otp", true),
            factor("email", false),
            factor("webauthn-roaming", false),
            factor("webauthn-platform", false),
            factor("recovery-code", false),
            factor("duo", false),
        ]),
    ))
}

/// `PUT /guardian/factors/push-notification`
pub(super) fn set_push(call: &mut Call<'_>) -> Answer {
    call.any_of(&["update:guardian_factors"])?;
    let object = call.object()?;
    body::only(&object, "", &["enabled"])?;
    body::needs(&object, "", &["enabled"])?;
    let on = body::flag(&object, "", "enabled")? == Some(true);
    call.tenant.push_enabled = on;
    Ok(Reply(200, json!({"enabled": on})))
}
