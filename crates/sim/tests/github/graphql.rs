//! GraphQL over HTTP.

use serde_json::{Value, json};
use sim::github::{NewAccount, NewIssue, NewPull, NewRepo};

use crate::World;

async fn widget() -> World {
    let world = World::new().await;
    let repo = NewRepo::new("acme/widget")
        .file("CONTRIBUTING.md", "Ask first.")
        .merged_pulls(12, Some(crate::START - 1_000));
    world.github.add_repo(repo);
    world.github.post_issue(
        NewIssue::new("acme/widget", "Crash")
            .body("It crashes.")
            .labels(["💎 Bounty", "$100"]),
    );
    world
        .github
        .comment_as("acme/widget", 1, "algora-pbc[bot]", "a bounty of $100");
    world
        .github
        .comment_as("acme/widget", 1, "algora-pbc", "the older account");
    world
}

#[tokio::test]
async fn one_search_page_carries_what_an_appraisal_needs() {
    let world = widget().await;
    let pull = NewPull::new("ann/fork", "ann", "Repair")
        .closes("acme/widget", 1)
        .draft();
    world.github.open_pr(pull);
    let text = "query($q: String!, $n: Int!, $after: String) {
      rateLimit { limit cost remaining resetAt used nodeCount }
      search(type: ISSUE_ADVANCED, query: $q, first: $n, after: $after) {
        issueCount pageInfo { hasNextPage endCursor }
        edges { cursor node { __typename } }
        nodes { __typename ... on Issue { ...Facts } }
      }
    }
    fragment Facts on Issue {
      id databaseId fullDatabaseId number title body state stateReason locked authorAssociation
      labels(first: 20) { totalCount nodes { name } }
      comments(last: 10) { nodes { databaseId author { __typename login ... on Bot { databaseId } ... on User { databaseId } } isMinimized viewerDidAuthor } }
      timelineItems(last: 20, itemTypes: [LABELED_EVENT, CROSS_REFERENCED_EVENT]) { nodes {
        __typename
        ... on LabeledEvent { actor { login } label { name } }
        ... on CrossReferencedEvent { willCloseTarget isCrossRepository source { ... on PullRequest { number isDraft merged state author { login } repository { nameWithOwner } } } }
      } }
      open: closedByPullRequestsReferences(first: 5) { totalCount }
      repository { nameWithOwner stargazerCount isFork primaryLanguage { name } licenseInfo { spdxId }
        owner { __typename login ... on Organization { createdAt } }
        issues(states: OPEN) { totalCount }
        bounties: issues(states: [OPEN], labels: [\"💎 Bounty\"]) { totalCount }
        pullRequests(states: MERGED, first: 1, orderBy: {field: UPDATED_AT, direction: DESC}) { totalCount nodes { mergedAt } }
        viewerPermission interactionAbility { limit } defaultBranchRef { name } }
    }";
    let variables = json!({ "q": "is:issue is:open label:\"💎 Bounty\"", "n": 10 });
    let answer = world.graphql(text, variables).await.body;
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    let search = &answer["data"]["search"];
    assert_eq!(search["issueCount"], 1);
    assert_eq!(search["edges"][0]["node"]["__typename"], "Issue");
    let issue = &search["nodes"][0];
    assert_eq!(issue["labels"]["nodes"][1]["name"], "$100");
    let author = &issue["comments"]["nodes"][0]["author"];
    let bot = json!({ "__typename": "Bot", "login": "algora-pbc", "databaseId": 121_443_259 });
    assert_eq!(*author, bot);
    let user = &issue["comments"]["nodes"][1]["author"];
    let old = json!({ "__typename": "User", "login": "algora-pbc", "databaseId": 136_125_894 });
    assert_eq!(*user, old);
    let events = &issue["timelineItems"]["nodes"];
    assert_eq!(events[0]["actor"]["login"], "acme");
    assert_eq!(events[2]["willCloseTarget"], true);
    assert_eq!(events[2]["isCrossRepository"], true);
    assert_eq!(
        events[2]["source"]["repository"]["nameWithOwner"],
        "ann/fork"
    );
    assert_eq!(issue["open"]["totalCount"], 1);
    let repository = &issue["repository"];
    assert_eq!(repository["bounties"]["totalCount"], 1);
    assert_eq!(repository["pullRequests"]["totalCount"], 12);
    assert_eq!(
        repository["pullRequests"]["nodes"][0]["mergedAt"],
        "2025-12-31T23:59:59Z"
    );
    assert_eq!(repository["owner"]["__typename"], "Organization");
    assert!(world.github.violations().is_empty());
}

#[tokio::test]
async fn pages_go_forwards_and_backwards() {
    let world = widget().await;
    for n in 0..5 {
        world
            .github
            .post_issue(NewIssue::new("acme/widget", &format!("More {n}")));
    }
    let text = "query($after: String) { repository(owner: \"acme\", name: \"widget\") {
        issues(first: 4, after: $after) { totalCount nodes { number } pageInfo { hasNextPage hasPreviousPage endCursor } } } }";
    let first = world.graphql(text, json!({})).await.body["data"]["repository"]["issues"].clone();
    assert_eq!(
        (&first["totalCount"], &first["pageInfo"]["hasNextPage"]),
        (&json!(6), &json!(true))
    );
    let after = json!({ "after": first["pageInfo"]["endCursor"] });
    let second = world.graphql(text, after).await.body["data"]["repository"]["issues"].clone();
    assert_eq!(second["nodes"], json!([{ "number": 5 }, { "number": 6 }]));
    assert_eq!(second["pageInfo"]["hasNextPage"], false);
    let last = "{ repository(owner: \"acme\", name: \"widget\") { issues(last: 2) { nodes { number } pageInfo { hasPreviousPage } } } }";
    let tail = world.graphql(last, json!({})).await.body["data"]["repository"]["issues"].clone();
    assert_eq!(tail["nodes"], json!([{ "number": 5 }, { "number": 6 }]));
    assert_eq!(tail["pageInfo"]["hasPreviousPage"], true);
    let bad = world
        .graphql(text, json!({ "after": "nonsense" }))
        .await
        .body;
    assert_eq!(bad["errors"][0]["type"], "INVALID_CURSOR_ARGUMENTS");
}

