//! How an application authenticates, and the keys in its two slots: given inline when it is made, by id when it is changed.

use serde_json::Value;

use super::answer::Fault;
use super::body::{self, Object};
use super::{Call, credentials, privileged};
use crate::auth0::client::{Client, ClientAuth};
use crate::auth0::key::Credential;

const METHODS: &str = "client_authentication_methods";
const METHOD: &str = "token_endpoint_auth_method";
const BOTH: &str = "Only one of 'token_endpoint_auth_method' and 'client_authentication_methods' may have a value.";

/// Applies `token_endpoint_auth_method`, `client_authentication_methods` and `client_secret`.
pub(super) fn apply(
    call: &Call<'_>,
    client: &mut Client,
    object: &Object,
    creating: bool,
) -> Result<(), Fault> {
    if let Some(secret) = body::text(object, "", "client_secret", 256)? {
        client.secret = Some(secret.to_owned());
        if let ClientAuth::Secret(held) = &mut client.auth {
            secret.clone_into(held);
        }
    }
    let method = match object.get(METHOD) {
        None => None,
        Some(Value::Null) => Some(None),
        Some(Value::String(name)) => match name.as_str() {
            "none" | "client_secret_post" | "client_secret_basic" => Some(Some(name.as_str())),
            other => return Err(Fault::body(&format!("No enum match for: {other}"), METHOD)),
        },
        Some(other) => return Err(Fault::type_of("string", other, METHOD)),
    };
    let by_key = matches!(client.auth, ClientAuth::PrivateKeyJwt(_));
    match (object.get(METHODS), method) {
        (Some(Value::Object(methods)), method) => {
            let cleared = matches!(method, Some(None)) || creating && method.is_none() || by_key;
            if !cleared || matches!(method, Some(Some(_))) {
                return Err(Fault::sense(BOTH));
            }
            if call.tenant.switches.no_private_key_jwt {
                return Err(Fault::entitlement("private_key_jwt"));
            }
            let keys = private_key_jwt(call, client, methods, creating)?;
            client.settings.remove(METHOD);
            client.auth = ClientAuth::PrivateKeyJwt(keys);
        }
        (Some(Value::Null), method) => {
            by_secret(client, method.flatten().unwrap_or("client_secret_post"));
        }
        (Some(other), _) => return Err(Fault::type_of("object", other, METHODS)),
        (None, Some(Some(_))) if by_key => return Err(Fault::sense(BOTH)),
        (None, Some(Some(method))) => by_secret(client, method),
        (None, Some(None)) if !by_key => {
            return Err(Fault::sense(
                "token_endpoint_auth_method can be null only together with client_authentication_methods.",
            ));
        }
        (None, Some(None) | None) => {}
    }
    Ok(())
}

fn by_secret(client: &mut Client, method: &str) {
    client
        .settings
        .insert(METHOD.to_owned(), Value::from(method));
    client.auth = if method == "none" {
        ClientAuth::None
    } else {
        ClientAuth::Secret(client.secret.clone().unwrap_or_default())
    };
}

fn private_key_jwt(
    call: &Call<'_>,
    client: &mut Client,
    methods: &Object,
    creating: bool,
) -> Result<Vec<Credential>, Fault> {
    body::only(methods, METHODS, &["private_key_jwt"])?;
    body::needs(methods, METHODS, &["private_key_jwt"])?;
    let path = body::at(METHODS, "private_key_jwt");
    let inner = body::object(methods, METHODS, "private_key_jwt")?;
    let inner = inner.ok_or_else(|| Fault::type_of("object", &Value::Null, &path))?;
    body::only(inner, &path, &["credentials"])?;
    body::needs(inner, &path, &["credentials"])?;
    let keys = slot(call, client, inner, &path, creating)?;
    if keys.is_empty() {
        return Err(Fault::body(
            "Array is too short (0), minimum 1",
            &body::at(&path, "credentials"),
        ));
    }
    Ok(keys)
}

/// The keys that a slot is to hold.
pub(super) fn slot(
    call: &Call<'_>,
    client: &mut Client,
    object: &Object,
    path: &str,
    creating: bool,
) -> Result<Vec<Credential>, Fault> {
    let items = body::list(object, path, "credentials", privileged::KEYS)?.unwrap_or_default();
    let mut keys: Vec<Credential> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let path = format!("{path}.credentials[{index}]");
        let Value::Object(item) = item else {
            return Err(Fault::type_of("object", item, &path));
        };
        let id = if creating {
            let key = credentials::read(item, &path)?;
            // The same key inline in both slots is one credential.
            let known = client
                .pool
                .iter()
                .find(|known| known.thumbprint == key.thumbprint && known.kid == key.kid)
                .filter(|known| !keys.iter().any(|key| key.id == known.id))
                .map(|known| known.id.clone());
            match known {
                Some(id) => id,
                None => credentials::register(client, key, call.shared.id("cred"), call.now_ms)?,
            }
        } else {
            body::only(item, &path, &["id"])?;
            body::required(item, &path, "id", 64)?.to_owned()
        };
        let known = client.pool.iter().find(|known| known.id == id);
        let known = known.ok_or_else(|| {
            Fault::plain(
                404,
                format!("The credential {id} does not exist"),
                Some("inexistent_credential"),
            )
        })?;
        if keys.iter().any(|key| key.id == known.id) {
            return Err(Fault::body(
                &format!("Array items are not unique (indices {index})"),
                &path,
            ));
        }
        keys.push(known.clone());
    }
    Ok(keys)
}
