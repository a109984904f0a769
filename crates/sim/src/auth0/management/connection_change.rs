//! Changes of a connection, and how it is shown.

use serde_json::{Map, Value, json};

use super::answer::Fault;
use super::body::{self, Object};
use crate::auth0::connection::Connection;
use crate::auth0::state::Tenant;

/// What a PATCH may carry; a POST has name and strategy too.
pub(super) const KNOWN: [&str; 8] = [
    "options",
    "authentication",
    "connected_accounts",
    "display_name",
    "is_domain_connection",
    "show_as_button",
    "realms",
    "metadata",
];

/// Applies the body. `options` is replaced whole: what is not said again is gone.
pub(super) fn apply(connection: &mut Connection, object: &Object) -> Result<(), Fault> {
    if let Some(options) = body::object(object, "", "options")? {
        let mut options: Map<String, Value> = options.clone();
        connection.scopes = scopes(&mut options)?;
        connection.options = options;
    }
    if let Some(purpose) = body::object(object, "", "authentication")? {
        body::only(purpose, "authentication", &["active"])?;
        body::needs(purpose, "authentication", &["active"])?;
        connection.authentication = body::flag(purpose, "authentication", "active")? == Some(true);
    }
    if let Some(purpose) = body::object(object, "", "connected_accounts")? {
        body::only(
            purpose,
            "connected_accounts",
            &["active", "cross_app_access"],
        )?;
        body::needs(purpose, "connected_accounts", &["active"])?;
        connection.active = body::flag(purpose, "connected_accounts", "active")? == Some(true);
    }
    for name in ["is_domain_connection", "show_as_button"] {
        if let Some(on) = body::flag(object, "", name)? {
            connection.settings.insert(name.to_owned(), json!(on));
        }
    }
    if let Some(name) = body::text(object, "", "display_name", 128)? {
        connection
            .settings
            .insert("display_name".to_owned(), json!(name));
    }
    if let Some(realms) = body::texts(object, "", "realms", 100)? {
        connection
            .settings
            .insert("realms".to_owned(), json!(realms));
    }
    if let Some(metadata) = body::object(object, "", "metadata")? {
        connection
            .settings
            .insert("metadata".to_owned(), json!(metadata));
    }
    Ok(())
}

/// Takes the scopes out of the options: a list, or one text of several.
fn scopes(options: &mut Map<String, Value>) -> Result<Vec<String>, Fault> {
    match options.remove("scope") {
        None => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(text
            .split([' ', ','])
            .filter(|scope| !scope.is_empty())
            .map(ToOwned::to_owned)
            .collect()),
        Some(list @ Value::Array(_)) => {
            let mut object = Map::new();
            object.insert("scope".to_owned(), list);
            Ok(body::texts(&object, "options", "scope", 100)?.unwrap_or_default())
        }
        Some(other) => Err(Fault::type_of("array", &other, "options.scope")),
    }
}

/// The applications a connection is on for.
pub(super) fn enabled(tenant: &Tenant, connection: &Connection) -> Vec<String> {
    tenant
        .clients
        .keys()
        .filter(|id| connection.enabled(id))
        .cloned()
        .collect()
}

/// A connection as the API shows it. `connected_accounts` stands at the top level, never in the options.
pub(super) fn shown(tenant: &Tenant, name: &str, connection: &Connection) -> Value {
    let mut options = connection.options.clone();
    if !connection.scopes.is_empty() {
        options.insert("scope".to_owned(), json!(connection.scopes));
    }
    let mut shown = json!({
        "id": connection.id,
        "name": name,
        "strategy": connection.strategy,
        "options": options,
        "authentication": {"active": connection.authentication},
        "connected_accounts": {"active": connection.active},
        "is_domain_connection": false,
        "realms": [name],
        "enabled_clients": enabled(tenant, connection),
    });
    for (name, value) in &connection.settings {
        shown[name] = value.clone();
    }
    shown
}
