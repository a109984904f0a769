//! Reading the simulated GitHub over HTTP.

use reqwest::Method;
use serde_json::json;
use sim::github::{NewAccount, NewIssue, NewPull, NewRepo};

use crate::{World, answer};

#[tokio::test]
async fn whoami_needs_a_living_token_and_a_user_agent() {
    let world = World::new().await;
    let me = world.get("/user").await;
    assert_eq!((me.status, &me.body["login"]), (200, &json!("hunter")));
    assert_eq!(me.header("x-oauth-scopes"), "public_repo");
    assert!(!me.header("x-github-request-id").is_empty());
    world.registry.revoke(&world.token);
    let refused = world.get("/user").await;
    assert_eq!(
        (refused.status, refused.message()),
        (401, "Bad credentials")
    );
    let url = format!("{}/user", world.github.url());
    let nobody = answer(world.client.get(&url)).await;
    assert_eq!(
        (nobody.status, nobody.message()),
        (401, "Requires authentication")
    );
    let bare = reqwest::Client::new();
    assert_eq!(answer(bare.get(&url)).await.status, 403);
    assert_eq!(world.github.violations().len(), 1);
}

#[tokio::test]
async fn an_issue_and_its_people_have_the_fields_clients_insist_on() {
    let world = World::new().await;
    let number = world.github.post_issue(
        NewIssue::new("acme/widget", "Crash")
            .body("It crashes.")
            .label("💎 Bounty")
            .assignee("ann"),
    );
    world
        .github
        .comment_as("acme/widget", number, "algora-pbc[bot]", "a bounty");
    let issue = world.get("/repos/acme/widget/issues/1").await.body;
    for field in [
        "id",
        "node_id",
        "url",
        "repository_url",
        "labels_url",
        "comments_url",
        "events_url",
        "html_url",
        "number",
        "state",
        "title",
        "user",
        "labels",
        "assignees",
        "locked",
        "comments",
        "created_at",
        "updated_at",
        "author_association",
    ] {
        assert!(!issue[field].is_null(), "{field}");
    }
    assert_eq!(issue["labels"][0]["name"], "💎 Bounty");
    let said = world.get("/repos/acme/widget/issues/1/comments").await.body;
    let bot = &said[0]["user"];
    assert_eq!(bot["login"], "algora-pbc[bot]");
    assert_eq!(
        (&bot["id"], &bot["type"]),
        (&json!(121_443_259), &json!("Bot"))
    );
    for field in [
        "followers_url",
        "gists_url",
        "received_events_url",
        "site_admin",
        "gravatar_id",
    ] {
        assert!(!bot[field].is_null(), "{field}");
    }
}

#[tokio::test]
async fn associations_follow_membership_as_an_outsider_sees_it() {
    let world = World::new().await;
    let org = NewAccount::org("acme").member("mia").private_member("pia");
    world.github.add_user(org);
    let repo = NewRepo::new("acme/widget")
        .collaborator("col")
        .contributor("con");
    world.github.add_repo(repo);
    world.github.post_issue(NewIssue::new("acme/widget", "One"));
    for login in ["acme", "mia", "pia", "col", "con", "eve"] {
        world.github.comment_as("acme/widget", 1, login, login);
    }
    let said = world.get("/repos/acme/widget/issues/1/comments").await.body;
    let found: Vec<_> = said
        .as_array()
        .expect("a list")
        .iter()
        .map(|c| c["author_association"].as_str().unwrap_or_default())
        .collect();
    let wanted = [
        "OWNER",
        "MEMBER",
        "NONE",
        "COLLABORATOR",
        "CONTRIBUTOR",
        "NONE",
    ];
    assert_eq!(found, wanted);
}

#[tokio::test]
async fn pages_link_to_the_numeric_address_and_lead_to_the_end() {
    let world = World::new().await;
    let id = world.github.add_repo("acme/widget");
    world.github.post_issue(NewIssue::new("acme/widget", "One"));
    for n in 0..7 {
        world
            .github
            .comment_as("acme/widget", 1, "ann", &n.to_string());
    }
    let first = world
        .get("/repos/acme/widget/issues/1/comments?per_page=3")
        .await;
    let link = first.header("link").to_owned();
    let wanted = format!("/repositories/{id}/issues/1/comments?per_page=3&page=2>; rel=\"next\"");
    assert!(link.contains(&wanted), "{link}");
    assert!(link.contains("page=3>; rel=\"last\""), "{link}");
    let path = format!("/repositories/{id}/issues/1/comments?per_page=3&page=3");
    let last = world.get(&path).await;
    assert_eq!(last.body.as_array().map(Vec::len), Some(1));
    assert!(!last.header("link").contains("next"));
}

