//! From fork to merged pull request, on the simulated GitHub over the wire.

#[path = "work/branches.rs"]
mod branches;
#[path = "work/clone.rs"]
mod clone;
#[path = "work/commit.rs"]
mod commit;
#[path = "work/follow.rs"]
mod follow;
#[path = "work/forks.rs"]
mod forks;
#[path = "work/objects.rs"]
mod objects;
#[path = "work/permits.rs"]
mod permits;
#[path = "work/pulls.rs"]
mod pulls;
#[path = "work/whole.rs"]
mod whole;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use sim::github::{Github, NewAccount, NewIssue, NewRepo};
use sim::tokens::{Registry, TokenKind};

/// 2026-01-01T00:00:00Z.
const START: i64 = 1_767_225_600_000;
const ME: u64 = 4_242;
const SLUG: &str = "acme/widget";
const FORK: &str = "hunter/widget";

struct World {
    github: Github,
    registry: Registry,
    token: String,
    clock: Arc<AtomicI64>,
    client: reqwest::Client,
}

/// Status and body of an answer.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: Value,
}

impl Answer {
    fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }

    /// The first entry of a 422's `errors`.
    fn error(&self) -> &str {
        self.body["errors"][0]["message"]
            .as_str()
            .unwrap_or_default()
    }

    #[track_caller]
    fn text(&self, pointer: &str) -> String {
        let found = self.body.pointer(pointer).and_then(Value::as_str);
        found
            .unwrap_or_else(|| panic!("no {pointer} in {}", self.body))
            .to_owned()
    }
}

impl World {
    /// A repository of two files with one issue, and an account that may do what the product needs.
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
        let repo = NewRepo::new(SLUG)
            .file("README.md", "# Widget\n")
            .file("src/lib.rs", "pub fn two() -> u8 {\n    3\n}\n");
        github.add_repo(repo);
        github.post_issue(NewIssue::new(SLUG, "Two is three"));
        let mut world = Self {
            github,
            token: String::new(),
            registry,
            clock,
            client: reqwest::Client::builder()
                .user_agent("tests")
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .expect("a client"),
        };
        world.with_scopes(&["public_repo"]);
        world
    }

    /// From now on requests carry an OAuth App's token with these scopes.
    fn with_scopes(&mut self, scopes: &[&str]) {
        let scopes: Vec<String> = scopes.iter().map(|&scope| scope.to_owned()).collect();
        self.token = self.registry.mint(ME, &scopes, TokenKind::OAuthApp, None);
    }

    fn advance(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let url = format!("{}{path}", self.github.url());
        let mut request = self.client.request(method, url).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        answer(request).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PATCH, path, Some(body)).await
    }

    async fn graphql(&self, query: &str, variables: Value) -> Answer {
        let body = json!({ "query": query, "variables": variables });
        self.post("/graphql", &body).await
    }

    /// Forks the repository and waits until it is there.
    async fn fork(&self) {
        let asked = self
            .post(
                "/repos/acme/widget/forks",
                &json!({ "default_branch_only": true }),
            )
            .await;
        assert_eq!(asked.status, 202, "{}", asked.body);
        for _ in 0..5 {
            if self.get("/repos/hunter/widget").await.status == 200 {
                return;
            }
        }
        panic!("the fork never came");
    }

    /// Makes a branch in the fork where the original's default branch stands.
    async fn branch(&self, name: &str) -> String {
        let head = self.github.repo(SLUG).head("main").expect("a branch");
        let body = json!({ "ref": format!("refs/heads/{name}"), "sha": head });
        let made = self.post("/repos/hunter/widget/git/refs", &body).await;
        assert_eq!(made.status, 201, "{}", made.body);
        head
    }

    /// `createCommitOnBranch` on a branch of a repository, whole files added.
    async fn commit_to(
        &self,
        slug: &str,
        branch: &str,
        head: &str,
        files: &[(&str, &str)],
    ) -> Answer {
        let additions: Vec<Value> = files
            .iter()
            .map(|(path, text)| json!({ "path": path, "contents": STANDARD.encode(text) }))
            .collect();
        self.commit_changes(slug, branch, head, json!({ "additions": additions }))
            .await
    }

    async fn commit_changes(&self, slug: &str, branch: &str, head: &str, changes: Value) -> Answer {
        let text = "mutation Write($input: CreateCommitOnBranchInput!) {
          createCommitOnBranch(input: $input) {
            clientMutationId ref { name }
            commit { oid tree { oid } signature { isValid wasSignedByGitHub } author { name email user { login } } }
          }
        }";
        let input = json!({
            "branch": { "repositoryNameWithOwner": slug, "branchName": branch },
            "expectedHeadOid": head,
            "message": { "headline": "Return two", "body": "It was three." },
            "fileChanges": changes,
            "clientMutationId": "j1",
        });
        self.graphql(text, json!({ "input": input })).await
    }

    /// A fork with one commit on the branch `fix`; returns the commit.
    async fn fixed(&self) -> String {
        self.fork().await;
        let head = self.branch("fix").await;
        let files = [("src/lib.rs", "pub fn two() -> u8 {\n    2\n}\n")];
        let made = self.commit_to(FORK, "fix", &head, &files).await;
        made.text("/data/createCommitOnBranch/commit/oid")
    }

    /// Opens the pull request of the branch `fix`; returns its number.
    async fn opened(&self) -> u64 {
        self.fixed().await;
        let made = self.post("/repos/acme/widget/pulls", &proposal()).await;
        assert_eq!(made.status, 201, "{}", made.body);
        made.body["number"].as_u64().expect("a number")
    }
}

fn proposal() -> Value {
    json!({ "title": "Return two", "head": "hunter:fix", "base": "main", "body": "Fixes #1" })
}

async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("an answer");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.bytes().await.expect("a whole body");
    Answer {
        status,
        headers,
        body: serde_json::from_slice(&bytes).unwrap_or_default(),
    }
}
