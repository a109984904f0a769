//! What a tenant publishes about itself: its endpoints and its keys.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde_json::{Value, json};

use super::Shared;
use super::signer::signer;
use crate::lock;

/// `GET /.well-known/openid-configuration`
pub(crate) async fn discovery(State(shared): State<Arc<Shared>>) -> axum::Json<Value> {
    let base = shared.tenant_url();
    let mut document = json!({
        "issuer": base,
        "authorization_endpoint": format!("{base}authorize"),
        "token_endpoint": format!("{base}oauth/token"),
        "device_authorization_endpoint": format!("{base}oauth/device/code"),
        "userinfo_endpoint": format!("{base}userinfo"),
        "mfa_challenge_endpoint": format!("{base}mfa/challenge"),
        "jwks_uri": format!("{base}.well-known/jwks.json"),
        "registration_endpoint": format!("{base}oidc/register"),
        "revocation_endpoint": format!("{base}oauth/revoke"),
        "end_session_endpoint": format!("{base}oidc/logout"),
        "pushed_authorization_request_endpoint": format!("{base}oauth/par"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256", "RS384", "PS256"],
        "code_challenge_methods_supported": ["S256", "plain"],
        "id_token_signing_alg_values_supported": ["HS256", "RS256", "PS256"],
    });
    if !lock(&shared.tenant).switches.no_ciba {
        document["backchannel_authentication_endpoint"] = json!(format!("{base}bc-authorize"));
        document["backchannel_token_delivery_modes_supported"] = json!(["poll"]);
    }
    axum::Json(document)
}

/// `GET /.well-known/jwks.json`: the next key, the current one, and the one before.
pub(crate) async fn jwks(State(shared): State<Arc<Shared>>) -> Response {
    let current = lock(&shared.tenant).signing;
    let keys: Result<Vec<Value>, String> =
        [Some(current + 1), Some(current), current.checked_sub(1)]
            .into_iter()
            .flatten()
            .map(|place| signer(place).map(|signer| signer.jwk.clone()))
            .collect();
    match keys {
        Ok(keys) => axum::Json(json!({"keys": keys})).into_response(),
        Err(err) => (StatusCode::INTERNAL_SERVER_ERROR, err).into_response(),
    }
}
