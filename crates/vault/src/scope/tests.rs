//! What a wire's permissions let through, and what they do not.

use proptest::prelude::*;

use super::*;

const COMMENTS: &str = "/repos/{owner}/{repo}/issues/{n}/comments";

#[test]
fn a_hole_is_one_plain_segment() {
    assert!(matches(COMMENTS, "/repos/acme/widget/issues/7/comments"));
    assert!(matches(
        COMMENTS,
        "/repos/acme/widget.js/issues/a%20b/comments"
    ));
    for path in [
        "/repos/acme/widget/issues/7",
        "/repos/acme/widget/issues/7/comments/",
        "/repos/acme/widget/issues//comments",
        "/repos/acme/widget/issues/7/comments/8",
        "/repos/../widget/issues/7/comments",
        "/repos/a..b/widget/issues/7/comments",
        "/repos/%2e%2e/widget/issues/7/comments",
        "/repos/./widget/issues/7/comments",
        "/repos/a%2fb/widget/issues/7/comments",
        "/repos/a%2Fb/widget/issues/7/comments",
        "/repos/a%252fb/widget/issues/7/comments",
        "/repos/a%5cb/widget/issues/7/comments",
        "/repos/a%00/widget/issues/7/comments",
        "/repos/a%3fb/widget/issues/7/comments",
        "/repos/a%/widget/issues/7/comments",
        "/Repos/acme/widget/issues/7/comments",
        "repos/acme/widget/issues/7/comments",
        "",
    ] {
        assert!(!matches(COMMENTS, path), "{path}");
    }
    assert!(matches("/user", "/user"));
    assert!(!matches("/user", "/users"));
    assert!(!matches("/{}", "/x"));
}

#[test]
fn verbs_do_not_cover_for_one_another() {
    let scope = WireScope {
        reason: "test",
        allow: vec![Allow::get("/user"), Allow::post(COMMENTS)],
    };
    assert!(scope.allows(&Method::GET, "/user"));
    assert!(!scope.allows(&Method::POST, "/user"));
    assert!(!scope.allows(&Method::GET, "/repos/a/b/issues/1/comments"));
    assert!(!scope.allows(&Method::DELETE, "/user"));
    assert_eq!(scope.longest_graphql(), None);
}

#[test]
fn a_wire_for_one_mutation_reads_nothing_and_one_that_reads_changes_nothing() {
    let ready = Mutation::ReadyForReview {
        pull_request: "PR_x".into(),
    };
    let change = serde_json::json!({
        "query": ready.document(), "variables": { "input": { "pullRequestId": "PR_x" } },
    })
    .to_string();
    let scope = |allow: Vec<Allow>| WireScope {
        reason: "test",
        allow,
    };
    let changes = scope(vec![Allow::mutation(ready.clone())]);
    let reads = scope(vec![Allow::graphql_query()]);
    let query = br#"{"query":"{a}"}"#;
    assert!(changes.longest_graphql().is_some());
    assert!(
        changes
            .graphql(change.as_bytes())
            .is_ok_and(|out| !out.reads)
    );
    assert!(changes.graphql(query).is_err());
    assert!(reads.graphql(query).is_ok_and(|out| out.reads));
    assert!(reads.graphql(change.as_bytes()).is_err());
    let both = scope(vec![Allow::graphql_query(), Allow::mutation(ready)]);
    assert!(both.graphql(change.as_bytes()).is_ok_and(|out| !out.reads));
    assert!(both.graphql(query).is_ok_and(|out| out.reads));
    assert!(scope(vec![Allow::get("/user")]).graphql(query).is_err());
}

#[test]
fn a_longer_body_is_for_the_request_it_was_granted_for() {
    let scope = WireScope {
        reason: "test",
        allow: vec![
            Allow::post("/repos/me/widget/git/blobs").with_body_up_to(3 << 20),
            Allow::delete("/repos/me/widget/git/refs/heads/bountyd/i7"),
            Allow::graphql_query(),
        ],
    };
    let blobs = "/repos/me/widget/git/blobs";
    assert_eq!(scope.longest(&Method::POST, blobs), Some(3 << 20));
    assert_eq!(scope.longest(&Method::PATCH, blobs), None);
    assert_eq!(scope.longest_graphql(), Some(LONGEST_REQUEST));
    let branch = "/repos/me/widget/git/refs/heads/bountyd/i7";
    assert!(scope.allows(&Method::DELETE, branch));
    assert!(!scope.allows(&Method::DELETE, "/repos/me/widget/git/refs/heads/main"));
    assert!(!scope.allows(&Method::DELETE, "/repos/me/widget"));
    assert!(!scope.allows(&Method::POST, branch));
}

#[test]
fn a_renamed_repository_is_followed_within_the_template() {
    let scope = WireScope {
        reason: "test",
        allow: vec![
            Allow::get(COMMENTS),
            Allow::get("/repos/acme/widget"),
            Allow::get("/user"),
        ],
    };
    let from = "/repos/acme/widget/issues/7/comments";
    assert!(scope.allows_hop(from, "/repositories/42/issues/7/comments"));
    assert!(scope.allows_hop(from, "/repos/acme/gadget/issues/7/comments"));
    assert!(!scope.allows_hop(from, "/repositories/42/issues/7"));
    assert!(!scope.allows_hop(from, "/repositories/x/issues/7/comments"));
    assert!(!scope.allows_hop(from, "/repositories/42"));
    assert!(scope.allows_hop("/repos/acme/widget", "/repositories/42"));
    assert!(!scope.allows_hop("/repos/evil/widget", "/repositories/42"));
    assert!(!scope.allows_hop("/user", "/repositories/42/issues/7/comments"));
}

proptest! {
    #[test]
    fn plain_segments_fit(owner in "[A-Za-z0-9_-]{1,20}", repo in "[A-Za-z0-9_-]{1,20}", n in 1..99_999u32) {
        let path = format!("/repos/{owner}/{repo}/issues/{n}/comments");
        prop_assert!(matches(COMMENTS, &path));
    }

    #[test]
    fn whatever_fits_means_the_same_to_a_url_parser(raw in "(/[a-zA-Z0-9.%/\\\\?#_~é-]{0,12}){1,7}") {
        if matches(COMMENTS, &raw) {
            let url = url::Url::parse(&format!("https://h{raw}")).expect("url");
            prop_assert_eq!(url.path().split('/').count(), 7);
            prop_assert!(url.query().is_none());
            prop_assert!(!url.path().to_ascii_lowercase().contains("%2f"));
        }
    }

    #[test]
    fn nothing_with_a_dot_dot_fits(a in "[a-z]{0,5}", b in "[a-z]{0,5}", dots in "(\\.|%2e|%2E){2,4}") {
        let path = format!("/repos/{a}{dots}{b}/widget/issues/7/comments");
        prop_assert!(!matches(COMMENTS, &path));
    }
}
