//! A client of MCP, as small as it can be: it starts the bridge and speaks JSON-RPC with it.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// How long, in real time, an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a job may take, with its tests.
const LONG: Duration = Duration::from_secs(240);

pub(crate) struct Client {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    next: u64,
    modern: bool,
    /// Everything that was read, for whoever looks for secrets.
    pub(crate) heard: String,
}

impl Client {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the bridge starts");
        let stdin = child.stdin.take().expect("stdin");
        let stdout = BufReader::new(child.stdout.take().expect("stdout"));
        Self {
            child,
            stdin,
            stdout,
            next: 1,
            modern: false,
            heard: String::new(),
        }
    }

    pub(crate) fn modern(mut self) -> Self {
        self.modern = true;
        self
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    pub(crate) async fn initialize(&mut self, version: &str) -> Value {
        let answer = self
            .request(
                "initialize",
                json!({
                    "protocolVersion": version, "capabilities": {},
                    "clientInfo": { "name": "test", "version": "1" },
                }),
            )
            .await;
        self.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))
            .await;
        answer["result"].clone()
    }

    pub(crate) async fn send(&mut self, message: &Value) {
        self.send_raw(format!("{message}\n").as_bytes()).await;
    }

    pub(crate) async fn send_raw(&mut self, bytes: &[u8]) {
        self.stdin.write_all(bytes).await.expect("the bridge reads");
        self.stdin.flush().await.expect("the bridge reads");
    }

    /// The same, where the bridge may have ended.
    pub(crate) async fn send_raw_if_taken(&mut self, bytes: &[u8]) {
        if self.stdin.write_all(bytes).await.is_ok() {
            let _ = self.stdin.flush().await;
        }
    }

    /// The next message; `None` when the bridge has nothing more to say.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        let mut line = String::new();
        let read = tokio::time::timeout(PATIENCE, self.stdout.read_line(&mut line)).await;
        let read = read.expect("an answer in time").expect("text");
        self.heard.push_str(&line);
        (read > 0).then(|| serde_json::from_str(&line).expect("JSON"))
    }

    /// Waits until a request of this client's stands as one of `states`; gives how it stands.
    pub(crate) async fn until(&mut self, id: impl Serialize + Copy, states: &[&str]) -> Value {
        let begun = Instant::now();
        loop {
            let wait = json!({ "id": id, "seconds": 5 });
            let now = self.done("job_wait", wait).await;
            if states.contains(&now["state"].as_str().expect("a state")) {
                return now;
            }
            assert!(begun.elapsed() < LONG, "{now}");
        }
    }

    /// A request and its answer; notifications on the way are passed over.
    pub(crate) async fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params).await;
        loop {
            let message = self.next().await.expect("an answer");
            if message["id"] == json!(id) {
                return message;
            }
        }
    }

    /// A request, whose answer is not waited for.
    pub(crate) async fn ask(&mut self, method: &str, mut params: Value) -> u64 {
        let id = self.next;
        self.next += 1;
        if self.modern {
            params["_meta"] = json!({
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
                "io.modelcontextprotocol/clientCapabilities": {},
            });
        }
        let message = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        self.send(&message).await;
        id
    }

    pub(crate) async fn tools(&mut self) -> Vec<Value> {
        let answer = self.request("tools/list", json!({})).await;
        let tools = answer["result"]["tools"].as_array();
        tools.unwrap_or_else(|| panic!("{answer}")).clone()
    }

    /// A call, whatever comes of it.
    pub(crate) async fn call(&mut self, tool: &str, arguments: Value) -> Value {
        self.request(
            "tools/call",
            json!({ "name": tool, "arguments": arguments }),
        )
        .await
    }

    /// A call that is done: its structured result.
    pub(crate) async fn done(&mut self, tool: &str, arguments: Value) -> Value {
        let answer = self.call(tool, arguments).await;
        let result = &answer["result"];
        assert_eq!(result["isError"], json!(false), "{answer}");
        let text = result["content"][0]["text"].as_str().expect("text");
        let same: Value = serde_json::from_str(text).expect("JSON");
        assert_eq!(same, result["structuredContent"]);
        same
    }

    /// A call that is refused: the code of the refusal.
    pub(crate) async fn refused(&mut self, tool: &str, arguments: Value) -> String {
        let answer = self.call(tool, arguments).await;
        code(&answer).unwrap_or_else(|| panic!("not refused: {answer}"))
    }

    /// Closes the pipe, and gives how the bridge ended and what it said.
    pub(crate) async fn end(self) -> (Option<i32>, String) {
        let Self {
            mut child, stdin, ..
        } = self;
        drop(stdin);
        let status = tokio::time::timeout(PATIENCE, child.wait()).await;
        let status = status.expect("it ends in time").expect("it ends");
        let mut said = String::new();
        let mut stderr = child.stderr.take().expect("stderr");
        stderr.read_to_string(&mut said).await.expect("text");
        (status.code(), said)
    }
}

/// The code of a refusal, whichever way it came.
pub(crate) fn code(answer: &Value) -> Option<String> {
    if let Some(code) = answer["error"]["data"]["code"].as_str() {
        return Some(code.to_owned());
    }
    let result = &answer["result"];
    if result["isError"] != json!(true) {
        return None;
    }
    let text = result["content"][0]["text"].as_str()?;
    let refusal: Value = serde_json::from_str(text).ok()?;
    for part in ["message", "remedy"] {
        assert!(
            refusal[part].as_str().is_some_and(|text| text.len() > 5),
            "{refusal}"
        );
    }
    Some(refusal["code"].as_str()?.to_owned())
}
