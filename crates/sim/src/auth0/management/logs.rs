//! `GET /logs`: what happened, from which address, newest last unless asked otherwise.

use serde_json::{Value, json};

use super::Call;
use super::answer::{Answer, Fault};
use super::page::time;
use crate::auth0::log::Entry;

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
        let values = value
            .trim_start_matches('(')
            .trim_end_matches(')')
            .split(" OR ")
            .map(|value| value.trim().trim_matches('"').to_owned())
            .collect();
        terms.push((name.to_owned(), values));
    }
    Ok(terms)
}
