//! Worlds loaded from JSON Lines.

use std::io::Write as _;

use serde_json::json;

use crate::World;

const LINES: &str = r#"{"id":"1","repo":"solo/tool","number":7,"title":"Add it","labels":["bounty"],"state":null,"author":"solo","body":null,"comments":[{"author":"algora-pbc[bot]","body":"$50"},{"author":null,"body":"x"}],"assignees":null,"expected":{"is_bounty":true}}

{"id":"2","repo":"corp/app","number":3,"title":"Done","labels":null,"state":"closed","author":"eve","body":"b","comments":null,"assignees":["bob"]}
"#;

#[tokio::test]
async fn a_file_becomes_a_world() {
    let world = World::new().await;
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(LINES.as_bytes()).expect("written");
    assert_eq!(world.github.load_world(file.path()), Ok(2));
    let open = world.get("/repos/solo/tool/issues/7").await.body;
    assert_eq!(
        (&open["state"], &open["author_association"]),
        (&json!("open"), &json!("OWNER"))
    );
    assert_eq!(
        (&open["body"], &open["user"]["type"]),
        (&json!(null), &json!("User"))
    );
    let said = world.get("/repos/solo/tool/issues/7/comments").await.body;
    assert_eq!(said[0]["user"]["id"], 121_443_259);
    assert_eq!(said[1]["user"]["login"], "ghost");
    let timeline = world.get("/repos/solo/tool/issues/7/timeline").await.body;
    assert_eq!(timeline[0]["actor"]["login"], "solo");
    let closed = world.get("/repos/corp/app/issues/3").await.body;
    assert_eq!(
        (&closed["state"], &closed["author_association"]),
        (&json!("closed"), &json!("NONE"))
    );
    assert_eq!(
        (&closed["labels"], &closed["assignees"][0]["login"]),
        (&json!([]), &json!("bob"))
    );
    for issue in [&open, &closed] {
        let created = issue["created_at"].as_str().expect("a time");
        // 2026-01-01 less 89 days: a first scan finds it by default.
        assert!(created > "2025-10-04T00:00:00Z", "{created}");
    }
    let owner = world.get("/users/corp").await.body;
    assert_eq!(owner["type"], "Organization");
}

#[tokio::test]
async fn a_bad_line_is_named_and_nothing_is_loaded() {
    let world = World::new().await;
    for (line, reason) in [
        ("{", "not an issue in JSON"),
        (r#"{"repo":"x","number":1}"#, "is not owner/name"),
        (r#"{"repo":"a/b","number":0}"#, "numbered from 1"),
        (
            r#"{"repo":"a/b","number":1,"state":"maybe"}"#,
            "neither open nor closed",
        ),
        (r#"{"repo":"solo/tool","number":7}"#, "stands here twice"),
        (
            r#"{"repo":"a/b","number":1,"labels":"bounty"}"#,
            "not an issue in JSON",
        ),
    ] {
        let text = format!("{LINES}{line}\n");
        let error = world
            .github
            .load_world_text("w.jsonl", &text)
            .expect_err("a bad line");
        assert_eq!(
            (error.source.as_str(), error.line),
            ("w.jsonl", Some(4)),
            "{error}"
        );
        assert!(error.to_string().starts_with("w.jsonl:4: "), "{error}");
        assert!(error.reason.contains(reason), "{error}");
    }
    assert_eq!(world.github.size(), (0, 0));
    let missing = world
        .github
        .load_world(std::path::Path::new("/nowhere/w.jsonl"));
    assert!(
        missing
            .expect_err("no file")
            .to_string()
            .contains("/nowhere/w.jsonl: cannot be read")
    );
}

#[tokio::test]
async fn generated_worlds_are_large_and_always_the_same() {
    let (one, two) = (World::new().await, World::new().await);
    one.github.generate(1_000, 3);
    two.github.generate(1_000, 3);
    assert_eq!(one.github.size(), (50, 1_000));
    let query = "is:issue is:open label:\"💎 Bounty\" no:assignee";
    let titles = |world: World| async move {
        let found = world
            .search(query, &[("per_page", "100"), ("page", "3")])
            .await
            .body;
        let titles: Vec<_> = found["items"]
            .as_array()
            .expect("items")
            .iter()
            .map(|issue| issue["title"].clone())
            .collect();
        (found["total_count"].as_u64().unwrap_or(0), titles)
    };
    let (found, again) = (titles(one).await, titles(two).await);
    assert!((500..900).contains(&found.0), "{}", found.0);
    assert_eq!(found.1.len(), 100);
    assert_eq!(found, again);
}

#[tokio::test]
async fn the_same_large_world_by_graphql_stops_at_a_thousand() {
    let world = World::new().await;
    world.github.generate(1_500, 1);
    let text = "query($after: String) { search(type: ISSUE_ADVANCED, query: \"is:issue\", first: 100, after: $after) { issueCount nodes { ... on Issue { id } } pageInfo { hasNextPage endCursor } } }";
    let (mut after, mut seen) = (json!(null), 0);
    loop {
        let body = world.graphql(text, json!({ "after": after })).await.body;
        let search = &body["data"]["search"];
        assert_eq!(search["issueCount"], 1_500);
        seen += search["nodes"].as_array().map_or(0, Vec::len);
        if search["pageInfo"]["hasNextPage"] != true {
            break;
        }
        after = search["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(seen, 1_000);
}
