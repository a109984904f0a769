//! OpenAI chat completions.

use serde_json::{Value, json};

use super::sse::{Event, pieces};
use super::turn::{Called, Said};

fn finish(said: &Said) -> &'static str {
    if said.calls.is_empty() {
        "stop"
    } else {
        "tool_calls"
    }
}

fn usage(said: &Said) -> Value {
    let (input, output) = (said.usage.input, said.usage.output);
    json!({
        "prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output,
        "prompt_tokens_details": { "cached_tokens": 0 },
        "completion_tokens_details": { "reasoning_tokens": 0 },
    })
}

fn call(called: &Called) -> Value {
    json!({
        "id": called.id, "type": "function",
        "function": { "name": called.name, "arguments": called.arguments.to_string() },
    })
}

/// The answer as a whole.
pub(super) fn whole(id: u64, created: i64, model: &str, said: &Said) -> Value {
    let mut message = json!({ "role": "assistant", "content": null, "refusal": null });
    if !said.text.is_empty() || said.calls.is_empty() {
        message["content"] = said.text.clone().into();
    }
    if !said.calls.is_empty() {
        message["tool_calls"] = said.calls.iter().map(call).collect();
    }
    json!({
        "id": format!("chatcmpl-{id}"),
        "object": "chat.completion",
        "created": created,
        "model": model,
        "choices": [{
            "index": 0, "message": message, "logprobs": null, "finish_reason": finish(said),
        }],
        "usage": usage(said),
        "system_fingerprint": null,
    })
}

/// The answer in pieces; with what it cost only if the request asked for it.
pub(super) fn stream(
    id: u64,
    created: i64,
    model: &str,
    said: &Said,
    with_usage: bool,
) -> Vec<Event> {
    let chunk = |choices: Value| {
        json!({
            "id": format!("chatcmpl-{id}"), "object": "chat.completion.chunk", "created": created,
            "model": model, "choices": choices,
        })
    };
    let delta = |delta: Value, finish: Value| {
        chunk(json!([{ "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish }]))
    };
    let mut out = vec![delta(
        json!({ "role": "assistant", "content": "" }),
        Value::Null,
    )];
    for piece in pieces(&said.text) {
        out.push(delta(json!({ "content": piece }), Value::Null));
    }
    for (index, called) in said.calls.iter().enumerate() {
        let start = json!({
            "index": index, "id": called.id, "type": "function",
            "function": { "name": called.name, "arguments": "" },
        });
        out.push(delta(json!({ "tool_calls": [start] }), Value::Null));
        for piece in pieces(&called.arguments.to_string()) {
            let more = json!({ "index": index, "function": { "arguments": piece } });
            out.push(delta(json!({ "tool_calls": [more] }), Value::Null));
        }
    }
    out.push(delta(json!({}), finish(said).into()));
    if with_usage {
        let mut last = chunk(json!([]));
        last["usage"] = usage(said);
        out.push(last);
    }
    let mut events: Vec<Event> = out.iter().map(Event::plain).collect();
    events.push(Event {
        name: None,
        data: "[DONE]".to_owned(),
    });
    events
}
