//! Server-sent events: passed on as they come, counted to their end.

use std::sync::Mutex;

use axum::response::Response;
use serde_json::{Value, json};

use crate::support::provider::{events, stream};
use crate::support::{Scene, chat, soon, until};

fn once(answer: Response) -> impl Fn(&crate::support::provider::Heard) -> Response {
    let answer = Mutex::new(Some(answer));
    move |_| answer.lock().expect("lock").take().expect("one request")
}

fn streamed() -> Value {
    let mut body = chat();
    body["stream"] = json!(true);
    body
}

#[tokio::test]
async fn each_apis_stream_comes_through_whole_and_is_counted() {
    let chat_events = [
        r#"{"choices":[{"delta":{"content":"ab"}}],"usage":null}"#,
        r#"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4}}"#,
        "[DONE]",
    ];
    let responses = [
        r#"{"type":"response.created","response":{"usage":null}}"#,
        r#"{"type":"response.output_text.delta","delta":"x"}"#,
        r#"{"type":"response.completed","response":{"usage":{"input_tokens":9,"output_tokens":4}}}"#,
    ];
    let messages = [
        r#"{"type":"message_start","message":{"usage":{"input_tokens":9,"output_tokens":1}}}"#,
        r#"{"type":"content_block_delta","delta":{"text":"x"}}"#,
        r#"{"type":"message_delta","usage":{"output_tokens":4}}"#,
        r#"{"type":"message_stop"}"#,
    ];
    let content = [
        r#"{"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":1}}"#,
        r#"{"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":3,"thoughtsTokenCount":1}}"#,
    ];
    let mut responses_body = json!({"model": "gpt-5", "input": "x", "stream": true});
    responses_body["max_output_tokens"] = json!(50);
    let messages_body = json!({"model": "c", "messages": [], "max_tokens": 50, "stream": true});
    let content_path = "/llm/gemini/v1beta/models/gemini-3:streamGenerateContent?alt=sse";
    for (path, body, told) in [
        (
            "/llm/openai/v1/chat/completions",
            streamed(),
            &chat_events[..],
        ),
        ("/llm/openai/v1/responses", responses_body, &responses[..]),
        ("/llm/anthropic/v1/messages", messages_body, &messages[..]),
        (content_path, json!({"contents": []}), &content[..]),
    ] {
        let scene = Scene::new().await;
        scene.upstream.answer(once(events(told)));
        let back = scene.post(path, &body).await;
        assert_eq!(back.status, 200, "{}", back.body);
        let expected: String = told.iter().map(|e| format!("data: {e}\n\n")).collect();
        assert_eq!(back.body, expected);
        let usage = scene.end().await;
        assert_eq!((usage.tokens.input, usage.tokens.output), (9, 4), "{path}");
        assert_eq!(
            (usage.estimated, usage.response_bytes),
            (0, expected.len() as u64)
        );
    }
}

#[tokio::test]
async fn an_event_is_passed_on_when_it_comes() {
    let scene = Scene::new().await;
    let (parts, answer) = stream();
    scene.upstream.answer(once(answer));
    let request = scene
        .request("POST", "/llm/openai/v1/chat/completions")
        .body(streamed().to_string());
    let mut response = soon("the head", request.send()).await.expect("head");
    for n in 0..3 {
        let event = format!("data: {{\"n\":{n}}}\n\n");
        parts.send(Ok(event.clone().into())).expect("open");
        let chunk = soon("the event", response.chunk()).await.expect("whole");
        assert_eq!(chunk.expect("more"), event.as_bytes());
    }
    drop(parts);
    assert_eq!(
        soon("the end", response.chunk()).await.expect("whole"),
        None
    );
    let heard = scene.upstream.heard()[0].json();
    assert_eq!(heard["stream_options"], json!({"include_usage": true}));
}

#[tokio::test]
async fn an_agent_that_hangs_up_pays_what_the_provider_counts() {
    let scene = Scene::new().await;
    let (parts, answer) = stream();
    scene.upstream.answer(once(answer));
    let request = scene
        .request("POST", "/llm/openai/v1/chat/completions")
        .body(streamed().to_string());
    let mut response = soon("the head", request.send()).await.expect("head");
    parts.send(Ok("data: {\"n\":1}\n\n".into())).expect("open");
    soon("the event", response.chunk()).await.expect("whole");
    drop(response);
    for _ in 0..50 {
        parts.send(Ok("data: {\"n\":2}\n\n".into())).expect("open");
    }
    let count = "data: {\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":77}}\n\n";
    parts.send(Ok(count.into())).expect("open");
    drop(parts);
    let usage = settled(scene, 9).await;
    assert_eq!((usage.tokens.output, usage.estimated), (77, 0));
}

