//! `GET /logs`: what happened, from which address, newest last unless asked otherwise.

use std::net::IpAddr;

use http::{Method, Uri};
use serde_json::{Value, json};

use super::Call;
use super::answer::{Answer, Fault, Reply};
use super::page::time;
use crate::auth0::log::Entry;
use crate::auth0::state::Tenant;

/// Fields that a search may name.
const SEARCHED: [&str; 4] = ["type", "client_id", "user_id", "ip"];

pub(super) fn list(call: &Call<'_>) -> Answer {
    call.any_of(&["read:logs", "read:logs_users"])?;
    call.query.only(&[
        "page",
        "per_page",
        "include_totals",
        "fields",
        "include_fields",
        "sort",
        "q",
    ])?;
    let terms = terms(call.query.get("q").unwrap_or_default())?;
    let ripe = call.now_ms - call.tenant.switches.log_delay_s * 1_000;
    let mut items: Vec<Value> = call
        .tenant
        .log
        .iter()
        .enumerate()
        .filter(|(_, entry)| entry.at <= ripe)
        .map(|(index, entry)| shown(index, entry))
        .filter(|item| {
            terms.iter().all(|(name, values)| {
                values
                    .iter()
                    .any(|value| item[name].as_str() == Some(value))
            })
        })
        .collect();
    match call.query.get("sort") {
        None | Some("date:1") => {}
        Some("date:-1") => items.reverse(),
        Some(_) => {
            return Err(Fault::query(
                "String does not match pattern: ^((\\w+):(1|-1))$",
                "sort",
            ));
        }
    }
    call.query.page("logs", items)
}

/// What the log keeps of a change by the Management API (`sapi`): who asked from where, and what it came to, without the
/// secrets in it.
pub(super) fn operation(
    tenant: &Tenant,
    at: i64,
    peer: IpAddr,
    method: &Method,
    uri: &Uri,
    Reply(status, body): &Reply,
) -> Entry {
    let mut body = body.clone();
    if let Some(object) = body.as_object_mut() {
        object.retain(|name, _| {
            !["client_secret", "options", "signing_keys"].contains(&name.as_str())
        });
    }
    Entry {
        at,
        kind: "sapi",
        client_id: None,
        user_id: None,
        ip: tenant.peer(peer),
        details: json!({
            "request": {"method": method.as_str().to_lowercase(), "path": uri.path(), "channel": "api"},
            "response": {"statusCode": status, "body": body},
        }),
    }
}

fn shown(index: usize, entry: &Entry) -> Value {
    let id = format!("900{:017}{index:036}", entry.at);
    json!({
        "_id": id,
        "log_id": id,
        "date": time(entry.at),
        "type": entry.kind,
        "client_id": entry.client_id,
        "user_id": entry.user_id,
        "ip": entry.ip.to_string(),
        "details": entry.details,
    })
}

/// A small part of the search language: `field:value` and `field:(a OR b)`, joined by AND.
fn terms(query: &str) -> Result<Vec<(String, Vec<String>)>, Fault> {
    let bad = |what: String| Fault::plain(400, what, Some("invalid_query_string"));
    let mut terms = Vec::new();
    for part in query
        .split(" AND ")
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        let (name, value) = part
            .split_once(':')
            .ok_or_else(|| bad(format!("The search term {part} names no field")))?;
        if !SEARCHED.contains(&name) {
            return Err(bad(format!("The field {name} cannot be searched")));
        }
        let inner = value
            .strip_prefix('(')
            .map_or(Some(value), |inner| inner.strip_suffix(')'))
            .ok_or_else(|| bad(format!("The search term {part} has an open bracket")))?;
        let mut values = Vec::new();
        for value in inner.split(" OR ").map(str::trim) {
            let quoted = value
                .strip_prefix('"')
                .and_then(|value| value.strip_suffix('"'));
            let plain = quoted.unwrap_or(value);
            if quoted.is_none() && (plain.is_empty() || plain.contains([' ', '"', '(', ')'])) {
                return Err(bad(format!("The search term {part} has no single value")));
            }
            values.push(plain.to_owned());
        }
        terms.push((name.to_owned(), values));
    }
    Ok(terms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_fields_and_values_joined_by_and() {
        let read = |query: &str| terms(query).ok();
        let term = |name: &str, values: &[&str]| {
            let values = values.iter().map(|value| (*value).to_owned()).collect();
            (name.to_owned(), values)
        };
        assert_eq!(read(""), Some(vec![]));
        assert_eq!(read("type:seta"), Some(vec![term("type", &["seta"])]));
        assert_eq!(
            read("type:(seta OR feta) AND user_id:\"auth0|owner\""),
            Some(vec![
                term("type", &["seta", "feta"]),
                term("user_id", &["auth0|owner"])
            ])
        );
        for odd in [
            "seta",
            "colour:red",
            "type:",
            "type:seta AND",
            "type:seta AND feta",
            "type:(seta",
            "type:\"seta",
        ] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }
}
