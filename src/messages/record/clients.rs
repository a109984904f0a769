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
        "client.stranger" => {
            let who = match body.at("/uid").and_then(Value::as_u64) {
                Some(uid) => format!("user {uid}"),
                None => "somebody without a key".to_owned(),
            };
            let often = match body.number("/times") {
                0 | 1 => String::new(),
                n => format!(", {}", count(n, "time", "times")),
            };
            format!("refused at {}: {who} is no client{often}", body.text("/by"))
        }
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
        "request.allowed" => format!("{what}: allowed, nobody is asked"),
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

/// What becomes of a yes for a while.
pub(super) fn leased(kind: &str, actor: &str, body: &Body<'_>) -> Option<String> {
    let what = format!(
        "{} in {} for {}",
        body.text("/tool"),
        body.text("/place"),
        body.text("/client")
    );
    let by = actor_in_words(actor);
    Some(match kind {
        "lease.granted" => {
            let times = count(body.number("/most"), "time", "times");
            format!("{what}: {by} says yes for a while, {times} at most")
        }
        "lease.used" => {
            let granted = actor_in_words(body.text("/by"));
            let left = body.number("/left");
            format!("{what}: by the yes for a while of {granted}, {left} left")
        }
        "lease.ended" => format!(
            "{what}: the yes for a while is over, by {by}{}",
            body.because("/why")
        ),
        _ => return None,
    })
}

/// What becomes of a question on the owner's phone.
pub(super) fn pushed(kind: &str, actor: &str, body: &Body<'_>) -> Option<String> {
    let code = match body.text("/code") {
        "" => "the phone".to_owned(),
        code => format!("the phone with code {code}"),
    };
    let because = body.because("/why");
    Some(match kind {
        "push.wanted" => "a yes by push is needed".to_owned(),
        "push.asked" => format!("{code} asks, time {}", body.number("/time")),
        "push.slow_down" => {
            let seconds = count(body.number("/interval_s"), "second", "seconds");
            format!("the tenant wants fewer polls for {code}: one in {seconds}")
        }
        "push.approved" => format!("approved on {code} by {}", actor_in_words(actor)),
        "push.one_of_two" => {
            let channel = body.text("/channel");
            format!(
                "one yes of two, by {channel}, from {}",
                actor_in_words(actor)
            )
        }
        "push.denied" => format!("denied on {code}"),
        "push.expired" => format!("nobody answered on {code}: that means no"),
        "push.let_go" => format!("what {code} asks is settled; its answer counts no more"),
        "push.lost" | "push.used_up" => format!("{code} is to ask once more{because}"),
        "push.down" => format!("{code} cannot be asked or heard{because}"),
        "push.not_enrolled" => format!("the owner has no phone to ask{because}"),
        "push.unknown_owner" => format!("the tenant does not know the owner{because}"),
        "push.not_granted" => format!("the tenant lets nobody be asked by push{because}"),
        "push.refused" => format!("the tenant refuses to ask by push{because}"),
        "push.switched_off" | "push.given_up" => format!("{code} is asked no more{because}"),
        "push.wrong_user" => format!("a yes on {code} is not the owner's{because}"),
        "push.bad_signature" => format!("a yes on {code} is not signed by the tenant{because}"),
        "push.bad_token" => format!("a yes on {code} is not believed{because}"),
        _ => return None,
    })
}