#[tokio::test]
async fn an_agent_that_hangs_up_before_the_answer_pays_too() {
    let scene = Scene::new().await;
    let (gate, _) = tokio::sync::watch::channel(false);
    let opened = gate.clone();
    scene.upstream.answer(move |_| {
        let mut gate = opened.subscribe();
        let body = futures_util::stream::once(async move {
            let _ = gate.wait_for(|open| *open).await;
            Ok::<_, std::io::Error>(r#"{"usage":{"prompt_tokens":9,"completion_tokens":77}}"#)
        });
        let body = axum::body::Body::from_stream(body);
        crate::support::provider::reply(200, "application/json", body)
    });
    let asking = scene.request("POST", "/llm/openai/v1/chat/completions");
    let asking = asking.body(chat().to_string()).send();
    tokio::select! {
        _ = asking => panic!("answered"),
        () = until("it is under way", || scene.upstream.count() == 1) => {}
    }
    gate.send_replace(true);
    let usage = settled(scene, 9).await;
    assert_eq!((usage.tokens.output, usage.estimated), (77, 0));
}

/// Ends the job once the request of `input` tokens is settled, which the journal tells after 16.
async fn settled(scene: Scene, input: u64) -> vault::egress::Usage {
    use vault::egress::EgressEvent::Done;
    scene
        .upstream
        .answer(|_| crate::support::provider::counted(0, 0));
    for _ in 0..15 {
        scene.chat().await;
    }
    let journal = std::sync::Arc::clone(&scene.journal);
    until("the count", || {
        journal
            .events()
            .iter()
            .any(|event| matches!(event, Done { usage } if usage.tokens.input == input))
    })
    .await;
    scene.end().await
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_no_whole_answer_and_pays_what_it_had_set_aside() {
    let scene = Scene::new().await;
    let (parts, answer) = stream();
    scene.upstream.answer(once(answer));
    let start = r#"data: {"type":"message_start","message":{"usage":{"input_tokens":9,"output_tokens":1}}}"#;
    parts.send(Ok(format!("{start}\n\n").into())).expect("open");
    let body = json!({"model": "c", "messages": [], "max_tokens": 50, "stream": true});
    let request = scene
        .request("POST", "/llm/anthropic/v1/messages")
        .body(body.to_string());
    let mut response = soon("the head", request.send()).await.expect("head");
    soon("the start", response.chunk()).await.expect("whole");
    parts
        .send(Err(std::io::ErrorKind::ConnectionReset.into()))
        .expect("open");
    soon("the cut", response.chunk()).await.expect_err("cut");
    until("the line", || scene.journal.refusals() == ["broken_off"]).await;
    let usage = scene.end().await;
    assert_eq!(
        (usage.tokens.input, usage.tokens.output, usage.estimated),
        (9, 50, 1)
    );
}

#[tokio::test]
async fn the_end_of_the_job_cuts_what_is_under_way_and_counts_it() {
    let scene = Scene::new().await;
    let (parts, answer) = stream();
    scene.upstream.answer(once(answer));
    let request = scene
        .request("POST", "/llm/openai/v1/chat/completions")
        .body(streamed().to_string());
    let mut response = soon("the head", request.send()).await.expect("head");
    let usage = scene.end().await;
    assert_eq!((usage.tokens.output, usage.estimated), (100, 1));
    soon("the provider is let go", parts.closed()).await;
    soon("the cut", response.chunk()).await.expect_err("cut");
}

#[tokio::test]
async fn a_job_that_is_dropped_leaves_nothing_under_way() {
    let scene = Scene::new().await;
    let (parts, answer) = stream();
    scene.upstream.answer(once(answer));
    let request = scene
        .request("POST", "/llm/openai/v1/chat/completions")
        .body(streamed().to_string());
    let mut response = soon("the head", request.send()).await.expect("head");
    scene.abandon().await;
    soon("the provider is let go", parts.closed()).await;
    soon("the cut", response.chunk()).await.expect_err("cut");
}
