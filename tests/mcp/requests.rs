//! What is more than a read: asked about, answered, done once, and its outcome given out once.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sim::github::NewPull;

use crate::client::Client;
use crate::house::House;
use crate::schema::misfit;

pub(crate) const CLIENTS: &str = r#"
[mcp.clients.writer]
uid = UID
calls_per_minute = 1000
writes_per_day = 6
[mcp.clients.writer.rules.asked]
tools = ["comment"]
repositories = ["acme/*"]
effect = "ask"
[mcp.clients.free]
uid = UID
calls_per_minute = 1000
writes_per_day = 2
[mcp.clients.free.rules.speaking]
tools = ["comment"]
repositories = ["acme/*"]
effect = "allow"
[policy]
write_spacing = "1s"
"#;

pub(crate) fn comment(key: &str, text: &str) -> Value {
    json!({ "repository": "acme/widget", "number": 1, "text": text, "idempotency_key": key })
}

/// Waits with the tool itself, until it is neither pending nor working.
pub(crate) async fn over(client: &mut Client, id: &str) -> Value {
    let begun = Instant::now();
    loop {
        let now = client
            .done("job_wait", json!({ "id": id, "seconds": 10 }))
            .await;
        if !["pending", "working"].contains(&now["state"].as_str().expect("a state")) {
            return now;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{now}");
    }
}

pub(crate) fn id(of: &Value) -> String {
    of["id"].as_str().expect("an id").to_owned()
}

impl House {
    /// The owner's newest card, once there is one that he has not seen.
    pub(crate) async fn card(&self, seen: usize) -> sim::telegram::Message {
        let begun = Instant::now();
        loop {
            let cards = self.cards();
            if cards.len() > seen {
                return cards.last().expect("a card").clone();
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "no card came");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) fn cards(&self) -> Vec<sim::telegram::Message> {
        let messages = self.world.cast.owner.messages().into_iter();
        messages.filter(|m| !m.buttons.is_empty()).collect()
    }

    /// Comments of ours.
    pub(crate) fn ours(&self) -> Vec<String> {
        let comments = self.world.sim.github.comment_list("acme/widget", 1);
        let login = &self.world.cast.login;
        let own = comments.into_iter().filter(|c| c.author == *login);
        own.map(|c| c.body).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_waits_for_the_owner_through_a_restart_and_is_redeemed_once() {
    let mut house = House::open(CLIENTS).await;
    let mut client = house.legacy("writer").await;
    let asked = client
        .done("comment", comment("k1", "I can reproduce it."))
        .await;
    assert_eq!(asked["state"], "pending");
    let id = id(&asked);
    // The same again is the same, and something else under its name is refused.
    let again = client
        .done("comment", comment("k1", "I can reproduce it."))
        .await;
    assert_eq!(again["id"], asked["id"]);
    let other = client
        .refused("comment", comment("k1", "Something else."))
        .await;
    assert_eq!(other, "key_reused");
    let early = client.refused("job_result", json!({ "id": id })).await;
    assert_eq!(early, "not_over");
    let card = house.card(0).await;
    for words in [
        "writer",
        "comment on an issue",
        "I can reproduce it.",
        "rule `asked`",
    ] {
        assert!(card.text.contains(words), "{words}: {}", card.text);
    }
    assert_eq!(house.ours(), Vec::<String>::new());
    // The daemon is killed while a person thinks, and the client is gone.
    house.kill();
    drop(client);
    house.start().await;
    let mut client = house.modern("writer");
    let now = client.done("job_status", json!({ "id": id })).await;
    assert_eq!(now["state"], "pending", "{now}");
    // Another client of the same user does not see it.
    let mut stranger = house.modern("free");
    for tool in ["job_status", "job_result", "job_cancel", "job_wait"] {
        assert_eq!(
            stranger.refused(tool, json!({ "id": id })).await,
            "unknown_job",
            "{tool}"
        );
    }
    stranger.end().await;
    let _ = house.world.cast.owner.taps_on(card.id, "✅ Approve");
    let done = over(&mut client, &id).await;
    assert_eq!(done["state"], "done", "{done}");
    let result = client.done("job_result", json!({ "id": id })).await;
    assert!(result["result"]["comment"].is_u64(), "{result}");
    let tools = client.tools().await;
    let schema = tools.iter().find(|tool| tool["name"] == "job_result");
    assert_eq!(
        misfit(&result, &schema.expect("listed")["outputSchema"]),
        None
    );
    let twice = client.refused("job_result", json!({ "id": id })).await;
    assert_eq!(twice, "already_redeemed");
    let ours = house.ours();
    assert_eq!(ours.len(), 1, "{ours:?}");
    assert!(
        ours[0].starts_with("This was written by an AI (writer) acting for @"),
        "{ours:?}"
    );
    assert!(
        ours[0].contains("\n\nI can reproduce it.\n\n<!-- "),
        "{ours:?}"
    );
    for kind in [
        "request.pending",
        "request.approved",
        "request.begun",
        "request.redeemed",
    ] {
        house.journalled(kind, &id).await;
    }
    client.end().await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_comes_back_with_its_reason_and_what_is_taken_back_is_not_done() {
    let mut house = House::open(CLIENTS).await;
    let mut client = house.modern("writer");
    let first = id(&client.done("comment", comment("k1", "One.")).await);
    let card = house.card(0).await;
    let short: String = card
        .text
        .split("/deny ")
        .nth(1)
        .expect("an id")
        .chars()
        .take(8)
        .collect();
    house
        .world
        .cast
        .owner
        .says(&format!("/deny {short} not in this thread"));
    let denied = over(&mut client, &first).await;
    assert_eq!(denied["state"], "denied", "{denied}");
    assert_eq!(denied["why"], "not in this thread");
    let result = client.done("job_result", json!({ "id": first })).await;
    assert_eq!(result["result"], Value::Null);
    // The same under another name is not put to him again.
    let again = client.refused("comment", comment("again", "One.")).await;
    assert_eq!(again, "denied_before");
    let second = id(&client.done("comment", comment("k2", "Two.")).await);
    let cancelled = client.done("job_cancel", json!({ "id": second })).await;
    assert_eq!(cancelled["state"], "cancelled");
    assert_eq!(
        client.refused("job_cancel", json!({ "id": second })).await,
        "too_late"
    );
    // A yes that comes late finds nothing.
    for card in house.cards() {
        let _ = house.world.cast.owner.taps_on(card.id, "✅ Approve");
    }
    let still = client
        .done("job_wait", json!({ "id": second, "seconds": 2 }))
        .await;
    assert_eq!(still["state"], "cancelled");
    assert_eq!(house.ours(), Vec::<String>::new());
    // He was asked about both, so both count.
    let mine = client.done("list_my_permissions", json!({})).await;
    assert_eq!(mine["writes"], json!({ "used": 2, "most": 6 }));
    client.end().await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_allows_asks_nobody_and_its_ceiling_holds() {
    let mut house = House::open(CLIENTS).await;
    let mut client = house.legacy("free").await;
    for key in ["k1", "k2"] {
        let begun = client
            .done("comment", comment(key, "Said by a rule."))
            .await;
        assert_eq!(begun["state"], "working", "{begun}");
        let done = over(&mut client, &id(&begun)).await;
        assert_eq!(done["state"], "done", "{done}");
    }
    assert_eq!(
        client.refused("comment", comment("k3", "Too many.")).await,
        "ceiling"
    );
    let mine = client.done("list_my_permissions", json!({})).await;
    assert_eq!(mine["writes"], json!({ "used": 2, "most": 2 }));
    for text in ["a\u{202e}b", "<!-- bountyd -->", ""] {
        let code = client.refused("comment", comment("k4", text)).await;
        assert_eq!(code, "bad_arguments", "{text:?}");
    }
    assert_eq!(house.ours().len(), 2);
    assert_eq!(house.cards().len(), 0);
    client.end().await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_point_a_comment_is_written_once() {
    for point in ["request.begun", "request.posted", "request.done"] {
        let mut house = House::new(CLIENTS).await;
        house.widget("acme/widget");
        house.start_with(&["--crash-at", point]).await;
        let mut client = house.legacy("free").await;
        let begun = client.done("comment", comment("k1", "Once.")).await;
        assert_eq!(client.next().await, None, "it dies at {point}");
        house.died().await;
        house.start().await;
        let mut client = house.legacy("free").await;
        let known = client.done("comment", comment("k1", "Once.")).await;
        assert_eq!(known["id"], begun["id"]);
        if point == "request.begun" {
            // Nothing left, and nobody can know: it is looked for, not made again.
            let now = client
                .done("job_wait", json!({ "id": id(&begun), "seconds": 1 }))
                .await;
            assert_eq!(now["state"], "working", "{now}");
            assert_eq!(house.ours().len(), 0);
        } else {
            let done = over(&mut client, &id(&begun)).await;
            assert_eq!(done["state"], "done", "{point}: {done}");
            assert_eq!(house.ours().len(), 1, "{point}");
        }
        client.end().await;
        house.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_taken_on_under_the_emergency_stop() {
    let mut house = House::open(CLIENTS).await;
    let mut client = house.modern("free");
    house.bountyd(&["estop"]).await;
    let refused = client.refused("comment", comment("k1", "Not now.")).await;
    assert_eq!(refused, "paused");
    let mine = client.done("list_my_permissions", json!({})).await;
    assert_eq!(mine["paused"], true, "{mine}");
    assert_eq!(mine["writes"]["used"], 0, "{mine}");
    client.end().await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_counts_from_the_next_call_on_and_so_does_its_end() {
    let mut house = House::open(CLIENTS).await;
    let mut client = house.modern("free");
    for _ in 0..2 {
        let mine = client.done("list_my_permissions", json!({})).await;
        assert_eq!(mine["paused"], false, "{mine}");
        house.bountyd(&["pause"]).await;
        let mine = client.done("list_my_permissions", json!({})).await;
        assert_eq!(mine["paused"], true, "{mine}");
        let refused = client.refused("comment", comment("k1", "Not now.")).await;
        assert_eq!(refused, "paused");
        house.bountyd(&["resume"]).await;
    }
    client.end().await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn issues_are_opened_labelled_and_closed_by_a_rule() {
    let rules = CLIENTS.replace(
        "[policy]",
        "[mcp.clients.keeper]\nuid = UID\n[mcp.clients.keeper.rules.issues]\n\
         tools = [\"create_issue\", \"label\", \"close_issue\"]\nrepositories = [\"*/*\"]\n\
         effect = \"allow\"\n[policy]",
    );
    let mut house = House::open(&rules).await;
    let own = format!("{}/own", house.world.cast.login);
    house.widget(&own);
    let mut client = house.modern("keeper");
    let outcome = async |client: &mut Client, tool: &str, arguments: Value| {
        let begun = client.done(tool, arguments).await;
        let done = over(client, &id(&begun)).await;
        if done["state"] != "done" {
            return done;
        }
        client.done("job_result", json!({ "id": id(&begun) })).await["result"].clone()
    };
    let made = outcome(
        &mut client,
        "create_issue",
        json!({
            "repository": own, "title": "It is slow", "text": "Measured: 3 s.", "idempotency_key": "i",
        }),
    )
    .await;
    let number = made["issue"].as_u64().expect("a number");
    let labels = outcome(
        &mut client,
        "label",
        json!({ "repository": own, "number": number, "labels": ["slow"], "idempotency_key": "l" }),
    )
    .await;
    assert_eq!(labels["untrusted"]["labels"], json!(["slow"]));
    let closed = outcome(
        &mut client,
        "close_issue",
        json!({
            "repository": own, "number": number, "reason": "not_planned", "idempotency_key": "c",
        }),
    )
    .await;
    assert_eq!(closed["issue_state"], "closed");
    let pull =
        house
            .world
            .sim
            .github
            .open_pr(NewPull::new(&own, &house.world.cast.login, "Mend it"));
    let refused = outcome(
        &mut client,
        "close_issue",
        json!({ "repository": own, "number": pull, "idempotency_key": "p" }),
    )
    .await;
    assert_eq!(refused["state"], "failed", "{refused}");
    assert!(
        refused["untrusted"]["why"]
            .as_str()
            .is_some_and(|why| why.contains("is a pull request")),
        "{refused}"
    );
    // Where the account may not, GitHub's no comes back.
    let refused = outcome(
        &mut client,
        "label",
        json!({ "repository": "acme/widget", "number": 1, "labels": ["x"], "idempotency_key": "n" }),
    )
    .await;
    assert_eq!(refused["state"], "failed", "{refused}");
    assert!(
        refused["untrusted"]["why"]
            .as_str()
            .is_some_and(|why| why.contains("forbidden")),
        "{refused}"
    );
    client.end().await;
    house.stop().await;
}
