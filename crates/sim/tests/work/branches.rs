//! Repositories, branches and references over REST.

use reqwest::Method;
use serde_json::json;

use crate::{FORK, SLUG, World};

#[tokio::test]
async fn branches_commits_and_trees_read_alike_everywhere() {
    let world = World::new().await;
    let repo = world.github.repo(SLUG);
    let first = repo.head("main").expect("a commit");
    let second = repo.commit(&[("src/deep/new.rs", "1\n2\n"), ("README.md", "# W\n")]);
    let info = world.get("/repos/acme/widget").await.body;
    assert_eq!(info["default_branch"], "main");
    assert_eq!(
        (&info["fork"], &info["allow_forking"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(info["permissions"]["push"], false);
    let by_ref = world.get("/repos/acme/widget/git/ref/heads/main").await;
    assert_eq!(by_ref.body["object"]["sha"], second);
    let by_branch = world.get("/repos/acme/widget/branches/main").await;
    assert_eq!(by_branch.body["commit"]["sha"], second);
    assert_eq!(by_branch.body["commit"]["parents"][0]["sha"], first);
    let commit = world
        .get(&format!("/repos/acme/widget/commits/{second}"))
        .await
        .body;
    assert_eq!(
        commit["stats"],
        json!({ "additions": 3, "deletions": 1, "total": 4 })
    );
    assert_eq!(commit["files"][0]["filename"], "README.md");
    assert_eq!(commit["files"][1]["status"], "added");
    let listed = world
        .get("/repos/acme/widget/commits?sha=main&per_page=1")
        .await;
    assert_eq!(listed.body[0]["sha"], second);
    assert!(
        listed.headers["link"]
            .to_str()
            .expect("text")
            .contains("page=2")
    );
    let flat = world.get("/repos/acme/widget/git/trees/main").await.body;
    let paths = |tree: &serde_json::Value| -> Vec<String> {
        let entries = tree["tree"].as_array().expect("entries");
        entries
            .iter()
            .map(|e| {
                format!(
                    "{} {}",
                    e["mode"].as_str().unwrap_or("?"),
                    e["path"].as_str().unwrap_or("?")
                )
            })
            .collect()
    };
    assert_eq!(paths(&flat), ["100644 README.md", "040000 src"]);
    assert_eq!(flat["sha"], repo.tree("main").expect("a tree"));
    let deep = world
        .get("/repos/acme/widget/git/trees/main?recursive=1")
        .await
        .body;
    assert_eq!(
        paths(&deep),
        [
            "100644 README.md",
            "040000 src",
            "040000 src/deep",
            "100644 src/deep/new.rs",
            "100644 src/lib.rs"
        ]
    );
    let blob = deep["tree"][3]["sha"].as_str().expect("an id");
    let blob = world
        .get(&format!("/repos/acme/widget/git/blobs/{blob}"))
        .await
        .body;
    assert_eq!(
        (&blob["content"], &blob["size"]),
        (&json!("MQoyCg==\n"), &json!(4))
    );
    let old = world
        .get(&format!(
            "/repos/acme/widget/contents/README.md?ref={first}"
        ))
        .await
        .body;
    assert_eq!(old["content"], "IyBXaWRnZXQK\n");
    for path in [
        "branches/none",
        "git/ref/heads/none",
        "git/trees/none",
        "git/commits/none",
    ] {
        assert_eq!(
            world
                .get(&format!("/repos/acme/widget/{path}"))
                .await
                .status,
            404,
            "{path}"
        );
    }
    let unknown = world.get("/repos/acme/widget/commits/none").await;
    assert_eq!(
        (unknown.status, unknown.message()),
        (422, "No commit found for SHA: none")
    );
    assert!(world.github.violations().is_empty());
}

#[tokio::test]
async fn references_are_made_moved_and_deleted() {
    let world = World::new().await;
    world.fork().await;
    let head = world.branch("fix/one").await;
    let fork = world.github.repo(FORK);
    let at = "/repos/hunter/widget/git/refs";
    for (name, sha, message) in [
        (
            "refs/heads/fix/one",
            head.as_str(),
            "Reference already exists",
        ),
        ("refs/heads/fix", head.as_str(), "Reference already exists"),
        (
            "refs/heads/new",
            "0123456789012345678901234567890123456789",
            "Object does not exist",
        ),
        (
            "refs/heads/new",
            "short",
            "The sha parameter must be exactly 40 characters and contain only [0-9a-f].",
        ),
    ] {
        let refused = world.post(at, &json!({ "ref": name, "sha": sha })).await;
        assert_eq!((refused.status, refused.message()), (422, message));
    }
    for name in [
        "fix",
        "refs/heads/a..b",
        "refs/heads/a b",
        "refs/heads/.a",
        "refs/heads/a.lock",
    ] {
        let refused = world.post(at, &json!({ "ref": name, "sha": head })).await;
        assert!(
            refused.message().contains("is not valid"),
            "{name}: {}",
            refused.message()
        );
    }
    let theirs = world.github.repo(SLUG).commit(&[("a", "1")]);
    let branch = format!("{at}/heads/fix/one");
    let moved = world.patch(&branch, &json!({ "sha": theirs })).await;
    assert_eq!(
        (moved.status, &moved.body["object"]["sha"]),
        (200, &json!(theirs))
    );
    let back = world.patch(&branch, &json!({ "sha": head })).await;
    assert_eq!(
        (back.status, back.message()),
        (422, "Update is not a fast forward")
    );
    let forced = world
        .patch(&branch, &json!({ "sha": head, "force": true }))
        .await;
    assert_eq!(forced.status, 200);
    assert_eq!(fork.head("fix/one"), Some(head));
    let found = world
        .get("/repos/hunter/widget/git/matching-refs/heads/fi")
        .await
        .body;
    assert_eq!(found[0]["ref"], "refs/heads/fix/one");
    let delete = async |path: &str| world.send(Method::DELETE, path, None).await;
    assert_eq!(delete(&branch).await.status, 204);
    let twice = delete(&branch).await;
    assert_eq!(
        (twice.status, twice.message()),
        (422, "Reference does not exist")
    );
    let default = delete("/repos/hunter/widget/git/refs/heads/main").await;
    assert_eq!(default.status, 422);
    assert_eq!(fork.branches().len(), 1);
}

#[tokio::test]
async fn a_repository_may_call_its_default_branch_as_it_likes() {
    let world = World::new().await;
    let repo = sim::github::NewRepo::new("acme/old")
        .default_branch("trunk")
        .file("a", "1");
    world.github.add_repo(repo);
    let info = world.get("/repos/acme/old").await.body;
    assert_eq!(info["default_branch"], "trunk");
    assert_eq!(world.get("/repos/acme/old/contents/a").await.status, 200);
    let text = "{ repository(owner: \"acme\", name: \"old\") {
      defaultBranchRef { name target { oid ... on Commit { tree { oid } } } }
      object(expression: \"HEAD:a\") { ... on Blob { text oid } }
      ref(qualifiedName: \"refs/heads/none\") { id } } }";
    let found = world.graphql(text, json!({})).await.body;
    let found = &found["data"]["repository"];
    let repo = world.github.repo("acme/old");
    assert_eq!(found["defaultBranchRef"]["name"], "trunk");
    assert_eq!(
        found["defaultBranchRef"]["target"]["tree"]["oid"],
        repo.tree("trunk").expect("a tree")
    );
    // `printf 1 | git hash-object --stdin`
    assert_eq!(
        found["object"],
        json!({ "text": "1", "oid": "56a6051ca2b02b04ef92d5150c9ef600403cb1de" })
    );
    assert_eq!(found["ref"], json!(null));
}
