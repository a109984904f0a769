//! Each kind of misbehaviour, seen from the other end of the wire.

use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::routing::post;
use sim::faults::{What, When};
use sim::rim::{self, Rim, Server};

/// 2026-11-22 02:00:00 UTC.
const NIGHT: i64 = 1_795_312_800_000;

async fn service() -> (Server, Arc<Rim>, Arc<AtomicU32>) {
    let rim = Rim::new(Arc::new(|| NIGHT));
    let executed = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&executed);
    let routes = Router::new().route(
        "/thing",
        post(move || {
            counter.fetch_add(1, Ordering::SeqCst);
            async { "a whole answer of the service" }
        }),
    );
    let listener = rim::bind("127.0.0.1:0".parse().expect("address"))
        .await
        .expect("bind");
    let server = rim::serve(listener, routes, Arc::clone(&rim)).expect("serve");
    (server, rim, executed)
}

async fn call(server: &Server) -> reqwest::Result<reqwest::Response> {
    reqwest::Client::new()
        .post(format!("{}/thing", server.url()))
        .body("hello")
        .send()
        .await
}

fn is_reset(err: &reqwest::Error) -> bool {
    let mut source = err.source();
    while let Some(inner) = source {
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            return io.kind() == std::io::ErrorKind::ConnectionReset;
        }
        source = inner.source();
    }
    false
}

#[tokio::test]
async fn without_faults_the_answer_is_whole_dated_by_the_simulated_clock_and_recorded() {
    let (server, rim, _) = service().await;
    let response = call(&server).await.expect("answer");
    assert_eq!(response.headers()["date"], "Sun, 22 Nov 2026 02:00:00 GMT");
    assert_eq!(
        response.text().await.expect("text"),
        "a whole answer of the service"
    );
    let [record] = &rim.requests()[..] else {
        panic!("one request")
    };
    assert_eq!(
        (record.method.as_str(), record.path.as_str()),
        ("POST", "/thing")
    );
    assert_eq!(
        (record.body_length, record.at, record.status),
        (5, NIGHT, Some(200))
    );
    assert!(record.header_names.contains(&"host".to_owned()));
    rim.set_clock_offset(90_000);
    let response = call(&server).await.expect("answer");
    assert_eq!(response.headers()["date"], "Sun, 22 Nov 2026 02:01:30 GMT");
}

#[tokio::test]
async fn reset_is_a_tcp_reset_and_nothing_is_executed() {
    let (server, rim, executed) = service().await;
    rim.faults.once(When::on("POST", "/thing"), What::Reset);
    let err = call(&server).await.expect_err("reset");
    assert!(is_reset(&err), "{err:?}");
    assert_eq!(executed.load(Ordering::SeqCst), 0);
    assert_eq!(rim.requests()[0].status, None);
    call(&server).await.expect("the next one is well");
}

#[tokio::test]
async fn a_dropped_answer_was_executed() {
    let (server, rim, executed) = service().await;
    rim.faults
        .once(When::on("POST", "/thing"), What::AcceptThenDropAnswer);
    let err = call(&server).await.expect_err("reset");
    assert!(is_reset(&err), "{err:?}");
    assert_eq!(executed.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_truncated_answer_announces_more_than_it_sends() {
    let (server, rim, executed) = service().await;
    rim.faults.once(When::default(), What::Truncate);
    let response = call(&server).await.expect("the head arrives");
    assert_eq!(
        (response.status().as_u16(), response.content_length()),
        (200, Some(29))
    );
    response.text().await.expect_err("the body is cut short");
    assert_eq!(executed.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn scripted_answers_carry_status_headers_and_body() {
    let (server, rim, executed) = service().await;
    let headers = [("retry-after", "7"), ("x-ratelimit-reset", "1795312860")];
    rim.faults.once(
        When::default(),
        What::status_with(429, &headers, r#"{"message":"slow down"}"#),
    );
    rim.faults.once(When::default(), What::Html502);
    let response = call(&server).await.expect("answer");
    assert_eq!(
        (
            response.status().as_u16(),
            &response.headers()["retry-after"]
        ),
        (429, &"7".parse().expect("value"))
    );
    assert_eq!(
        response.text().await.expect("text"),
        r#"{"message":"slow down"}"#
    );
    let response = call(&server).await.expect("answer");
    assert_eq!(response.status(), 502);
    assert!(
        response.headers()["content-type"]
            .to_str()
            .expect("ascii")
            .starts_with("text/html")
    );
    assert_eq!(executed.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_delay_is_felt_and_the_request_is_executed() {
    let (server, rim, executed) = service().await;
    rim.faults.once(When::default(), What::Delay(300));
    let impatient = reqwest::Client::builder()
        .timeout(std::time::Duration::from_millis(50))
        .build()
        .expect("client");
    let err = impatient
        .post(format!("{}/thing", server.url()))
        .send()
        .await
        .expect_err("too slow");
    assert!(err.is_timeout());
    rim.faults.once(When::default(), What::Delay(10));
    call(&server).await.expect("answer");
    assert_eq!(executed.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_service_that_is_down_or_gone_resets_even_open_connections() {
    let (server, rim, _) = service().await;
    let client = reqwest::Client::new();
    let url = format!("{}/thing", server.url());
    client
        .post(&url)
        .send()
        .await
        .expect("up")
        .text()
        .await
        .expect("body");
    rim.set_down(true);
    client.post(&url).send().await.expect_err("down");
    rim.set_down(false);
    client.post(&url).send().await.expect("up again");
    drop(server);
    client.post(&url).send().await.expect_err("gone");
}
