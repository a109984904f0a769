//! `/connections`: the providers, their purposes, and for which applications they are on.

use serde_json::{Value, json};

use super::Call;
use super::answer::{Answer, Fault, Reply};
use super::body;
use super::connection_change::{self, shown};
use crate::auth0::connection::Connection;
use crate::auth0::state::Tenant;

/// How many applications one request may switch.
const SWITCHED: usize = 50;

fn unknown() -> Fault {
    Fault::plain(
        404,
        "The connection does not exist",
        Some("inexistent_connection"),
    )
}

fn find<'a>(tenant: &'a mut Tenant, id: &str) -> Result<(&'a String, &'a mut Connection), Fault> {
    tenant
        .connections
        .iter_mut()
        .find(|(_, connection)| connection.id == id)
        .ok_or_else(unknown)
}

pub(super) fn list(call: &Call<'_>) -> Answer {
    call.any_of(&["read:connections"])?;
    call.query.only(&[
        "page",
        "per_page",
        "include_totals",
        "fields",
        "include_fields",
        "name",
        "strategy",
    ])?;
    let items = call
        .tenant
        .connections
        .iter()
        .filter(|(name, connection)| {
            call.query
                .get("name")
                .is_none_or(|wanted| wanted == name.as_str())
                && call
                    .query
                    .get("strategy")
                    .is_none_or(|wanted| wanted == connection.strategy)
        })
        .map(|(name, connection)| shown(call.tenant, name, connection))
        .collect();
    call.query.page("connections", items)
}

pub(super) fn get(call: &mut Call<'_>, id: &str) -> Answer {
    call.any_of(&["read:connections"])?;
    call.query.only(&["fields", "include_fields"])?;
    let (name, connection) = call
        .tenant
        .connections
        .iter()
        .find(|(_, connection)| connection.id == id)
        .ok_or_else(unknown)?;
    let shown = shown(call.tenant, name, connection);
    Ok(Reply(200, call.query.fields(shown)?))
}

pub(super) fn create(call: &mut Call<'_>) -> Answer {
    call.any_of(&["create:connections"])?;
    let object = call.object()?;
    let mut known = connection_change::KNOWN.to_vec();
    known.extend(["name", "strategy"]);
    body::only(&object, "", &known)?;
    let name = body::required(&object, "", "name", 128)?.to_owned();
    let strategy = body::required(&object, "", "strategy", 128)?.to_owned();
    let edge = |letter: Option<char>| letter.is_some_and(|l| l.is_ascii_alphanumeric());
    let fits = name
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
        && edge(name.chars().next())
        && edge(name.chars().last());
    if !fits {
        let what = "String does not match pattern: ^[a-zA-Z0-9](-[a-zA-Z0-9]|[a-zA-Z0-9])*$";
        return Err(Fault::body(what, "name"));
    }
    if call.tenant.connections.contains_key(&name) {
        return Err(Fault::plain(
            409,
            "A connection with the same name already exists",
            Some("connection_conflict"),
        ));
    }
    let mut connection = Connection::open(call.shared.id("con"), &strategy, &[]);
    connection.options.clear();
    (connection.active, connection.open) = (false, false);
    connection_change::apply(&mut connection, &object)?;
    let made = shown(call.tenant, &name, &connection);
    call.tenant.connections.insert(name, connection);
    Ok(Reply(201, made))
}

pub(super) fn update(call: &mut Call<'_>, id: &str) -> Answer {
    call.any_of(&["update:connections"])?;
    let object = call.object()?;
    body::only(&object, "", &connection_change::KNOWN)?;
    let (name, connection) = find(call.tenant, id)?;
    let (name, mut connection) = (name.clone(), connection.clone());
    connection_change::apply(&mut connection, &object)?;
    let made = shown(call.tenant, &name, &connection);
    call.tenant.connections.insert(name, connection);
    Ok(Reply(200, made))
}

pub(super) fn delete(call: &mut Call<'_>, id: &str) -> Answer {
    call.any_of(&["delete:connections"])?;
    let name = find(call.tenant, id)?.0.clone();
    call.tenant.connections.remove(&name);
    Ok(Reply(204, Value::Null))
}

/// `GET /connections/{id}/clients`: a checkpoint list, with `next` while there is more.
pub(super) fn clients(call: &mut Call<'_>, id: &str) -> Answer {
    call.any_of(&["read:connections"])?;
    call.query.only(&["from", "take"])?;
    let take = call.query.number("take", 50, 1..=1000)?;
    let from = call.query.number("from", 0, 0..=usize::MAX)?;
    let connection = find(call.tenant, id)?.1.clone();
    let all: Vec<Value> = connection_change::enabled(call.tenant, &connection)
        .into_iter()
        .map(|client| json!({"client_id": client}))
        .collect();
    let mut body = json!({"clients": all.iter().skip(from).take(take).collect::<Vec<_>>()});
    if all.len() > from.saturating_add(take) {
        body["next"] = json!((from + take).to_string());
    }
    Ok(Reply(200, body))
}

/// `PATCH /connections/{id}/clients`: all of it, or nothing.
pub(super) fn enable(call: &mut Call<'_>, id: &str) -> Answer {
    call.any_of(&["update:connections"])?;
    let items = call.array()?;
    if items.len() > SWITCHED {
        let what = format!("Array is too long ({}), maximum {SWITCHED}", items.len());
        return Err(Fault::body(&what, ""));
    }
    if items.is_empty() {
        return Err(Fault::body("Array is too short (0), minimum 1", ""));
    }
    let mut wanted = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let path = format!("[{index}]");
        let Value::Object(item) = item else {
            return Err(Fault::type_of("object", item, &path));
        };
        body::only(item, &path, &["client_id", "status"])?;
        body::needs(item, &path, &["client_id", "status"])?;
        let client_id = body::required(item, &path, "client_id", 64)?.to_owned();
        if !call.tenant.clients.contains_key(&client_id) {
            return Err(super::clients::unknown_client());
        }
        wanted.push((client_id, body::flag(item, &path, "status")? == Some(true)));
    }
    let (_, connection) = find(call.tenant, id)?;
    for (client_id, on) in wanted {
        connection.enable(&client_id, on);
    }
    Ok(Reply(204, Value::Null))
}

/// The id of a connection by its name, for what shows both.
pub(super) fn id_of(tenant: &Tenant, name: &str) -> Option<String> {
    tenant
        .connections
        .get(name)
        .map(|connection| connection.id.clone())
}
