//! Who may write where, by token, scope and the owners' will.

use reqwest::Method;
use serde_json::json;
use sim::github::{InteractionLimit, Resource, SecondaryLimit};
use sim::tokens::TokenKind;

use crate::{FORK, ME, SLUG, World, proposal};

const WORKFLOW: &str = ".github/workflows/ci.yml";

#[tokio::test]
async fn strangers_repositories_cannot_be_written_to() {
    let world = World::new().await;
    let head = world.github.repo(SLUG).head("main").expect("a commit");
    for (method, path, body) in [
        (
            Method::POST,
            "git/refs",
            json!({ "ref": "refs/heads/x", "sha": head }),
        ),
        (Method::PATCH, "git/refs/heads/main", json!({ "sha": head })),
        (Method::DELETE, "git/refs/heads/main", json!({})),
        (Method::POST, "git/blobs", json!({ "content": "x" })),
        (Method::POST, "merge-upstream", json!({ "branch": "main" })),
    ] {
        let path = format!("/repos/acme/widget/{path}");
        let refused = world.send(method, &path, Some(&body)).await;
        assert_eq!(
            (refused.status, refused.message()),
            (404, "Not Found"),
            "{path}"
        );
    }
    assert_eq!(world.github.violations().len(), 5);
    assert_eq!(world.github.repo(SLUG).branches().len(), 1);
}

#[tokio::test]
async fn a_token_without_a_scope_writes_nothing() {
    let mut world = World::new().await;
    world.fork().await;
    let head = world.branch("fix").await;
    world.with_scopes(&["read:user"]);
    assert_eq!(
        world
            .post("/repos/acme/widget/forks", &json!({}))
            .await
            .status,
        404
    );
    assert_eq!(
        world
            .post("/repos/acme/widget/pulls", &proposal())
            .await
            .status,
        404
    );
    let refused = world.commit_to(FORK, "fix", &head, &[("a", "1")]).await;
    assert_eq!(refused.text("/errors/0/type"), "INSUFFICIENT_SCOPES");
    world.token.clear();
    assert_eq!(world.get("/repos/acme/widget").await.status, 401);
}

#[tokio::test]
async fn an_apps_token_opens_no_pull_request_where_the_app_is_not() {
    let mut world = World::new().await;
    world.fixed().await;
    world.github.install_app("hunter");
    world.token = world.registry.mint(ME, &[], TokenKind::GitHubApp, None);
    let head = world.github.repo(FORK).head("fix").expect("a commit");
    let own = world.commit_to(FORK, "fix", &head, &[("a", "1")]).await;
    assert_eq!(
        own.body["errors"],
        json!(null),
        "its own fork is within reach"
    );
    for path in ["pulls", "forks"] {
        let refused = world
            .post(&format!("/repos/acme/widget/{path}"), &proposal())
            .await;
        assert_eq!(
            (refused.status, refused.message()),
            (403, "Resource not accessible by integration")
        );
    }
    assert!(world.github.repo(SLUG).pulls().is_empty());
}

#[tokio::test]
async fn an_organisation_can_shut_oauth_apps_out() {
    let world = World::new().await;
    world.fixed().await;
    world.github.restrict_oauth_apps("acme");
    let refused = world.post("/repos/acme/widget/pulls", &proposal()).await;
    assert_eq!(refused.status, 403);
    let words = "Although you appear to have the correct authorization credentials, the `acme` \
                 organization has enabled OAuth App access restrictions";
    assert!(
        refused.message().starts_with(words),
        "{}",
        refused.message()
    );
    assert_eq!(
        world.get("/repos/acme/widget").await.status,
        200,
        "reading goes on"
    );
    let comment = json!({ "body": "hello" });
    let refused = world
        .post("/repos/acme/widget/issues/1/comments", &comment)
        .await;
    assert_eq!(refused.status, 403);
}

