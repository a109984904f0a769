//! `job_status`, `job_wait`, `job_result` and `job_cancel`: what a client asked for, until it has the outcome.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::schema::{array, integer, object, one_of, text, text_or_null, untrusted};
use super::{Own, Spec, Wish, arguments};
use crate::broker::Refusal;
use crate::broker::policy::Tool;

/// How long a call may wait: below what clients wait for an answer (60 s and more).
const LONGEST_WAIT: u64 = 45;

/// Where something can stand.
const STATES: [&str; 7] = [
    "pending",
    "working",
    "done",
    "failed",
    "denied",
    "expired",
    "cancelled",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct One {
    id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wait {
    id: String,
    seconds: Option<u64>,
}

fn status_members() -> Vec<(&'static str, Value)> {
    vec![
        ("id", text("what to ask for later")),
        ("tool", text("")),
        ("repository", text("owner/name")),
        ("number", json!({ "type": ["integer", "null"] })),
        (
            "state",
            one_of(
                &STATES,
                "pending: a person is asked; working: it goes on by itself",
            ),
        ),
        ("why", text_or_null()),
        ("untrusted?", untrusted(&[("why", text(""))])),
    ]
}

/// What all tools give that begin something or look at it.
pub(super) fn status_schema() -> Value {
    object(&status_members())
}

fn id() -> Value {
    json!({ "type": "string", "pattern": "^[0-9a-f]{32}$", "description": "as the tool gave it" })
}

fn spec(tool: Tool, title: &'static str, description: &'static str) -> Spec {
    Spec {
        tool,
        title,
        description,
        input: object(&[("id", id())]),
        output: status_schema(),
        idempotent: true,
        destructive: false,
    }
}

pub(super) fn status_spec() -> Spec {
    spec(
        Tool::JobStatus,
        "Where it stands",
        "Where something stands that this client asked for.",
    )
}

pub(super) fn wait_spec() -> Spec {
    Spec {
        input: object(&[
            ("id", id()),
            (
                "seconds?",
                integer(
                    1,
                    LONGEST_WAIT,
                    "how long to wait at most; 30 if it is left out",
                ),
            ),
        ]),
        ..spec(
            Tool::JobWait,
            "Wait for it",
            "Answers when it has changed, or when the time is over; call it again until it is neither pending nor \
             working. A person may take hours to answer: nothing is lost meanwhile, by a restart neither.",
        )
    }
}

pub(super) fn result_spec() -> Spec {
    let number = || json!({ "type": "integer" });
    let mut result = object(&[
        ("comment?", number()),
        ("issue?", number()),
        ("issue_state?", text("")),
        ("untrusted?", untrusted(&[("labels", array(&text("")))])),
        ("url?", text("")),
        ("pull_request?", number()),
        ("pull_state?", text("")),
    ]);
    result["type"] = json!(["object", "null"]);
    let mut members = status_members();
    members.push(("result", result));
    Spec {
        output: object(&members),
        idempotent: false,
        ..spec(
            Tool::JobResult,
            "Fetch the outcome",
            "What came of it, once it is over. It is given once.",
        )
    }
}

pub(super) fn cancel_spec() -> Spec {
    spec(
        Tool::JobCancel,
        "Take it back",
        "Takes something back that nothing was done for yet.",
    )
}

pub(super) fn wish(tool: Tool, given: &Value) -> Result<Wish, Refusal> {
    let own = match tool {
        Tool::JobWait => {
            let wait: Wait = arguments::typed(given)?;
            let seconds = wait.seconds.unwrap_or(30);
            if !(1..=LONGEST_WAIT).contains(&seconds) {
                let why = format!("`seconds` is from 1 to {LONGEST_WAIT}");
                return Err(Refusal::arguments(why));
            }
            Own::Wait(checked(wait.id)?, Duration::from_secs(seconds))
        }
        _ => {
            let One { id } = arguments::typed(given)?;
            let id = checked(id)?;
            match tool {
                Tool::JobResult => Own::Redeem(id),
                Tool::JobCancel => Own::Cancel(id),
                _ => Own::Status(id),
            }
        }
    };
    Ok(Wish::Own(own))
}

fn checked(id: String) -> Result<String, Refusal> {
    let plain = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if id.len() == 32 && id.bytes().all(plain) {
        return Ok(id);
    }
    Err(Refusal::arguments(
        "`id` is 32 hexadecimal digits, as a tool gave it",
    ))
}
