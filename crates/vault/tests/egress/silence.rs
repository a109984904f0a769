//! The key in no line of any log, no error, no journal, no `Debug`.

use serde_json::json;

use crate::support::provider::reply;
use crate::support::{Scene, log};

#[tokio::test]
async fn no_text_carries_the_key() {
    let scene = Scene::new().await;
    let mut said = format!("{:?}", scene.egress);
    for status in [200, 302, 400, 401, 403, 500] {
        scene.upstream.answer(move |h| {
            let headers: Vec<_> = h
                .headers
                .iter()
                .map(|(n, v)| format!("{n}: {}", String::from_utf8_lossy(v.as_bytes())))
                .collect();
            let body = json!({"you": headers}).to_string();
            let mut answer = reply(status, "application/json", body);
            answer
                .headers_mut()
                .insert("location", headers.join(" ").parse().expect("header"));
            answer
        });
        for path in [
            "/llm/openai/v1/chat/completions",
            "/llm/compat/v1/chat/completions",
            "/llm/anthropic/v1/messages",
            "/llm/gemini/v1beta/models/m:generateContent",
            "/llm/openai/v1/files",
        ] {
            let body = json!({"model": "m", "messages": [], "max_tokens": 1});
            let back = scene.post(path, &body).await;
            assert!(back.status >= 400, "{status} {path}: {back:?}");
            said += &format!("{back:?}");
        }
    }
    assert_eq!(scene.upstream.count(), 24);
    said += &scene.journal.text();
    said += &format!("{:?}", scene.end().await);
    for text in [said, log::text()] {
        assert!(text.contains("key_echoed"), "it was there to be hidden");
        assert!(!text.contains("canaryKey"), "{text}");
        assert!(!text.contains("c2stY2FuYXJ5"), "in base64");
    }
    // The log is heard at its finest, the HTTP client's lines among it.
    let log = log::text();
    assert!(log.contains("TRACE") && log.contains("reqwest"), "{log}");
}