#[tokio::test]
async fn workflows_need_a_scope_of_their_own_on_every_way_in() {
    let mut world = World::new().await;
    world.fork().await;
    let head = world.branch("fix").await;
    let refused = world
        .commit_to(FORK, "fix", &head, &[(WORKFLOW, "on: push")])
        .await;
    assert_eq!(refused.text("/errors/0/type"), "FORBIDDEN");
    let words = "refusing to allow an OAuth App to create or update workflow \
                 `.github/workflows/ci.yml` without `workflow` scope";
    assert_eq!(refused.text("/errors/0/message"), words);
    let tree = json!({ "tree": [
        { "path": WORKFLOW, "mode": "100644", "type": "blob", "content": "on: push" },
    ]});
    let refused = world.post("/repos/hunter/widget/git/trees", &tree).await;
    assert_eq!((refused.status, refused.message()), (404, "Not Found"));
    // Upstream got a workflow meanwhile: neither its commits nor a sync can come into the fork.
    let theirs = world.github.repo(SLUG).commit(&[(WORKFLOW, "on: push")]);
    let body = json!({ "ref": "refs/heads/new", "sha": theirs });
    let refused = world.post("/repos/hunter/widget/git/refs", &body).await;
    assert_eq!((refused.status, refused.message()), (422, words));
    let sync = json!({ "branch": "main" });
    let refused = world
        .post("/repos/hunter/widget/merge-upstream", &sync)
        .await;
    assert_eq!((refused.status, refused.message()), (422, words));
    assert_eq!(world.github.repo(FORK).head("fix"), Some(head.clone()));
    world.with_scopes(&["public_repo", "workflow"]);
    assert_eq!(
        world
            .post("/repos/hunter/widget/merge-upstream", &sync)
            .await
            .status,
        200
    );
    let made = world
        .commit_to(FORK, "fix", &head, &[(WORKFLOW, "on: pull_request")])
        .await;
    assert_eq!(made.body["errors"], json!(null));
}

#[tokio::test]
async fn doors_that_owners_close_are_closed_for_pull_requests() {
    let world = World::new().await;
    world.fixed().await;
    let open = async || world.post("/repos/acme/widget/pulls", &proposal()).await;
    world
        .github
        .limit_interactions(SLUG, Some(InteractionLimit::ContributorsOnly));
    let refused = open().await;
    assert_eq!(
        (refused.status, refused.message()),
        (
            403,
            "Interactions on this repository have been restricted to contributors only."
        )
    );
    world.github.limit_interactions(SLUG, None);
    world.github.limit_pulls(SLUG, Some(0));
    assert_eq!(
        open().await.status,
        404,
        "GitHub does not say that this is a limit"
    );
    world.github.limit_pulls(SLUG, None);
    world.github.block("acme", "hunter");
    let refused = open().await;
    assert_eq!(
        (refused.status, refused.message()),
        (403, "User is blocked")
    );
    world.github.archive(SLUG);
    let refused = open().await;
    assert_eq!(
        refused.message(),
        "Repository was archived so is read-only."
    );
    assert!(world.github.repo(SLUG).pulls().is_empty());
}

#[tokio::test]
async fn merging_is_not_ours() {
    let world = World::new().await;
    let number = world.opened().await;
    let path = format!("/repos/acme/widget/pulls/{number}/merge");
    let refused = world.send(Method::PUT, &path, Some(&json!({}))).await;
    assert_eq!(refused.status, 403);
    assert!(
        world.github.violations()[0]
            .reason
            .contains("for the maintainer")
    );
    assert!(world.github.repo(SLUG).pulls()[0].open);
}

#[tokio::test]
async fn a_mutation_is_a_write_for_every_limit() {
    let world = World::new().await;
    world.fork().await;
    let head = world.branch("fix").await;
    world.github.secondary_limit_with(SecondaryLimit {
        times: 1,
        status: 403,
        retry_after: Some(30),
        writes_only: true,
    });
    let read = world.graphql("{ viewer { login } }", json!({})).await;
    assert_eq!(read.status, 200);
    let limited = world.commit_to(FORK, "fix", &head, &[("a", "1")]).await;
    assert_eq!(limited.status, 403);
    assert!(limited.message().contains("secondary rate limit"));
    assert_eq!(limited.headers["retry-after"], "30");
    world.advance(30);
    let made = world.commit_to(FORK, "fix", &head, &[("a", "1")]).await;
    assert_eq!(made.body["errors"], json!(null));
    world.github.set_remaining(Some(ME), Resource::Graphql, 0);
    let head = made.text("/data/createCommitOnBranch/commit/oid");
    let spent = world.commit_to(FORK, "fix", &head, &[("a", "2")]).await;
    assert_eq!(spent.text("/errors/0/type"), "RATE_LIMITED");
    assert_eq!(world.github.repo(FORK).head("fix"), Some(head));
    let last = world.github.requests().pop().expect("a request");
    assert_eq!((last.path.as_str(), last.status), ("/graphql", Some(200)));
}
