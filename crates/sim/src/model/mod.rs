//! A language model that says what a test wrote down: OpenAI chat completions, OpenAI responses and
//! Anthropic messages, streamed or whole, behind an API key. Real coding agents run against it without
//! a network.
//!
//! ```no_run
//! # async fn demo() -> std::io::Result<()> {
//! use sim::model::{Model, Turn};
//! let model = Model::start(([127, 0, 0, 1], 0).into(), sim::wall_clock()).await?;
//! model.says(Turn::shell("sed -i s/3/2/ src/lib.rs"));
//! model.says(Turn::text("DONE"));
//! # Ok(())
//! # }
//! ```

mod chat;
mod messages;
mod problem;
mod request;
mod responses;
mod sse;
mod turn;

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use http::request::Parts;
use http::{StatusCode, header};
use serde_json::{Value, json};

use crate::faults::Faults;
use crate::rim::{Rim, Server, bind, serve};
use crate::{Now, lock};

pub use problem::Api;
pub use turn::{Tool, Turn, Usage};

/// One request for an answer, as it came.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// In which form.
    pub api: Api,
    /// The model that was asked for.
    pub model: String,
    /// In pieces.
    pub stream: bool,
    /// Names of the tools on offer.
    pub tools: Vec<String>,
    /// The whole body.
    pub body: Value,
    /// What the answer cost.
    pub usage: Usage,
}

#[derive(Debug)]
struct Script {
    key: String,
    turns: VecDeque<Turn>,
    /// What is said when the turns are used up.
    afterwards: Turn,
    /// What requests without tools are told, without using up a turn.
    aside: Option<Turn>,
    asked: Vec<Asked>,
    calls: u64,
}

struct Shared {
    script: Mutex<Script>,
    rim: Arc<Rim>,
}

/// The running endpoint and its script. Dropping it stops the server.
pub struct Model {
    shared: Arc<Shared>,
    server: Server,
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model")
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}

impl Model {
    /// The key that is expected unless a test sets another.
    pub const KEY: &'static str = "sk-simulated-model-key";

    /// Starts an endpoint on `addr`; port 0 takes a free one. Without a script it says `DONE`.
    ///
    /// # Errors
    /// If the address cannot be bound.
    pub async fn start(addr: SocketAddr, now: Now) -> io::Result<Self> {
        let listener = bind(addr).await?;
        let rim = Rim::new(now);
        let shared = Arc::new(Shared {
            script: Mutex::new(Script {
                key: Self::KEY.to_owned(),
                turns: VecDeque::new(),
                afterwards: Turn::text("DONE"),
                aside: Some(Turn::text("OK")),
                asked: Vec::new(),
                calls: 0,
            }),
            rim: Arc::clone(&rim),
        });
        let routes = Router::new()
            .fallback(handle)
            .with_state(Arc::clone(&shared));
        let server = serve(listener, routes, rim)?;
        Ok(Self { shared, server })
    }

    /// Base URL without a trailing slash: what Anthropic clients are given.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// What OpenAI clients are given as base URL.
    #[must_use]
    pub fn openai_url(&self) -> String {
        format!("{}/v1", self.url())
    }

    /// Sets the key that requests must carry.
    pub fn expect_key(&self, key: &str) {
        key.clone_into(&mut lock(&self.shared.script).key);
    }

    /// Adds a turn to the script.
    pub fn says(&self, turn: Turn) {
        lock(&self.shared.script).turns.push_back(turn);
    }

    /// What is said when the script is used up; a tool call makes a model that never ends.
    pub fn then_always_says(&self, turn: Turn) {
        lock(&self.shared.script).afterwards = turn;
    }

    /// What requests that offer no tools are told, without using up a turn: agents ask on the side for
    /// titles and summaries. `None` for agents that have no tools at all.
    pub fn tells_the_toolless(&self, turn: Option<Turn>) {
        lock(&self.shared.script).aside = turn;
    }

    /// Turns that nobody has heard yet.
    #[must_use]
    pub fn left(&self) -> usize {
        lock(&self.shared.script).turns.len()
    }