#[tokio::test]
async fn an_unchanged_answer_is_304_and_free() {
    let world = World::new().await;
    world
        .github
        .post_issue(NewIssue::new("acme/widget", "One").label("bounty"));
    let path = "/repos/acme/widget/issues?labels=bounty";
    let first = world.get(path).await;
    let tag = first.header("etag").to_owned();
    let used = first.header("x-ratelimit-used").to_owned();
    let again = || {
        answer(
            world
                .request(Method::GET, path)
                .header("if-none-match", &tag),
        )
    };
    let same = again().await;
    assert_eq!(
        (same.status, same.header("x-ratelimit-used")),
        (304, used.as_str())
    );
    world.advance(5);
    world.github.comment_as("acme/widget", 1, "ann", "news");
    let changed = again().await;
    assert_eq!(changed.status, 200);
    assert_ne!(changed.header("etag"), tag);
    let since = world
        .get("/repos/acme/widget/issues?since=2026-01-01T00:00:06Z")
        .await;
    assert_eq!(since.body.as_array().map(Vec::len), Some(0));
}

#[tokio::test]
async fn a_renamed_repository_redirects_reads_and_writes_differently() {
    let world = World::new().await;
    let id = world.github.add_repo("acme/widget");
    world.github.post_issue(NewIssue::new("acme/widget", "One"));
    world.github.rename_repo("acme/widget", "gadget");
    let read = world.get("/repos/acme/widget/issues/1?x=y").await;
    let target = format!("{}/repositories/{id}/issues/1?x=y", world.github.url());
    assert_eq!(
        (read.status, read.header("location")),
        (301, target.as_str())
    );
    let there = world.get(&target).await;
    assert!(
        there.body["url"]
            .as_str()
            .unwrap_or_default()
            .contains("acme/gadget")
    );
    let write = world.comment("acme/widget", 1, "hello").await;
    assert_eq!(write.status, 307);
    assert_eq!(world.github.comments("acme/gadget", 1), "");
    world.github.transfer("acme/gadget", "beta");
    let moved = world.get(&format!("/repositories/{id}")).await.body;
    assert_eq!(moved["full_name"], "beta/gadget");
}

#[tokio::test]
async fn the_timeline_tells_who_labelled_and_what_refers() {
    let world = World::new().await;
    world.github.post_issue(NewIssue::new("acme/widget", "One"));
    world.github.label_as("acme/widget", 1, "mia", "bounty");
    let pull = NewPull::new("acme/widget", "ann", "Repair").closes("acme/widget", 1);
    world.github.open_pr(pull);
    world
        .github
        .comment_as("acme/widget", 1, "bob", "/attempt #1");
    let timeline = world.get("/repos/acme/widget/issues/1/timeline").await.body;
    let events: Vec<_> = timeline
        .as_array()
        .expect("a list")
        .iter()
        .map(|e| {
            (
                e["event"].as_str().unwrap_or_default(),
                e["actor"]["login"].as_str().unwrap_or_default(),
            )
        })
        .collect();
    let wanted = [
        ("labeled", "mia"),
        ("cross-referenced", "ann"),
        ("commented", "bob"),
    ];
    assert_eq!(events, wanted);
    assert!(timeline[1]["source"]["issue"]["pull_request"].is_object());
    world.github.merge_pr("acme/widget", 2);
    let issue = world.get("/repos/acme/widget/issues/1").await.body;
    assert_eq!(issue["state"], "closed");
}

