//! Clients of others list every tool and call it: the official Python client and the Inspector, over HTTP, in
//! both eras. They are fetched by `.ci/run` from their registries, which these tests cannot reach by themselves.

use std::path::PathBuf;
use std::process::Stdio;

use bountyd::broker::policy::Tool;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::http::Web;

const RULES: &str = r#"
[mcp.clients.web.rules.acting]
tools = ["comment", "create_issue", "label", "close_issue", "fix", "submit_patch"]
repositories = ["acme/*"]
effect = "ask"
"#;

/// Where the clients are.
fn place() -> PathBuf {
    PathBuf::from(std::env::var_os("MCP_CLIENTS").expect("MCP_CLIENTS names a directory with them"))
}

/// A call of every tool, about `id` where it is about something that was asked for.
fn calls(id: &str) -> Vec<(Tool, Value)> {
    let at = |more: Value| {
        let mut arguments = json!({ "repository": "acme/widget" });
        if let (Some(all), Some(more)) = (arguments.as_object_mut(), more.as_object()) {
            all.extend(more.clone());
        }
        arguments
    };
    let calls = Tool::ALL.into_iter().map(|tool| {
        let arguments = match tool {
            Tool::ListMyPermissions | Tool::ListRepositories => json!({}),
            Tool::GetIssue | Tool::GetPullRequest => at(json!({ "number": 1 })),
            Tool::SearchIssues | Tool::ListPullRequests => at(json!({})),
            Tool::ReadFile => at(json!({ "path": "README.md" })),
            Tool::Comment => at(json!({ "number": 1, "text": "hello", "idempotency_key": "c" })),
            Tool::CreateIssue => at(json!({ "title": "a", "text": "b", "idempotency_key": "i" })),
            Tool::Label => at(json!({ "number": 1, "labels": ["bug"], "idempotency_key": "l" })),
            Tool::CloseIssue => at(json!({ "number": 1, "idempotency_key": "x" })),
            Tool::Fix => at(json!({ "goal": "mend it", "idempotency_key": "f" })),
            Tool::SubmitPatch => at(json!({
                "base": "0123456789abcdef0123456789abcdef01234567", "title": "a", "reason": "b",
                "patch": "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", "idempotency_key": "p",
            })),
            Tool::JobWait => json!({ "id": id, "seconds": 1 }),
            Tool::JobStatus | Tool::JobResult | Tool::JobCancel => json!({ "id": id }),
        };
        (tool, arguments)
    });
    calls.collect()
}

/// Number 1 is no pull request, and nobody has said yes yet.
fn is_refused(tool: Tool) -> bool {
    matches!(tool, Tool::GetPullRequest | Tool::JobResult)
}

/// Something that the owner is asked about.
async fn asked(web: &Web) -> String {
    let mut client = web.house.legacy("web").await;
    let comment = json!({
        "repository": "acme/widget", "number": 1, "text": "a question", "idempotency_key": "first",
    });
    let pending = client.done("comment", comment).await;
    client.end().await;
    pending["id"].as_str().expect("an id").to_owned()
}

async fn output(mut command: Command, input: &[u8]) -> (bool, String) {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("it starts");
    let mut stdin = child.stdin.take().expect("stdin");
    stdin.write_all(input).await.expect("it reads");
    drop(stdin);
    let ended = child.wait_with_output().await.expect("it ends");
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    (ended.status.success(), said)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the official Python client: .ci/run fetches it"]
async fn the_official_python_client_lists_every_tool_and_calls_it_in_both_eras() {
    let mut web = Web::open(RULES).await;
    let id = asked(&web).await;
    // The last call takes it back, so the second era asks about what is cancelled.
    let calls: Vec<_> = calls(&id)
        .into_iter()
        .map(|(tool, arguments)| (tool.as_str(), arguments))
        .collect();
    let wanted = json!({ "url": web.url(), "key": web.key, "calls": calls });
    let mut python = Command::new("python3");
    python
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/mcp/official.py"
        ))
        .env("PYTHONPATH", place().join("py"));
    let (well, said) = output(python, wanted.to_string().as_bytes()).await;
    assert!(well, "{said}");
    let said: Value = serde_json::from_str(&said).unwrap_or_else(|e| panic!("{e}: {said}"));
    let names: Vec<_> = Tool::ALL.into_iter().map(Tool::as_str).collect();
    for mode in ["auto", "legacy"] {
        assert_eq!(said[mode]["listed"], json!(names), "{mode}");
        for tool in Tool::ALL {
            let called = &said[mode]["called"][tool.as_str()];
            let second = mode == "legacy";
            // What is over has a result, once, and is not taken back again.
            let refused = match tool {
                Tool::JobResult => !second,
                Tool::JobCancel => second,
                tool => is_refused(tool),
            };
            assert_eq!(called["error"], json!(refused), "{mode} {tool}: {called}");
        }
    }
    web.house.stop().await;
    assert_eq!(web.house.world.writes(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the official Inspector: .ci/run fetches it"]
async fn the_inspector_lists_every_tool_and_calls_it_in_both_eras() {
    let mut web = Web::open(RULES).await;
    let id = asked(&web).await;
    let bin = place().join("js/node_modules/.bin");
    let inspector = |era: &str, method: &str| {
        let mut command = Command::new(bin.join("node"));
        command
            .arg(bin.join("mcp-inspector"))
            .args(["--cli", "--server-url", &web.url(), "--transport", "http"])
            .args(["--header", &format!("Authorization: Bearer {}", web.key)])
            .args(["--protocol-era", era, "--method", method])
            .args(["--format", "json", "-q"])
            .env("HOME", place());
        command
    };
    let names: Vec<_> = Tool::ALL.into_iter().map(Tool::as_str).collect();
    for era in ["modern", "legacy"] {
        let mut list = inspector(era, "tools/list");
        list.arg("--strict");
        let (well, said) = output(list, b"").await;
        assert!(well, "{era}: {said}");
        for name in &names {
            assert!(
                said.contains(&format!("\"{name}\"")),
                "{era} {name}: {said}"
            );
        }
    }
    for (tool, arguments) in calls(&id) {
        let mut call = inspector("modern", "tools/call");
        call.args(["--tool-name", tool.as_str()]);
        let members = arguments.as_object().expect("members");
        for (at, (name, value)) in members.iter().enumerate() {
            if at == 0 {
                call.arg("--tool-arg");
            }
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            call.arg(format!("{name}={value}"));
        }
        let (well, said) = output(call, b"").await;
        assert_eq!(well, !is_refused(tool), "{tool}: {said}");
    }
    web.house.stop().await;
    assert_eq!(web.house.world.writes(), Vec::<String>::new());
}
