//! An application as the Management API shows it.

use serde_json::{Value, json};

use super::privileged;
use crate::auth0::client::{Client, ClientAuth};

/// The object, with the secret when the caller may see keys and the secret counts.
pub(super) fn shown(client: &Client, keys: bool) -> Value {
    let mut shown = json!({
        "tenant": "simulated",
        "global": false,
        "callback_url_template": false,
        "name": client.id,
        "client_id": client.id,
        "is_first_party": client.first_party,
        "oidc_conformant": client.oidc_conformant,
        "grant_types": client.grant_types,
    });
    if !client.callbacks.is_empty() {
        shown["callbacks"] = json!(client.callbacks);
    }
    for (name, value) in &client.settings {
        shown[name] = value.clone();
    }
    match &client.auth {
        ClientAuth::None => shown["token_endpoint_auth_method"] = json!("none"),
        ClientAuth::Secret(_) => {
            let method = client.settings.get("token_endpoint_auth_method");
            shown["token_endpoint_auth_method"] = method
                .cloned()
                .unwrap_or_else(|| json!("client_secret_post"));
        }
        ClientAuth::PrivateKeyJwt(keys) => {
            shown["token_endpoint_auth_method"] = Value::Null;
            let ids: Vec<Value> = keys.iter().map(|key| json!({"id": key.id})).collect();
            shown["client_authentication_methods"] =
                json!({"private_key_jwt": {"credentials": ids}});
        }
    }
    let hidden = matches!(client.auth, ClientAuth::PrivateKeyJwt(_));
    if let Some(secret) = client.secret.as_ref().filter(|_| keys && !hidden) {
        shown["client_secret"] = json!(secret);
    }
    if let Some(access) = &client.privileged {
        shown[privileged::NAME] = privileged::shown(access);
    }
    shown
}
