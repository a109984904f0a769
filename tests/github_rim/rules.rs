//! Contribution rules: what was not read never passes for rules that do not exist.

use std::collections::BTreeSet;

use bountyd::github::{RepoRef, Trouble};
use serde_json::json;
use sim::faults::{What, When};
use sim::github::NewIssue;

use crate::world::{World, query};

/// The document that asks for rules, and no other.
fn rules() -> When {
    When::on("POST", "/graphql").body_contains("RepositoryFiles")
}

/// Requests to GraphQL so far.
fn asked(world: &World) -> usize {
    let requests = world.sim.github.requests();
    requests.iter().filter(|r| r.path == "/graphql").count()
}

#[tokio::test]
async fn rules_of_one_repository_that_do_not_come_are_asked_for_once() {
    let world = World::new().await;
    let (number, _) = world.issue();
    world.sim.github.faults().once(rules(), What::Html502);
    let trouble = world.github.issue("acme", "app", number).await;
    let trouble = trouble.expect_err("without its rules");
    assert!(matches!(trouble, Trouble::Retry { .. }), "{trouble}");
    assert_eq!(asked(&world), 2, "the issue and its rules");
    let issue = world.github.issue("acme", "app", number).await;
    assert!(issue.expect("another time").repo.policies.is_some());
    // Whoever wants a long thread only does not wait for them.
    let before = asked(&world);
    let thread = world.github.thread("acme", "app", number).await;
    assert_eq!(thread.expect("the thread").repo.policies, None);
    assert_eq!(asked(&world), before + 1);
    world.was_careful();
}

#[tokio::test]
async fn an_owners_rules_that_came_in_part_are_not_his_rules() {
    let world = World::new().await;
    let repo = |n: u64, owner: &str| RepoRef {
        node_id: format!("R_{n}"),
        owner: owner.to_owned(),
        name: "app".to_owned(),
    };
    // Owners are asked for in the order of their names.
    let answer = json!({
        "data": {
            "nodes": [
                { "__typename": "Repository", "id": "R_1", "f0": null },
                { "__typename": "Repository", "id": "R_2", "f0": null },
            ],
            "o0": { "f0": { "text": "Say who you are.", "isBinary": false }, "f1": null },
            "o1": null,
        },
        "errors": [
            { "message": "Not shown", "type": "FORBIDDEN", "path": ["o0", "f1"] },
            { "message": "Could not resolve", "type": "NOT_FOUND", "path": ["o1"] },
        ],
    });
    let answer = What::status(200, &answer.to_string());
    world.sim.github.faults().once(rules(), answer);
    let repos = [repo(1, "acme"), repo(2, "beta")];
    let read = world.github.policies(&repos).await.expect("an answer");
    assert_eq!(
        read.files.get("R_1"),
        None,
        "a file of its owner is missing"
    );
    assert_eq!(read.files.get("R_2"), Some(&Vec::new()));
    assert!(read.incomplete.is_some());
}

#[tokio::test]
async fn a_bad_gateway_does_not_make_every_later_batch_small() {
    let world = World::new().await;
    let repos: Vec<RepoRef> = (0..40)
        .map(|n| RepoRef {
            node_id: format!("R_{n}"),
            owner: "acme".to_owned(),
            name: format!("app{n}"),
        })
        .collect();
    world.sim.github.faults().once(rules(), What::Html502);
    world.github.policies(&repos[..3]).await.expect("an answer");
    assert_eq!(asked(&world), 4, "three, then one, one, one");
    world.github.policies(&repos[3..]).await.expect("an answer");
    assert_eq!(asked(&world), 5, "all of them at once");

    world.sim.github.resource_limits(1);
    let again = world.github.policies(&repos[..3]).await;
    assert!(again.is_ok());
    assert_eq!(asked(&world), 9, "a short batch says nothing of a long one");
    world.github.policies(&repos).await.expect("an answer");
    assert_eq!(asked(&world), 10);
    world.was_careful();
}

/// What stands in the rules of `acme/app`: path and text.
async fn read(world: &World) -> Vec<(String, String)> {
    let issue = world.github.issue("acme", "app", 1).await.expect("issue");
    let rules = issue.repo.policies.expect("rules");
    rules.into_iter().map(|f| (f.path, f.text)).collect()
}

