//! Anthropic messages.

use serde_json::{Value, json};

use super::sse::{Event, pieces};
use super::turn::Said;

fn stop(said: &Said) -> &'static str {
    if said.calls.is_empty() {
        "end_turn"
    } else {
        "tool_use"
    }
}

fn usage(said: &Said, output: u64) -> Value {
    json!({
        "input_tokens": said.usage.input, "output_tokens": output,
        "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
    })
}

fn frame(id: u64, model: &str) -> Value {
    json!({
        "id": format!("msg_{id}"), "type": "message", "role": "assistant", "model": model,
        "content": [], "stop_reason": null, "stop_sequence": null,
    })
}

/// The answer as a whole.
pub(super) fn whole(id: u64, model: &str, said: &Said) -> Value {
    let mut content: Vec<Value> = Vec::new();
    if !said.text.is_empty() || said.calls.is_empty() {
        content.push(json!({ "type": "text", "text": said.text }));
    }
    content.extend(said.calls.iter().map(|called| {
        json!({
            "type": "tool_use", "id": called.id, "name": called.name, "input": called.arguments,
        })
    }));
    let mut body = frame(id, model);
    body["content"] = content.into();
    body["stop_reason"] = stop(said).into();
    body["usage"] = usage(said, said.usage.output);
    body
}

/// The answer in pieces.
pub(super) fn stream(id: u64, model: &str, said: &Said) -> Vec<Event> {
    let mut message = frame(id, model);
    message["usage"] = usage(said, 1);
    let mut out = vec![
        json!({ "type": "message_start", "message": message }),
        json!({ "type": "ping" }),
    ];
    let mut block = |start: Value, deltas: Vec<Value>| {
        let index = out
            .iter()
            .filter(|event| event["type"] == "content_block_start")
            .count();
        out.push(json!({ "type": "content_block_start", "index": index, "content_block": start }));
        for delta in deltas {
            out.push(json!({ "type": "content_block_delta", "index": index, "delta": delta }));
        }
        out.push(json!({ "type": "content_block_stop", "index": index }));
    };
    if !said.text.is_empty() || said.calls.is_empty() {
        let deltas = pieces(&said.text)
            .into_iter()
            .map(|text| json!({ "type": "text_delta", "text": text }));
        block(json!({ "type": "text", "text": "" }), deltas.collect());
    }
    for called in &said.calls {
        let start = json!({
            "type": "tool_use", "id": called.id, "name": called.name, "input": {},
        });
        let deltas = pieces(&called.arguments.to_string())
            .into_iter()
            .map(|text| json!({ "type": "input_json_delta", "partial_json": text }));
        block(start, deltas.collect());
    }
    out.push(json!({
        "type": "message_delta",
        "delta": { "stop_reason": stop(said), "stop_sequence": null },
        "usage": { "output_tokens": said.usage.output },
    }));
    out.push(json!({ "type": "message_stop" }));
    out.iter().map(Event::typed).collect()
}
