//! Events of `opencode run --format json`.

use serde_json::Value;

use super::super::acp::money;
use super::super::turn::{AgentEnd, Step, Tokens};
use super::reader::Told;

/// Takes one event.
pub(super) fn event(event: &Value, told: &mut Told) -> Option<Step> {
    let at = |path: &str| event.pointer(path).and_then(Value::as_str);
    told.is_called(at("/sessionID"));
    match at("/type")? {
        "text" => told.said(at("/part/text")?),
        "tool_use" => Told::tool(at("/part/tool")?),
        // One for each request to the model.
        "step_finish" => {
            told.turns = Some(told.turns.unwrap_or(0).saturating_add(1));
            if let Some(cost) = money(event.pointer("/part/cost")) {
                told.cost_usd = Some(told.cost_usd.unwrap_or(0.0) + cost);
            }
            let count = |path: &str| event.pointer(path).and_then(Value::as_u64).unwrap_or(0);
            let before = told.tokens.unwrap_or_default();
            told.tokens = Some(Tokens {
                input: before.input.saturating_add(count("/part/tokens/input")),
                output: before.output.saturating_add(count("/part/tokens/output")),
            });
            match at("/part/reason") {
                Some("stop") => told.end = Some(AgentEnd::Done),
                Some("length") => told.end = Some(AgentEnd::MaxTurns),
                Some("content-filter") => told.end = Some(AgentEnd::Refused),
                _ => {}
            }
            None
        }
        "error" => {
            let why = at("/error/data/message").or_else(|| at("/error/name"));
            told.failed(why.unwrap_or("it does not say why"));
            None
        }
        _ => None,
    }
}
