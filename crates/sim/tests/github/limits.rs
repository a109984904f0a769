//! Rate limits, primary and secondary.

use serde_json::json;
use sim::github::{NewIssue, Resource};

use crate::{ME, World};

#[tokio::test]
async fn search_has_thirty_requests_a_minute() {
    let world = World::new().await;
    world.github.post_issue(NewIssue::new("acme/widget", "One"));
    for left in (0..30).rev() {
        let found = world.search("is:issue", &[]).await;
        assert_eq!(
            (found.status, found.header("x-ratelimit-remaining")),
            (200, left.to_string().as_str())
        );
    }
    let refused = world.search("is:issue", &[]).await;
    assert_eq!(refused.status, 403);
    assert!(
        refused
            .message()
            .starts_with("API rate limit exceeded for user ID 4242")
    );
    assert_eq!(refused.header("retry-after"), "");
    let reset: i64 = refused
        .header("x-ratelimit-reset")
        .parse()
        .expect("seconds");
    assert_eq!(reset * 1000, crate::START + 60_000);
    assert_eq!(world.get("/user").await.status, 200, "another budget");
    world.advance(60);
    assert_eq!(world.search("is:issue", &[]).await.status, 200);
}

#[tokio::test]
async fn the_hourly_budget_runs_out_and_says_when_it_is_back() {
    let world = World::new().await;
    world.github.set_remaining(Some(ME), Resource::Core, 1);
    assert_eq!(world.get("/user").await.status, 200);
    let refused = world.get("/user").await;
    assert_eq!(
        (refused.status, refused.header("x-ratelimit-remaining")),
        (403, "0")
    );
    let limits = world.get("/rate_limit").await;
    assert_eq!(limits.status, 200, "asking is free");
    assert_eq!(limits.body["resources"]["core"]["remaining"], 0);
    assert_eq!(limits.body["resources"]["search"]["limit"], 30);
    assert!(world.github.violations().is_empty());
    world.advance(2);
    assert_eq!(world.get("/user").await.status, 403);
    let violations = world.github.violations();
    assert_eq!(violations.len(), 1, "going on is noticed");
    world.advance(3600);
    assert_eq!(world.get("/user").await.status, 200);
}

#[tokio::test]
async fn a_secondary_limit_may_come_without_retry_after() {
    let world = World::new().await;
    world.github.secondary_limit(2, None);
    let limited = world.get("/user").await;
    assert_eq!((limited.status, limited.header("retry-after")), (403, ""));
    assert_ne!(limited.header("x-ratelimit-remaining"), "0");
    world.advance(60);
    assert_eq!(
        world
            .graphql("{ viewer { login } }", json!({}))
            .await
            .status,
        403
    );
    world.advance(60);
    assert_eq!(world.get("/user").await.status, 200);
    assert!(world.github.violations().is_empty());
}

#[tokio::test]
async fn nine_hundred_reads_a_minute_are_too_many() {
    let world = World::new().await;
    world.github.set_limit(Resource::Core, 100_000);
    for _ in 0..900 {
        assert_eq!(world.get("/user").await.status, 200);
    }
    let limited = world.get("/user").await;
    assert_eq!((limited.status, limited.header("retry-after")), (403, "60"));
}

#[tokio::test]
async fn graphql_points_run_out_with_status_200() {
    let world = World::new().await;
    world.github.set_remaining(Some(ME), Resource::Graphql, 1);
    let fine = world
        .graphql(
            "{ viewer { login } rateLimit { cost remaining } }",
            json!({}),
        )
        .await;
    assert_eq!(
        fine.body["data"]["rateLimit"],
        json!({ "cost": 1, "remaining": 0 })
    );
    let refused = world.graphql("{ viewer { login } }", json!({})).await;
    assert_eq!(refused.status, 200);
    assert_eq!(refused.body["errors"][0]["type"], "RATE_LIMITED");
    assert_eq!(refused.header("x-ratelimit-remaining"), "0");
}
