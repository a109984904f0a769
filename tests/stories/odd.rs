//! Answers of GitHub that lack what its schema says may be lacking.

use sim::faults::{What, When};

use super::following::{SLUG, claimed};
use super::world::{HOUR, MINUTE, World};

/// A search with one result, in a repository without a `databaseId`.
const NAMELESS: &str = r#"{"data":{"search":{"issueCount":1,"pageInfo":{"hasNextPage":false},
    "nodes":[{"__typename":"Issue","id":"I_1","number":5,"title":"Odd","updatedAt":"2026-11-22T11:00:00Z",
    "repository":{"id":"R_1","name":"things","owner":{"__typename":"User","login":"odd"}}}]}}}"#;

#[tokio::test]
async fn a_repository_without_an_id_holds_up_no_other() {
    let mut w = World::new().await;
    w.bounty("acme/widgets", "Crash on empty input", 750);
    let search = When::on("POST", "/graphql").body_contains("search(type");
    let faults = w.sim.github.faults();
    faults.once(search, What::status(200, NAMELESS));
    w.start().await;
    let status = w.status().await;
    assert!(status.starts_with("ok"), "{status}");
    assert!(
        status.contains("1 of the results came without a repository's id"),
        "{status}"
    );
    w.advance(30 * MINUTE).await;
    w.phone("$750");
    assert!(!w.status().await.contains("without a repository's id"));
}

/// The same for a look at one issue.
const NAMELESS_ISSUE: &str = r#"{"data":{"repository":{"name":"widgets",
    "owner":{"__typename":"Organization","login":"acme"},"issue":{"number":700,"title":"Odd"}}}}"#;

#[tokio::test]
async fn an_answer_without_the_id_is_not_taken_for_another_repository() {
    let w = claimed().await;
    let look = When::on("POST", "/graphql").body_contains("issue(number: $number)");
    let faults = w.sim.github.faults();
    faults.times(look, What::status(200, NAMELESS_ISSUE), 2);
    w.pass(7 * HOUR, HOUR).await;
    assert_eq!(w.stands(SLUG, 700).await, "claimed claimed");
    w.quiet();
}
