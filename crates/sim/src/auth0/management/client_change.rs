//! Changes of an application, from the body of a POST or a PATCH. The whole body is taken, or nothing of it.

use serde_json::{Map, Value, json};

use super::answer::Fault;
use super::body::{self, Object};
use super::{Call, client_auth, privileged};
use crate::auth0::client::{Client, ClientAuth};

const TEXTS: [(&str, usize); 7] = [
    ("name", 1024),
    ("description", 140),
    ("logo_uri", 2048),
    ("initiate_login_uri", 2048),
    ("resource_server_identifier", 600),
    ("organization_usage", 16),
    ("organization_require_behavior", 32),
];
const FLAGS: [&str; 10] = [
    "is_first_party",
    "oidc_conformant",
    "sso",
    "sso_disabled",
    "cross_origin_authentication",
    "custom_login_page_on",
    "is_token_endpoint_ip_header_trusted",
    "require_pushed_authorization_requests",
    "require_proof_of_possession",
    "skip_non_verifiable_callback_uri_confirmation_prompt",
];
const LISTS: [&str; 8] = [
    "callbacks",
    "allowed_origins",
    "web_origins",
    "client_aliases",
    "allowed_clients",
    "allowed_logout_urls",
    "grant_types",
    "async_approval_notification_channels",
];
const OBJECTS: [&str; 7] = [
    "jwt_configuration",
    "client_metadata",
    "oidc_logout",
    "native_social_login",
    "default_organization",
    "mobile",
    "token_exchange",
];
/// What this module or its neighbours read by name.
const OTHERS: [&str; 6] = [
    "app_type",
    "refresh_token",
    "client_secret",
    "token_endpoint_auth_method",
    "client_authentication_methods",
    privileged::NAME,
];
const KINDS: [&str; 5] = [
    "native",
    "spa",
    "regular_web",
    "non_interactive",
    "resource_server",
];

/// What an application has that says nothing about itself: `oidc_conformant` is off, and the grants go by its kind.
pub(super) fn defaults(client: &mut Client, object: &Object) -> Result<(), Fault> {
    client.oidc_conformant = false;
    let kind = body::text(object, "", "app_type", 32)?.unwrap_or("regular_web");
    let grants: &[&str] = match kind {
        "native" | "spa" => &["authorization_code", "implicit", "refresh_token"],
        "non_interactive" => &["client_credentials"],
        "resource_server" => &[],
        _ => &[
            "authorization_code",
            "implicit",
            "refresh_token",
            "client_credentials",
        ],
    };
    client
        .grant_types
        .extend(grants.iter().map(|grant| (*grant).to_owned()));
    if matches!(kind, "native" | "spa") {
        client.auth = ClientAuth::None;
    }
    Ok(())
}

/// Applies the body.
pub(super) fn apply(
    call: &Call<'_>,
    client: &mut Client,
    object: &Object,
    creating: bool,
) -> Result<(), Fault> {
    let known: Vec<&str> = TEXTS
        .iter()
        .map(|(name, _)| *name)
        .chain(FLAGS)
        .chain(LISTS)
        .chain(OBJECTS)
        .chain(OTHERS)
        .collect();
    body::only(object, "", &known)?;
    for (name, max) in TEXTS {
        if let Some(text) = body::text(object, "", name, max)? {
            client.settings.insert(name.to_owned(), json!(text));
        }
    }
    kind(client, object)?;
    flags(client, object)?;
    lists(client, object, call.tenant.switches.no_ciba)?;
    objects(client, object)?;
    refresh_token(call, client, object)?;
    client_auth::apply(call, client, object, creating)?;
    privileged_access(call, client, object, creating)?;
    one_slot_each(call, client)
}

fn kind(client: &mut Client, object: &Object) -> Result<(), Fault> {
    if let Some(kind) = body::text(object, "", "app_type", 32)? {
        if !KINDS.contains(&kind) {
            return Err(Fault::body(
                &format!("No enum match for: {kind}"),
                "app_type",
            ));
        }
        client.settings.insert("app_type".to_owned(), json!(kind));
    }
    Ok(())
}

fn flags(client: &mut Client, object: &Object) -> Result<(), Fault> {
    for name in FLAGS {
        match (name, body::flag(object, "", name)?) {
            (_, None) => {}
            ("is_first_party", Some(on)) => client.first_party = on,
            ("oidc_conformant", Some(on)) => client.oidc_conformant = on,
            (_, Some(on)) => {
                client.settings.insert(name.to_owned(), json!(on));
            }
        }
    }
    Ok(())
}

