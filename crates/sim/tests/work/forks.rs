//! Forks: asynchronous, one for a network, with their parent's objects.

use serde_json::json;
use sim::github::{NewAccount, NewRepo};

use crate::{FORK, SLUG, World};

#[tokio::test]
async fn a_fork_comes_after_some_looks_and_knows_its_parent() {
    let world = World::new().await;
    world
        .github
        .repo(SLUG)
        .change(Some("side"), &[("b", Some("2"))]);
    world.github.forks_take(2);
    let asked = world
        .post(
            "/repos/acme/widget/forks",
            &json!({ "default_branch_only": true }),
        )
        .await;
    assert_eq!(
        (asked.status, &asked.body["full_name"]),
        (202, &json!(FORK))
    );
    assert_eq!(world.get("/repos/hunter/widget").await.status, 404);
    let early = world.get("/repos/hunter/widget/git/ref/heads/main").await;
    assert_eq!(
        (early.status, early.message()),
        (409, "Git Repository is empty.")
    );
    let there = world.get("/repos/hunter/widget").await;
    assert_eq!(there.status, 200);
    assert_eq!(there.body["fork"], true);
    assert_eq!(there.body["parent"]["full_name"], SLUG);
    assert_eq!(there.body["source"]["full_name"], SLUG);
    assert_eq!(there.body["permissions"]["push"], true);
    let fork = world.github.repo(FORK);
    assert_eq!(
        fork.branches(),
        [("main".to_owned(), fork.head("main").expect("a commit"))].into()
    );
    assert_eq!(fork.head("main"), world.github.repo(SLUG).head("main"));
    let listed = world.get("/repos/acme/widget/forks").await;
    assert_eq!(listed.body[0]["full_name"], FORK);
    // Objects that come to the parent later are there too.
    let later = world.github.repo(SLUG).commit(&[("c", "3")]);
    let seen = world
        .get(&format!("/repos/hunter/widget/git/commits/{later}"))
        .await;
    assert_eq!(seen.status, 200);
}

#[tokio::test]
async fn who_has_a_fork_gets_that_one_whatever_it_is_called_now() {
    let world = World::new().await;
    world.fork().await;
    world.github.rename_repo(FORK, "my-widget");
    let again = world.post("/repos/acme/widget/forks", &json!({})).await;
    assert_eq!(
        (again.status, &again.body["full_name"]),
        (202, &json!("hunter/my-widget"))
    );
    assert_eq!(world.get("/repos/hunter/widget").await.status, 301);
    world.github.archive("hunter/my-widget");
    let head = world.github.repo(SLUG).head("main").expect("a commit");
    let body = json!({ "ref": "refs/heads/fix", "sha": head });
    let refused = world.post("/repos/hunter/my-widget/git/refs", &body).await;
    assert_eq!(
        (refused.status, refused.message()),
        (403, "Repository was archived so is read-only.")
    );
    let moved = world.post("/repos/hunter/widget/git/refs", &body).await;
    assert_eq!(
        moved.status, 307,
        "a write is told where to, and must not follow"
    );
}

#[tokio::test]
async fn a_name_that_is_taken_gets_a_number() {
    let world = World::new().await;
    world.github.add_repo(NewRepo::new(FORK));
    let made = world.post("/repos/acme/widget/forks", &json!({})).await;
    assert_eq!(made.body["full_name"], "hunter/widget-1");
}

#[tokio::test]
async fn forks_can_be_forbidden() {
    let world = World::new().await;
    world.github.set_allow_forking(SLUG, false);
    let refused = world.post("/repos/acme/widget/forks", &json!({})).await;
    assert_eq!(
        (refused.status, refused.message()),
        (403, "The repository exists, but forking is disabled.")
    );
    world.github.set_allow_forking(SLUG, true);
    world.github.block("acme", "hunter");
    assert_eq!(
        world
            .post("/repos/acme/widget/forks", &json!({}))
            .await
            .status,
        403
    );
    world.github.add_user(NewAccount::org("other"));
    world.github.add_repo("beta/tool");
    let elsewhere = json!({ "organization": "other" });
    assert_eq!(
        world
            .post("/repos/beta/tool/forks", &elsewhere)
            .await
            .status,
        422
    );
    assert!(!world.github.has_repo(FORK) && !world.github.has_repo("other/tool"));
}

#[tokio::test]
async fn a_fork_is_brought_up_to_date() {
    let world = World::new().await;
    world.fork().await;
    let sync = json!({ "branch": "main" });
    let at = "/repos/hunter/widget/merge-upstream";
    let none = world.post(at, &sync).await;
    assert_eq!(
        (none.status, &none.body["merge_type"]),
        (200, &json!("none"))
    );
    let theirs = world.github.repo(SLUG).commit(&[("a", "1")]);
    let forward = world.post(at, &sync).await;
    assert_eq!(forward.body["merge_type"], "fast-forward");
    assert_eq!(forward.body["base_branch"], "acme:main");
    let fork = world.github.repo(FORK);
    assert_eq!(fork.head("main"), Some(theirs));
    fork.commit(&[("b", "ours")]);
    world.github.repo(SLUG).commit(&[("c", "theirs")]);
    assert_eq!(world.post(at, &sync).await.body["merge_type"], "merge");
    assert_eq!(fork.file("main", "b").as_deref(), Some(b"ours".as_slice()));
    assert_eq!(
        fork.file("main", "c").as_deref(),
        Some(b"theirs".as_slice())
    );
    fork.commit(&[("d", "ours")]);
    world.github.repo(SLUG).commit(&[("d", "theirs")]);
    let conflict = world.post(at, &sync).await;
    assert_eq!(
        (conflict.status, conflict.message()),
        (409, "There are merge conflicts")
    );
}
