//! What a follower sees: checks, reviews, conflicts, the end.

use serde_json::{Value, json};
use sim::github::{CheckState, Verdict};

use crate::{FORK, SLUG, World};

const QUERY: &str = "query($number: Int!) { repository(owner: \"acme\", name: \"widget\") { pullRequest(number: $number) {
  state merged isDraft mergeable mergeStateStatus reviewDecision headRefOid closedAt mergedAt mergedBy { login } mergeCommit { oid }
  headRef { name } headRepository { nameWithOwner } isCrossRepository baseRefName additions changedFiles
  closingIssuesReferences(first: 5) { nodes { number state } }
  comments(last: 5) { nodes { author { login } body } }
  reviews(first: 10, states: [APPROVED, CHANGES_REQUESTED, COMMENTED]) { totalCount nodes { author { login } state body comments(first: 5) { nodes { path line body outdated } } } }
  reviewThreads(first: 10) { nodes { isResolved isOutdated comments(first: 1) { nodes { body } } } }
  files(first: 10) { nodes { path changeType } }
  commits(last: 1) { totalCount nodes { commit { oid statusCheckRollup { state contexts(first: 10) { nodes {
    __typename ... on CheckRun { name status conclusion title summary } ... on StatusContext { context state } } } } } } }
} } }";

async fn look(world: &World, number: u64) -> Value {
    let answer = world.graphql(QUERY, json!({ "number": number })).await;
    assert_eq!(answer.body["errors"], Value::Null, "{}", answer.body);
    answer.body["data"]["repository"]["pullRequest"].clone()
}

#[tokio::test]
async fn checks_are_seen_by_both_apis() {
    let world = World::new().await;
    let number = world.opened().await;
    let repo = world.github.repo(SLUG);
    let head = repo.pulls()[0].head_oid.clone();
    let fresh = look(&world, number).await;
    let commit = &fresh["commits"]["nodes"][0]["commit"];
    assert_eq!(
        (&commit["oid"], &commit["statusCheckRollup"]),
        (&json!(head), &Value::Null)
    );
    let status = world
        .get(&format!("/repos/acme/widget/commits/{head}/status"))
        .await
        .body;
    assert_eq!(
        (&status["state"], &status["total_count"]),
        (&json!("pending"), &json!(0))
    );
    repo.check(number, "test", CheckState::InProgress, None);
    repo.status(number, "cla", "success", "signed");
    let rollup = |seen: &Value| seen["commits"]["nodes"][0]["commit"]["statusCheckRollup"].clone();
    assert_eq!(rollup(&look(&world, number).await)["state"], "PENDING");
    repo.check_fails(number, "test", "2 tests failed\nleft: 3");
    let seen = rollup(&look(&world, number).await);
    assert_eq!(seen["state"], "FAILURE");
    assert_eq!(
        seen["contexts"]["nodes"],
        json!([
            { "__typename": "CheckRun", "name": "test", "status": "COMPLETED", "conclusion": "FAILURE", "title": "2 tests failed", "summary": "2 tests failed\nleft: 3" },
            { "__typename": "StatusContext", "context": "cla", "state": "SUCCESS" },
        ])
    );
    let runs = world
        .get(&format!("/repos/acme/widget/commits/{head}/check-runs"))
        .await
        .body;
    assert_eq!(runs["total_count"], 1);
    assert_eq!(runs["check_runs"][0]["conclusion"], "failure");
    assert_eq!(
        runs["check_runs"][0]["output"]["summary"],
        "2 tests failed\nleft: 3"
    );
    repo.check_passes(number, "test");
    assert_eq!(rollup(&look(&world, number).await)["state"], "SUCCESS");
}

#[tokio::test]
async fn a_workflow_waits_for_a_maintainer() {
    let world = World::new().await;
    let number = world.opened().await;
    let repo = world.github.repo(SLUG);
    repo.waits_for_approval(number, "CI");
    let head = &repo.pulls()[0].head_oid;
    let path = format!("/repos/acme/widget/actions/runs?head_sha={head}");
    let runs = world.get(&path).await.body;
    assert_eq!(runs["total_count"], 1);
    let run = &runs["workflow_runs"][0];
    assert_eq!(
        (&run["status"], &run["conclusion"], &run["event"]),
        (
            &json!("completed"),
            &json!("action_required"),
            &json!("pull_request")
        )
    );
    repo.workflow(number, "CI", CheckState::Queued);
    let runs = world.get(&path).await.body;
    assert_eq!(
        (
            &runs["total_count"],
            &runs["workflow_runs"][0]["conclusion"]
        ),
        (&json!(1), &Value::Null)
    );
    let other = world
        .get("/repos/acme/widget/actions/runs?status=action_required")
        .await
        .body;
    assert_eq!(other["total_count"], 0);
}

