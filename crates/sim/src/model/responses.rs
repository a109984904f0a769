//! OpenAI responses.

use serde_json::{Value, json};

use super::sse::{Event, pieces};
use super::turn::{Called, Said};

fn message(id: u64, text: &str, done: bool) -> Value {
    let content = if done { json!([part(text)]) } else { json!([]) };
    json!({
        "id": format!("msg_{id}"), "type": "message", "role": "assistant", "content": content,
        "status": if done { "completed" } else { "in_progress" },
    })
}

fn part(text: &str) -> Value {
    json!({ "type": "output_text", "text": text, "annotations": [] })
}

fn call(called: &Called, done: bool) -> Value {
    let arguments = if done {
        called.arguments.to_string()
    } else {
        String::new()
    };
    json!({
        "id": format!("fc_{}", called.id), "type": "function_call", "call_id": called.id,
        "name": called.name, "arguments": arguments,
        "status": if done { "completed" } else { "in_progress" },
    })
}

/// The answer as a whole.
pub(super) fn whole(id: u64, created: i64, model: &str, said: &Said) -> Value {
    let mut output: Vec<Value> = Vec::new();
    if has_text(said) {
        output.push(message(id, &said.text, true));
    }
    output.extend(said.calls.iter().map(|called| call(called, true)));
    let (input, written) = (said.usage.input, said.usage.output);
    let mut body = frame(id, created, model, "completed");
    body["output"] = output.into();
    body["usage"] = json!({
        "input_tokens": input, "output_tokens": written, "total_tokens": input + written,
        "input_tokens_details": { "cached_tokens": 0 },
        "output_tokens_details": { "reasoning_tokens": 0 },
    });
    body
}

fn has_text(said: &Said) -> bool {
    !said.text.is_empty() || said.calls.is_empty()
}

fn frame(id: u64, created: i64, model: &str, status: &str) -> Value {
    json!({
        "id": format!("resp_{id}"), "object": "response", "created_at": created, "status": status,
        "model": model, "output": [], "usage": null, "error": null, "incomplete_details": null,
        "parallel_tool_calls": true, "tool_choice": "auto", "tools": [], "metadata": {},
    })
}

/// The answer in pieces.
pub(super) fn stream(id: u64, created: i64, model: &str, said: &Said) -> Vec<Event> {
    let begun = frame(id, created, model, "in_progress");
    let mut out = vec![
        json!({ "type": "response.created", "response": begun }),
        json!({ "type": "response.in_progress", "response": begun }),
    ];
    let mut index = 0;
    if has_text(said) {
        let item = format!("msg_{id}");
        let at = json!({ "item_id": item, "output_index": index, "content_index": 0 });
        let with = |kind: &str, key: &str, value: Value| {
            let mut event = at.clone();
            event["type"] = kind.into();
            event[key] = value;
            event
        };
        out.push(added(index, message(id, "", false)));
        out.push(with("response.content_part.added", "part", part("")));
        for piece in pieces(&said.text) {
            out.push(with("response.output_text.delta", "delta", piece.into()));
        }
        let text = said.text.clone();
        out.push(with("response.output_text.done", "text", text.into()));
        out.push(with("response.content_part.done", "part", part(&said.text)));
        out.push(done(index, message(id, &said.text, true)));
        index += 1;
    }
    for called in &said.calls {
        let item = format!("fc_{}", called.id);
        out.push(added(index, call(called, false)));
        for piece in pieces(&called.arguments.to_string()) {
            out.push(json!({
                "type": "response.function_call_arguments.delta", "item_id": item,
                "output_index": index, "delta": piece,
            }));
        }
        out.push(json!({
            "type": "response.function_call_arguments.done", "item_id": item,
            "output_index": index, "arguments": called.arguments.to_string(),
        }));
        out.push(done(index, call(called, true)));
        index += 1;
    }
    let response = whole(id, created, model, said);
    out.push(json!({ "type": "response.completed", "response": response }));
    for (number, event) in out.iter_mut().enumerate() {
        event["sequence_number"] = number.into();
    }
    out.iter().map(Event::typed).collect()
}

fn added(index: usize, item: Value) -> Value {
    json!({ "type": "response.output_item.added", "output_index": index, "item": item })
}

fn done(index: usize, item: Value) -> Value {
    json!({ "type": "response.output_item.done", "output_index": index, "item": item })
}