fn lists(client: &mut Client, object: &Object, no_ciba: bool) -> Result<(), Fault> {
    for name in LISTS {
        match (name, body::texts(object, "", name, 100)?) {
            (_, None) => {}
            ("callbacks", Some(items)) => client.callbacks = items.into_iter().collect(),
            ("grant_types", Some(items)) => client.grant_types = items.into_iter().collect(),
            ("async_approval_notification_channels", Some(_)) if no_ciba => {
                return Err(Fault::entitlement(name));
            }
            ("async_approval_notification_channels", Some(items)) => {
                let odd = items
                    .iter()
                    .find(|item| !["guardian-push", "email"].contains(&item.as_str()));
                if let Some(odd) = odd {
                    return Err(Fault::body(&format!("No enum match for: {odd}"), name));
                }
                client.settings.insert(name.to_owned(), json!(items));
            }
            (_, Some(items)) => {
                client.settings.insert(name.to_owned(), json!(items));
            }
        }
    }
    Ok(())
}

fn objects(client: &mut Client, object: &Object) -> Result<(), Fault> {
    for name in OBJECTS {
        match object.get(name) {
            None => {}
            Some(Value::Null) => {
                client.settings.remove(name);
            }
            Some(Value::Object(inner)) => {
                client.settings.insert(name.to_owned(), json!(inner));
            }
            Some(other) => return Err(Fault::type_of("object", other, name)),
        }
    }
    Ok(())
}

/// Replaces the whole object; a policy for an API that the tenant does not have is dropped without a word.
fn refresh_token(call: &Call<'_>, client: &mut Client, object: &Object) -> Result<(), Fault> {
    const NAME: &str = "refresh_token";
    let Some(given) = body::object(object, "", NAME)? else {
        return Ok(());
    };
    body::only(
        given,
        NAME,
        &[
            "rotation_type",
            "expiration_type",
            "leeway",
            "token_lifetime",
            "infinite_token_lifetime",
            "idle_token_lifetime",
            "infinite_idle_token_lifetime",
            "policies",
        ],
    )?;
    body::needs(given, NAME, &["rotation_type", "expiration_type"])?;
    let mut stored: Map<String, Value> = given.clone();
    if let Some(policies) = body::list(given, NAME, "policies", 50)? {
        let kept: Vec<&Value> = policies
            .iter()
            .filter(|policy| {
                policy["audience"]
                    .as_str()
                    .is_some_and(|audience| call.tenant.api(audience).is_some())
            })
            .collect();
        stored.insert("policies".to_owned(), json!(kept));
    }
    client
        .settings
        .insert(NAME.to_owned(), Value::Object(stored));
    Ok(())
}

fn privileged_access(
    call: &Call<'_>,
    client: &mut Client,
    object: &Object,
    creating: bool,
) -> Result<(), Fault> {
    let given = match object.get(privileged::NAME) {
        None => return Ok(()),
        Some(Value::Null) => {
            client.privileged = None;
            return Ok(());
        }
        Some(Value::Object(given)) => given,
        Some(other) => return Err(Fault::type_of("object", other, privileged::NAME)),
    };
    let switches = &call.tenant.switches;
    if switches.feature_off && !switches.feature_off_is_silent {
        return Err(Fault::entitlement(privileged::NAME));
    }
    let mut access = privileged::read(given)?;
    access.credentials = client_auth::slot(call, client, given, privileged::NAME, creating)?;
    client.privileged = Some(access);
    Ok(())
}

/// Refuses one credential in two slots, where the tenant is one that does.
fn one_slot_each(call: &Call<'_>, client: &Client) -> Result<(), Fault> {
    let (true, ClientAuth::PrivateKeyJwt(keys), Some(access)) = (
        call.tenant.switches.one_slot_per_credential,
        &client.auth,
        &client.privileged,
    ) else {
        return Ok(());
    };
    let twice = keys
        .iter()
        .find(|key| access.credentials.iter().any(|other| other.id == key.id));
    match twice {
        None => Ok(()),
        Some(twice) => Err(Fault::sense(format!(
            "The credential {} is already associated with private_key_jwt.",
            twice.id
        ))),
    }
}