#[tokio::test]
async fn a_rule_is_found_under_any_spelling() {
    let world = World::new().await;
    world.issue();
    let sim = &world.sim.github;
    sim.add_repo("acme/.github");
    // Asked for at once, or a text in a folder of templates.
    let common = [
        ("acme/app", "AGENTS.md"),
        ("acme/app", ".github/pull_request_template.md"),
        ("acme/app", ".github/ISSUE_TEMPLATE/bug.yml"),
        ("acme/.github", "CONTRIBUTING.md"),
        ("acme/.github", "CODE_OF_CONDUCT.md"),
        ("acme/.github", "PULL_REQUEST_TEMPLATE.md"),
        ("acme/.github", "README.md"),
        ("acme/.github", "ISSUE_TEMPLATE/wish.md"),
    ];
    for (repo, path) in common {
        sim.set_file(repo, path, Some(path));
    }
    let paths = |rules: &[(String, String)]| -> BTreeSet<String> {
        assert!(rules.iter().all(|(path, text)| path == text), "{rules:?}");
        rules.iter().map(|(path, _)| path.clone()).collect()
    };
    let rules = read(&world).await;
    assert_eq!(
        paths(&rules),
        common.map(|(_, path)| path.to_owned()).into()
    );
    assert_eq!(
        asked(&world),
        2,
        "one request for the issue, one for the rules"
    );

    let odd = [
        ("acme/app", "contributing.md"),
        ("acme/app", ".github/Contributing.adoc"),
        ("acme/app", "docs/ai-policy.md"),
        ("acme/app", "docs/PULL_REQUEST_TEMPLATE.md"),
        ("acme/.github", "NO_AI.txt"),
        ("acme/.github", ".github/contributing.md"),
    ];
    for (repo, path) in odd {
        sim.set_file(repo, path, Some(path));
    }
    sim.set_file(
        "acme/app",
        "ISSUE_TEMPLATE/odd.md",
        Some("ISSUE_TEMPLATE/odd.md"),
    );
    sim.set_file("acme/app", "src/contributing.rs", Some("code"));
    let rules = read(&world).await;
    let all = common
        .iter()
        .chain(&odd)
        .map(|(_, path)| (*path).to_owned());
    let mut all: BTreeSet<String> = all.collect();
    all.insert("ISSUE_TEMPLATE/odd.md".to_owned());
    assert_eq!(paths(&rules), all);
    assert_eq!(
        asked(&world),
        5,
        "and one for all that is spelled otherwise"
    );
    world.was_careful();
}

#[tokio::test]
async fn odd_rules_that_do_not_come_leave_the_rules_unread() {
    let world = World::new().await;
    world.issue();
    let sim = &world.sim.github;
    sim.set_file("acme/app", "contributing.md", Some("No agents."));
    let odd = || When::on("POST", "/graphql").body_contains("r0p0");
    sim.faults().once(odd(), What::Html502);
    let trouble = world.github.issue("acme", "app", 1).await;
    let trouble = trouble.expect_err("not all rules");
    assert!(matches!(trouble, Trouble::Retry { .. }), "{trouble}");

    let words = json!({
        "data": { "r0": { "p0": null } },
        "errors": [{ "message": "odd", "path": ["r0", "p0"] }],
    });
    sim.faults()
        .once(odd(), What::status(200, &words.to_string()));
    let issue = world.github.issue("acme", "app", 1).await.expect("issue");
    assert_eq!(issue.repo.policies, None);
    assert_eq!(read(&world).await.len(), 1);
    world.was_careful();
}

#[tokio::test]
async fn a_repository_that_is_too_large_does_not_hide_the_others() {
    let world = World::new().await;
    let sim = &world.sim.github;
    let mut repos = Vec::new();
    for n in 0..20 {
        let name = format!("app{n}");
        let slug = format!("acme/{name}");
        sim.post_issue(NewIssue::new(&slug, "Task"));
        let issue = world.github.issue("acme", &name, 1).await.expect("issue");
        repos.push(RepoRef {
            node_id: issue.repo.node_id.expect("id"),
            owner: "acme".to_owned(),
            name,
        });
    }
    let large = repos[7].node_id.clone();
    let with_it = When::on("POST", "/graphql").body_contains(&large);
    sim.faults().always(with_it, What::Html502);
    let read = world.github.policies(&repos).await.expect("the others");
    assert_eq!(read.files.len(), 19);
    assert!(!read.files.contains_key(&large));
    assert!(read.requests < 12, "{}", read.requests);
}

#[tokio::test]
async fn an_owners_rules_are_not_copied_until_the_memory_is_full() {
    let world = World::new().await;
    let sim = &world.sim.github;
    sim.add_repo("acme/.github");
    let text = "Be kind. ".repeat(6_800);
    for n in 0..8 {
        let path = format!(".github/ISSUE_TEMPLATE/{n}.md");
        sim.set_file("acme/.github", &path, Some(&text));
    }
    for n in 0..110 {
        let issue = NewIssue::new(&format!("acme/app{n}"), "Task");
        sim.post_issue(issue.label("bounty"));
    }
    let mut rest: Vec<RepoRef> = Vec::new();
    let mut pages = world.github.search(query("label:bounty"));
    while let Some(page) = pages.next().await.expect("page") {
        rest.extend(page.into_iter().map(|issue| RepoRef {
            node_id: issue.repo.node_id.expect("id"),
            owner: issue.repo.owner,
            name: issue.repo.name,
        }));
    }
    assert_eq!(rest.len(), 110);
    let read = world.github.policies(&rest).await.expect("a part");
    let texts = read.files.values().flatten().map(|file| file.text.len());
    let held: usize = texts.sum();
    assert!((32 << 20..34 << 20).contains(&held), "{held}");
    // Nothing failed: the others come next.
    let trouble = read.trouble.expect("they wait");
    assert!(matches!(trouble, Trouble::WaitUntil { .. }), "{trouble}");
    rest.retain(|repo| !read.files.contains_key(&repo.node_id));
    let read = world.github.policies(&rest).await.expect("the others");
    assert_eq!((read.files.len(), read.incomplete), (rest.len(), None));
}
