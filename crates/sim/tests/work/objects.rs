//! Blobs, trees and commits made one by one, for what `createCommitOnBranch` cannot do.

use serde_json::{Value, json};
use sim::tokens::TokenKind;

use crate::{FORK, ME, World};

fn at(what: &str) -> String {
    format!("/repos/hunter/widget/git/{what}")
}

#[tokio::test]
async fn objects_become_a_branch() {
    let world = World::new().await;
    world.fork().await;
    let fork = world.github.repo(FORK);
    let head = fork.head("main").expect("a commit");
    let base = fork.tree("main").expect("a tree");
    let blob = json!({ "content": "IyEvYmluL3NoCg==", "encoding": "base64" });
    let blob = world.post(&at("blobs"), &blob).await;
    assert_eq!(blob.status, 201);
    // `printf '#!/bin/sh\n' | git hash-object --stdin`
    assert_eq!(blob.body["sha"], "1a2485251c33a70432394c93fb89330ef214bfc9");
    let tree = json!({ "base_tree": base, "tree": [
        { "path": "run.sh", "mode": "100755", "type": "blob", "sha": blob.body["sha"] },
        { "path": "src/x", "mode": "100644", "type": "blob", "content": "x" },
        { "path": "README.md", "mode": "100644", "type": "blob", "sha": null },
    ]});
    let tree = world.post(&at("trees"), &tree).await;
    assert_eq!(tree.status, 201, "{}", tree.body);
    let commit = json!({ "message": "By hand", "tree": tree.body["sha"], "parents": [head] });
    let commit = world.post(&at("commits"), &commit).await;
    assert_eq!(commit.status, 201, "{}", commit.body);
    assert_eq!(
        commit.body["verification"]["verified"], false,
        "a user's token signs nothing here"
    );
    assert_eq!(commit.body["author"]["name"], "hunter");
    let branch = json!({ "ref": "refs/heads/fix", "sha": commit.body["sha"] });
    assert_eq!(world.post(&at("refs"), &branch).await.status, 201);
    assert_eq!(
        fork.files("fix"),
        ["100755 run.sh", "100644 src/lib.rs", "100644 src/x"]
    );
}

#[tokio::test]
async fn an_app_that_says_nothing_of_who_wrote_it_gets_a_signed_commit() {
    let mut world = World::new().await;
    world.fork().await;
    world.github.install_app("hunter");
    world.token = world.registry.mint(ME, &[], TokenKind::GitHubApp, None);
    let tree = world.github.repo(FORK).tree("main").expect("a tree");
    let mut body = json!({ "message": "x", "tree": tree });
    let signed = world.post(&at("commits"), &body).await;
    assert_eq!(signed.body["verification"]["verified"], true);
    body["author"] =
        json!({ "name": "A", "email": "a@example.org", "date": "2025-12-31T23:00:00Z" });
    let own = world.post(&at("commits"), &body).await;
    assert_eq!(own.body["verification"]["verified"], false);
    assert_eq!(own.body["author"], body["author"]);
}

#[tokio::test]
async fn what_makes_no_object_is_refused() {
    let world = World::new().await;
    world.fork().await;
    let fork = world.github.repo(FORK);
    let (head, tree) = (fork.head("main"), fork.tree("main"));
    let entry = |path: &str, mode: &str, sha: &Value| json!({ "tree": [{ "path": path, "mode": mode, "type": "blob", "sha": sha }] });
    let (head, tree) = (json!(head), json!(tree));
    for (what, body, part) in [
        ("blobs", json!({}), "\"content\" wasn't supplied"),
        (
            "blobs",
            json!({ "content": "?", "encoding": "base64" }),
            "not valid Base64",
        ),
        ("trees", json!({ "tree": [] }), "Invalid tree info"),
        ("trees", entry("a", "100666", &head), "valid tree.mode"),
        ("trees", entry("a", "100644", &tree), "is not a valid blob"),
        (
            "trees",
            entry("../a", "100644", &head),
            "malformed path component",
        ),
        (
            "trees",
            entry("a", "100644", &json!(null)),
            "GitRPC::BadObjectState",
        ),
        (
            "commits",
            json!({ "message": "x", "tree": head }),
            "Tree SHA does not exist",
        ),
        (
            "commits",
            json!({ "message": "x", "tree": tree, "parents": [tree] }),
            "Parent SHA does not exist",
        ),
    ] {
        let refused = world.post(&at(what), &body).await;
        assert_eq!(refused.status, 422, "{body}");
        assert!(refused.message().contains(part), "{}", refused.message());
    }
}
