//! `fix`, from the call to the pull request: with the owner's yes in the middle, a daemon that is restarted
//! while he thinks, and a client that comes back for the outcome.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sim::faults::{What, When};

use crate::house::House;
use crate::world::{FILES, FIX, SLUG, TEST};

const CLIENTS: &str = r#"
[mcp.clients.fixer]
uid = UID
calls_per_minute = 1000
jobs_per_day = 2
[mcp.clients.fixer.rules.patches]
tools = ["fix"]
repositories = ["acme/*"]
effect = "allow"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_goal_becomes_a_pull_request_with_a_yes_a_restart_and_another_connection_between() {
    let mut house = House::new(CLIENTS).await;
    house.world.agent(&format!("{FIX}{TEST}echo mended it"));
    house.world.repository(SLUG, &FILES);
    house.start().await;
    let mut client = house.legacy("fixer").await;
    let wanted = json!({
        "repository": SLUG, "goal": "2 and 3 give -1, and should give 5.", "idempotency_key": "sum-1",
    });
    let begun = client.done("fix", wanted.clone()).await;
    assert_eq!(begun["state"], "working", "{begun}");
    let id = begun["id"].as_str().expect("an id").to_owned();
    let asked = client.until(&id, &["pending", "failed"]).await;
    assert_eq!(
        asked["why"], "the owner is asked about the patch",
        "{asked}"
    );
    let begun_waiting = Instant::now();
    let card = loop {
        let mut cards = house.world.cast.owner.messages().into_iter();
        if let Some(card) = cards.rfind(|m| !m.buttons.is_empty()) {
            break card;
        }
        assert!(
            begun_waiting.elapsed() < Duration::from_secs(60),
            "no card came"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert!(
        card.text.contains("the client fixer asked for it"),
        "{}",
        card.text
    );
    house.kill();
    drop(client);
    house.start().await;
    let mut client = house.modern("fixer");
    let same = client.done("fix", wanted).await;
    assert_eq!(
        (&same["id"], &same["state"]),
        (&json!(id), &json!("pending"))
    );
    let _ = house.world.cast.owner.taps_on(card.id, "✅ Approve");
    let done = client.until(&id, &["done", "failed"]).await;
    assert_eq!(done["state"], "done", "{done}");
    let result = client.done("job_result", json!({ "id": id })).await;
    let number = result["result"]["pull_request"].as_u64().expect("a number");
    let pulls = house.world.sim.github.repo(SLUG).pulls();
    assert_eq!(pulls.len(), 1, "{pulls:#?}");
    assert_eq!(pulls[0].number, number);
    let twice = client.refused("job_result", json!({ "id": id })).await;
    assert_eq!(twice, "already_redeemed");
    client.end().await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_goes_nowhere_when_the_owner_no_longer_allows_the_client_what_it_is_for() {
    let mut house = House::new(CLIENTS).await;
    house.world.agent(&format!("{FIX}{TEST}echo mended it"));
    house.world.repository(SLUG, &FILES);
    house.start().await;
    let mut client = house.modern("fixer");
    let wanted = json!({
        "repository": SLUG, "goal": "2 and 3 give 5.", "idempotency_key": "sum-1",
    });
    let begun = client.done("fix", wanted).await;
    let id = begun["id"].as_str().expect("an id").to_owned();
    let card = house.card(0).await;
    client.end().await;
    house.stop().await;
    house
        .world
        .reconfigure("effect = \"allow\"", "effect = \"deny\"");
    house.start().await;
    let mut client = house.modern("fixer");
    let _ = house.world.cast.owner.taps_on(card.id, "✅ Approve");
    let failed = client.until(&id, &["done", "failed"]).await;
    assert_eq!(failed["state"], "failed", "{failed}");
    let why = failed["untrusted"]["why"].as_str().expect("why");
    assert!(
        why.contains("the rules have changed: rule `patches`: deny"),
        "{failed}"
    );
    assert!(house.world.sim.github.repo(SLUG).pulls().is_empty());
    assert_eq!(house.world.writes(), Vec::<String>::new());
    client.end().await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_back_while_it_is_being_begun_is_not_begun() {
    let mut house = House::open(CLIENTS).await;
    let mut client = house.modern("fixer");
    let faults = house.world.sim.github.faults();
    // The work lane has read the request, and asks GitHub about the repository.
    let upstream = When::on("POST", "/graphql").body_contains("forkingAllowed");
    faults.once(upstream, What::Hold);
    let wanted = json!({
        "repository": "acme/widget", "issue": 1, "idempotency_key": "sum-1",
    });
    let begun = client.done("fix", wanted).await;
    assert_eq!(begun["state"], "working", "{begun}");
    let waiting = Instant::now();
    while faults.held() == 0 {
        assert!(
            waiting.elapsed() < Duration::from_secs(60),
            "it was not begun"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let id = begun["id"].as_str().expect("an id").to_owned();
    let cancelled = client.done("job_cancel", json!({ "id": id })).await;
    assert_eq!(cancelled["state"], "cancelled", "{cancelled}");
    faults.release();
    // Another request goes the same way after it: the lane went on at once, and not after an hour.
    let wanted = json!({
        "repository": "acme/widget", "issue": 1, "idempotency_key": "sum-2",
    });
    let second = client.done("fix", wanted).await;
    let second = second["id"].as_str().expect("an id");
    house.journalled("request.working", second).await;
    let still = client.done("job_status", json!({ "id": id })).await;
    assert_eq!(still["state"], "cancelled", "{still}");
    let jobs = house.bountyd(&["jobs", "--json"]).await;
    let jobs: Vec<Value> = serde_json::from_str(&jobs.out).expect("JSON");
    assert_eq!(jobs.len(), 1, "{jobs:?}");
    let log = house.daemon.as_ref().expect("it runs").said();
    assert!(!log.contains("nothing goes out"), "{log}");
    client.end().await;
    house.stop().await;
}
