//! Events of `codex exec --json`.

use serde_json::Value;

use super::super::turn::{AgentEnd, Step, Tokens};
use super::reader::Told;

/// Takes one event.
pub(super) fn event(event: &Value, told: &mut Told) -> Option<Step> {
    let at = |path: &str| event.pointer(path).and_then(Value::as_str);
    match at("/type")? {
        "thread.started" => told.is_called(at("/thread_id")),
        "item.started" => {
            return match at("/item/type")? {
                "command_execution" => Told::tool(at("/item/command")?),
                "agent_message" | "reasoning" => None,
                other => Told::tool(other),
            };
        }
        "item.completed" if at("/item/type") == Some("agent_message") => {
            return told.said(at("/item/text")?);
        }
        "turn.completed" => {
            let count = |path: &str| event.pointer(path).and_then(Value::as_u64);
            told.tokens = count("/usage/input_tokens").map(|input| Tokens {
                input,
                output: count("/usage/output_tokens").unwrap_or(0),
            });
            told.end = Some(AgentEnd::Done);
        }
        "turn.failed" => told.failed(at("/error/message").unwrap_or("it does not say why")),
        // It may try again after this; a later event says what came of it.
        "error" => told.failed(at("/message").unwrap_or("it does not say why")),
        _ => {}
    }
    None
}
