//! `/clients/{id}/credentials`: the keys of an application.

use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use super::Call;
use super::answer::{Answer, Fault, Reply};
use super::body::{self, Object};
use super::clients::unknown_client;
use super::page::time;
use crate::auth0::client::Client;
use crate::auth0::key::Credential;

/// How many keys an application may have.
const POOL: usize = 4;

/// A credential as the API shows it.
pub(super) fn shown(key: &Credential) -> Value {
    let mut shown = json!({
        "id": key.id,
        "credential_type": "public_key",
        "kid": key.kid,
        "alg": algorithm_name(key.alg),
        "thumbprint_sha256": key.thumbprint,
        "name": key.name,
        "created_at": time(key.created_at_ms),
        "updated_at": time(key.created_at_ms),
    });
    if let Some(end) = key.expires_at_ms {
        shown["expires_at"] = json!(time(end));
    }
    shown
}

const fn algorithm_name(alg: Algorithm) -> &'static str {
    match alg {
        Algorithm::RS384 => "RS384",
        Algorithm::PS256 => "PS256",
        _ => "RS256",
    }
}

/// Reads a new credential out of a body.
pub(super) fn read(object: &Object, path: &str) -> Result<Credential, Fault> {
    body::only(
        object,
        path,
        &[
            "credential_type",
            "name",
            "pem",
            "alg",
            "kid",
            "expires_at",
            "parse_expiry_from_cert",
        ],
    )?;
    match body::required(object, path, "credential_type", 64)? {
        "public_key" => {}
        other => {
            let what = format!("No enum match for: {other}");
            return Err(Fault::body(&what, &body::at(path, "credential_type")));
        }
    }
    let pem = body::required(object, path, "pem", 4096)?;
    let mut key =
        Credential::from_pem(pem).map_err(|why| Fault::sense(format!("Invalid key: {why}")))?;
    if let Some(name) = body::text(object, path, "name", 128)? {
        name.clone_into(&mut key.name);
    }
    key.alg = match body::text(object, path, "alg", 16)? {
        None | Some("RS256") => Algorithm::RS256,
        Some("RS384") => Algorithm::RS384,
        Some("PS256") => Algorithm::PS256,
        Some(other) => {
            let what = format!("No enum match for: {other}");
            return Err(Fault::body(&what, &body::at(path, "alg")));
        }
    };
    if let Some(kid) = body::text(object, path, "kid", 64)? {
        let fits = kid.len() >= 10
            && kid
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if !fits {
            let what = "String does not match pattern: ^([0-9a-zA-Z-_]{10,64})$";
            return Err(Fault::body(what, &body::at(path, "kid")));
        }
        kid.clone_into(&mut key.kid);
    }
    if body::flag(object, path, "parse_expiry_from_cert")? == Some(true) {
        return Err(Fault::sense("parse_expiry_from_cert needs a certificate"));
    }
    key.expires_at_ms = expiry(object, path)?;
    Ok(key)
}

fn expiry(object: &Object, path: &str) -> Result<Option<i64>, Fault> {
    let Some(text) = body::text(object, path, "expires_at", 64)? else {
        return Ok(None);
    };
    chrono::DateTime::parse_from_rfc3339(text)
        .map(|time| Some(time.timestamp_millis()))
        .map_err(|_| {
            let what = format!("Object didn't pass validation for format date-time: {text}");
            Fault::body(&what, &body::at(path, "expires_at"))
        })
}

/// Registers a key with an application; its id.
pub(super) fn register(
    client: &mut Client,
    mut key: Credential,
    id: String,
    now_ms: i64,
) -> Result<String, Fault> {
    if client.pool.len() >= POOL {
        return Err(Fault::sense(format!(
            "A client can have a maximum of {POOL} credentials."
        )));
    }
    let known = client
        .pool
        .iter()
        .any(|known| known.thumbprint == key.thumbprint || known.kid == key.kid);
    if known {
        return Err(Fault::plain(
            409,
            "A credential with the same public key already exists for this client.",
            Some("credential_conflict"),
        ));
    }
    key.id.clone_from(&id);
    key.created_at_ms = now_ms;
    client.pool.push(key);
    Ok(id)
}

pub(super) fn list(call: &Call<'_>, id: &str) -> Answer {
    call.any_of(&["read:client_credentials"])?;
    let client = call.tenant.clients.get(id).ok_or_else(unknown_client)?;
    Ok(Reply(200, client.pool.iter().map(shown).collect()))
}

pub(super) fn get(call: &Call<'_>, id: &str, key: &str) -> Answer {
    call.any_of(&["read:client_credentials"])?;
    let client = call.tenant.clients.get(id).ok_or_else(unknown_client)?;
    let found = client.pool.iter().find(|known| known.id == key);
    Ok(Reply(200, found.map(shown).ok_or_else(unknown)?))
}

pub(super) fn create(call: &mut Call<'_>, id: &str) -> Answer {
    call.any_of(&["create:client_credentials"])?;
    let key = read(&call.object()?, "")?;
    let (new_id, now_ms) = (call.shared.id("cred"), call.now_ms);
    let client = call.tenant.clients.get_mut(id).ok_or_else(unknown_client)?;
    let new_id = register(client, key, new_id, now_ms)?;
    let made = client.pool.iter().find(|known| known.id == new_id);
    Ok(Reply(201, made.map(shown).ok_or_else(unknown)?))
}

pub(super) fn update(call: &mut Call<'_>, id: &str, key: &str) -> Answer {
    call.any_of(&["update:client_credentials"])?;
    let object = call.object()?;
    body::only(&object, "", &["expires_at"])?;
    let end = match object.get("expires_at") {
        Some(Value::Null) => None,
        _ => expiry(&object, "")?,
    };
    let client = call.tenant.clients.get_mut(id).ok_or_else(unknown_client)?;
    let found = client
        .pool
        .iter_mut()
        .find(|known| known.id == key)
        .ok_or_else(unknown)?;
    if object.contains_key("expires_at") {
        found.expires_at_ms = end;
    }
    let found = found.clone();
    client.spread(&found);
    Ok(Reply(200, shown(&found)))
}

pub(super) fn delete(call: &mut Call<'_>, id: &str, key: &str) -> Answer {
    call.any_of(&["delete:client_credentials"])?;
    let client = call.tenant.clients.get_mut(id).ok_or_else(unknown_client)?;
    if !client.pool.iter().any(|known| known.id == key) {
        return Err(unknown());
    }
    if client.uses(key) {
        return Err(Fault::sense(
            "Cannot delete credential still associated with a client",
        ));
    }
    client.pool.retain(|known| known.id != key);
    Ok(Reply(204, Value::Null))
}

fn unknown() -> Fault {
    Fault::plain(
        404,
        "The credential does not exist",
        Some("inexistent_credential"),
    )
}
