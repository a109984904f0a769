//! The scripted model over the wire, in its three forms, and one conversation as an agent holds it.

use std::sync::Arc;

use reqwest::RequestBuilder;
use serde_json::{Value, json};
use sim::faults::{What, When};
use sim::model::{Api, Model, Turn, Usage};

async fn model() -> Model {
    let now = Arc::new(|| 1_767_225_600_000);
    Model::start(([127, 0, 0, 1], 0).into(), now)
        .await
        .expect("a free port")
}

fn request(model: &Model, path: &str, body: &Value) -> RequestBuilder {
    let url = format!("{}{path}", model.url());
    reqwest::Client::new()
        .post(url)
        .header("anthropic-version", "2023-06-01")
        .json(body)
}

async fn ask(model: &Model, path: &str, body: &Value) -> (u16, Value) {
    let sent = request(model, path, body).bearer_auth(Model::KEY).send();
    let answer = sent.await.expect("an answer");
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

/// The events of a streamed answer: name (empty without one) and data.
async fn events(model: &Model, path: &str, body: &Value) -> Vec<(String, String)> {
    let sent = request(model, path, body).bearer_auth(Model::KEY).send();
    let answer = sent.await.expect("an answer");
    assert_eq!(answer.status(), 200);
    assert!(
        answer.headers()["content-type"]
            .to_str()
            .expect("text")
            .starts_with("text/event-stream")
    );
    let text = answer.text().await.expect("a whole body");
    text.split("\n\n")
        .filter(|event| !event.is_empty())
        .map(|event| {
            let field = |name: &str| {
                let lines = event.lines().filter_map(|line| line.strip_prefix(name));
                lines.collect::<Vec<_>>().join("\n")
            };
            (field("event: "), field("data: "))
        })
        .collect()
}

fn parsed(events: &[(String, String)]) -> Vec<Value> {
    events
        .iter()
        .filter_map(|(_, data)| serde_json::from_str(data).ok())
        .collect()
}

fn joined(events: &[Value], pointer: &str) -> String {
    events
        .iter()
        .filter_map(|event| event.pointer(pointer).and_then(Value::as_str))
        .collect()
}

fn chat(stream: bool) -> Value {
    json!({
        "model": "m", "stream": stream, "stream_options": { "include_usage": true },
        "messages": [{ "role": "user", "content": "fix it" }],
        "tools": [{ "type": "function", "function": { "name": "bash", "parameters": {
            "type": "object", "properties": { "command": { "type": "string" } }, "required": ["command"] } } }],
    })
}

fn responses(stream: bool) -> Value {
    json!({
        "model": "m", "stream": stream, "input": "fix it",
        "tools": [{ "type": "function", "name": "shell", "parameters": {
            "type": "object", "properties": { "command": { "type": "array" } }, "required": ["command"] } }],
    })
}

fn messages(stream: bool) -> Value {
    json!({
        "model": "m", "stream": stream, "max_tokens": 100,
        "messages": [{ "role": "user", "content": "fix it" }],
        "tools": [{ "name": "Bash", "input_schema": {
            "type": "object", "properties": { "command": { "type": "string" } }, "required": ["command"] } }],
    })
}

const FIX: &str = "sed -i 's/a + a/a + b/' calc.py && echo a line that is longer than one piece";

fn fix() -> Turn {
    Turn::shell(FIX)
        .saying("I see – it adds the wrong thing.")
        .costing(1_000, 50)
}

#[tokio::test]
async fn chat_completions_say_the_same_whole_and_streamed() {
    let model = model().await;
    model.says(fix());
    model.says(fix());
    let (status, whole) = ask(&model, "/v1/chat/completions", &chat(false)).await;
    assert_eq!(status, 200);
    let choice = &whole["choices"][0];
    assert_eq!(choice["finish_reason"], "tool_calls");
    assert_eq!(
        choice["message"]["content"],
        "I see – it adds the wrong thing."
    );
    let call = &choice["message"]["tool_calls"][0];
    assert_eq!(call["function"]["name"], "bash");
    let arguments = call["function"]["arguments"].as_str().expect("a string");
    assert_eq!(
        serde_json::from_str::<Value>(arguments).expect("JSON"),
        json!({ "command": FIX })
    );
    assert_eq!(
        (
            &whole["usage"]["prompt_tokens"],
            &whole["usage"]["total_tokens"]
        ),
        (&json!(1_000), &json!(1_050))
    );
    let all = events(&model, "/v1/chat/completions", &chat(true)).await;
    assert_eq!(all.last().expect("events").1, "[DONE]");
    let all = parsed(&all);
    assert_eq!(
        joined(&all, "/choices/0/delta/content"),
        "I see – it adds the wrong thing."
    );
    assert_eq!(
        joined(&all, "/choices/0/delta/tool_calls/0/function/arguments"),
        arguments
    );
    assert_eq!(joined(&all, "/choices/0/finish_reason"), "tool_calls");
    assert_eq!(all.last().expect("usage")["usage"]["completion_tokens"], 50);
    assert_eq!(
        model.usage(),
        Usage {
            input: 2_000,
            output: 100
        }
    );
}

#[tokio::test]
async fn responses_say_the_same_whole_and_streamed() {
    let model = model().await;
    model.says(fix());
    model.says(fix());
    let (_, whole) = ask(&model, "/v1/responses", &responses(false)).await;
    assert_eq!(
        whole["output"][0]["content"][0]["text"],
        "I see – it adds the wrong thing."
    );
    let call = &whole["output"][1];
    assert_eq!(
        (&call["type"], &call["name"]),
        (&json!("function_call"), &json!("shell"))
    );
    let arguments = call["arguments"].as_str().expect("a string");
    assert_eq!(
        serde_json::from_str::<Value>(arguments).expect("JSON"),
        json!({ "command": ["bash", "-lc", FIX] })
    );
    assert_eq!(whole["usage"]["input_tokens"], 1_000);
    let all = events(&model, "/v1/responses", &responses(true)).await;
    assert_eq!(all[0].0, "response.created");
    let all = parsed(&all);
    for (number, event) in all.iter().enumerate() {
        assert_eq!(event["sequence_number"], number);
    }
    let of = |kind: &str| -> Vec<Value> {
        all.iter()
            .filter(|event| event["type"] == kind)
            .cloned()
            .collect()
    };
    assert_eq!(
        joined(&of("response.output_text.delta"), "/delta"),
        "I see – it adds the wrong thing."
    );
    assert_eq!(
        joined(&of("response.function_call_arguments.delta"), "/delta"),
        arguments
    );
    let last = all.last().expect("events");
    assert_eq!(last["type"], "response.completed");
    assert_eq!(last["response"]["usage"]["output_tokens"], 50);
    assert_eq!(last["response"]["output"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn messages_say_the_same_whole_and_streamed() {
    let model = model().await;
    model.says(fix());
    model.says(fix());
    let (_, whole) = ask(&model, "/v1/messages", &messages(false)).await;
    assert_eq!(whole["stop_reason"], "tool_use");
    assert_eq!(
        whole["content"][0]["text"],
        "I see – it adds the wrong thing."
    );
    assert_eq!(whole["content"][1]["input"], json!({ "command": FIX }));
    assert_eq!(whole["usage"]["output_tokens"], 50);
    let all = events(&model, "/v1/messages", &messages(true)).await;
    let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        (names[0], names[names.len() - 1]),
        ("message_start", "message_stop")
    );
    let all = parsed(&all);
    assert_eq!(
        joined(&all, "/delta/text"),
        "I see – it adds the wrong thing."
    );
    let input = joined(&all, "/delta/partial_json");
    assert_eq!(
        serde_json::from_str::<Value>(&input).expect("JSON"),
        json!({ "command": FIX })
    );
    let starts: Vec<u64> = all
        .iter()
        .filter(|event| event["type"] == "content_block_start")
        .filter_map(|event| event["index"].as_u64())
        .collect();
    assert_eq!(starts, [0, 1]);
    assert_eq!(joined(&all, "/delta/stop_reason"), "tool_use");
}

#[tokio::test]
async fn without_the_key_nothing_is_said() {
    let model = model().await;
    model.says(Turn::text("secret"));
    for (path, body) in [
        ("/v1/chat/completions", chat(false)),
        ("/v1/responses", responses(false)),
        ("/v1/messages", messages(false)),
    ] {
        let bare = request(&model, path, &body)
            .send()
            .await
            .expect("an answer");
        assert_eq!(bare.status(), 401, "{path}");
        let wrong = request(&model, path, &body)
            .bearer_auth("placeholder")
            .send();
        let wrong = wrong.await.expect("an answer");
        assert_eq!(wrong.status(), 401, "{path}");
        let text = wrong.text().await.expect("a body");
        assert!(!text.contains("placeholder"), "{text}");
    }
    assert_eq!((model.left(), model.asked().len()), (1, 0));
    model.expect_key("other");
    let body = messages(false);
    let known = request(&model, "/v1/messages", &body).header("x-api-key", "other");
    assert_eq!(known.send().await.expect("an answer").status(), 200);
    assert_eq!(model.rim().requests().len(), 7);
}

#[tokio::test]
async fn a_conversation_goes_turn_by_turn_and_ends() {
    let model = model().await;
    model.says(Turn::call("read", json!({ "path": "a" })).and_call("read", json!({ "path": "b" })));
    model.says(Turn::text("All good."));
    let mut body = chat(false);
    let (_, first) = ask(&model, "/v1/chat/completions", &body).await;
    let message = first["choices"][0]["message"].clone();
    let ids: Vec<Value> = message["tool_calls"]
        .as_array()
        .expect("calls")
        .iter()
        .map(|call| call["id"].clone())
        .collect();
    assert_ne!(ids[0], ids[1]);
    let talk = body["messages"].as_array_mut().expect("a list");
    talk.push(message);
    talk.push(json!({ "role": "tool", "tool_call_id": ids[0], "content": "x" }));
    let (status, refused) = ask(&model, "/v1/chat/completions", &body).await;
    assert_eq!(status, 400, "one call has no answer");
    // Both answered, the talk goes on.
    let talk = body["messages"].as_array_mut().expect("a list");
    talk.push(json!({ "role": "tool", "tool_call_id": ids[1], "content": "y" }));
    assert_eq!(refused["error"]["type"], "invalid_request_error");
    body["messages"]
        .as_array_mut()
        .expect("a list")
        .push(json!({ "role": "user", "content": "go on" }));
    let (_, second) = ask(&model, "/v1/chat/completions", &body).await;
    assert_eq!(second["choices"][0]["message"]["content"], "All good.");
    assert_eq!(second["choices"][0]["finish_reason"], "stop");
    let (_, third) = ask(&model, "/v1/chat/completions", &body).await;
    assert_eq!(third["choices"][0]["message"]["content"], "DONE");
    let asked = model.asked();
    assert_eq!(asked.len(), 3);
    assert_eq!(
        (asked[0].api, asked[0].tools[0].as_str()),
        (Api::ChatCompletions, "bash")
    );
}

#[tokio::test]
async fn questions_on_the_side_use_up_no_turn_unless_the_agent_has_no_tools() {
    let model = model().await;
    model.says(Turn::shell("make"));
    let mut body = chat(false);
    body.as_object_mut().expect("an object").remove("tools");
    let said = async |model: &Model| {
        let (_, answer) = ask(model, "/v1/chat/completions", &body).await;
        answer["choices"][0]["message"]["content"].clone()
    };
    assert_eq!((said(&model).await, model.left()), (json!("OK"), 1));
    model.tells_the_toolless(None);
    assert_eq!(said(&model).await, "\n\n```bash\nmake\n```\n");
    assert_eq!(model.left(), 0);
}

#[tokio::test]
async fn a_model_can_be_endless_broken_and_picky() {
    let model = model().await;
    model.then_always_says(Turn::shell("true"));
    for _ in 0..5 {
        let (_, answer) = ask(&model, "/v1/messages", &messages(false)).await;
        assert_eq!(answer["stop_reason"], "tool_use");
    }
    let overloaded =
        r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    let fault = What::status_with(529, &[("retry-after", "3")], overloaded);
    model.faults().once(When::on("POST", "/v1/messages"), fault);
    let (status, answer) = ask(&model, "/v1/messages", &messages(false)).await;
    assert_eq!(
        (status, &answer["error"]["type"]),
        (529, &json!("overloaded_error"))
    );
    let orphan = json!({ "role": "user", "content": [
        { "type": "tool_result", "tool_use_id": "call_x", "content": "y" },
    ]});
    let mut body = messages(false);
    body["messages"] = json!([orphan]);
    assert_eq!(ask(&model, "/v1/messages", &body).await.0, 400);
    let mut body = messages(false);
    body.as_object_mut()
        .expect("an object")
        .remove("max_tokens");
    let (status, answer) = ask(&model, "/v1/messages", &body).await;
    assert_eq!(
        (status, &answer["error"]["message"]),
        (400, &json!("max_tokens: Field required"))
    );
    let mut body = responses(false);
    body["input"] = json!([{ "type": "function_call_output", "call_id": "c", "output": "x" }]);
    assert_eq!(ask(&model, "/v1/responses", &body).await.0, 400);
    assert_eq!(ask(&model, "/v1/other", &json!({})).await.0, 404);
    let old = json!({ "input_tokens": messages(false).to_string().len().div_ceil(4) });
    assert_eq!(
        ask(&model, "/v1/messages/count_tokens", &messages(false))
            .await
            .1,
        old
    );
    assert_eq!(model.rim().violations().len(), 4);
}
