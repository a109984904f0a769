//! Contribution rules: what was not read never passes for rules that do not exist.

use bountyd::github::{RepoRef, Trouble};
use serde_json::json;
use sim::faults::{What, When};

use crate::world::World;

/// The document that asks for rules, and no other.
fn rules() -> When {
    When::on("POST", "/graphql").body_contains("RepositoryFiles")
}

/// Requests to GraphQL so far.
fn asked(world: &World) -> usize {
    let requests = world.sim.github.requests();
    requests.iter().filter(|r| r.path == "/graphql").count()
}

#[tokio::test]
async fn rules_of_one_repository_that_do_not_come_are_asked_for_once() {
    let world = World::new().await;
    let (number, _) = world.issue();
    world.sim.github.faults().once(rules(), What::Html502);
    let trouble = world.github.issue("acme", "app", number).await;
    let trouble = trouble.expect_err("without its rules");
    assert!(matches!(trouble, Trouble::Retry { .. }), "{trouble}");
    assert_eq!(asked(&world), 2, "the issue and its rules");
    let issue = world.github.issue("acme", "app", number).await;
    assert!(issue.expect("another time").repo.policies.is_some());
    world.was_careful();
}

#[tokio::test]
async fn an_owners_rules_that_came_in_part_are_not_his_rules() {
    let world = World::new().await;
    let repo = |n: u64, owner: &str| RepoRef {
        node_id: format!("R_{n}"),
        owner: owner.to_owned(),
        name: "app".to_owned(),
    };
    // Owners are asked for in the order of their names.
    let answer = json!({
        "data": {
            "nodes": [
                { "__typename": "Repository", "id": "R_1", "f0": null },
                { "__typename": "Repository", "id": "R_2", "f0": null },
            ],
            "o0": { "f0": { "text": "Say who you are.", "isBinary": false }, "f1": null },
            "o1": null,
        },
        "errors": [
            { "message": "Not shown", "type": "FORBIDDEN", "path": ["o0", "f1"] },
            { "message": "Could not resolve", "type": "NOT_FOUND", "path": ["o1"] },
        ],
    });
    let answer = What::status(200, &answer.to_string());
    world.sim.github.faults().once(rules(), answer);
    let repos = [repo(1, "acme"), repo(2, "beta")];
    let read = world.github.policies(&repos).await.expect("an answer");
    assert_eq!(
        read.files.get("R_1"),
        None,
        "a file of its owner is missing"
    );
    assert_eq!(read.files.get("R_2"), Some(&Vec::new()));
    assert!(read.incomplete.is_some());
}

#[tokio::test]
async fn a_bad_gateway_does_not_make_every_later_batch_small() {
    let world = World::new().await;
    let repos: Vec<RepoRef> = (0..40)
        .map(|n| RepoRef {
            node_id: format!("R_{n}"),
            owner: "acme".to_owned(),
            name: format!("app{n}"),
        })
        .collect();
    world.sim.github.faults().once(rules(), What::Html502);
    world.github.policies(&repos[..3]).await.expect("an answer");
    assert_eq!(asked(&world), 4, "three, then one, one, one");
    world.github.policies(&repos[3..]).await.expect("an answer");
    assert_eq!(asked(&world), 5, "all of them at once");

    world.sim.github.resource_limits(1);
    let again = world.github.policies(&repos[..3]).await;
    assert!(again.is_ok());
    assert_eq!(asked(&world), 9, "a short batch says nothing of a long one");
    world.github.policies(&repos).await.expect("an answer");
    assert_eq!(asked(&world), 10);
    world.was_careful();
}
