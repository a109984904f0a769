//! `token_vault_privileged_access`: who may exchange, from where, for what. Whether it makes sense is the exchange's matter.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::answer::Fault;
use super::body::{self, Object};
use crate::auth0::allowlist;
use crate::auth0::client::{Grant, PrivilegedAccess};

/// Its place in a client.
pub(super) const NAME: &str = "token_vault_privileged_access";
/// How many keys the slot takes.
pub(super) const KEYS: usize = 2;
const ADDRESSES: usize = 10;
const GRANTS: usize = 5;
const SCOPES: usize = 20;

/// As the API shows it.
pub(super) fn shown(access: &PrivilegedAccess) -> Value {
    json!({
        "credentials": access.credentials.iter().map(|key| json!({"id": key.id})).collect::<Vec<_>>(),
        "ip_allowlist": access.ip_allowlist,
        "grants": access.grants.iter()
            .map(|grant| json!({"connection": grant.connection, "scopes": grant.scopes}))
            .collect::<Vec<_>>(),
    })
}

/// Everything but the keys, which are given inline at one call and by id at the other.
pub(super) fn read(object: &Object) -> Result<PrivilegedAccess, Fault> {
    body::only(object, NAME, &["credentials", "ip_allowlist", "grants"])?;
    body::needs(object, NAME, &["credentials", "ip_allowlist", "grants"])?;
    body::list(object, NAME, "credentials", KEYS)?;
    let ip_allowlist = body::texts(object, NAME, "ip_allowlist", ADDRESSES)?.unwrap_or_default();
    for (index, entry) in ip_allowlist.iter().enumerate() {
        if !allowlist::valid(entry) {
            let what = format!("Object didn't pass validation for format ip-or-cidr: {entry}");
            return Err(Fault::body(&what, &format!("{NAME}.ip_allowlist[{index}]")));
        }
    }
    Ok(PrivilegedAccess {
        credentials: Vec::new(),
        ip_allowlist,
        grants: grants(object)?,
    })
}

fn grants(object: &Object) -> Result<Vec<Grant>, Fault> {
    let items = body::list(object, NAME, "grants", GRANTS)?.unwrap_or_default();
    let mut grants = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let path = format!("{NAME}.grants[{index}]");
        let Value::Object(item) = item else {
            return Err(Fault::type_of("object", item, &path));
        };
        body::only(item, &path, &["connection", "scopes"])?;
        body::needs(item, &path, &["connection", "scopes"])?;
        let connection = body::required(item, &path, "connection", 128)?.to_owned();
        let scopes = body::texts(item, &path, "scopes", SCOPES)?.unwrap_or_default();
        if scopes.is_empty() {
            return Err(Fault::body(
                "Array is too short (0), minimum 1",
                &body::at(&path, "scopes"),
            ));
        }
        grants.push(Grant { connection, scopes });
    }
    let names: BTreeSet<&String> = grants.iter().map(|grant| &grant.connection).collect();
    if names.len() != grants.len() {
        return Err(Fault::sense(
            "token_vault_privileged_access.grants must name each connection once",
        ));
    }
    let scopes: usize = grants.iter().map(|grant| grant.scopes.len()).sum();
    if scopes > SCOPES {
        return Err(Fault::sense(format!(
            "token_vault_privileged_access.grants can have a maximum of {SCOPES} scopes"
        )));
    }
    Ok(grants)
}
