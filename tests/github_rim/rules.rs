//! Contribution rules: what was not read never passes for rules that do not exist.

use bountyd::github::Trouble;
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