#[tokio::test]
async fn files_and_what_is_missing() {
    let world = World::new().await;
    let repo = NewRepo::new("acme/widget").file("docs/CONTRIBUTING.md", "Ask first. ✓");
    world.github.add_repo(repo);
    let file = world
        .get("/repos/acme/widget/contents/docs/CONTRIBUTING.md")
        .await
        .body;
    assert_eq!(
        (&file["encoding"], &file["type"]),
        (&json!("base64"), &json!("file"))
    );
    let listing = world.get("/repos/acme/widget/contents").await.body;
    assert_eq!(
        (&listing[0]["name"], &listing[0]["type"]),
        (&json!("docs"), &json!("dir"))
    );
    assert_eq!(
        world
            .get("/repos/acme/widget/contents/AGENTS.md")
            .await
            .status,
        404
    );
    assert_eq!(world.get("/repos/acme/nothing").await.status, 404);
    assert_eq!(world.get("/repos/acme/widget/issues/9").await.status, 404);
    world.github.post_issue(NewIssue::new("acme/widget", "One"));
    world.github.delete_issue("acme/widget", 1);
    assert_eq!(world.get("/repos/acme/widget/issues/1").await.status, 410);
    world.github.post_issue(NewIssue::new("acme/widget", "Two"));
    world.github.set_has_issues("acme/widget", false);
    assert_eq!(world.get("/repos/acme/widget/issues/2").await.status, 410);
    assert!(world.github.violations().is_empty());
    assert_eq!(world.get("/repos/acme/widget/hooks").await.status, 404);
    assert_eq!(world.github.violations().len(), 1);
}

#[tokio::test]
async fn search_refuses_what_github_refuses() {
    let world = World::new().await;
    for _ in 0..3 {
        world
            .github
            .post_issue(NewIssue::new("acme/widget", "One").label("bounty"));
    }
    let untyped = world.search("label:bounty", &[]).await;
    assert_eq!(untyped.status, 422);
    assert_eq!(
        untyped.message(),
        "Query must include 'is:issue' or 'is:pull-request'"
    );
    let found = world
        .search("is:issue is:open label:bounty", &[("per_page", "2")])
        .await;
    assert_eq!((found.status, &found.body["total_count"]), (200, &json!(3)));
    assert_eq!(found.body["items"].as_array().map(Vec::len), Some(2));
    assert!(found.header("link").contains("rel=\"next\""));
    assert_eq!(found.header("x-ratelimit-resource"), "search");
    let far = world
        .search("is:issue", &[("per_page", "100"), ("page", "11")])
        .await;
    assert_eq!(
        (far.status, far.message()),
        (422, "Only the first 1000 search results are available")
    );
    world.github.incomplete_results(1);
    let half = world.search("is:issue label:bounty", &[]).await.body;
    assert_eq!(
        (&half["incomplete_results"], &half["total_count"]),
        (&json!(true), &json!(1))
    );
    let whole = world.search("is:issue label:bounty", &[]).await.body;
    assert_eq!(whole["incomplete_results"], false);
}

#[tokio::test]
async fn an_issue_is_a_page_for_people_and_its_text_is_only_text() {
    let world = World::new().await;
    world.github.add_repo(NewRepo::new("acme/widget"));
    let issue = NewIssue::new("acme/widget", "Crash <script>alert(1)</script>");
    let number = world
        .github
        .post_issue(issue.body("It \"crashes\" & burns.").label("bounty"));
    let claim = "/attempt\n<!-- bountyd:0f -->";
    world
        .github
        .comment_as("acme/widget", number, "hunter", claim);
    let page = async |path: String| {
        let url = format!("{}{path}", world.github.url());
        let answer = reqwest::get(url).await.expect("an answer");
        let policy = answer.headers().get("content-security-policy").cloned();
        assert_eq!(
            policy.as_ref().and_then(|p| p.to_str().ok()),
            Some("default-src 'none'; style-src 'unsafe-inline'")
        );
        let status = answer.status().as_u16();
        (status, answer.text().await.expect("text"))
    };
    let (status, text) = page(format!("/acme/widget/issues/{number}")).await;
    assert_eq!(status, 200);
    for part in [
        "Crash &lt;script&gt;alert(1)&lt;/script&gt;",
        "It &quot;crashes&quot; &amp; burns.",
        ">bounty<",
        "<b>hunter</b>",
        "&lt;!-- bountyd:0f --&gt;",
    ] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    assert!(!text.contains("<script"), "{text}");
    assert_eq!(page("/acme/widget/issues/99".into()).await.0, 404);
    assert_eq!(page("/nobody/nothing/issues/1".into()).await.0, 404);
    assert!(world.github.violations().is_empty());
}
