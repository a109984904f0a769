//! Requests written so that two readers might see two different ones.

use crate::support::{Scene, chat};

const PATH: &str = "/llm/openai/v1/chat/completions";

#[tokio::test]
async fn no_second_request_hides_in_a_first() {
    let inner = "GET /llm/openai/v1/files HTTP/1.1\r\nhost: x\r\n\r\n";
    let body = chat().to_string();
    let length = body.len();
    let chunked = format!("{length:x}\r\n{body}\r\n0\r\n\r\n");
    for (name, text) in [
        (
            "two lengths",
            format!(
                "POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\ncontent-length: 0\r\n\r\n{body}"
            ),
        ),
        (
            "two lengths in one",
            format!("POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}, 0\r\n\r\n{body}"),
        ),
        (
            "a length with a sign",
            format!("POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: +{length}\r\n\r\n{body}"),
        ),
        (
            "chunked under a length",
            format!(
                "POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n{chunked}{inner}"
            ),
        ),
        (
            "a length under chunked",
            format!(
                "POST {PATH} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n{chunked}{inner}"
            ),
        ),
        (
            "an unknown coding",
            format!(
                "POST {PATH} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked, identity\r\n\r\n{chunked}"
            ),
        ),
        (
            "a coding with a tab",
            format!(
                "POST {PATH} HTTP/1.1\r\nhost: x\r\ntransfer-encoding:\x0bchunked\r\n\r\n{chunked}"
            ),
        ),
        (
            "chunked in HTTP/1.0",
            format!(
                "POST {PATH} HTTP/1.0\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n{chunked}"
            ),
        ),
        (
            "a space before the colon",
            format!(
                "POST {PATH} HTTP/1.1\r\nhost: x\r\ntransfer-encoding : chunked\r\n\r\n{chunked}"
            ),
        ),
        (
            "a folded header",
            format!(
                "POST {PATH} HTTP/1.1\r\nhost: x\r\na: b\r\n c: d\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            ),
        ),
        (
            "a size that overflows",
            format!(
                "POST {PATH} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n{}\r\n{body}",
                "f".repeat(17)
            ),
        ),
        (
            "a bare line feed in a header",
            format!("POST {PATH} HTTP/1.1\r\nhost: x\r\na: b\0c\r\n\r\n"),
        ),
        ("no HTTP", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned()),
        ("TLS", "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n".to_owned()),
    ] {
        let scene = Scene::new().await;
        let heard = scene.raw(&text).await;
        let answers = heard.matches("HTTP/1.1 ").count() + heard.matches("HTTP/1.0 ").count();
        assert!(answers <= 1, "{name}: {heard}");
        let upstream = scene.upstream.heard();
        assert!(upstream.len() <= 1, "{name}");
        for request in upstream {
            // What goes on is made anew, so nobody can read it in two ways.
            assert_eq!(request.method, "POST", "{name}");
            assert_eq!(request.target, "/openai/v1/chat/completions", "{name}");
            assert_eq!(request.json(), chat(), "{name}");
            assert!(!request.headers.contains_key("transfer-encoding"), "{name}");
            assert_eq!(request.headers.get_all("content-length").iter().count(), 1);
        }
        let refused = heard.is_empty() || heard.contains("400 Bad Request");
        let passed = name.contains("under");
        assert!(refused != passed, "{name}: {heard}");
        if refused {
            let code = scene.journal.refusals().join(" ");
            let expected = if name == "a size that overflows" {
                "request_broken"
            } else {
                "not_http"
            };
            assert_eq!(code, expected, "{name}");
        }
    }
}

#[tokio::test]
async fn pipelined_requests_are_judged_one_by_one() {
    let scene = Scene::new().await;
    let body = chat().to_string();
    let length = body.len();
    let good = format!("POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n{body}");
    let bad = "GET /llm/openai/v1/files HTTP/1.1\r\nhost: x\r\n\r\n";
    let last = "GET /llm/openai/v1/models HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let heard = scene.raw(&format!("{good}{bad}{good}{last}")).await;
    let statuses: Vec<&str> = heard
        .match_indices("HTTP/1.1 ")
        .map(|(at, _)| &heard[at + 9..at + 12])
        .collect();
    assert_eq!(statuses, ["200", "403", "200", "200"], "{heard}");
    let targets: Vec<_> = scene
        .upstream
        .heard()
        .into_iter()
        .map(|h| h.target)
        .collect();
    assert_eq!(
        targets,
        [
            "/openai/v1/chat/completions",
            "/openai/v1/chat/completions",
            "/openai/v1/models"
        ]
    );
}

#[tokio::test]
async fn nothing_goes_through_a_tunnel_that_was_refused() {
    let scene = Scene::new().await;
    let heard = scene
        .raw("CONNECT api.github.com:443 HTTP/1.1\r\nhost: x\r\n\r\nGET /llm/openai/v1/models HTTP/1.1\r\nhost: x\r\n\r\n")
        .await;
    assert!(heard.starts_with("HTTP/1.1 403"), "{heard}");
    assert_eq!(heard.matches("HTTP/1.1 ").count(), 1, "{heard}");
    assert_eq!(scene.upstream.count(), 0);
}

#[tokio::test]
async fn heads_without_end_are_cut() {
    let scene = Scene::new().await;
    let many = "a: b\r\n".repeat(10_000);
    let heard = scene
        .raw(&format!("GET {PATH} HTTP/1.1\r\n{many}\r\n"))
        .await;
    assert!(
        heard.is_empty() || heard.starts_with("HTTP/1.1 431"),
        "{heard}"
    );
    let long = "a".repeat(1 << 20);
    let heard = scene
        .raw(&format!("GET /llm/{long} HTTP/1.1\r\n\r\n"))
        .await;
    assert!(
        heard.is_empty() || heard.starts_with("HTTP/1.1 4"),
        "{heard}"
    );
    assert_eq!(scene.upstream.count(), 0);
}

#[tokio::test]
async fn a_read_has_no_body() {
    let scene = Scene::new().await;
    let request = scene.request("GET", "/llm/openai/v1/models").body("hidden");
    let back = scene.send(request).await;
    assert_eq!((back.status, back.code().as_str()), (400, "bad_body"));
    assert_eq!(scene.upstream.count(), 0);
}
