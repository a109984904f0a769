//! Nothing that a client can read holds a secret: results, refusals, and the bridge's own process.

use bountyd::broker::policy::Tool;
use serde_json::json;
use sim::faults::{What, When};

use crate::house::{House, READS};
use crate::world::MODEL_KEY;

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_and_no_part_of_the_bridge_holds_a_secret() {
    let clients = format!(
        "[mcp.clients.reader]\nuid = UID\ncalls_per_minute = 1000\n[mcp.clients.reader.rules.reading]\n\
         tools = {READS}\nrepositories = [\"acme/*\"]\neffect = \"allow\"\n\
         [mcp.clients.reader.rules.acting]\ntools = [\"comment\", \"fix\", \"submit_patch\"]\n\
         repositories = [\"acme/*\"]\neffect = \"ask\"\n"
    );
    let mut house = House::open(&clients).await;
    let mut client = house.legacy("reader").await;
    let odd = [
        json!({}),
        json!({ "repository": "acme/widget", "number": 1 }),
        json!({ "repository": "acme/widget", "path": "README.md" }),
        json!({ "repository": "acme/widget" }),
        json!({ "repository": "acme/absent", "number": 9 }),
        json!({ "repository": "evil/widget", "number": 1 }),
        json!({ "repository": "\u{0430}cme/widget", "number": 1 }),
        json!({ "token": "please" }),
        json!({ "id": "0123456789abcdef0123456789abcdef" }),
        json!({ "repository": "acme/widget", "number": 1, "text": "hello", "idempotency_key": "k" }),
        json!({ "repository": "acme/widget", "goal": "mend it", "idempotency_key": "f" }),
        json!({
            "repository": "acme/widget", "base": "0123456789abcdef0123456789abcdef01234567", "title": "t",
            "reason": "r", "patch": "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", "idempotency_key": "p",
        }),
        json!({
            "repository": "acme/widget", "base": "main", "title": "t", "reason": "r",
            "patch": "--- a/../key.pem\n+++ b/../key.pem\n", "idempotency_key": "q",
        }),
    ];
    for tool in Tool::ALL {
        for arguments in &odd {
            client.call(tool.as_str(), arguments.clone()).await;
        }
    }
    for method in ["resources/list", "prompts/list", "ping", "logging/setLevel"] {
        client.request(method, json!({})).await;
    }
    let mut heard = client.heard.clone();
    for part in ["cmdline", "environ", "status"] {
        let path = format!("/proc/{}/{part}", client.pid());
        heard += &String::from_utf8_lossy(&std::fs::read(&path).expect("its own"));
    }
    // Pipes and the socket: no file of the daemon's is open in it.
    let open = std::fs::read_dir(format!("/proc/{}/fd", client.pid())).expect("its own");
    let links = open
        .flatten()
        .filter_map(|entry| std::fs::read_link(entry.path()).ok());
    let ours: Vec<_> = links
        .filter(|to| to.starts_with(house.world.dir.path()))
        .collect();
    assert!(ours.is_empty(), "the bridge has {ours:?} open");
    client.end().await;
    house.stop().await;
    let exchanged = house.world.sim.auth0.rim().count();
    assert!(exchanged > 0, "a token was there to be leaked");
    let key = std::fs::read_to_string(house.world.at("key.pem")).expect("the key");
    let middle = key.lines().nth(5).expect("a line of it").to_owned();
    for secret in [
        "gho_",
        MODEL_KEY,
        &house.world.sim.telegram.token(),
        &middle,
    ] {
        assert!(!heard.contains(secret), "it holds {secret}");
    }
    assert!(
        heard.contains("The sum is wrong"),
        "something was read at all"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_error_of_github_or_of_the_tenant_brings_a_secret_along() {
    let clients = format!(
        "[mcp.clients.reader]\nuid = UID\ncalls_per_minute = 1000\n[mcp.clients.reader.rules.reading]\n\
         tools = {READS}\nrepositories = [\"acme/*\"]\neffect = \"allow\"\n"
    );
    let mut house = House::open(&clients).await;
    let mut client = house.legacy("reader").await;
    let calls = [
        (
            "get_issue",
            json!({ "repository": "acme/widget", "number": 1 }),
        ),
        (
            "get_pull_request",
            json!({ "repository": "acme/widget", "number": 1 }),
        ),
        ("list_pull_requests", json!({ "repository": "acme/widget" })),
        (
            "read_file",
            json!({ "repository": "acme/widget", "path": "README.md" }),
        ),
        ("search_issues", json!({ "repository": "acme/widget" })),
    ];
    let faults = house.world.sim.github.faults();
    let tenant = house.world.sim.auth0.faults();
    let said =
        "{\"error\":\"access_denied\",\"error_description\":\"tenant-canary-5f21 of the owner\"}";
    let mut refused = 0;
    for status in [400, 401, 403, 404, 410, 422, 429, 500, 502, 503] {
        // What GitHub says besides its words: headers, and a body that is no answer of its.
        let odd = What::status_with(
            status,
            &[
                ("x-oauth-scopes", "scope-canary-77aa"),
                ("set-cookie", "s=cookie-canary-1b2c"),
            ],
            "<html>proxy-canary-9d0e</html>",
        );
        faults.always(When::on("GET", "/"), odd);
        if status == 401 {
            // The token is thrown away, and another asked for.
            tenant.always(When::on("POST", "/oauth/token"), What::status(403, said));
        }
        for (tool, arguments) in &calls {
            let answer = client.call(tool, arguments.clone()).await;
            assert_eq!(
                answer["result"]["isError"],
                json!(true),
                "{status} {tool}: {answer}"
            );
            refused += 1;
        }
        faults.clear();
    }
    assert_eq!(refused, 50);
    let heard = client.heard.clone();
    client.end().await;
    house.stop().await;
    assert!(heard.contains("not_connected"), "{heard}");
    let key = std::fs::read_to_string(house.world.at("key.pem")).expect("the key");
    let middle = key.lines().nth(5).expect("a line of it").to_owned();
    for secret in [
        "gho_",
        "tenant-canary-5f21",
        "scope-canary-77aa",
        "cookie-canary-1b2c",
        "client_assertion",
        "subject_token",
        &middle,
    ] {
        assert!(!heard.contains(secret), "it holds {secret}: {heard}");
    }
}