#[tokio::test]
async fn reviews_and_remarks_are_read_and_the_last_word_counts() {
    let world = World::new().await;
    let number = world.opened().await;
    let repo = world.github.repo(SLUG);
    repo.reviews_as(number, "passer-by", Verdict::Approve, "nice");
    assert_eq!(look(&world, number).await["reviewDecision"], Value::Null);
    let no = repo.maintainer_reviews(number, Verdict::RequestChanges, "Please add a test.");
    repo.remarks(number, "acme", "src/lib.rs", 2, "Why a literal?");
    world.github.comment_as(SLUG, number, "acme", "See above.");
    let seen = look(&world, number).await;
    assert_eq!(seen["reviewDecision"], "CHANGES_REQUESTED");
    assert_eq!(seen["reviews"]["totalCount"], 3);
    assert_eq!(
        seen["reviews"]["nodes"][2]["comments"]["nodes"],
        json!([{ "path": "src/lib.rs", "line": 2, "body": "Why a literal?", "outdated": false }])
    );
    assert_eq!(seen["comments"]["nodes"][0]["body"], "See above.");
    let remarks = world
        .get(&format!("/repos/acme/widget/pulls/{number}/comments"))
        .await
        .body;
    assert_eq!(
        (&remarks[0]["line"], &remarks[0]["user"]["login"]),
        (&json!(2), &json!("acme"))
    );
    let reviews = world
        .get(&format!("/repos/acme/widget/pulls/{number}/reviews"))
        .await
        .body;
    assert_eq!(reviews[1]["state"], "CHANGES_REQUESTED");
    assert_eq!(reviews[1]["author_association"], "OWNER");
    // An answer in code outdates the remark.
    let head = world.github.repo(FORK).head("fix").expect("a commit");
    world
        .commit_to(FORK, "fix", &head, &[("tests/two.rs", "// a test\n")])
        .await;
    let seen = look(&world, number).await;
    assert_eq!(seen["reviewThreads"]["nodes"][0]["isOutdated"], true);
    assert_eq!(
        (&seen["commits"]["totalCount"], &seen["changedFiles"]),
        (&json!(2), &json!(2))
    );
    repo.dismisses(number, no);
    assert_eq!(look(&world, number).await["reviewDecision"], Value::Null);
    repo.maintainer_reviews(number, Verdict::Approve, "");
    assert_eq!(look(&world, number).await["reviewDecision"], "APPROVED");
}

#[tokio::test]
async fn a_base_that_moves_conflicts_or_not() {
    let world = World::new().await;
    let number = world.opened().await;
    let repo = world.github.repo(SLUG);
    let standing = async || {
        let seen = look(&world, number).await;
        seen["mergeable"].as_str().unwrap_or_default().to_owned()
    };
    // Each change is unknown at first; the question itself starts the search.
    assert_eq!(
        standing().await,
        "MERGEABLE",
        "the answer to its creation was the first look"
    );
    repo.commit(&[("other", "1")]);
    assert_eq!(
        (standing().await, standing().await),
        ("UNKNOWN".to_owned(), "MERGEABLE".to_owned())
    );
    repo.commit(&[("src/lib.rs", "pub fn two() -> u8 {\n    4\n}\n")]);
    assert_eq!(
        (standing().await, standing().await),
        ("UNKNOWN".to_owned(), "CONFLICTING".to_owned())
    );
    let rest = world
        .get(&format!("/repos/acme/widget/pulls/{number}"))
        .await
        .body;
    assert_eq!(
        (&rest["mergeable"], &rest["mergeable_state"]),
        (&json!(false), &json!("dirty"))
    );
    repo.force_pushes(None, &[("src/lib.rs", "pub fn two() -> u8 {\n    3\n}\n")]);
    assert_eq!(
        (standing().await, standing().await),
        ("UNKNOWN".to_owned(), "MERGEABLE".to_owned())
    );
}

#[tokio::test]
async fn a_merge_closes_what_was_promised() {
    let world = World::new().await;
    let number = world.opened().await;
    let repo = world.github.repo(SLUG);
    world.advance(3600);
    let merged = repo.merges(number);
    let seen = look(&world, number).await;
    assert_eq!(
        (&seen["state"], &seen["merged"], &seen["mergedBy"]["login"]),
        (&json!("MERGED"), &json!(true), &json!("acme"))
    );
    assert_eq!(seen["mergedAt"], "2026-01-01T01:00:00Z");
    assert_eq!(seen["mergeCommit"]["oid"], merged);
    assert_eq!(
        seen["closingIssuesReferences"]["nodes"],
        json!([{ "number": 1, "state": "CLOSED" }])
    );
    assert_eq!(
        seen["files"]["nodes"],
        json!([{ "path": "src/lib.rs", "changeType": "MODIFIED" }])
    );
    assert_eq!(repo.head("main"), Some(merged));
    assert_eq!(
        repo.file("main", "src/lib.rs").as_deref(),
        Some(b"pub fn two() -> u8 {\n    2\n}\n".as_slice())
    );
    assert!(!world.github.issue(SLUG, 1).expect("the issue").open);
    let issue = world.get("/repos/acme/widget/issues/1").await.body;
    assert_eq!(issue["state_reason"], "completed");
    let rest = world
        .get(&format!("/repos/acme/widget/pulls/{number}"))
        .await
        .body;
    assert_eq!(
        (&rest["merged"], &rest["merged_by"]["login"]),
        (&json!(true), &json!("acme"))
    );
    assert_eq!(rest["author_association"], "CONTRIBUTOR");
}

#[tokio::test]
async fn only_the_default_branch_closes_issues() {
    let world = World::new().await;
    world
        .github
        .repo(SLUG)
        .change(Some("next"), &[("n", Some("1"))]);
    world.fixed().await;
    let mut body = crate::proposal();
    body["base"] = "next".into();
    let made = world.post("/repos/acme/widget/pulls", &body).await;
    assert_eq!(made.status, 201);
    world.github.repo(SLUG).merges(2);
    assert!(world.github.issue(SLUG, 1).expect("the issue").open);
}

#[tokio::test]
async fn a_maintainers_no_is_a_word_and_a_closed_pull_request() {
    let world = World::new().await;
    let number = world.opened().await;
    world.github.repo(SLUG).closes(number, "stop");
    let seen = look(&world, number).await;
    assert_eq!(
        (&seen["state"], &seen["merged"]),
        (&json!("CLOSED"), &json!(false))
    );
    assert_eq!(seen["closedAt"], "2026-01-01T00:00:00Z");
    assert_eq!(
        seen["comments"]["nodes"][0],
        json!({ "author": { "login": "acme" }, "body": "stop" })
    );
    assert!(world.github.issue(SLUG, 1).expect("the issue").open);
}
