//! The simulated GitHub over the wire.

#[path = "github/comments.rs"]
mod comments;
#[path = "github/graphql.rs"]
mod graphql;
#[path = "github/limits.rs"]
mod limits;
#[path = "github/reads.rs"]
mod reads;
#[path = "github/worlds.rs"]
mod worlds;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use sim::github::{Github, NewAccount};
use sim::tokens::{Registry, TokenKind};

/// 2026-01-01T00:00:00Z.
const START: i64 = 1_767_225_600_000;
const ME: u64 = 4_242;

struct World {
    github: Github,
    registry: Registry,
    token: String,
    clock: Arc<AtomicI64>,
    client: reqwest::Client,
}

/// An answer taken apart.
struct Answer {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: Value,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }
}

impl World {
    async fn new() -> Self {
        let clock = Arc::new(AtomicI64::new(START));
        let hand = Arc::clone(&clock);
        let registry = Registry::new(7);
        let github = Github::start(
            ([127, 0, 0, 1], 0).into(),
            Arc::new(move || hand.load(Ordering::SeqCst)),
            registry.clone(),
        )
        .await
        .expect("a free port");
        github.add_user(NewAccount::user("hunter").id(ME));
        let scopes = ["public_repo".to_owned()];
        let token = registry.mint(ME, &scopes, TokenKind::OAuthApp, None);
        let client = reqwest::Client::builder()
            .user_agent("tests")
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        Self {
            github,
            registry,
            token,
            clock,
            client,
        }
    }

    fn advance(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}{path}", self.github.url())
        };
        self.client.request(method, url).bearer_auth(&self.token)
    }

    async fn get(&self, path: &str) -> Answer {
        answer(self.request(Method::GET, path)).await
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        answer(self.request(Method::POST, path).json(body)).await
    }

    async fn comment(&self, repo: &str, number: u64, text: &str) -> Answer {
        let path = format!("/repos/{repo}/issues/{number}/comments");
        self.post(&path, &json!({ "body": text })).await
    }

    async fn search(&self, query: &str, more: &[(&str, &str)]) -> Answer {
        let request = self.request(Method::GET, "/search/issues");
        answer(request.query(&[("q", query)]).query(more)).await
    }

    async fn graphql(&self, query: &str, variables: Value) -> Answer {
        let body = json!({ "query": query, "variables": variables });
        self.post("/graphql", &body).await
    }
}

async fn answer(request: RequestBuilder) -> Answer {
    let response: Response = request.send().await.expect("an answer");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.bytes().await.expect("a whole body");
    Answer {
        status,
        headers,
        body: serde_json::from_slice(&bytes).unwrap_or_default(),
    }
}
