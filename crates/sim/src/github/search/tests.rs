//! The search grammar by itself.

use super::*;
use crate::github::build_issue::NewIssue;

const DAY: i64 = 86_400_000;
const NOW: i64 = 1_767_225_600_000; // 2026-01-01T00:00:00Z

fn world() -> State {
    let mut state = State::new(NOW);
    let issues = [
        NewIssue::new("acme/one", "Fix the parser").labels(["💎 Bounty", "$100"]),
        NewIssue::new("acme/one", "Closed thing")
            .label("bounty")
            .closed(),
        NewIssue::new("acme/two", "Parser is slow")
            .label("Bounty")
            .assignee("bob"),
        NewIssue::new("beta/three", "Nothing here").body("IssueHunt Summary: parser"),
    ];
    for (day, issue) in (1..).zip(issues) {
        state.make_issue(issue.created_at(NOW - day * DAY), NOW);
    }
    let issue = state.issue_id("beta/three", 1);
    let bot = state.ensure_account("algora-pbc[bot]", crate::github::AccountKind::Bot, NOW);
    state.insert_comment(issue, bot, "bounty of $5, see bountyhub.dev", NOW);
    state
}

/// Titles found, in order.
fn titles(query: &str) -> Vec<String> {
    let state = world();
    let found = run(&state, query, None, Some("created"), None).expect("a good query");
    found
        .ids
        .iter()
        .map(|id| state.issues[id].title.clone())
        .collect()
}

#[track_caller]
fn refusal(query: &str) -> String {
    run(&world(), query, None, None, None)
        .expect_err("a bad query")
        .message
}

#[test]
fn labels_match_whole_names_whatever_their_case() {
    assert_eq!(
        titles("is:issue label:bounty"),
        ["Closed thing", "Parser is slow"]
    );
    assert_eq!(titles("is:issue label:\"💎 Bounty\""), ["Fix the parser"]);
    assert_eq!(
        titles("is:issue label:\"💎 Bounty\",bounty is:open").len(),
        2
    );
    assert_eq!(titles("is:issue label:bounty label:\"$100\"").len(), 0);
    assert_eq!(
        titles("is:issue (label:bounty OR label:\"$100\") state:open").len(),
        2
    );
    assert_eq!(
        titles("is:issue -label:bounty -label:\"$100\""),
        ["Nothing here"]
    );
}

#[test]
fn places_people_and_states() {
    assert_eq!(titles("is:issue org:acme is:open").len(), 2);
    assert_eq!(
        titles("is:issue (repo:acme/two OR repo:beta/three)").len(),
        2
    );
    // Advanced search: a blank is AND, also between two repositories.
    assert_eq!(titles("is:issue repo:acme/two repo:beta/three").len(), 0);
    assert_eq!(titles("is:issue -org:acme"), ["Nothing here"]);
    assert_eq!(
        titles("is:issue no:assignee -repo:acme/one"),
        ["Nothing here"]
    );
    assert_eq!(
        titles("is:issue commenter:algora-pbc[bot]"),
        ["Nothing here"]
    );
    assert_eq!(
        titles("is:issue commenter:app/algora-pbc"),
        ["Nothing here"]
    );
    assert!(
        titles("is:issue commenter:algora-pbc").is_empty(),
        "the User account of that name"
    );
    assert!(titles("is:pull-request").is_empty());
}

#[test]
fn words_and_phrases() {
    assert_eq!(titles("is:issue parser").len(), 3);
    assert_eq!(titles("is:issue parser in:title").len(), 2);
    assert_eq!(titles("is:issue \"IssueHunt Summary\""), ["Nothing here"]);
    assert_eq!(titles("is:issue \"Summary IssueHunt\"").len(), 0);
    assert_eq!(
        titles("is:issue \"bountyhub.dev\" in:comments"),
        ["Nothing here"]
    );
    assert_eq!(
        titles("is:issue parser NOT slow in:title"),
        ["Fix the parser"]
    );
}

#[test]
fn times_and_order() {
    assert_eq!(titles("is:issue created:>=2025-12-30").len(), 2);
    assert_eq!(titles("is:issue created:2025-12-28..2025-12-29").len(), 2);
    assert_eq!(
        titles("is:issue updated:>2025-12-31T12:00:00Z"),
        ["Nothing here"]
    );
    let oldest_first = titles("is:issue sort:created-asc");
    assert_eq!(
        oldest_first.first().map(String::as_str),
        Some("Nothing here")
    );
}

#[test]
fn what_github_refuses() {
    assert!(refusal("is:issue created:soon").contains("not a recognized date/time"));
    assert!(refusal("is:issue repo:no/where").contains("cannot be searched"));
    assert!(refusal("is:issue author:nobody-at-all").contains("users do not exist"));
    assert!(refusal("is:issue (label:a").contains("parentheses"));
    assert!(refusal("is:issue a OR b OR c OR d OR e OR f OR g").contains("More than five"));
    assert!(refusal(&"NOT ".repeat(100_000)).contains("More than five"));
    assert!(titles("is:issue comments:>9223372036854775807").is_empty());
    assert!(refusal(&format!("is:issue {}", "x".repeat(257))).contains("256"));
    assert_eq!(
        run(&world(), "is:issue foo:bar", None, None, None)
            .expect("a good query")
            .unknown,
        ["foo:bar"]
    );
}
