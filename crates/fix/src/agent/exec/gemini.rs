//! Events of `gemini --output-format stream-json`.

use serde_json::Value;

use super::super::turn::{AgentEnd, Step, Tokens};
use super::reader::Told;

/// Takes one event.
pub(super) fn event(event: &Value, told: &mut Told) -> Option<Step> {
    let at = |path: &str| event.pointer(path).and_then(Value::as_str);
    match at("/type")? {
        "init" => told.is_called(at("/session_id")),
        "message" if at("/role") == Some("assistant") => {
            let words = at("/content")?;
            return match event.get("delta").and_then(Value::as_bool) {
                Some(true) => told.goes_on(words),
                _ => told.said(words),
            };
        }
        "tool_use" => {
            told.words.clear();
            return Told::tool(at("/tool_name").unwrap_or("a tool"));
        }
        "result" => {
            let count = |path: &str| event.pointer(path).and_then(Value::as_u64);
            told.tokens = count("/stats/input_tokens").map(|input| Tokens {
                input,
                output: count("/stats/output_tokens").unwrap_or(0),
            });
            match at("/status") {
                Some("success") => told.end = Some(AgentEnd::Done),
                _ => told.failed(at("/error/message").unwrap_or("it does not say why")),
            }
        }
        _ => {}
    }
    None
}
