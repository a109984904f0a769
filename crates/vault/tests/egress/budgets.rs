//! Each budget ends the job, by the provider's count and never the agent's.

use std::time::Duration;

use serde_json::json;
use vault::egress::{Budget, EgressEvent};

use crate::support::provider::{counted, events, reply};
use crate::support::{Scene, chat, soon, until};

#[tokio::test]
async fn usage_is_the_providers_own_count() {
    let scene = Scene::new().await;
    scene.upstream.answer(|h| match h.target.as_str() {
        "/anthropic/v1/messages" => reply(
            200,
            "application/json",
            r#"{"usage":{"input_tokens":1,"cache_read_input_tokens":10,"cache_creation_input_tokens":100,"output_tokens":1000}}"#,
        ),
        "/v1beta/models/gemini-3:generateContent" => reply(
            200,
            "application/json",
            r#"{"usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":3,"thoughtsTokenCount":2}}"#,
        ),
        _ => counted(20, 30),
    });
    // What the agent says of itself counts nothing.
    let mut lying = chat();
    lying["usage"] = json!({"prompt_tokens": 0, "completion_tokens": 0});
    scene.post("/llm/openai/v1/chat/completions", &lying).await;
    let messages = json!({"model": "c", "messages": [], "max_tokens": 5});
    scene.post("/llm/anthropic/v1/messages", &messages).await;
    scene
        .post(
            "/llm/gemini/v1beta/models/gemini-3:generateContent",
            &json!({"contents": []}),
        )
        .await;
    scene.get("/llm/openai/v1/models").await;
    let usage = scene.end().await;
    assert_eq!((usage.requests, usage.estimated, usage.refused), (4, 0, 0));
    let tokens = usage.tokens;
    assert_eq!(
        (
            tokens.input,
            tokens.cache_read,
            tokens.cache_write,
            tokens.output
        ),
        (20 + 1 + 7, 10, 100, 30 + 1000 + 5)
    );
    // 28 at $1, 10 at $0.1, 100 at $2, 1035 at $10 for a million; each request rounded up.
    assert_eq!(
        usage.micro_usd,
        (20 + 300) + (1 + 1 + 200 + 10_000) + (7 + 50)
    );
    assert_eq!(usage.ended_by, None);
}

#[tokio::test]
async fn a_spent_budget_is_said_to_the_agent_and_to_the_owner() {
    type Change = fn(&mut vault::egress::Budgets);
    let cases: [(Budget, &str, Change); 4] = [
        (Budget::Requests, "requests", |b| b.requests = 3),
        (Budget::InputTokens, "input tokens", |b| {
            b.input_tokens = 3000
        }),
        (Budget::OutputTokens, "output tokens", |b| {
            b.output_tokens = 300
        }),
        (Budget::Money, "money", |b| b.micro_usd = Some(6000)),
    ];
    for (budget, named, change) in cases {
        let scene = Scene::with(|_, grant| change(&mut grant.budgets)).await;
        scene.upstream.answer(move |_| match budget {
            Budget::InputTokens => counted(1000, 1),
            Budget::OutputTokens => counted(1, 100),
            _ => counted(1000, 100),
        });
        for n in 0..3 {
            assert_eq!(scene.chat().await.status, 200, "{named} {n}");
        }
        let back = scene.chat().await;
        assert_eq!(
            (back.status, back.code().as_str()),
            (429, "budget"),
            "{named}"
        );
        let said = back.json()["error"]["message"].to_string();
        assert!(said.contains(named) && said.contains("used up"), "{said}");
        assert_eq!(back.headers["x-should-retry"], "false");
        assert_eq!(scene.upstream.count(), 3, "{named}");
        let usage = scene.end().await;
        assert_eq!(usage.ended_by, Some(budget));
        assert_eq!((usage.requests, usage.refused), (3, 1));
    }
}

#[tokio::test]
async fn the_owners_ceiling_holds_for_a_greedy_grant() {
    let scene = Scene::with(|settings, _| settings.budgets.requests = 1).await;
    assert_eq!(scene.chat().await.status, 200);
    assert_eq!(scene.chat().await.code(), "budget");
}

#[tokio::test]
async fn an_answer_is_limited_to_what_is_left() {
    let scene = Scene::with(|_, grant| grant.budgets.output_tokens = 250).await;
    scene.upstream.answer(|_| counted(1, 200));
    let mut asked = chat();
    asked["max_tokens"] = json!(100_000);
    scene.post("/llm/openai/v1/chat/completions", &asked).await;
    let unlimited = json!({"model": "gpt-5", "input": "x"});
    scene.post("/llm/openai/v1/responses", &unlimited).await;
    let heard = scene.upstream.heard();
    assert_eq!(heard[0].json()["max_tokens"], 250);
    assert_eq!(heard[1].json()["max_output_tokens"], 50);
}

#[tokio::test]
async fn what_nobody_counts_is_estimated_and_never_free() {
    let scene = Scene::new().await;
    scene
        .upstream
        .answer(|_| reply(200, "application/json", "x".repeat(1000)));
    let body = chat().to_string().len() as u64;
    scene.chat().await;
    let usage = scene.end().await;
    assert_eq!(usage.estimated, 1);
    assert_eq!(usage.tokens.input, body.div_ceil(2));
    assert_eq!(usage.tokens.output, 500);
}

