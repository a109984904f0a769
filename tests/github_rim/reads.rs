//! Single reads: the account, one issue, a repository that moved.

use bountyd::bounty::facts::IssueFacts;
use bountyd::clock::UnixMillis;
use bountyd::github::{Trouble, WriteTarget};
use sim::faults::{What, When};
use sim::github::NewIssue;

use crate::world::{World, query};

#[tokio::test]
async fn the_account_is_the_owners_and_says_what_it_may_do() {
    let world = World::new().await;
    let me = world.github.whoami().await.expect("me");
    assert_eq!(me.login, world.cast.login);
    assert_eq!(me.id, world.cast.github_id);
    assert_eq!(me.scopes, ["repo"]);
    assert!(world.github.budget().core.remaining.is_some());
    world.was_careful();
}

#[tokio::test]
async fn one_issue_comes_with_all_its_comments_and_rules() {
    let world = World::new().await;
    let (number, _) = world.issue();
    let sim = &world.sim.github;
    sim.set_file("acme/app", "AGENTS.md", Some("Say who you are."));
    for n in 0..250 {
        sim.comment_as("acme/app", number, "talker", &format!("comment {n}"));
    }
    let issue = world.github.issue("acme", "app", number).await;
    let issue = issue.expect("issue");
    assert_eq!(issue.comments.len(), 250);
    assert_eq!(issue.comments[249].body, "comment 249");
    assert!(issue.comments_complete && issue.timeline_complete);
    let rules = issue.repo.policies.expect("rules");
    assert_eq!(rules[0].path, "AGENTS.md");
    assert_eq!(rules[0].text, "Say who you are.");

    let trouble = world.github.issue("acme", "app", 999).await;
    let trouble = trouble.expect_err("no such issue");
    assert!(matches!(trouble, Trouble::Gone { .. }), "{trouble}");
    world.was_careful();
}

#[tokio::test]
async fn a_renamed_repository_is_read_under_its_new_name() {
    let world = World::new().await;
    let (number, target) = world.issue();
    world.sim.github.rename_repo("acme/app", "engine");
    let issue = world.github.issue("acme", "app", number).await;
    let issue = issue.expect("issue");
    assert_eq!(issue.repo.slug(), "acme/engine");
    assert_eq!(issue.repo.id, Some(target.repository_id()));
    let me = world.cast.github_id;
    let mine = world
        .github
        .my_comments_since("acme", "app", number, &[me], UnixMillis(0))
        .await;
    assert_eq!(mine.expect("follows the redirect"), []);
}

#[tokio::test]
async fn trouble_of_a_read_says_what_to_do() {
    let world = World::new().await;
    let (number, _) = world.issue();
    let faults = world.sim.github.faults();
    let user = || When::on("GET", "/user");

    faults.once(user(), What::Html502);
    let trouble = world.github.whoami().await.expect_err("502");
    assert!(matches!(trouble, Trouble::Retry { .. }), "{trouble}");

    let words = r#"{"message":"Resource not accessible by integration"}"#;
    faults.once(user(), What::status(403, words));
    let trouble = world.github.whoami().await.expect_err("403");
    assert!(matches!(trouble, Trouble::AppCannotAct { .. }), "{trouble}");

    faults.once(user(), What::status(200, "<html>"));
    let trouble = world.github.whoami().await.expect_err("no JSON");
    assert!(matches!(trouble, Trouble::Malformed { .. }), "{trouble}");

    world.sim.github.delete_issue("acme/app", number);
    let me = world.cast.github_id;
    let trouble = world
        .github
        .my_comments_since("acme", "app", number, &[me], UnixMillis(0))
        .await
        .expect_err("deleted");
    assert!(matches!(trouble, Trouble::Gone { .. }), "{trouble}");

    let headers = [("retry-after", "90")];
    let words = r#"{"message":"You have exceeded a secondary rate limit."}"#;
    faults.once(user(), What::status_with(403, &headers, words));
    let trouble = world.github.whoami().await.expect_err("limited");
    assert!(matches!(trouble, Trouble::WaitUntil { .. }), "{trouble}");
    world.was_careful();
}

#[tokio::test]
async fn a_disconnected_account_is_the_owners_business() {
    let world = World::new().await;
    world.sim.auth0.disconnect(&world.cast.user_id, "github");
    let trouble = world.github.whoami().await.expect_err("no token");
    assert!(matches!(trouble, Trouble::Reconnect(_)), "{trouble}");
    assert_eq!(world.sim.github.requests(), []);
}

