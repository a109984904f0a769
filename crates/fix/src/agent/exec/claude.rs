//! Events of Claude Code, and of Qwen Code, which writes the same.

use serde_json::Value;

use super::super::acp::money;
use super::super::turn::{AgentEnd, Step, Tokens};
use super::reader::Told;

/// Takes one event.
pub(super) fn event(event: &Value, told: &mut Told) -> Option<Step> {
    let text = |key: &str| event.get(key).and_then(Value::as_str);
    told.is_called(text("session_id"));
    match text("type")? {
        "assistant" => {
            let parts = event.pointer("/message/content")?.as_array()?;
            let mut step = None;
            for part in parts {
                let of = |key: &str| part.get(key).and_then(Value::as_str);
                step = match of("type") {
                    Some("text") => told.said(of("text").unwrap_or_default()),
                    Some("tool_use") => Told::tool(of("name").unwrap_or("a tool")),
                    _ => step,
                };
            }
            step
        }
        "result" => {
            told.cost_usd = money(event.get("total_cost_usd"));
            told.turns = event
                .get("num_turns")
                .and_then(Value::as_u64)
                .and_then(|n| u32::try_from(n).ok());
            let count = |key: &str| event.pointer(key).and_then(Value::as_u64);
            told.tokens = count("/usage/input_tokens").map(|input| Tokens {
                input,
                output: count("/usage/output_tokens").unwrap_or(0),
            });
            let is_error = event.get("is_error").and_then(Value::as_bool);
            let subtype = text("subtype").unwrap_or_default();
            let words = text("result").unwrap_or_default();
            match (subtype, is_error) {
                // Qwen Code calls it a success that its model did not answer.
                ("success", Some(false)) if words.starts_with("[API Error") => told.failed(words),
                ("success", Some(false)) => {
                    told.end = Some(AgentEnd::Done);
                    return told.said(words);
                }
                (limit, _) if limit.starts_with("error_max_") => {
                    told.end = Some(AgentEnd::MaxTurns);
                }
                (other, _) => {
                    let why = [
                        words,
                        event
                            .pointer("/error/message")
                            .and_then(Value::as_str)
                            .unwrap_or_default(),
                        other,
                    ]
                    .into_iter()
                    .find(|why| !why.is_empty())
                    .unwrap_or("it does not say why");
                    told.failed(why);
                }
            }
            None
        }
        _ => None,
    }
}