#[tokio::test]
async fn a_model_without_a_price_is_refused_where_money_is_limited() {
    let scene = Scene::with(|settings, grant| {
        grant.budgets.micro_usd = Some(1_000_000);
        settings.providers[0].prices[0].model = "gpt-5".to_owned();
    })
    .await;
    assert_eq!(scene.chat().await.status, 200);
    let mut dear = chat();
    dear["model"] = json!("gpt-9");
    let back = scene.post("/llm/openai/v1/chat/completions", &dear).await;
    assert_eq!((back.status, back.code().as_str()), (403, "no_price"));
    assert_eq!(scene.get("/llm/openai/v1/models").await.status, 200);
}

#[tokio::test]
async fn long_bodies_are_refused_in_both_directions() {
    let scene = Scene::with(|_, grant| {
        grant.budgets.request_bytes = 1000;
        grant.budgets.response_bytes = 1000;
    })
    .await;
    let mut long = chat();
    long["messages"][0]["content"] = json!("x".repeat(2000));
    let back = scene.post("/llm/openai/v1/chat/completions", &long).await;
    assert_eq!(
        (back.status, back.code().as_str()),
        (413, "request_too_long")
    );
    assert_eq!(scene.upstream.count(), 0);
    scene
        .upstream
        .answer(|_| reply(200, "application/json", "x".repeat(2000)));
    let back = scene.chat().await;
    assert_eq!(
        (back.status, back.code().as_str()),
        (502, "answer_too_long")
    );
    let usage = scene.end().await;
    assert_eq!(
        usage.tokens.output, 100,
        "what it asked for: nobody knows better"
    );
}

#[tokio::test]
async fn only_so_many_are_under_way_and_the_rest_wait() {
    let scene = Scene::with(|_, grant| grant.budgets.concurrent = 2).await;
    let (gate, _) = tokio::sync::watch::channel(false);
    let opened = gate.clone();
    scene.upstream.answer(move |_| {
        let mut gate = opened.subscribe();
        let body = futures_util::stream::once(async move {
            let _ = gate.wait_for(|open| *open).await;
            Ok::<_, std::io::Error>(r#"{"usage":{"prompt_tokens":1,"completion_tokens":1}}"#)
        });
        reply(200, "application/json", axum::body::Body::from_stream(body))
    });
    let all = futures_util::future::join_all((0..6).map(|_| scene.chat()));
    let watch = async {
        until("two are under way", || scene.upstream.count() == 2).await;
        for _ in 0..1000 {
            tokio::task::yield_now().await;
        }
        assert_eq!(scene.upstream.count(), 2);
        gate.send_replace(true);
    };
    let (answers, ()) = tokio::join!(all, watch);
    assert!(answers.iter().all(|back| back.status == 200));
    assert_eq!(scene.upstream.count(), 6);
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_ended_and_paid_for() {
    let scene = Scene::new().await;
    let (parts, silent) = crate::support::provider::stream();
    let silent = std::sync::Mutex::new(Some(silent));
    scene.upstream.answer(move |_| {
        let mut silent = silent.lock().expect("lock").take().expect("one request");
        silent
            .headers_mut()
            .insert("content-type", "application/json".parse().expect("header"));
        silent
    });
    let (back, ()) = tokio::join!(scene.chat(), async {
        until("it is under way", || scene.upstream.count() == 1).await;
        scene.hand.advance(Duration::from_secs(599));
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert!(scene.journal.refusals().is_empty());
        scene.hand.advance(Duration::from_secs(1));
    });
    assert_eq!((back.status, back.code().as_str()), (504, "timed_out"));
    soon("the provider is let go", parts.closed()).await;
    assert_eq!(scene.end().await.tokens.output, 100);
}

#[tokio::test]
async fn the_journal_has_counts_before_and_after_and_no_content() {
    let scene = Scene::new().await;
    scene
        .upstream
        .answer(|_| events(&[r#"{"usage":{"prompt_tokens":2,"completion_tokens":1}}"#]));
    for _ in 0..20 {
        scene.chat().await;
    }
    let journal = std::sync::Arc::clone(&scene.journal);
    let usage = scene.end().await;
    let events = journal.events();
    assert_eq!(events[0], EgressEvent::Begun { up_to: 16 });
    assert_eq!(events.last(), Some(&EgressEvent::Ended { usage }));
    assert_eq!(usage.requests, 20);
    let done = events.iter().find_map(|event| match event {
        EgressEvent::Done { usage } => Some(usage.requests),
        _ => None,
    });
    assert!(done.is_some_and(|done| done >= 16), "{events:?}");
    assert!(events.contains(&EgressEvent::Begun { up_to: 32 }));
    assert_eq!(events.len(), 4);
    assert!(!journal.text().contains("fix it"));
}

#[tokio::test]
async fn without_a_journal_nothing_leaves() {
    let scene = Scene::new().await;
    *scene.journal.full.lock().expect("lock") = true;
    let back = scene.chat().await;
    assert_eq!((back.status, back.code().as_str()), (503, "journal"));
    assert_eq!(scene.upstream.count(), 0);
    *scene.journal.full.lock().expect("lock") = false;
    assert_eq!(scene.chat().await.status, 200);
}
