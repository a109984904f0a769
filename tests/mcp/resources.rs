//! What a client may look at: its own requests, its own part of the journal, the bounties of repositories that it
//! may read; and the prompts.

use serde_json::{Value, json};
use sim::github::NewIssue;

use crate::client::Client;
use crate::house::House;

const CLIENTS: &str = r#"
[mcp.clients.one]
uid = UID
[mcp.clients.one.rules.reading]
tools = ["get_issue"]
repositories = ["acme/*"]
effect = "allow"
[mcp.clients.one.rules.acting]
tools = ["comment"]
repositories = ["acme/*"]
effect = "ask"
[mcp.clients.two]
uid = UID
"#;

async fn read(client: &mut Client, uri: &str) -> Value {
    let answer = client
        .request("resources/read", json!({ "uri": uri }))
        .await;
    let text = answer["result"]["contents"][0]["text"].as_str();
    let text = text.unwrap_or_else(|| panic!("{answer}"));
    serde_json::from_str(text).expect("JSON")
}

/// The names of what is listed.
async fn listed(client: &mut Client, method: &str, what: &str) -> Vec<String> {
    let answer = client.request(method, json!({})).await;
    let list = answer["result"][what].as_array();
    let list = list.unwrap_or_else(|| panic!("{answer}"));
    let names = list.iter().map(|one| one["name"].as_str().expect("a name"));
    names.map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_client_sees_its_own_and_the_bounties_that_it_may_read() {
    let mut house = House::new(CLIENTS).await;
    house.widget("acme/widget");
    house.widget("other/shut");
    for slug in ["acme/widget", "other/shut"] {
        let owner = slug.split('/').next().expect("an owner");
        let issue = NewIssue::new(slug, "Bounty: $100 for a sum\u{202e}").author(owner);
        house
            .world
            .sim
            .github
            .post_issue(issue.labels(["bounty", "$100"]));
    }
    house.start().await;
    let said = house.bountyd(&["scan"]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    let said = house.bountyd(&["bounties", "--json"]).await;
    for slug in ["acme/widget", "other/shut"] {
        assert!(
            said.out.contains(slug),
            "{slug} was not found: {}",
            said.out
        );
    }
    let mut one = house.legacy("one").await;
    let mut two = house.modern("two");
    let comment = json!({
        "repository": "acme/widget", "number": 1, "text": "only one knows", "idempotency_key": "k",
    });
    let asked = one.done("comment", comment).await;
    for client in [&mut one, &mut two] {
        assert_eq!(
            listed(client, "resources/list", "resources").await,
            ["bounties", "requests", "journal"]
        );
        assert_eq!(listed(client, "prompts/list", "prompts").await.len(), 3);
        let params = json!({
            "name": "fix_issue", "arguments": { "repository": "acme/widget", "issue": "1" },
        });
        let prompt = client.request("prompts/get", params).await;
        let text = prompt["result"]["messages"][0]["content"]["text"].as_str();
        assert!(
            text.is_some_and(|text| text.contains("acme/widget")),
            "{prompt}"
        );
        let odd = json!({ "uri": "file:///etc/passwd" });
        let refused = client.request("resources/read", odd).await;
        assert!(refused["error"].is_object(), "{refused}");
    }
    let mine = read(&mut one, "bountyd://requests").await;
    assert_eq!(mine["requests"][0]["id"], asked["id"]);
    assert_eq!(mine["requests"][0]["state"], "pending");
    let journal = read(&mut one, "bountyd://journal").await;
    let entries = journal["entries"].as_array().expect("entries");
    assert!(
        entries
            .iter()
            .any(|entry| entry["kind"] == "request.pending")
    );
    let bounties = read(&mut one, "bountyd://bounties").await;
    let bounties = bounties["bounties"].as_array().expect("bounties");
    assert!(!bounties.is_empty());
    for bounty in bounties {
        assert_eq!(bounty["repository"], "acme/widget", "{bounty}");
        let title = bounty["untrusted"]["title"].as_str().expect("a title");
        assert!(!title.contains('\u{202e}'), "{title}");
    }
    // The other has asked for nothing, and may read nowhere.
    assert_eq!(
        read(&mut two, "bountyd://requests").await["requests"],
        json!([])
    );
    assert_eq!(
        read(&mut two, "bountyd://bounties").await["bounties"],
        json!([])
    );
    let journal = read(&mut two, "bountyd://journal").await.to_string();
    assert!(!journal.contains("client:one"), "{journal}");
    assert!(!journal.contains("request.pending"), "{journal}");
    one.end().await;
    two.end().await;
    house.stop().await;
    assert_eq!(house.world.writes(), Vec::<String>::new());
}