#[tokio::test]
async fn boundaries_and_limits_are_githubs() {
    let world = widget().await;
    let issues = |arguments: &str| {
        format!(
            "{{ repository(owner: \"acme\", name: \"widget\") {{ issues{arguments} {{ nodes {{ comments(first: 100) {{ nodes {{ id }} }} }} }} }} }}"
        )
    };
    for (text, kind) in [
        (issues(""), "MISSING_PAGINATION_BOUNDARIES"),
        (issues("(first: 101)"), "EXCESSIVE_PAGINATION"),
    ] {
        let answer = world.graphql(&text, json!({})).await;
        assert_eq!(
            (answer.status, &answer.body["errors"][0]["type"]),
            (200, &json!(kind))
        );
        assert_eq!(
            answer.body["errors"][0]["path"],
            json!(["repository", "issues"])
        );
        assert_eq!(
            answer.body["data"]["repository"],
            Value::Null,
            "issues cannot be null"
        );
    }
    let wide = "{ search(query: \"x\", type: ISSUE, first: 100) { nodes { ... on Issue { \
                repository { issues(first: 100) { nodes { comments(first: 100) { nodes { id } } } } } } } } }";
    let answer = world.graphql(wide, json!({})).await.body;
    assert_eq!(answer["errors"][0]["type"], "MAX_NODE_LIMIT_EXCEEDED");
    assert!(
        answer["errors"][0]["message"]
            .as_str()
            .unwrap_or_default()
            .contains("1,010,100")
    );
}