#[tokio::test]
async fn an_issue_is_read_to_its_last_comment_and_event() {
    let world = World::new().await;
    let (number, _) = world.issue();
    let github = &world.sim.github;
    let before = github.comment_list("acme/app", number).len();
    for n in 0..230 {
        github.comment_as("acme/app", number, "ada", &format!("word {n}"));
    }
    for n in 0..120 {
        let login = format!("hand{n}");
        github.label_as("acme/app", number, &login, "late");
        github.unlabel_as("acme/app", number, &login, "late");
    }
    github.label_as("acme/app", number, "the-last", "late");
    let issue = world.github.issue("acme", "app", number).await;
    let issue = issue.expect("issue");
    assert_eq!(issue.comments.len(), before + 230);
    assert_eq!(
        issue.comments.last().map(|c| c.body.as_str()),
        Some("word 229")
    );
    let labels = issue.labels.as_ref().expect("labels");
    let late = labels.iter().find(|l| l.name == "late").expect("it is on");
    let by = late.set_by.as_ref().and_then(|a| a.login.as_deref());
    assert_eq!(by, Some("the-last"), "the last event counts");
    assert!(issue.comments_complete && issue.timeline_complete);
    world.was_careful();
}

/// Who is assigned, by a search and by a look at the issue itself; and the requests of both.
async fn assigned(world: &World, number: u64) -> ([Vec<String>; 2], usize) {
    let asked = |world: &World| {
        let requests = world.sim.github.requests();
        requests.iter().filter(|r| r.path == "/graphql").count()
    };
    let before = asked(world);
    let mut pages = world.github.search(query("label:bounty"));
    let page = pages.next().await.expect("page").expect("some");
    let issue = world.github.issue("acme", "app", number).await;
    let logins = |issue: &IssueFacts| -> Vec<String> {
        let assignees = issue.assignees.iter().flatten();
        assignees.filter_map(|who| who.login.clone()).collect()
    };
    let both = [logins(&page[0]), logins(&issue.expect("issue"))];
    (both, asked(world) - before)
}

#[tokio::test]
async fn an_app_that_is_assigned_is_seen() {
    let world = World::new().await;
    let (number, _) = world.issue();
    let github = &world.sim.github;
    github.assign("acme/app", number, "copilot-swe-agent[bot]");
    let (seen, requests) = assigned(&world, number).await;
    assert_eq!(
        seen,
        [["copilot-swe-agent[bot]"], ["copilot-swe-agent[bot]"]]
    );
    assert_eq!(requests, 3, "a page, the issue, its rules");
    world.was_careful();
}

#[tokio::test]
async fn an_older_server_is_asked_for_what_it_knows() {
    let world = World::new().await;
    let (number, _) = world.issue();
    world.sim.github.is_an_older_server();
    world.sim.github.assign("acme/app", number, "ada");
    for requests in [4, 3] {
        let seen = assigned(&world, number).await;
        let ada = || vec!["ada".to_owned()];
        assert_eq!(seen, ([ada(), ada()], requests), "learned once");
    }
    let other = World::new().await;
    let (number, _) = other.issue();
    other.sim.github.is_an_older_server();
    let issue = other.github.issue("acme", "app", number).await;
    assert_eq!(issue.expect("issue").assignees, Some(Vec::new()));
    world.was_careful();
}

#[tokio::test]
async fn a_thread_that_would_fill_the_memory_is_not_read_to_its_end() {
    let world = World::new().await;
    let (number, _) = world.issue();
    let long = "x".repeat(40_000);
    for _ in 0..350 {
        let github = &world.sim.github;
        github.comment_as("acme/app", number, "mallory", &long);
    }
    let issue = world.github.issue("acme", "app", number).await;
    let issue = issue.expect("issue");
    assert!(!issue.comments_complete, "so it is asked about");
    assert!(issue.timeline_complete);
    let held = issue.comments.iter().map(|comment| comment.body.capacity());
    let held: usize = held.sum();
    assert!(held < 6 << 20, "{held} bytes");
    assert_eq!(issue.comments.len(), 300);
    world.was_careful();
}

#[tokio::test]
async fn all_labels_are_seen() {
    let world = World::new().await;
    let (number, _) = world.issue();
    for n in 0..60 {
        let label = format!("label {n}");
        world.sim.github.label_as("acme/app", number, "ada", &label);
    }
    let issue = world.github.issue("acme", "app", number).await;
    assert_eq!(issue.expect("issue").labels.expect("labels").len(), 61);
    world.was_careful();
}

#[tokio::test]
async fn a_comment_is_found_again_where_it_could_be_written() {
    let world = World::new().await;
    let repo = world.sim.github.add_repo("acme/a..b");
    let number = world
        .sim
        .github
        .post_issue(NewIssue::new("acme/a..b", "Crash"));
    let target = WriteTarget::new("acme", "a..b", repo, number).expect("target");
    let posted = world.github.post_comment(&target, "Hello").await;
    let posted = posted.expect("it stands");
    let me = world.cast.github_id;
    let mine = world
        .github
        .my_comments_since("acme", "a..b", number, &[me], UnixMillis(0))
        .await;
    let ids: Vec<u64> = mine.expect("found").iter().map(|c| c.id).collect();
    assert_eq!(ids, [posted.id]);
    world.was_careful();
}
