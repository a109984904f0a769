//! `/clients`: the applications.

use serde_json::Value;

use super::answer::{Answer, Fault, Reply};
use super::body::{self, Object};
use super::client_shape::shown;
use super::{Call, client_change, privileged};
use crate::auth0::client::{Client, ClientAuth};

/// What reads an application.
const READ: [&str; 2] = ["read:clients", "read:client_keys"];

pub(super) fn unknown_client() -> Fault {
    Fault::plain(404, "The client does not exist", Some("inexistent_client"))
}

pub(super) fn list(call: &Call<'_>) -> Answer {
    call.any_of(&READ)?;
    call.query.only(&[
        "page",
        "per_page",
        "include_totals",
        "fields",
        "include_fields",
        "is_global",
        "is_first_party",
        "app_type",
    ])?;
    let first_party = call.query.flag("is_first_party")?;
    let global = call.query.flag("is_global")?.unwrap_or(false);
    let kinds: Option<Vec<&str>> = call
        .query
        .get("app_type")
        .map(|kinds| kinds.split(',').collect());
    let items = call
        .tenant
        .clients
        .values()
        .filter(|client| !global && first_party.is_none_or(|first| client.first_party == first))
        .map(|client| shown(client, call.holds("read:client_keys")))
        .filter(|client| {
            kinds
                .as_ref()
                .is_none_or(|kinds| kinds.iter().any(|kind| client["app_type"] == *kind))
        })
        .collect();
    call.query.page("clients", items)
}

pub(super) fn get(call: &Call<'_>, id: &str) -> Answer {
    call.any_of(&READ)?;
    call.query.only(&["fields", "include_fields"])?;
    let client = call.tenant.clients.get(id).ok_or_else(unknown_client)?;
    let shown = shown(client, call.holds("read:client_keys"));
    Ok(Reply(200, call.query.fields(shown)?))
}

pub(super) fn create(call: &mut Call<'_>) -> Answer {
    call.any_of(&["create:clients"])?;
    let object = call.object()?;
    let inline = ["client_authentication_methods", privileged::NAME]
        .iter()
        .any(|name| object.get(*name).is_some_and(|value| !value.is_null()));
    if inline {
        call.all_of(&["create:client_credentials"])?;
    }
    if object.contains_key(privileged::NAME) {
        call.all_of(&["create:client_token_vault_privileged_access"])?;
    }
    body::required(&object, "", "name", 1024)?;
    let seed = &call.shared.seed;
    let mut client = Client::new(&seed.letters(32), ClientAuth::Secret(seed.letters(64)));
    client.settle(String::new, call.now_ms);
    client_change::defaults(&mut client, &object)?;
    client_change::apply(call, &mut client, &object, true)?;
    let made = shown(&client, true);
    call.tenant.clients.insert(client.id.clone(), client);
    Ok(Reply(201, made))
}

pub(super) fn update(call: &mut Call<'_>, id: &str) -> Answer {
    call.any_of(&["update:clients", "update:client_keys"])?;
    let object = call.object()?;
    needs_for(call, &object)?;
    let mut client = call
        .tenant
        .clients
        .get(id)
        .cloned()
        .ok_or_else(unknown_client)?;
    client_change::apply(call, &mut client, &object, false)?;
    let made = shown(&client, call.holds("read:client_keys"));
    call.tenant.clients.insert(client.id.clone(), client);
    Ok(Reply(200, made))
}

/// Some settings need more than `update:clients`.
fn needs_for(call: &Call<'_>, object: &Object) -> Result<(), Fault> {
    if object.contains_key("client_secret") {
        call.all_of(&["update:client_keys"])?;
    }
    if object.contains_key("client_authentication_methods") {
        call.all_of(&["update:client_credentials"])?;
    }
    if object.contains_key(privileged::NAME) {
        call.all_of(&[
            "update:client_credentials",
            "update:client_token_vault_privileged_access",
        ])?;
    }
    if object.keys().any(|name| name != "client_secret") {
        call.all_of(&["update:clients"])?;
    }
    Ok(())
}

/// Deletes an application and what hangs on it. An unknown one is gone already.
pub(super) fn delete(call: &mut Call<'_>, id: &str) -> Answer {
    call.any_of(&["delete:clients"])?;
    call.tenant.clients.remove(id);
    call.tenant
        .client_grants
        .retain(|grant| grant.client_id != id);
    for connection in call.tenant.connections.values_mut() {
        connection.enabled_for.remove(id);
        connection.disabled_for.remove(id);
    }
    Ok(Reply(204, Value::Null))
}