#[tokio::test]
async fn what_does_not_exist_is_null_with_a_reason() {
    let world = widget().await;
    let text = "{ a: repository(owner: \"acme\", name: \"widget\") { issue(number: 9) { id } }
                  b: repository(owner: \"acme\", name: \"no\") { id }
                  c: user(login: \"nobody\") { id }
                  d: repositoryOwner(login: \"nobody\") { id }
                  e: nodes(ids: [\"I_kwDOAAAAAc4AAAAB\"]) { id } }";
    let answer = world.graphql(text, json!({})).await.body;
    let nothing = json!({ "a": { "issue": null }, "b": null, "c": null, "d": null, "e": [null] });
    assert_eq!(answer["data"], nothing);
    let messages: Vec<_> = answer["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .map(|e| {
            (
                e["type"].as_str().unwrap_or_default(),
                e["message"].as_str().unwrap_or_default(),
            )
        })
        .collect();
    assert_eq!(
        messages,
        [
            (
                "NOT_FOUND",
                "Could not resolve to an Issue with the number of 9."
            ),
            (
                "NOT_FOUND",
                "Could not resolve to a Repository with the name 'acme/no'."
            ),
            (
                "NOT_FOUND",
                "Could not resolve to a User with the login of 'nobody'."
            ),
            (
                "NOT_FOUND",
                "Could not resolve to a node with the global id of 'I_kwDOAAAAAc4AAAAB'"
            ),
        ]
    );
}

#[tokio::test]
async fn renames_are_followed_unless_asked_not_to() {
    let world = widget().await;
    world.github.rename_repo("acme/widget", "gadget");
    let text = "query($follow: Boolean) { repository(owner: \"acme\", name: \"widget\", followRenames: $follow) { nameWithOwner } }";
    let found = world.graphql(text, json!({})).await.body;
    assert_eq!(found["data"]["repository"]["nameWithOwner"], "acme/gadget");
    let strict = world.graphql(text, json!({ "follow": false })).await.body;
    assert_eq!(strict["errors"][0]["type"], "NOT_FOUND");
}

#[tokio::test]
async fn broken_nodes_and_starved_queries_come_back_in_part() {
    let world = widget().await;
    world
        .github
        .post_issue(NewIssue::new("acme/widget", "Two").label("💎 Bounty"));
    world.github.break_node("acme/widget", 1, true);
    let text = "{ search(query: \"is:issue sort:created-asc\", type: ISSUE, first: 10) { issueCount nodes { ... on Issue { number } } } }";
    let part = world.graphql(text, json!({})).await;
    assert_eq!(part.status, 200);
    assert_eq!(
        part.body["data"]["search"]["nodes"],
        json!([null, { "number": 2 }])
    );
    assert_eq!(
        part.body["errors"][0]["path"],
        json!(["search", "nodes", 0])
    );
    world.github.break_node("acme/widget", 1, false);
    world.github.resource_limits(1);
    let starved = world.graphql(text, json!({})).await.body;
    assert_eq!(starved["data"]["search"]["nodes"], json!([null, null]));
    assert_eq!(starved["errors"][1]["type"], "RESOURCE_LIMITS_EXCEEDED");
    let whole = world.graphql(text, json!({})).await.body;
    assert_eq!(whole["errors"], Value::Null);
}

#[tokio::test]
async fn files_nodes_and_the_refusal_of_a_wrong_document() {
    let world = widget().await;
    let text = "{ repository(owner: \"acme\", name: \"widget\") { id
        f: object(expression: \"HEAD:CONTRIBUTING.md\") { ... on Blob { text byteSize isTruncated isBinary } }
        no: object(expression: \"HEAD:AGENTS.md\") { ... on Blob { text } } } }";
    let repository = world.graphql(text, json!({})).await.body["data"]["repository"].clone();
    assert_eq!(repository["f"]["text"], "Ask first.");
    assert_eq!(repository["no"], Value::Null);
    let again =
        "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Repository { name } } }";
    let nodes = world
        .graphql(again, json!({ "ids": [repository["id"]] }))
        .await
        .body;
    assert_eq!(nodes["data"]["nodes"][0]["name"], "widget");
    let wrong = world.graphql("{ viewer { starsGiven } }", json!({})).await;
    assert_eq!(wrong.status, 200);
    assert_eq!(
        wrong.body["errors"][0]["message"],
        "Field 'starsGiven' doesn't exist on type 'User'"
    );
    assert_eq!(world.github.violations().len(), 1);
    world
        .github
        .add_user(NewAccount::user("late").created_at(crate::START));
    let late = world
        .graphql("{ user(login: \"late\") { createdAt } }", json!({}))
        .await
        .body;
    assert_eq!(late["data"]["user"]["createdAt"], "2026-01-01T00:00:00Z");
}
