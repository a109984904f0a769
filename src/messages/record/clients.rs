//! What local AI asked for, as the journal's sentences.

use serde_json::Value;

use super::Body;
use crate::messages::count;

/// `openclaw uid:1001 pid:77`, for people.
pub(super) fn named(who: &str) -> String {
    match who.split_once(' ') {
        Some((name, process)) => format!("the client {name} ({process})"),
        None => format!("the client {who}"),
    }
}

pub(super) fn asked(kind: &str, body: &Body<'_>) -> Option<String> {
    Some(match kind {
        "client.connected" => "connected".to_owned(),
        "client.refused" => {
            let what = [body.text("/tool"), body.text("/repository")];
            let what: Vec<_> = what.into_iter().filter(|part| !part.is_empty()).collect();
            let code = body.text("/code");
            match what.as_slice() {
                [] => format!("refused: {code}"),
                what => format!("refused {}: {code}", what.join(" ")),
            }
        }
        "client.read" => {
            let calls = body.at("/calls").and_then(Value::as_array);
            let calls = calls.map(Vec::as_slice).unwrap_or_default();
            let mut names: Vec<&str> = calls
                .iter()
                .filter_map(|call| call.get("tool")?.as_str())
                .collect();
            names.dedup();
            names.truncate(5);
            let n = i64::try_from(calls.len()).unwrap_or(i64::MAX);
            format!("{}: {}", count(n, "call", "calls"), names.join(", "))
        }
        _ => return None,
    })
}
