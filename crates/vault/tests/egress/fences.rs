//! What leads nowhere: other hosts, other paths, other users.

use serde_json::json;
use vault::egress::{EgressEvent, GrantRefused, JobGrant, PackageHost, Phase};

use crate::support::{Scene, chat, soon};

#[tokio::test]
async fn everything_that_is_not_on_a_list_is_403_and_a_line() {
    let scene = Scene::new().await;
    let body = chat().to_string();
    let length = body.len();
    for (line, code) in [
        ("CONNECT api.github.com:443 HTTP/1.1", "no_tunnel"),
        ("CONNECT 127.0.0.1:443 HTTP/1.1", "no_tunnel"),
        (
            "CONNECT user@registry.example.org:443 HTTP/1.1",
            "no_tunnel",
        ),
        ("GET http://api.github.com/user HTTP/1.1", "absolute_form"),
        (
            "POST http://127.0.0.1:3128/llm/openai/v1/chat/completions HTTP/1.1",
            "absolute_form",
        ),
        ("GET / HTTP/1.1", "odd_path"),
        ("GET /metrics HTTP/1.1", "no_route"),
        ("OPTIONS * HTTP/1.1", "odd_path"),
        ("GET /llm/../etc/passwd HTTP/1.1", "odd_path"),
        ("GET /llm/openai/%2e%2e/x HTTP/1.1", "odd_path"),
        ("GET /llm/openai/models%2f..%2ffiles HTTP/1.1", "odd_path"),
        ("GET //evil.example/x HTTP/1.1", "odd_path"),
        ("GET /llm/nobody/v1/models HTTP/1.1", "unknown_provider"),
        ("GET /llm/openai/v1/files HTTP/1.1", "not_on_list"),
        ("DELETE /llm/openai/v1/models/gpt-5 HTTP/1.1", "not_on_list"),
        (
            "POST /llm/openai/v1/images/generations HTTP/1.1",
            "not_on_list",
        ),
        (
            "PUT /llm/openai/v1/chat/completions HTTP/1.1",
            "not_on_list",
        ),
        (
            "POST /llm/anthropic/v1/messages/batches HTTP/1.1",
            "not_on_list",
        ),
        (
            "POST /llm/anthropic/v1/chat/completions HTTP/1.1",
            "not_on_list",
        ),
        (
            "POST /llm/gemini/v1beta/models/m:streamGenerateContent HTTP/1.1",
            "not_sse",
        ),
    ] {
        let text = if line.starts_with("POST") {
            format!(
                "{line}\r\nhost: api.github.com\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
            )
        } else {
            format!("{line}\r\nhost: api.github.com\r\nconnection: close\r\n\r\n")
        };
        let heard = scene.raw(&text).await;
        assert!(
            heard.starts_with("HTTP/1.1 403 Forbidden\r\n"),
            "{line}: {heard}"
        );
        let said = format!(r#""code":"{code}""#);
        assert!(heard.contains(&said), "{line}: {heard}");
        assert_eq!(
            scene.journal.refusals().last().map(String::as_str),
            Some(code),
            "{line}"
        );
    }
    assert_eq!(scene.upstream.count(), 0);
    assert_eq!(scene.end().await.refused, 20);
}

#[tokio::test]
async fn a_line_shows_where_it_should_have_gone() {
    let scene = Scene::new().await;
    scene
        .raw("CONNECT api.github.com:443 HTTP/1.1\r\nhost: x\r\n\r\n")
        .await;
    assert_eq!(
        scene.journal.events(),
        [EgressEvent::Refused {
            code: "no_tunnel".to_owned(),
            target: "api.github.com:443".to_owned()
        }]
    );
}

#[tokio::test]
async fn a_job_reaches_only_the_providers_it_was_given() {
    let scene = Scene::with(|_, grant| grant.providers = vec!["openai".to_owned()]).await;
    assert_eq!(scene.chat().await.status, 200);
    let other = scene.post("/llm/compat/chat/completions", &chat()).await;
    assert_eq!(
        (other.status, other.code().as_str()),
        (403, "unknown_provider")
    );
}

#[tokio::test]
async fn what_the_provider_would_run_or_fetch_is_no_way_out() {
    let scene = Scene::new().await;
    let mut hosted = chat();
    hosted["tools"] = json!([{"type": "mcp", "server_url": "https://evil.example"},
        {"type": "function", "function": {"name": "f"}}]);
    hosted["web_search_options"] = json!({});
    let back = scene.post("/llm/openai/v1/chat/completions", &hosted).await;
    assert_eq!(back.status, 200);
    let heard = scene.upstream.heard()[0].json();
    assert_eq!(heard["tools"].as_array().map(Vec::len), Some(1));
    assert_eq!(heard.get("web_search_options"), None);
    let names: Vec<_> = scene
        .journal
        .events()
        .into_iter()
        .filter_map(|event| match event {
            EgressEvent::TakenOut { name } => Some(name),
            _ => None,
        })
        .collect();
    assert_eq!(names, ["web_search_options", "tools.mcp"]);

    let mut fetched = chat();
    fetched["messages"][0]["content"] =
        json!([{"type": "image_url", "image_url": {"url": "https://evil.example/?data"}}]);
    let back = scene
        .post("/llm/openai/v1/chat/completions", &fetched)
        .await;
    assert_eq!((back.status, back.code().as_str()), (403, "remote_content"));
    assert_eq!(scene.upstream.count(), 1);
}

#[tokio::test]
async fn two_members_of_one_name_are_refused() {
    let scene = Scene::new().await;
    let request = scene
        .request("POST", "/llm/openai/v1/chat/completions")
        .body(r#"{"model":"cheap","messages":[],"model":"dear"}"#);
    let back = scene.send(request).await;
    assert_eq!((back.status, back.code().as_str()), (400, "bad_body"));
    assert_eq!(scene.upstream.count(), 0);
}

#[tokio::test]
async fn another_users_process_is_not_heard() {
    let scene = Scene::with(|settings, _| settings.peer_uid += 1).await;
    let heard = scene
        .raw("GET /llm/openai/v1/models HTTP/1.1\r\nhost: x\r\n\r\n")
        .await;
    assert_eq!(heard, "");
    crate::support::until("the line", || scene.journal.refusals() == ["foreign_peer"]).await;
    assert_eq!(scene.upstream.count(), 0);
}

#[tokio::test]
async fn a_grant_beyond_the_settings_is_not_served() {
    let scene = Scene::new().await;
    let dir = tempfile::tempdir().expect("dir");
    let host = PackageHost {
        host: "registry.example.org".to_owned(),
        port: 443,
    };
    let fine = JobGrant {
        id: "job-1".to_owned(),
        providers: vec!["openai".to_owned()],
        budgets: crate::support::settings(
            &scene.upstream,
            &crate::support::secret(&dir, crate::support::CANARY),
        )
        .budgets,
        phase: Phase::Work,
    };
    let wrong = [
        JobGrant {
            id: "a\nb".to_owned(),
            ..fine.clone()
        },
        JobGrant {
            providers: vec!["nobody".to_owned()],
            ..fine.clone()
        },
        JobGrant {
            phase: Phase::SetUp { hosts: vec![host] },
            ..fine
        },
    ];
    for (n, grant) in wrong.into_iter().enumerate() {
        let socket = dir.path().join(format!("{n}.sock"));
        let listener = tokio::net::UnixListener::bind(socket).expect("bind");
        let served = scene
            .egress
            .serve_job(listener, grant, std::future::pending());
        let refused = soon("the refusal", served).await.expect_err("too much");
        let right = match n {
            0 => matches!(refused, GrantRefused::Id(_)),
            1 => matches!(refused, GrantRefused::Provider { .. }),
            _ => matches!(refused, GrantRefused::Host { .. }),
        };
        assert!(right, "{refused}");
    }
}
