//! The real key goes to the provider and nowhere else; the agent's goes nowhere.

use std::sync::Arc;

use clock::SystemClock;
use serde_json::json;
use vault::egress::{Auth, Egress};

use crate::support::provider::{Heard, Upstream, events, reply};
use crate::support::{self, CANARY, Journal, Scene, chat};

#[tokio::test]
async fn the_real_key_is_added_in_each_providers_way_and_the_agents_never_arrives() {
    let scene = Scene::new().await;
    let content = json!({"contents": [{"parts": [{"text": "fix"}]}]});
    let messages = json!({"model": "claude-5", "messages": [], "max_tokens": 5});
    for (path, body, header, value, target) in [
        (
            "/llm/openai/v1/chat/completions?key=agentsKey&api_key=agentsKey",
            chat(),
            "authorization",
            format!("Bearer {CANARY}"),
            "/openai/v1/chat/completions",
        ),
        (
            "/llm/openai/responses",
            json!({"model": "gpt-5", "input": "fix"}),
            "authorization",
            format!("Bearer {CANARY}"),
            "/openai/v1/responses",
        ),
        (
            "/llm/compat/chat/completions",
            chat(),
            "api-key",
            CANARY.to_owned(),
            "/compat/v1/chat/completions",
        ),
        (
            "/llm/anthropic/v1/messages?beta=true&access_token=agentsKey",
            messages,
            "x-api-key",
            CANARY.to_owned(),
            "/anthropic/v1/messages?beta=true",
        ),
        (
            "/llm/gemini/v1beta/models/gemini-3:generateContent?key=agentsKey&$httpHeaders=x-goog-api-key:agentsKey",
            content,
            "x-goog-api-key",
            CANARY.to_owned(),
            "/v1beta/models/gemini-3:generateContent",
        ),
    ] {
        let mut request = scene.request("POST", path).body(body.to_string());
        for name in [
            "authorization",
            "proxy-authorization",
            "x-api-key",
            "api-key",
            "x-goog-api-key",
            "cookie",
            "openai-organization",
            "openai-project",
            "x-forwarded-for",
            "forwarded",
            "via",
            "x-http-method-override",
            "te",
            "x-anything",
        ] {
            request = request.header(name, "agentsKey");
        }
        let request = request.header("anthropic-version", "2023-06-01");
        let back = scene.send(request).await;
        assert_eq!(back.status, 200, "{}", back.body);
        let heard = scene.upstream.heard().pop().expect("heard");
        assert_eq!(heard.target, target);
        assert_eq!(heard.header(header), Some(value.as_str()));
        assert_eq!(heard.header("anthropic-version"), Some("2023-06-01"));
        assert_eq!(heard.header("user-agent"), Some("bountyd-test"));
        assert_eq!(
            heard.header("host"),
            scene.upstream.url("").authority().into()
        );
        let all = format!("{heard:?}");
        assert!(
            !all.contains("agentsKey") && !all.contains("placeholder"),
            "{all}"
        );
        let mut names: Vec<_> = heard.headers.keys().map(|n| n.as_str()).collect();
        names.sort_unstable();
        let mut expected = vec![
            "accept",
            "anthropic-version",
            "content-length",
            "content-type",
            "host",
            "user-agent",
            header,
        ];
        expected.sort_unstable();
        assert_eq!(names, expected);
    }
}

