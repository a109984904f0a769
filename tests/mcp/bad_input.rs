//! What a client should not send, and who should not be one: a typed answer, nothing outside, and a line in
//! the journal.

use std::time::Duration;

use serde_json::{Value, json};

use crate::house::{House, READS};

fn clients() -> String {
    format!(
        "[mcp.clients.reader]\nuid = UID\ncalls_per_minute = 60\n[mcp.clients.reader.rules.reading]\n\
         tools = {READS}\nrepositories = [\"acme/*\"]\neffect = \"allow\"\n\
         [mcp.clients.other]\nuid = UID\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_no_call_is_answered_and_journalled() {
    let mut house = House::open(&clients()).await;
    let mut client = house.legacy("reader").await;
    client.send_raw(b"{\"jsonrpc\": \n").await;
    let answer = client.next().await.expect("an answer");
    assert_eq!(answer["error"]["code"], json!(-32700), "{answer}");
    house.journalled("client.refused", "bad_json").await;
    client
        .send_raw(b"{\"jsonrpc\":\"2.0\",\"id\":77,\"method\":7}\n")
        .await;
    let answer = client.next().await.expect("an answer");
    assert_eq!(answer["error"]["code"], json!(-32600), "{answer}");
    assert_eq!(answer["id"], json!(77));
    let answer = client.request("no/such/method", json!({})).await;
    assert_eq!(answer["error"]["code"], json!(-32601), "{answer}");
    let answer = client.call("delete_everything", json!({})).await;
    assert_eq!(answer["error"]["code"], json!(-32602), "{answer}");
    house.journalled("client.refused", "unknown_tool").await;
    // 50 MB in one line: refused without being kept, and the connection goes on.
    let mut long =
        b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"".to_vec();
    long.resize(50 << 20, b'x');
    long.extend_from_slice(b"\"}}\n");
    client.send_raw(&long).await;
    let answer = client.next().await.expect("an answer");
    assert_eq!(answer["error"]["code"], json!(-32600), "{answer}");
    house.journalled("client.refused", "too_long").await;
    // Short, and large once it is read; and what would be kept for as long as the call takes.
    let list = json!({ "name": "get_issue", "arguments": { "x": vec![0; 5000] } });
    let kept = json!({ "name": "get_issue", "arguments": {}, "_meta": { "x": "x".repeat(5000) } });
    for params in [list, kept] {
        let answer = client.request("tools/call", params).await;
        assert_eq!(answer["error"]["code"], json!(-32600), "{answer}");
    }
    let place = |slug: &str| json!({ "repository": slug, "number": 1 });
    for (arguments, code) in [
        (json!({}), "bad_arguments"),
        (
            json!({ "repository": "acme/widget", "number": 0 }),
            "bad_arguments",
        ),
        (
            json!({ "repository": "acme/widget", "number": "1" }),
            "bad_arguments",
        ),
        (
            json!({ "repository": "acme/widget", "number": 1, "url": "https://evil.example" }),
            "bad_arguments",
        ),
        (place("\u{0430}cme/widget"), "look_alike"),
        (place("acme/widget\u{200b}"), "look_alike"),
        (place("acme/../x"), "bad_repository"),
        (place("acme"), "bad_repository"),
        (place("evil/widget"), "not_permitted"),
    ] {
        assert_eq!(
            client.refused("get_issue", arguments.clone()).await,
            code,
            "{arguments}"
        );
        house.journalled("client.refused", code).await;
    }
    let traversal = json!({ "repository": "acme/widget", "path": "../../user" });
    assert_eq!(
        client.refused("read_file", traversal).await,
        "bad_arguments"
    );
    assert_eq!(
        client.refused("get_issue", place("acme/absent")).await,
        "not_found"
    );
    client.done("get_issue", place("acme/widget")).await;
    client.end().await;
    house.stop().await;
    let asked: Vec<String> = house
        .world
        .sim
        .github
        .requests()
        .into_iter()
        .map(|request| request.path)
        .filter(|path| !["/user", "/graphql"].contains(&path.as_str()))
        .collect();
    assert!(!asked.iter().any(|path| path.contains("evil")), "{asked:?}");
    assert!(
        asked.iter().all(|path| path.starts_with("/repos/acme/")),
        "{asked:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_calls_are_refused_and_the_rest_of_the_minute_too() {
    let mut house = House::open(&clients()).await;
    let mut client = house.legacy("reader").await;
    let mut codes = Vec::new();
    for _ in 0..70 {
        let answer = client.call("list_my_permissions", json!({})).await;
        codes.push(crate::client::code(&answer));
    }
    assert!(codes[..60].iter().all(Option::is_none), "{codes:?}");
    let late = Some("too_many_calls".to_owned());
    assert!(codes[60..].iter().all(|code| *code == late), "{codes:?}");
    // What is no call at all is not another refusal, which would be journalled at once each time.
    for (tool, arguments) in [("no_such_tool", json!({})), ("get_issue", json!({}))] {
        let answer = client.call(tool, arguments).await;
        assert_eq!(crate::client::code(&answer), late, "{tool}");
    }
    house.journalled("client.read", "too_many_calls").await;
    // Another client has its own.
    let mut other = house.legacy("other").await;
    let mine: Value = other.done("list_my_permissions", json!({})).await;
    assert_eq!(mine["rules"], json!([]));
    let tools = other.tools().await;
    // Only what is about itself.
    assert_eq!(tools.len(), 6, "{tools:?}");
    let place = json!({ "repository": "acme/widget", "number": 1 });
    assert_eq!(other.refused("get_issue", place).await, "not_permitted");
    client.end().await;
    other.end().await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_no_client_of_the_owner_is_not_let_in() {
    let mut house = House::open(&clients()).await;
    for name in ["nobody", "READER", "../reader"] {
        let (code, said) = house.legacy_that_fails(name).await;
        assert_eq!(code, Some(77), "{said}");
        assert!(said.contains("has no client of that name"), "{said}");
    }
    if rustix::process::geteuid().is_root() {
        for uid in [house.world.uid, 0, house.uid() + 1] {
            let (code, said) = house.bridge_as(uid, "reader").end().await;
            assert_eq!(code, Some(77), "{said}");
            assert!(said.contains("is none of the owner's clients"), "{said}");
            let named = format!("\"uid\":{uid}");
            house.journalled("client.stranger", &named).await;
        }
    }
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_no_answers_is_not_read_from() {
    let mut house = House::open(&clients()).await;
    let mut client = house.legacy("reader").await;
    // What is on the way fits into the buffers of two pipes and a socket, and no more is kept.
    let mut taken = 0;
    let stuck = loop {
        let lines: String = (taken..taken + 1000)
            .map(|id| json!({ "jsonrpc": "2.0", "id": id + 1_000_000, "method": "ping" }))
            .map(|ping| format!("{ping}\n"))
            .collect();
        let sent = client.send_raw(lines.as_bytes());
        if tokio::time::timeout(Duration::from_secs(5), sent)
            .await
            .is_err()
        {
            break true;
        }
        taken += 1000;
        if taken >= 200_000 {
            break false;
        }
    };
    assert!(stuck, "{taken} were taken");
    drop(client);
    let mut other = house.legacy("other").await;
    other.done("list_my_permissions", json!({})).await;
    other.end().await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_on_with_nonsense_is_hung_up_on_and_fills_no_journal() {
    let mut house = House::open(&clients()).await;
    for _ in 0..4 {
        let mut client = house.legacy("reader").await;
        for _ in 0..100 {
            client.send_raw_if_taken(b"nonsense\n").await;
        }
        while client.next().await.is_some() {}
    }
    // Beyond the limit a line the first time, and the second.
    house.journalled("client.read", "bad_json").await;
    let said = house
        .bountyd(&["journal", "--json", "--limit", "2000"])
        .await;
    let lines: Vec<Value> = serde_json::from_str(&said.out).expect("JSON");
    let about = lines.iter().filter(|l| l.to_string().contains("bad_json"));
    let about = about.count();
    assert!((121..=124).contains(&about), "{about}");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_connects_again_and_again_is_turned_away() {
    let mut house = House::open(&clients()).await;
    let mut turned_away = 0;
    for _ in 0..40 {
        if turned_away > 0 {
            break;
        }
        let ends = (0..5).map(|_| house.bridge("reader").end());
        for (code, said) in futures_util::future::join_all(ends).await {
            if code == Some(77) && said.contains("connects too often") {
                turned_away += 1;
            }
        }
    }
    assert!(turned_away > 0);
    let said = house
        .bountyd(&["journal", "--json", "--limit", "2000"])
        .await;
    let connected = said.out.matches("client.connected").count();
    assert!((60..200).contains(&connected), "{connected}");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_under_a_name_that_moved_shows_nothing_of_the_other_place() {
    let mut house = House::open(&clients()).await;
    let mut client = house.legacy("reader").await;
    let search = json!({ "repository": "acme/widget" });
    let found = client.done("search_issues", search.clone()).await;
    assert_eq!(found["total"], 1, "{found}");
    let heard = client.heard.len();
    // GitHub finds it under its old name, and the rules are about another owner's.
    house.world.sim.github.transfer("acme/widget", "elsewhere");
    let code = client.refused("search_issues", search).await;
    assert_eq!(code, "not_found");
    let since = &client.heard[heard..];
    assert!(
        !since.contains("The sum is wrong") && !since.contains("elsewhere"),
        "{since}"
    );
    client.end().await;
    house.stop().await;
}
