//! Writing comments, and every way that is refused.

use reqwest::Method;
use serde_json::{Value, json};
use sim::faults::{What, When};
use sim::github::{InteractionLimit, NewIssue, NewRepo, SecondaryLimit};
use sim::tokens::TokenKind;

use crate::{World, answer};

async fn widget() -> World {
    let world = World::new().await;
    world.github.post_issue(NewIssue::new("acme/widget", "One"));
    world
}

#[tokio::test]
async fn a_comment_is_written_edited_and_taken_back() {
    let world = widget().await;
    let made = world
        .comment("acme/widget", 1, "I would like to try.")
        .await;
    assert_eq!(made.status, 201);
    assert_eq!(made.body["author_association"], "NONE");
    let url = made.body["url"].as_str().unwrap_or_default().to_owned();
    world.advance(60);
    let patch = world
        .request(Method::PATCH, &url)
        .json(&json!({ "body": "I withdraw." }));
    let edited = answer(patch).await;
    assert_eq!(
        (edited.status, &edited.body["body"]),
        (200, &json!("I withdraw."))
    );
    assert_ne!(edited.body["updated_at"], edited.body["created_at"]);
    assert_eq!(
        world.github.comments("acme/widget", 1),
        "hunter: I withdraw.\n"
    );
    assert_eq!(world.github.comments_by("hunter").len(), 1);
    let since = "/repos/acme/widget/issues/1/comments?since=2026-01-01T00:00:30Z";
    assert_eq!(
        world.get(since).await.body.as_array().map(Vec::len),
        Some(1)
    );
    assert_eq!(
        answer(world.request(Method::DELETE, &url)).await.status,
        204
    );
    assert_eq!(world.github.comments("acme/widget", 1), "");
}

#[tokio::test]
async fn other_peoples_comments_are_theirs() {
    let world = widget().await;
    let id = world.github.comment_as("acme/widget", 1, "ann", "mine");
    let path = format!("/repos/acme/widget/issues/comments/{id}");
    let patch = world
        .request(Method::PATCH, &path)
        .json(&json!({ "body": "yours" }));
    assert_eq!(answer(patch).await.status, 403);
    assert_eq!(
        answer(world.request(Method::DELETE, &path)).await.status,
        403
    );
    assert_eq!(world.github.comments("acme/widget", 1), "ann: mine\n");
}

#[tokio::test]
async fn what_is_no_comment_is_refused() {
    let world = widget().await;
    let path = "/repos/acme/widget/issues/1/comments";
    for (body, status) in [
        (json!({}), 422),
        (json!({ "body": "  " }), 422),
        (json!({ "body": 7 }), 422),
        (json!({ "body": "x".repeat(65_537) }), 422),
        (json!([]), 400),
    ] {
        assert_eq!(world.post(path, &body).await.status, status);
    }
    let broken = answer(world.request(Method::POST, path).body("{")).await;
    assert_eq!(
        (broken.status, broken.message()),
        (400, "Problems parsing JSON")
    );
    assert_eq!(world.comment("acme/widget", 9, "x").await.status, 404);
    assert_eq!(
        world
            .comment("acme/widget", 1, &"é".repeat(65_536))
            .await
            .status,
        201
    );
}

#[tokio::test]
async fn closed_doors_are_closed() {
    let world = widget().await;
    let refused = |text: &'static str| async { world.comment("acme/widget", 1, text).await };
    world.github.lock_issue("acme/widget", 1, Some("spam"));
    let locked = refused("a").await;
    assert_eq!(locked.status, 403);
    assert!(locked.message().contains("locked"));
    world.github.unlock_issue("acme/widget", 1);
    world
        .github
        .limit_interactions("acme/widget", Some(InteractionLimit::ContributorsOnly));
    assert_eq!(refused("b").await.status, 403);
    world
        .github
        .limit_interactions("acme/widget", Some(InteractionLimit::ExistingUsers));
    assert_eq!(refused("c").await.status, 201);
    world.github.limit_interactions("acme/widget", None);
    world.github.block("acme", "hunter");
    let blocked = refused("d").await;
    assert_eq!(
        (blocked.status, blocked.message()),
        (403, "User is blocked")
    );
    world.github.add_repo(NewRepo::new("acme/old").archived());
    world.github.post_issue(NewIssue::new("acme/old", "One"));
    assert_eq!(world.comment("acme/old", 1, "e").await.status, 403);
    world.github.post_issue(NewIssue::new("beta/gone", "One"));
    world.github.delete_issue("beta/gone", 1);
    assert_eq!(world.comment("beta/gone", 1, "f").await.status, 410);
    assert_eq!(world.github.comments("acme/widget", 1), "hunter: c\n");
}

#[tokio::test]
async fn the_kind_of_token_and_its_scopes_decide() {
    let mut world = widget().await;
    let none: [String; 0] = [];
    world.token = world
        .registry
        .mint(crate::ME, &none, TokenKind::OAuthApp, None);
    assert_eq!(
        world.comment("acme/widget", 1, "no scope").await.status,
        404
    );
    assert_eq!(world.get("/repos/acme/widget/issues/1").await.status, 200);
    world.token = world.registry.mint(
        crate::ME,
        &none,
        TokenKind::GitHubApp,
        Some(crate::START + 9_000),
    );
    let app = world.comment("acme/widget", 1, "not installed").await;
    assert_eq!(
        (app.status, app.message()),
        (403, "Resource not accessible by integration")
    );
    assert_eq!(app.header("x-oauth-scopes"), "");
    world.github.install_app("acme");
    assert_eq!(
        world.comment("acme/widget", 1, "installed").await.status,
        201
    );
    world.advance(9);
    assert_eq!(world.comment("acme/widget", 1, "expired").await.status, 401);
}

#[tokio::test]
async fn an_answer_can_be_lost_after_the_comment_was_made() {
    let world = widget().await;
    let faults = world.github.faults();
    faults.once(When::on("POST", "/repos/"), What::AcceptThenDropAnswer);
    let path = "/repos/acme/widget/issues/1/comments";
    let sent = world
        .request(Method::POST, path)
        .json(&json!({ "body": "once" }))
        .send()
        .await;
    assert!(sent.is_err());
    assert_eq!(world.github.comments("acme/widget", 1), "hunter: once\n");
    assert!(world.github.faults().left().is_empty());
}

#[tokio::test]
async fn a_secondary_limit_only_for_writes_lets_reads_through() {
    let world = widget().await;
    world.github.secondary_limit_with(SecondaryLimit {
        times: 1,
        status: 429,
        retry_after: Some(30),
        writes_only: true,
    });
    assert_eq!(world.get("/user").await.status, 200);
    let limited = world.comment("acme/widget", 1, "a").await;
    assert_eq!((limited.status, limited.header("retry-after")), (429, "30"));
    assert!(limited.message().contains("secondary rate limit"));
    world.advance(29);
    assert_eq!(world.comment("acme/widget", 1, "b").await.status, 201);
    assert_eq!(
        world.github.violations().len(),
        1,
        "came back a second too early"
    );
    let posts = world.github.requests();
    let statuses: Vec<Option<u16>> = posts.iter().map(|r| r.status).collect();
    assert_eq!(statuses, [Some(200), Some(429), Some(201)]);
    assert_eq!(
        posts[1].body_length,
        Value::to_string(&json!({ "body": "a" })).len()
    );
}