#[tokio::test]
async fn an_answer_that_quotes_the_key_is_thrown_away() {
    let scene = Scene::new().await;
    let hex = CANARY
        .bytes()
        .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    type Echo = Box<dyn Fn(&Heard) -> axum::response::Response + Send + Sync>;
    let echoes: Vec<Echo> = vec![
        Box::new(|h| {
            let said = format!("you said {:?}", h.header("authorization"));
            reply(200, "text/html", said)
        }),
        Box::new(|h| {
            let said = json!({"error": h.header("authorization")}).to_string();
            reply(500, "application/json", said.replace('/', "\\/"))
        }),
        Box::new(move |_| reply(400, "text/plain", format!("key {hex}"))),
        Box::new(|_| {
            let mut answer = reply(200, "application/json", "{}");
            let line = format!("r-{CANARY}").parse().expect("header");
            answer.headers_mut().insert("x-request-id", line);
            answer
        }),
    ];
    for (n, echo) in echoes.into_iter().enumerate() {
        scene.upstream.answer(echo);
        let back = scene.chat().await;
        assert_eq!(
            (back.status, back.code().as_str()),
            (502, "key_echoed"),
            "{n}"
        );
        assert!(!format!("{back:?}").contains("canary"), "{n}: {back:?}");
    }
    assert_eq!(scene.journal.refusals(), ["key_echoed"; 4]);
}

#[tokio::test]
async fn a_stream_that_quotes_the_key_is_cut_before_it() {
    let scene = Scene::new().await;
    let (parts, stream) = crate::support::provider::stream();
    let stream = std::sync::Mutex::new(Some(stream));
    scene
        .upstream
        .answer(move |_| stream.lock().expect("lock").take().expect("one request"));
    let request = scene
        .request("POST", "/llm/openai/v1/chat/completions")
        .body(chat().to_string());
    let mut response = support::soon("the head", request.send())
        .await
        .expect("head");
    parts
        .send(Ok("data: {\"a\":\"before ".into()))
        .expect("open");
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains("before") {
        let chunk = support::soon("the first part", response.chunk()).await;
        seen.extend(chunk.expect("whole").expect("more"));
    }
    let (one, other) = CANARY.split_at(11);
    parts.send(Ok(one.into())).expect("open");
    parts
        .send(Ok(format!("{other}\"}}\n\n").into()))
        .expect("open");
    let cut = support::soon("the cut", async {
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => seen.extend(chunk),
                Ok(None) => return false,
                Err(_) => return true,
            }
        }
    })
    .await;
    let seen = String::from_utf8_lossy(&seen).into_owned();
    assert!(cut, "not to be taken for the whole: {seen}");
    assert!(!seen.contains("sk-c"), "{seen}");
    support::until("the line", || scene.journal.refusals() == ["key_echoed"]).await;
}

#[tokio::test]
async fn a_refused_key_is_not_described_to_the_agent() {
    let scene = Scene::new().await;
    scene.upstream.answer(|_| {
        let said = r#"{"error":{"message":"Incorrect API key provided: sk-ca***cdef"}}"#;
        reply(401, "application/json", said)
    });
    let back = scene.chat().await;
    assert_eq!((back.status, back.code().as_str()), (502, "key_refused"));
    assert!(!back.body.contains("cdef"), "{}", back.body);
}

#[tokio::test]
async fn cookies_and_account_headers_stay_here() {
    let scene = Scene::new().await;
    scene.upstream.answer(|_| {
        let mut answer = events(&["[DONE]"]);
        for (name, value) in [
            ("set-cookie", "a=b"),
            ("openai-organization", "owner"),
            ("x-request-id", "r1"),
            ("alt-svc", "h3"),
            ("www-authenticate", "Bearer"),
        ] {
            answer
                .headers_mut()
                .insert(name, value.parse().expect("header"));
        }
        answer
    });
    let back = scene.chat().await;
    let mut names: Vec<_> = back.headers.keys().map(|n| n.as_str()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        ["content-type", "date", "transfer-encoding", "x-request-id"]
    );
}

#[tokio::test]
async fn an_unfit_key_keeps_the_proxy_shut() {
    let dir = tempfile::tempdir().expect("dir");
    let upstream = Upstream::start().await;
    for text in ["placeholder", "two words of some length"] {
        let mut settings = support::settings(&upstream, &support::secret(&dir, text));
        settings.providers[0].auth = Auth::Bearer;
        let journal = Arc::new(Journal::default());
        let refused = Egress::open(settings, Arc::new(SystemClock), journal).await;
        let said = refused.expect_err("unfit").to_string();
        assert!(said.contains("key") && !said.contains(text), "{said}");
    }
}
