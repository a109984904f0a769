//! The whole way, as the product goes it, without a word that GitHub would call wrong.

use reqwest::Method;
use serde_json::json;

use crate::{FORK, SLUG, World, proposal};

#[tokio::test]
async fn from_fork_to_merge_without_a_wrong_word() {
    let world = World::new().await;
    let commit = world.fixed().await;
    let read = world
        .get(&format!("/repos/hunter/widget/git/commits/{commit}"))
        .await;
    assert_eq!(
        Some(read.text("/tree/sha")),
        world.github.repo(FORK).tree("fix"),
        "what was written is what is there"
    );
    let none = world
        .get("/repos/acme/widget/pulls?head=hunter:fix&state=all")
        .await;
    assert_eq!(none.body, json!([]));
    let made = world.post("/repos/acme/widget/pulls", &proposal()).await;
    let number = made.body["number"].as_u64().expect("a number");
    let comment = json!({ "body": "Ready when you are." });
    let path = format!("/repos/acme/widget/issues/{number}/comments");
    assert_eq!(world.post(&path, &comment).await.status, 201);
    world.github.repo(SLUG).check_passes(number, "test");
    world.github.repo(SLUG).merges(number);
    let branch = "/repos/hunter/widget/git/refs/heads/fix";
    assert_eq!(world.send(Method::DELETE, branch, None).await.status, 204);
    let pulls = world.github.repo(SLUG).pulls();
    assert_eq!(pulls.len(), 1);
    assert!(pulls[0].merged && !pulls[0].open);
    assert_eq!(pulls[0].head, "hunter:fix");
    assert_eq!(world.github.repo(FORK).branches().len(), 1);
    assert!(
        world.github.violations().is_empty(),
        "{:?}",
        world.github.violations()
    );
}
