//! A provider that is down, slow, endless, or sends elsewhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::{Body, Bytes};
use tokio::net::TcpListener;

use crate::support::provider::reply;
use crate::support::{Scene, soon, until};

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let scene = Scene::new().await;
    let elsewhere = crate::support::provider::Upstream::start().await;
    let to = elsewhere.url("/openai/v1/chat/completions").to_string();
    for status in [301, 302, 303, 307, 308] {
        let to = to.clone();
        scene.upstream.answer(move |_| {
            let mut answer = reply(status, "text/plain", "moved");
            answer
                .headers_mut()
                .insert("location", to.parse().expect("header"));
            answer
        });
        let back = scene.chat().await;
        assert_eq!((back.status, back.code().as_str()), (502, "redirect"));
        assert!(!back.headers.contains_key("location"));
    }
    assert_eq!(elsewhere.count(), 0);
    assert_eq!(scene.end().await.tokens.output, 0);
}

#[tokio::test]
async fn the_providers_own_errors_come_through_and_cost_nothing() {
    let scene = Scene::new().await;
    for status in [400, 403, 404, 429, 500, 503, 529] {
        scene.upstream.answer(move |_| {
            let mut answer = reply(status, "application/json", r#"{"error":"no"}"#);
            answer
                .headers_mut()
                .insert("retry-after", "7".parse().expect("header"));
            answer
        });
        let back = scene.chat().await;
        assert_eq!(
            (back.status, back.body.as_str()),
            (status, r#"{"error":"no"}"#)
        );
        assert_eq!(back.headers["retry-after"], "7");
    }
    let usage = scene.end().await;
    assert_eq!(
        (usage.requests, usage.tokens.sent(), usage.tokens.output),
        (7, 0, 0)
    );
}

#[tokio::test]
async fn nobody_there_is_said_and_costs_no_tokens() {
    let free = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let url = format!("http://{}/v1", free.local_addr().expect("address"));
    drop(free);
    let scene = Scene::with(|settings, _| {
        settings.providers[0].base_url = url.parse().expect("url");
    })
    .await;
    let back = scene.chat().await;
    assert_eq!((back.status, back.code().as_str()), (502, "unreachable"));
    let usage = scene.end().await;
    assert_eq!((usage.requests, usage.tokens.sent()), (1, 0));
}

#[tokio::test]
async fn a_connection_that_is_reset_is_paid_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let url = format!("http://{}/v1", listener.local_addr().expect("address"));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.readable().await.expect("a request");
            drop(stream);
        }
    });
    let scene = Scene::with(|settings, _| {
        settings.providers[0].base_url = url.parse().expect("url");
    })
    .await;
    let back = scene.chat().await;
    assert_eq!((back.status, back.code().as_str()), (502, "broken_off"));
    let usage = scene.end().await;
    assert_eq!((usage.tokens.output, usage.estimated), (100, 1));
}

#[tokio::test]
async fn ten_gigabytes_are_not_taken() {
    for kind in ["application/json", "text/event-stream"] {
        let scene = Scene::new().await;
        let taken = Arc::new(AtomicU64::new(0));
        let given = Arc::clone(&taken);
        scene.upstream.answer(move |_| {
            let given = Arc::clone(&given);
            let part = Bytes::from(vec![b'x'; 1 << 20]);
            let parts = (0..10_240).map(move |_| {
                given.fetch_add(1, Ordering::SeqCst);
                Ok::<_, std::io::Error>(part.clone())
            });
            reply(
                200,
                kind,
                Body::from_stream(futures_util::stream::iter(parts)),
            )
        });
        let request = scene
            .request("POST", "/llm/openai/v1/chat/completions")
            .body(crate::support::chat().to_string());
        let response = soon("the head", request.send()).await.expect("head");
        if kind == "application/json" {
            assert_eq!(response.status().as_u16(), 502);
        } else {
            soon("the cut", response.bytes()).await.expect_err("cut");
        }
        until("the line", || {
            scene.journal.refusals() == ["answer_too_long"]
        })
        .await;
        let usage = scene.end().await;
        assert!(usage.response_bytes <= 3 << 20, "{}", usage.response_bytes);
        assert!(
            taken.load(Ordering::SeqCst) < 100,
            "the provider was let go"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_looked_through_is_not_passed_on() {
    let scene = Scene::new().await;
    scene.upstream.answer(|_| {
        let mut answer = reply(200, "application/json", "gzip?");
        answer
            .headers_mut()
            .insert("content-encoding", "gzip".parse().expect("header"));
        answer
    });
    let back = scene.chat().await;
    assert_eq!((back.status, back.code().as_str()), (502, "encoded"));
}
