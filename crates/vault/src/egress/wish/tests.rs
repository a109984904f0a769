//! Bodies as agents send them, and as a hostile one would.

use serde_json::{Value, json};

use super::*;
use crate::egress::routes;

fn route(call: Call) -> Route {
    let gemini = matches!(call, Call::Content | Call::Count(CountOf::Content));
    Route {
        call,
        path: "/x".to_owned(),
        query: None,
        model: gemini.then(|| "gemini-3".to_owned()),
    }
}

fn examined(call: Call, body: &Value) -> Result<(Wish, Value), Refusal> {
    let mut json = Json::parse(body.to_string().as_bytes()).expect("JSON");
    let wish = examine(&route(call), &mut json)?;
    let left = serde_json::from_slice(&json.into_bytes()).expect("JSON");
    Ok((wish, left))
}

fn limited(api: Api, call: Call, body: &Value) -> Value {
    let mut json = Json::parse(body.to_string().as_bytes()).expect("JSON");
    limit(api, call, &mut json, 64);
    serde_json::from_slice(&json.into_bytes()).expect("JSON")
}

#[test]
fn an_ordinary_body_goes_on_unchanged() {
    for (call, body) in [
        (
            Call::Chat,
            json!({"model": "gpt-5", "messages": [{"role": "user", "content": [
                {"type": "text", "text": "see https://example.org"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
            ]}], "tools": [{"type": "function", "function": {"name": "fetch", "parameters":
                {"properties": {"url": {"type": "string", "default": "https://example.org"}}}}}],
                "max_tokens": 100, "stream": true}),
        ),
        (
            Call::Responses,
            json!({"model": "gpt-5", "input": [{"role": "user", "content": [
                {"type": "input_text", "text": "x"}]},
                {"type": "function_call", "arguments": "{\"url\":\"https://example.org\"}"}],
                "tools": [{"type": "custom", "name": "apply_patch"}, {"type": "local_shell"}]}),
        ),
        (
            Call::Messages,
            json!({"model": "claude-5", "max_tokens": 100, "messages": [{"role": "assistant",
                "content": [{"type": "tool_use", "name": "fetch", "input":
                {"url": "https://example.org"}}]}], "tools": [{"name": "a", "input_schema": {}},
                {"type": "bash_20250124", "name": "bash"}]}),
        ),
        (
            Call::Content,
            json!({"contents": [{"parts": [{"functionCall": {"name": "f", "args":
                {"url": "https://example.org"}}}, {"functionResponse": {"name": "f", "response":
                {"uri": "https://example.org"}}}]}], "tools": [{"functionDeclarations": [{"name":
                "f"}]}], "generationConfig": {"maxOutputTokens": 100, "candidateCount": 1}}),
        ),
    ] {
        let (wish, left) = examined(call, &body).expect("fine");
        assert_eq!(left, body);
        assert!(wish.taken_out.is_empty(), "{:?}", wish.taken_out);
        let expected = (call != Call::Responses).then_some(100);
        assert_eq!(wish.longest, expected, "{call:?}");
    }
}

#[test]
fn what_the_provider_would_run_or_call_is_taken_out() {
    let messages = json!([]);
    for (call, body, names) in [
        (
            Call::Responses,
            json!({"model": "m", "input": "x", "background": true, "conversation": "c",
                "tools": [{"type": "mcp", "server_url": "https://evil.example"},
                {"type": "web_search"}, {"type": "code_interpreter"}, {"type": ["function"]},
                {"type": "function", "name": "f"}]}),
            vec![
                "background",
                "conversation",
                "tools.mcp",
                "tools.web_search",
                "tools.code_interpreter",
                "tools.",
            ],
        ),
        (
            Call::Chat,
            json!({"model": "m", "messages": messages, "web_search_options": {},
                "plugins": [{"id": "web"}], "models": ["dearer"], "search_parameters": {}}),
            vec![
                "models",
                "plugins",
                "search_parameters",
                "web_search_options",
            ],
        ),
        (
            Call::Messages,
            json!({"model": "m", "messages": messages, "max_tokens": 1, "speed": "fast",
                "mcp_servers": [{"url": "https://evil.example"}], "container": {},
                "tools": [{"type": "web_fetch_20250910"}, {"type": "code_execution_20250825"}]}),
            vec![
                "container",
                "mcp_servers",
                "speed",
                "tools.web_fetch_20250910",
                "tools.code_execution_20250825",
            ],
        ),
        (
            Call::Content,
            json!({"contents": [], "cachedContent": "cachedContents/x", "tools":
                [{"google_search": {}}, {"urlContext": {}, "functionDeclarations": []}]}),
            vec!["cachedContent", "tools.google_search", "tools.urlContext"],
        ),
        (
            Call::Chat,
            json!({"model": "m", "messages": messages, "tools": {"type": "mcp"},
                "service_tier": "priority"}),
            vec!["service_tier", "tools"],
        ),
    ] {
        let (wish, left) = examined(call, &body).expect("fine");
        assert_eq!(wish.taken_out, names, "{call:?}");
        let left = left.to_string();
        for word in [
            "evil.example",
            "web",
            "oogle",
            "mcp",
            "priority",
            "fast",
            "dearer",
        ] {
            assert!(!left.contains(word), "{word}: {left}");
        }
    }
}

#[test]
fn nothing_is_fetched_for_the_agent() {
    let address = "https://evil.example/?stolen";
    for (call, content) in [
        (
            Call::Chat,
            json!({"type": "image_url", "image_url": {"url": address}}),
        ),
        (
            Call::Chat,
            json!({"type": "image_url", "image_url": address}),
        ),
        (
            Call::Chat,
            json!({"type": "video_url", "video_url": {"url": address}}),
        ),
        (
            Call::Responses,
            json!({"type": "input_image", "image_url": address}),
        ),
        (
            Call::Responses,
            json!({"type": "input_file", "file_url": address}),
        ),
        (
            Call::Messages,
            json!({"type": "image", "source": {"type": "url", "url": address}}),
        ),
        (
            Call::Messages,
            json!({"type": "tool_result", "content":
            [{"type": "document", "source": {"type": "url", "url": address}}]}),
        ),
        (
            Call::Messages,
            json!({"type": "tool_use", "input": {}, "source": {"url": address}}),
        ),
        (Call::Content, json!({"fileData": {"fileUri": address}})),
        (Call::Content, json!({"file_data": {"file_uri": address}})),
        (
            Call::Content,
            json!({"file_data": {"fileUri": "gs://bucket/x"}}),
        ),
        (Call::Content, json!({"args": {"fileUri": address}})),
    ] {
        let body = match call {
            Call::Responses => json!({"model": "m", "input": [{"content": [content]}]}),
            Call::Content => json!({"contents": [{"parts": [content]}]}),
            _ => json!({"model": "m", "messages": [{"content": [content]}]}),
        };
        assert_eq!(
            examined(call, &body).err(),
            Some(Refusal::RemoteContent),
            "{body}"
        );
    }
    let system = json!({"contents": [], "system_instruction": {"parts":
        [{"fileData": {"fileUri": address}}]}});
    assert_eq!(
        examined(Call::Content, &system).err(),
        Some(Refusal::RemoteContent)
    );
}

#[test]
fn odd_bodies_are_refused() {
    for (call, body) in [
        (Call::Chat, json!([])),
        (Call::Chat, json!({"messages": []})),
        (Call::Chat, json!({"model": 5})),
        (Call::Chat, json!({"model": "a b"})),
        (Call::Chat, json!({"model": "m".repeat(200)})),
        (Call::Chat, json!({"model": "openai/gpt-5:online"})),
        (Call::Chat, json!({"model": "m", "max_tokens": "100"})),
        (Call::Chat, json!({"model": "m", "max_tokens": -1})),
        (Call::Chat, json!({"model": "m", "max_tokens": 1e9})),
        (Call::Chat, json!({"model": "m", "n": 0})),
        (Call::Chat, json!({"model": "m", "n": 1000})),
        (
            Call::Content,
            json!({"generationConfig": {}, "generation_config": {}}),
        ),
        (Call::Content, json!({"generationConfig": [1]})),
    ] {
        let refused = examined(call, &body).err();
        assert!(
            matches!(refused, Some(Refusal::BadBody(_))),
            "{body}: {refused:?}"
        );
    }
}

#[test]
fn the_lower_of_two_limits_counts_and_null_is_none() {
    let body = json!({"model": "m", "max_tokens": 50, "max_completion_tokens": 40, "n": 3});
    let (wish, _) = examined(Call::Chat, &body).expect("fine");
    assert_eq!((wish.longest, wish.choices), (Some(40), 3));
    let body = json!({"model": "m", "max_tokens": null, "n": null});
    let (wish, _) = examined(Call::Chat, &body).expect("fine");
    assert_eq!((wish.longest, wish.choices), (None, 1));
}

#[test]
fn a_limit_is_written_where_the_api_reads_it() {
    use Api::{Anthropic, Gemini, OpenAi, OpenAiCompatible};
    for (api, call, body, expected) in [
        (
            OpenAi,
            Call::Chat,
            json!({}),
            json!({"max_completion_tokens": 64}),
        ),
        (
            OpenAi,
            Call::Chat,
            json!({"max_tokens": 99}),
            json!({"max_tokens": 64}),
        ),
        (
            OpenAiCompatible,
            Call::Chat,
            json!({}),
            json!({"max_tokens": 64}),
        ),
        (
            OpenAiCompatible,
            Call::Chat,
            json!({"max_tokens": 99, "max_completion_tokens": 98}),
            json!({"max_tokens": 64, "max_completion_tokens": 64}),
        ),
        (
            OpenAi,
            Call::Responses,
            json!({"max_output_tokens": null}),
            json!({"max_output_tokens": 64}),
        ),
        (
            Anthropic,
            Call::Messages,
            json!({"max_tokens": 99}),
            json!({"max_tokens": 64}),
        ),
        (
            Gemini,
            Call::Content,
            json!({}),
            json!({"generationConfig": {"maxOutputTokens": 64}}),
        ),
        (
            Gemini,
            Call::Content,
            json!({"generation_config": {"max_output_tokens": 99, "maxOutputTokens": 98}}),
            json!({"generation_config": {"max_output_tokens": 64, "maxOutputTokens": 64}}),
        ),
        (
            Gemini,
            Call::Content,
            json!({"generationConfig": null}),
            json!({"generationConfig": {"maxOutputTokens": 64}}),
        ),
    ] {
        assert_eq!(limited(api, call, &body), expected, "{call:?} {body}");
    }
}

#[test]
fn streamed_chat_is_counted_whether_or_not_the_agent_asks() {
    for (body, expected) in [
        (
            json!({"stream": true}),
            json!({"stream": true, "stream_options": {"include_usage": true}}),
        ),
        (
            json!({"stream": true, "stream_options": {"include_usage": false}}),
            json!({"stream": true, "stream_options": {"include_usage": true}}),
        ),
        (json!({"stream": false}), json!({"stream": false})),
    ] {
        let mut json = Json::parse(body.to_string().as_bytes()).expect("JSON");
        have_counted(Call::Chat, &mut json);
        let given: Value = serde_json::from_slice(&json.into_bytes()).expect("JSON");
        assert_eq!(given, expected);
    }
}

#[test]
fn every_list_of_members_has_what_its_limits_need() {
    for call in [Call::Chat, Call::Responses, Call::Messages] {
        for name in longest_names(call) {
            assert!(known(call).contains(name), "{name}");
        }
    }
    let found = routes::find(
        Api::Gemini,
        &http::Method::POST,
        "/v1/models/m:countTokens",
        None,
    );
    assert_eq!(
        found.expect("on the list").call,
        Call::Count(CountOf::Content)
    );
}
