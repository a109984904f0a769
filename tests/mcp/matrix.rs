//! Clients × tools × repositories: what the wire does is what the rules say, in every cell.

use bountyd::broker::policy::{Effect, Kind, Repository, Standing, Tool, decide};
use serde_json::{Value, json};

use crate::client::code;
use crate::house::House;

const CLIENTS: &str = r#"
[mcp.clients.nothing]
uid = UID
calls_per_minute = 1000
[mcp.clients.reader]
uid = UID
calls_per_minute = 1000
[mcp.clients.reader.rules.issues]
tools = ["get_issue", "search_issues"]
repositories = ["acme/*", "other/open"]
effect = "allow"
[mcp.clients.reader.rules.files]
tools = ["read_file"]
repositories = ["acme/widget"]
effect = "allow"
[mcp.clients.reader.rules.never]
tools = ["get_issue", "read_file", "comment"]
repositories = ["acme/secret"]
effect = "deny"
[mcp.clients.reader.rules.speaking]
tools = ["comment"]
repositories = ["acme/*"]
effect = "ask"
[mcp.clients.wide]
uid = UID
calls_per_minute = 1000
writes_per_day = 100
jobs_per_day = 100
[mcp.clients.wide.rules.all]
tools = ["get_issue", "search_issues", "get_pull_request", "list_pull_requests", "read_file"]
repositories = ["*/*"]
effect = "allow"
[mcp.clients.wide.rules.acting]
tools = ["comment", "create_issue", "label", "close_issue", "fix", "submit_patch"]
repositories = ["*/*"]
effect = "ask"
"#;

const PLACES: [&str; 5] = [
    "acme/widget",
    "ACME/Widget",
    "acme/secret",
    "other/open",
    "other/shut",
];

/// An id that nobody gave.
const NO_ID: &str = "0123456789abcdef0123456789abcdef";

const PATCH: &str =
    "--- a/src/main.rs\n+++ b/src/main.rs\n@@ -1 +1 @@\n-fn main() {}\n+fn main() {  }\n";

fn arguments(tool: Tool, place: &str) -> Value {
    let key = format!("{tool}:{}", place.replace('/', "."));
    match tool {
        Tool::ListMyPermissions | Tool::ListRepositories => json!({}),
        Tool::GetIssue | Tool::GetPullRequest => json!({ "repository": place, "number": 1 }),
        Tool::SearchIssues | Tool::ListPullRequests => json!({ "repository": place }),
        Tool::ReadFile => json!({ "repository": place, "path": "README.md" }),
        Tool::Comment => json!({
            "repository": place, "number": 1, "text": "hello", "idempotency_key": key,
        }),
        Tool::CreateIssue => json!({
            "repository": place, "title": "a title", "text": "hello", "idempotency_key": key,
        }),
        Tool::Label => json!({
            "repository": place, "number": 1, "labels": ["bug"], "idempotency_key": key,
        }),
        Tool::CloseIssue => json!({ "repository": place, "number": 1, "idempotency_key": key }),
        Tool::Fix => json!({ "repository": place, "goal": "mend it", "idempotency_key": key }),
        Tool::SubmitPatch => json!({
            "repository": place, "base": "0123456789abcdef0123456789abcdef01234567", "title": "a title",
            "reason": "a reason", "patch": PATCH, "idempotency_key": key,
        }),
        Tool::JobStatus | Tool::JobWait | Tool::JobResult | Tool::JobCancel => {
            json!({ "id": NO_ID })
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_cell_is_what_the_rules_say_and_the_rest_is_refused() {
    let mut house = House::new(CLIENTS).await;
    for slug in ["acme/widget", "acme/secret", "other/open", "other/shut"] {
        house.widget(slug);
    }
    house.start().await;
    let config = house.config();
    let (mut allowed, mut asked, mut refused) = (0, 0, 0);
    for (name, rules) in &config.mcp.clients {
        let mut client = house.modern(name);
        for tool in Tool::ALL {
            for place in PLACES {
                let at = Repository::parse(place).expect("a name");
                let verdict = decide(rules, &Standing::default(), tool, Some(&at));
                let answer = client.call(tool.as_str(), arguments(tool, place)).await;
                match (verdict.effect, code(&answer)) {
                    (Effect::Allow, None) => allowed += 1,
                    // Number 1 is an issue and no pull request.
                    (Effect::Allow, Some(code)) if tool == Tool::GetPullRequest => {
                        assert_eq!(code, "not_found", "{name} {tool} {place}");
                        allowed += 1;
                    }
                    // It asks about its own, and has nothing of that id.
                    (Effect::Allow, Some(code)) if tool.kind() == Kind::Own => {
                        assert_eq!(code, "unknown_job", "{name} {tool} {place}");
                        allowed += 1;
                    }
                    (Effect::Ask, None) => {
                        let state = &answer["result"]["structuredContent"]["state"];
                        assert_eq!(state, "pending", "{name} {tool} {place}");
                        asked += 1;
                    }
                    (Effect::Deny, Some(code)) => {
                        assert_eq!(code, verdict.code(), "{name} {tool} {place}");
                        refused += 1;
                    }
                    (effect, code) => panic!("{name} {tool} {place}: {effect}, {code:?}"),
                }
            }
        }
        client.end().await;
    }
    assert_eq!(
        allowed + asked + refused,
        3 * Tool::ALL.len() * PLACES.len()
    );
    assert!(
        allowed > 30 && asked > 10 && refused > 30,
        "{allowed} {asked} {refused}"
    );
    house.stop().await;
    assert_eq!(house.world.writes(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_is_asked_for_before_a_call_is_allowed() {
    let mut house = House::open(CLIENTS).await;
    let mut client = house.legacy("nothing").await;
    for tool in Tool::ALL
        .into_iter()
        .filter(|tool| tool.kind() != Kind::Own)
    {
        let code = client
            .refused(tool.as_str(), arguments(tool, "acme/widget"))
            .await;
        assert_eq!(code, "not_permitted");
    }
    client.end().await;
    let said = house
        .bountyd(&["journal", "--json", "--limit", "500"])
        .await;
    assert!(
        !said.out.contains("\\\"reason\\\":\\\"client\\\""),
        "{}",
        said.out
    );
    house.stop().await;
}
