//! Pull requests: made once, found, changed, closed.

use serde_json::{Value, json};
use sim::github::NewIssue;

use crate::{FORK, SLUG, World, proposal};

const AT: &str = "/repos/acme/widget/pulls";

#[tokio::test]
async fn a_pull_request_says_what_it_brings() {
    let world = World::new().await;
    let head = world.fixed().await;
    let mut body = proposal();
    body["draft"] = true.into();
    let made = world.post(AT, &body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let pull = &made.body;
    assert_eq!(
        (
            &pull["number"],
            &pull["state"],
            &pull["draft"],
            &pull["mergeable"]
        ),
        (&json!(2), &json!("open"), &json!(true), &Value::Null)
    );
    assert_eq!(pull["head"]["label"], "hunter:fix");
    assert_eq!(pull["head"]["sha"], head);
    assert_eq!(pull["head"]["repo"]["full_name"], FORK);
    assert_eq!(pull["base"]["ref"], "main");
    assert_eq!(pull["maintainer_can_modify"], true);
    assert_eq!(
        (
            &pull["commits"],
            &pull["additions"],
            &pull["deletions"],
            &pull["changed_files"]
        ),
        (&json!(1), &json!(1), &json!(1), &json!(1))
    );
    let files = world.get(&format!("{AT}/2/files")).await.body;
    assert_eq!(files[0]["filename"], "src/lib.rs");
    assert_eq!(
        files[0]["patch"],
        "@@ -1,3 +1,3 @@\n pub fn two() -> u8 {\n-    3\n+    2\n }"
    );
    let commits = world.get(&format!("{AT}/2/commits")).await.body;
    assert_eq!(commits[0]["sha"], head);
    assert_eq!(commits.as_array().map(Vec::len), Some(1));
    let known = world.get(&format!("{AT}/2")).await.body;
    assert_eq!(known["mergeable"], true, "found out since the first look");
    assert_eq!(known["mergeable_state"], "draft");
    let as_issue = world.get("/repos/acme/widget/issues/2").await.body;
    assert!(as_issue["pull_request"].is_object());
    let timeline = world.get("/repos/acme/widget/issues/1/timeline").await.body;
    assert_eq!(timeline[0]["event"], "cross-referenced");
    assert_eq!(timeline[0]["source"]["issue"]["number"], 2);
    assert_eq!(world.github.repo(SLUG).pulls()[0].closes, [1]);
}

#[tokio::test]
async fn it_is_found_by_its_head_and_made_only_once() {
    let world = World::new().await;
    world.opened().await;
    let found = world
        .get(&format!("{AT}?head=hunter:fix&state=all"))
        .await
        .body;
    assert_eq!(found.as_array().map(Vec::len), Some(1));
    let others = world.get(&format!("{AT}?head=hunter:other")).await.body;
    assert_eq!(others, json!([]));
    let twice = world.post(AT, &proposal()).await;
    assert_eq!(
        (twice.status, twice.error()),
        (422, "A pull request already exists for hunter:fix.")
    );
    assert_eq!(world.github.repo(SLUG).pulls().len(), 1);
    assert!(world.github.violations().is_empty());
    let all = world.get(&format!("{AT}?head=fix")).await.body;
    assert_eq!(all.as_array().map(Vec::len), Some(1));
    assert_eq!(
        world.github.violations().len(),
        1,
        "a filter that filters nothing"
    );
}

#[tokio::test]
async fn what_is_no_pull_request_is_refused_in_githubs_words() {
    let world = World::new().await;
    world.fork().await;
    world.branch("fix").await;
    let none = world.post(AT, &proposal()).await;
    assert_eq!(
        (none.status, none.error()),
        (422, "No commits between acme:main and hunter:fix")
    );
    for (field, value, code) in [
        ("head", json!("hunter:none"), "invalid"),
        ("head", json!("nobody:fix"), "invalid"),
        ("base", json!("none"), "invalid"),
        ("title", json!(" "), "missing_field"),
    ] {
        let mut body = proposal();
        body[field] = value;
        let refused = world.post(AT, &body).await;
        assert_eq!(refused.status, 422);
        let error = &refused.body["errors"][0];
        assert_eq!(
            (&error["field"], &error["code"]),
            (&json!(field), &json!(code))
        );
    }
    let missing = world
        .post(AT, &json!({ "title": "x", "base": "main" }))
        .await;
    assert_eq!(
        missing.message(),
        "Invalid request.\n\n\"head\" wasn't supplied."
    );
    let head = world.github.repo(FORK).head("fix").expect("a commit");
    world.commit_to(FORK, "fix", &head, &[("a", "1")]).await;
    world.github.set_drafts(SLUG, false);
    let mut draft = proposal();
    draft["draft"] = true.into();
    let refused = world.post(AT, &draft).await;
    assert_eq!(
        refused.message(),
        "Draft pull requests are not supported in this repository."
    );
    assert!(world.github.repo(SLUG).pulls().is_empty());
}

#[tokio::test]
async fn it_can_be_changed_closed_and_opened_again() {
    let world = World::new().await;
    world.github.post_issue(NewIssue::new(SLUG, "Another"));
    let number = world.opened().await;
    let at = format!("{AT}/{number}");
    let changed = world
        .patch(
            &at,
            &json!({ "title": "Return 2", "body": "Fixes #2, see #1" }),
        )
        .await;
    assert_eq!(
        (changed.status, &changed.body["title"]),
        (200, &json!("Return 2"))
    );
    assert_eq!(world.github.repo(SLUG).pulls()[0].closes, [2]);
    let closed = world.patch(&at, &json!({ "state": "closed" })).await;
    assert_eq!(closed.body["state"], "closed");
    assert_eq!(closed.body["merged"], false);
    let opened = world.patch(&at, &json!({ "state": "open" })).await;
    assert_eq!(opened.body["state"], "open");
    let fork = "/repos/hunter/widget/git/refs/heads/fix";
    let gone = world.send(reqwest::Method::DELETE, fork, None).await;
    assert_eq!(gone.status, 204);
    assert!(
        !world.github.repo(SLUG).pulls()[0].open,
        "without its branch"
    );
    let refused = world.patch(&at, &json!({ "state": "open" })).await;
    assert_eq!(
        (refused.status, refused.error()),
        (422, "state cannot be changed. The fix branch was deleted.")
    );
}

#[tokio::test]
async fn somebody_elses_pull_request_is_his() {
    let world = World::new().await;
    let number = world
        .github
        .open_pr(sim::github::NewPull::new(SLUG, "ann", "Hers"));
    let refused = world
        .patch(&format!("{AT}/{number}"), &json!({ "state": "closed" }))
        .await;
    assert_eq!(refused.status, 403);
    let shown = world.get(&format!("{AT}/{number}")).await.body;
    assert_eq!(shown["head"]["repo"], Value::Null, "its fork is gone");
    assert_eq!(
        (&shown["commits"], &shown["changed_files"]),
        (&json!(1), &json!(0))
    );
}

#[tokio::test]
async fn a_draft_becomes_ready_by_graphql_only() {
    let world = World::new().await;
    world.fixed().await;
    let mut body = proposal();
    body["draft"] = true.into();
    let made = world.post(AT, &body).await;
    let id = made.text("/node_id");
    world
        .patch(&format!("{AT}/2"), &json!({ "draft": false }))
        .await;
    assert!(world.github.repo(SLUG).pulls()[0].draft);
    let text = "mutation($id: ID!) { markPullRequestReadyForReview(input: { pullRequestId: $id }) {
        pullRequest { isDraft } } }";
    let ready = world.graphql(text, json!({ "id": id })).await;
    assert_eq!(
        ready.body["data"]["markPullRequestReadyForReview"]["pullRequest"]["isDraft"],
        false
    );
    assert!(!world.github.repo(SLUG).pulls()[0].draft);
}
