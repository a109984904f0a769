//! What local AI asked for, as the journal's sentences.

use serde_json::Value;

use super::{Body, actor_in_words};
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

/// What becomes of a client's request.
pub(super) fn moved(kind: &str, actor: &str, body: &Body<'_>) -> Option<String> {
    let what = format!(
        "{} in {} for {}",
        body.text("/tool"),
        body.text("/place"),
        body.text("/client")
    );
    let because = body.because("/why");
    let by = actor_in_words(actor);
    Some(match kind {
        "request.allowed" => format!("{what}: allowed by a rule"),
        "request.pending" => format!("{what}: the owner is to be asked"),
        "request.asked" => "the owner is asked about what a client wants".to_owned(),
        "request.approved" => format!("{what}: approved by {by}"),
        "request.denied" => format!("{what}: denied by {by}{because}"),
        "request.expired" => format!("{what}: over{because}"),
        "request.cancelled" => format!("{what}: taken back by the client"),
        "request.superseded" => format!("the question about it is void{because}"),
        "request.begun" => format!("{what}: begun"),
        "request.unknown" => format!("{what}: its outcome is not known{because}"),
        "request.working" => format!("{what}: job {}", body.text("/job")),
        "request.done" => format!("{what}: done"),
        "request.failed" => format!("{what}: came to nothing{because}"),
        "request.moved" => format!("{what}: {}{because}", body.text("/state")),
        "request.redeemed" => format!("{what}: its outcome was given out"),
        _ => return None,
    })
}