    /// Every request that was answered with a turn, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        lock(&self.shared.script).asked.clone()
    }

    /// What all answers cost together.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let script = lock(&self.shared.script);
        script
            .asked
            .iter()
            .fold(Usage::default(), |sum, asked| Usage {
                input: sum.input + asked.usage.input,
                output: sum.output + asked.usage.output,
            })
    }

    /// Rules of misbehaviour.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.shared.rim.faults
    }

    /// The edge: requests, violations, outage, clock offset.
    #[must_use]
    pub fn rim(&self) -> &Arc<Rim> {
        &self.shared.rim
    }
}

async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    // The rim has capped and buffered the body.
    let body = axum::body::to_bytes(body, usize::MAX)
        .await
        .unwrap_or_default();
    // Agents differ in whether they put `/v1` into the base URL.
    let path = parts.uri.path();
    let path = path.strip_prefix("/v1").unwrap_or(path);
    let api = match (parts.method.as_str(), path) {
        ("POST", "/chat/completions") => Api::ChatCompletions,
        ("POST", "/responses") => Api::Responses,
        ("POST", "/messages" | "/messages/count_tokens") => Api::Messages,
        ("GET", "/models") => Api::ChatCompletions,
        _ => {
            let request = format!("{} {}", parts.method, parts.uri.path());
            shared.rim.violation(request, "no such address");
            return problem::not_found(parts.uri.path());
        }
    };
    if !knows_key(&parts, api, &lock(&shared.script).key) {
        return problem::unauthorized(api);
    }
    if path == "/models" {
        let model =
            json!({ "id": "simulated", "object": "model", "created": 0, "owned_by": "sim" });
        return problem::json(
            StatusCode::OK,
            &json!({ "object": "list", "data": [model] }),
        );
    }
    if api == Api::Messages && !parts.headers.contains_key("anthropic-version") {
        return problem::invalid(api, "anthropic-version: header is required");
    }
    let Ok(json) = serde_json::from_slice::<Value>(&body) else {
        return problem::invalid(api, "We could not parse the JSON body of your request.");
    };
    if path.ends_with("/count_tokens") {
        let tokens = json!({ "input_tokens": body.len().div_ceil(4) });
        return problem::json(StatusCode::OK, &tokens);
    }
    match request::read(api, &json) {
        Ok(asked) => reply(&shared, api, &asked, json, body.len()),
        Err(message) => {
            let request = format!("{} {}", parts.method, parts.uri.path());
            shared.rim.violation(request, message.clone());
            problem::invalid(api, &message)
        }
    }
}

/// OpenAI's key comes as a bearer token, Anthropic's in a header of its own or as one.
fn knows_key(parts: &Parts, api: Api, key: &str) -> bool {
    let text = |name: &str| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let bearer =
        text(header::AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "));
    bearer == Some(key) || (api == Api::Messages && text("x-api-key") == Some(key))
}

fn reply(
    shared: &Shared,
    api: Api,
    asked: &request::Asked,
    body: Value,
    length: usize,
) -> Response {
    let mut script = lock(&shared.script);
    let aside = script.aside.clone().filter(|_| asked.tools.is_empty());
    let turn = match aside {
        Some(turn) => turn,
        None => match script.turns.pop_front() {
            Some(turn) => turn,
            None => script.afterwards.clone(),
        },
    };
    let said = turn.to(&asked.tools, length, script.calls + 1);
    script.calls += u64::try_from(said.calls.len()).unwrap_or_default();
    let with_usage = body["stream_options"]["include_usage"] == true;
    script.asked.push(Asked {
        api,
        model: asked.model.clone(),
        stream: asked.stream,
        tools: asked.tools.iter().map(|tool| tool.name.clone()).collect(),
        body,
        usage: said.usage,
    });
    let id = u64::try_from(script.asked.len()).unwrap_or_default();
    drop(script);
    let (created, model) = (shared.rim.now().div_euclid(1000), asked.model.as_str());
    if asked.stream {
        return sse::stream(match api {
            Api::ChatCompletions => chat::stream(id, created, model, &said, with_usage),
            Api::Responses => responses::stream(id, created, model, &said),
            Api::Messages => messages::stream(id, model, &said),
        });
    }
    let whole = match api {
        Api::ChatCompletions => chat::whole(id, created, model, &said),
        Api::Responses => responses::whole(id, created, model, &said),
        Api::Messages => messages::whole(id, model, &said),
    };
    problem::json(StatusCode::OK, &whole)
}
