//! GitHub's shapes into facts.

use serde_json::{Value, json};

use super::*;

fn node() -> Value {
    json!({
        "__typename": "Issue",
        "id": "I_1", "number": 7, "title": "Fix it", "body": "text", "state": "OPEN",
        "locked": false, "createdAt": "2026-01-02T03:04:05Z", "updatedAt": "2026-01-02T03:04:06Z",
        "author": { "__typename": "User", "login": "ann", "databaseId": 11 },
        "authorAssociation": "MEMBER",
        "labels": { "nodes": [ { "name": "$100" }, { "name": "bug" } ] },
        "assignees": { "nodes": [] },
        "comments": { "pageInfo": { "hasPreviousPage": false }, "nodes": [
            { "databaseId": 4_000_000_000_u64, "author": { "__typename": "Bot", "login": "algora-pbc", "databaseId": 136_125_894 },
              "authorAssociation": "NONE", "body": "## 💎 $100 bounty", "createdAt": "2026-01-02T03:05:00Z" },
            { "databaseId": "5", "author": null, "authorAssociation": "WHATEVER", "body": "hm", "createdAt": "not a time" }
        ] },
        "timelineItems": { "pageInfo": { "hasPreviousPage": false }, "nodes": [
            { "__typename": "LabeledEvent", "createdAt": "2026-01-02T03:04:07Z",
              "actor": { "__typename": "User", "login": "old", "databaseId": 1 }, "label": { "name": "$100" } },
            { "__typename": "LabeledEvent", "createdAt": "2026-01-02T03:04:08Z",
              "actor": { "__typename": "User", "login": "ann", "databaseId": 11 }, "label": { "name": "$100" } },
            { "__typename": "CrossReferencedEvent", "createdAt": "2026-01-03T00:00:00Z", "willCloseTarget": false,
              "source": { "__typename": "PullRequest", "number": 9, "state": "OPEN", "createdAt": "2026-01-03T00:00:00Z",
                          "author": { "__typename": "User", "login": "eve", "databaseId": 66 },
                          "repository": { "nameWithOwner": "acme/app" } } },
            { "__typename": "ConnectedEvent", "createdAt": "2026-01-03T00:00:00Z",
              "subject": { "__typename": "PullRequest", "number": 9, "state": "OPEN", "repository": { "nameWithOwner": "Acme/app" } } },
            { "__typename": "CrossReferencedEvent", "source": { "__typename": "Issue" } },
            { "__typename": "SomethingNew" }
        ] },
        "repository": {
            "id": "R_1", "databaseId": 99, "name": "app",
            "owner": { "__typename": "Organization", "login": "acme", "createdAt": "2020-01-01T00:00:00Z" },
            "createdAt": "2020-02-01T00:00:00Z", "pushedAt": null, "stargazerCount": 12,
            "isFork": false, "isArchived": false, "primaryLanguage": { "name": "Rust" },
            "issues": { "totalCount": 40 }, "bountyIssues": { "totalCount": 3 },
            "pullRequests": { "totalCount": 5, "nodes": [ { "mergedAt": "2026-01-01T00:00:00Z" } ] }
        }
    })
}

fn facts(value: Value) -> IssueFacts {
    let node: IssueNode = serde_json::from_value(value).expect("node");
    issue(node, None).expect("facts")
}

#[test]
fn everything_an_appraisal_looks_at_is_there() {
    let facts = facts(node());
    assert_eq!(facts.repo.slug(), "acme/app");
    assert_eq!(facts.repo.id, Some(99));
    assert_eq!(facts.repo.owner_kind, ActorKind::Organization);
    assert_eq!(facts.repo.open_issues, Some(40));
    assert_eq!(facts.repo.open_bounty_issues, Some(3));
    assert_eq!(facts.repo.merged_pull_requests, Some(5));
    assert_eq!(facts.repo.last_merge_at, time(Some("2026-01-01T00:00:00Z")));
    assert_eq!(facts.association, Association::Member);
    assert_eq!(facts.state, Some(IssueState::Open));
    assert_eq!(facts.updated_at, Some(UnixMillis(1_767_323_046_000)));
    assert!(facts.comments_complete && facts.timeline_complete);
    assert_eq!(facts.assignees, Some(Vec::new()));
}

#[test]
fn an_app_has_the_name_rest_gives_it_and_ids_may_be_large_or_text() {
    let facts = facts(node());
    assert_eq!(
        facts.comments[0].author.login.as_deref(),
        Some("algora-pbc[bot]")
    );
    assert_eq!(facts.comments[0].author.kind, ActorKind::Bot);
    assert_eq!(facts.comments[0].id, Some(4_000_000_000));
    assert_eq!(facts.comments[1].id, Some(5));
}

#[test]
fn a_ghost_is_nobody_and_unknown_words_stay_unknown() {
    let facts = facts(node());
    assert_eq!(facts.comments[1].author, Actor::default());
    assert_eq!(facts.comments[1].association, Association::Unknown);
    assert_eq!(facts.comments[1].created_at, None);
}

#[test]
fn the_last_one_to_put_a_label_on_counts() {
    let labels = facts(node()).labels.expect("labels");
    assert_eq!(
        labels[0].set_by.as_ref().and_then(|a| a.login.as_deref()),
        Some("ann")
    );
    assert_eq!(labels[1].set_by, None);
}

#[test]
fn one_pull_request_is_one_however_often_it_refers() {
    let facts = facts(node());
    assert_eq!(facts.pull_requests.len(), 1);
    assert!(facts.pull_requests[0].closes);
    assert_eq!(facts.pull_requests[0].author.id, Some(66));
}

#[test]
fn what_was_not_shown_is_not_known() {
    let mut value = node();
    value["labels"] = Value::Null;
    value["comments"] = json!({ "pageInfo": { "hasPreviousPage": true }, "nodes": [null] });
    value["timelineItems"] = Value::Null;
    value["assignees"] = json!({ "nodes": [null] });
    let facts = facts(value);
    assert_eq!(facts.labels, None);
    assert_eq!(facts.assignees, None);
    assert!(!facts.comments_complete && !facts.timeline_complete);
    assert!(facts.comments.is_empty());
}

#[test]
fn some_labels_are_not_the_labels() {
    let mut value = node();
    value["labels"]["pageInfo"] = json!({ "hasNextPage": true });
    let facts = facts(value);
    assert_eq!(facts.labels, None);
    assert!(facts.assignees.is_some());
}

#[test]
fn a_hidden_pull_request_makes_the_timeline_incomplete() {
    let mut value = node();
    value["timelineItems"]["nodes"] = json!([
        { "__typename": "CrossReferencedEvent", "source": { "__typename": "PullRequest", "number": 3, "repository": null } }
    ]);
    assert!(!facts(value).timeline_complete);
}

#[test]
fn a_node_without_place_is_dropped_and_long_text_is_cut_between_characters() {
    let mut value = node();
    value["repository"]["owner"] = Value::Null;
    let parsed: IssueNode = serde_json::from_value(value).expect("node");
    assert!(issue(parsed, None).is_none());

    let mut value = node();
    value["body"] = Value::String("é".repeat(300_000));
    let body = facts(value).body.expect("body");
    assert!(body.len() < LONGEST_BODY + 64 && body.ends_with("[cut here: 600000 bytes in all]"));
}
