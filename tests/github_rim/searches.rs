//! Scanning: nothing lost, few requests, trouble said.

use std::collections::BTreeSet;

use bountyd::bounty::facts::{ActorKind, PullRequestState};
use bountyd::github::{Query, RepoRef, Trouble};
use sim::faults::{What, When};
use sim::github::{NewIssue, NewPull, NewRepo};

use crate::world::{World, query};

#[tokio::test]
async fn a_search_of_2500_issues_loses_none_and_costs_eleven_requests_a_thousand() {
    let world = World::new().await;
    world.fill_across(2_500, 50);
    let (found, report) = world.found(query("label:bounty")).await;
    assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), 2_500);
    assert_eq!(found.len(), 2_500);
    assert_eq!(report.incomplete, None);
    assert!(report.requests <= 30, "{}", report.requests);
    assert!(world.github.budget().graphql.remaining.is_some());

    let again = Query {
        updated_from: report.newest_updated_at,
        ..query("label:bounty")
    };
    let (found, report) = world.found(again).await;
    assert_eq!(report.requests, 1);
    assert!(found.len() <= 2, "{found:?}");
    world.was_careful();
}

#[tokio::test]
async fn updates_during_the_walk_lose_nothing() {
    let world = World::new().await;
    world.fill(450);
    let mut pages = world.github.search(query("label:bounty"));
    let mut found = BTreeSet::new();
    while let Some(page) = pages.next().await.expect("page") {
        if found.len() < 300 {
            for issue in page.iter().take(20) {
                let github = &world.sim.github;
                github.comment_as("acme/app0", issue.number, "somebody", "any news?");
            }
        }
        found.extend(page.into_iter().map(|issue| issue.number));
    }
    assert_eq!(found.len(), 450);
    world.was_careful();
}

#[tokio::test]
async fn facts_carry_what_an_appraisal_asks() {
    let world = World::new().await;
    let sim = &world.sim.github;
    sim.add_repo(
        NewRepo::new("acme/app")
            .stars(321)
            .language("Rust")
            .merged_pulls(7, Some(1_750_000_000_000)),
    );
    let number = sim.post_issue(
        NewIssue::new("acme/app", "Crash")
            .body("It crashes")
            .author("reporter")
            .label("$100")
            .labeled_by("maintainer"),
    );
    sim.comment_as("acme/app", number, "algora-pbc[bot]", "## 💎 $100 bounty");
    let pull = sim.open_pr(NewPull::new("acme/app", "rival", "Fix").closes("acme/app", number));

    let mut pages = world.github.search(query("repo:acme/app"));
    let page = pages.next().await.expect("page").expect("some");
    let issue = page.iter().find(|i| i.number == number).expect("issue");
    assert_eq!(issue.repo.stars, Some(321));
    assert_eq!(issue.repo.language.as_deref(), Some("Rust"));
    assert_eq!(issue.repo.owner_kind, ActorKind::Organization);
    assert!(issue.repo.merged_pull_requests >= Some(7));
    assert_eq!(issue.repo.open_issues, Some(1));
    assert_eq!(issue.body.as_deref(), Some("It crashes"));
    assert_eq!(issue.author.login.as_deref(), Some("reporter"));
    assert_eq!(issue.locked, Some(false));
    let labels = issue.labels.as_ref().expect("labels");
    let setter = labels[0].set_by.as_ref().expect("who");
    assert_eq!(setter.login.as_deref(), Some("maintainer"));
    let bot = &issue.comments[0].author;
    assert_eq!(bot.login.as_deref(), Some("algora-pbc[bot]"));
    assert_eq!(bot.kind, ActorKind::Bot);
    assert_eq!(bot.id, sim.user_id("algora-pbc[bot]"));
    assert!(issue.comments_complete && issue.timeline_complete);
    assert_eq!(issue.pull_requests.len(), 1);
    assert_eq!(issue.pull_requests[0].number, pull);
    assert_eq!(issue.pull_requests[0].state, PullRequestState::Open);
    assert!(issue.pull_requests[0].closes);
    world.was_careful();
}

#[tokio::test]
async fn rules_of_repository_and_organisation_come_in_one_request() {
    let world = World::new().await;
    let sim = &world.sim.github;
    sim.add_repo(NewRepo::new("acme/app").file("CONTRIBUTING.md", "Ask first."));
    sim.add_repo(NewRepo::new("acme/.github").file("AI_POLICY.md", "No agents."));
    sim.add_repo(NewRepo::new("solo/tool"));
    for repo in ["acme/app", "solo/tool"] {
        sim.post_issue(NewIssue::new(repo, "Task").label("bounty"));
    }
    let mut pages = world.github.search(query("label:bounty"));
    let page = pages.next().await.expect("page").expect("some");
    let repos: Vec<RepoRef> = page
        .iter()
        .map(|issue| RepoRef {
            node_id: issue.repo.node_id.clone().expect("id"),
            owner: issue.repo.owner.clone(),
            name: issue.repo.name.clone(),
        })
        .collect();
    let policies = world.github.policies(&repos).await.expect("policies");
    assert_eq!(policies.requests, 1);
    assert_eq!(policies.incomplete, None);
    let of = |name: &str| {
        let repo = repos.iter().find(|r| r.name == name).expect("repo");
        policies.files[&repo.node_id]
            .iter()
            .map(|f| (f.path.as_str(), f.of_organisation, f.text.as_str()))
            .collect::<Vec<_>>()
    };
    let wanted = [
        ("CONTRIBUTING.md", false, "Ask first."),
        ("AI_POLICY.md", true, "No agents."),
    ];
    assert_eq!(of("app"), wanted);
    assert_eq!(of("tool"), []);
    world.was_careful();
}

#[tokio::test]
async fn pages_shrink_when_github_is_slow() {
    let world = World::new().await;
    world.fill(120);
    let slow = When::on("POST", "/graphql");
    world.sim.github.faults().times(slow, What::Html502, 2);
    world.sim.github.resource_limits(1);
    let (found, report) = world.found(query("label:bounty")).await;
    assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), 120);
    assert_eq!(report.incomplete, None);
    assert!(report.requests > 7, "small pages: {}", report.requests);
    world.was_careful();
}

#[tokio::test]
async fn a_broken_result_is_asked_for_twice_and_then_named() {
    let world = World::new().await;
    world.fill(120);
    world.sim.github.break_node("acme/app0", 60, true);
    let (found, report) = world.found(query("label:bounty")).await;
    assert_eq!(found.len(), 119);
    let why = report.incomplete.expect("incomplete");
    assert!(why.contains("1 of the results could not be read"), "{why}");
    assert_eq!(report.requests, 3);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_asked_for_again() {
    let world = World::new().await;
    world.fill(30);
    let faults = world.sim.github.faults();
    faults.once(When::on("POST", "/graphql"), What::Truncate);
    faults.once(When::on("POST", "/graphql"), What::Reset);
    let (found, report) = world.found(query("label:bounty")).await;
    assert_eq!(found.len(), 30);
    assert_eq!(report.incomplete, None);
    world.was_careful();
}

#[tokio::test]
async fn scanning_stops_at_the_reserve_and_claims_go_on() {
    let world = World::new().await;
    world.fill(5);
    world.found(query("label:bounty")).await;
    let me = Some(world.cast.github_id);
    world
        .sim
        .github
        .set_remaining(me, sim::github::Resource::Graphql, 150);
    world.found(query("label:bounty")).await;
    let mut pages = world.github.search(query("label:bounty"));
    let trouble = pages.next().await.expect_err("below the reserve");
    assert!(matches!(trouble, Trouble::WaitUntil { .. }), "{trouble}");
    let issue = world.github.issue("acme", "app0", 1).await;
    issue.expect("claims may use the reserve");
    world.was_careful();
}

#[tokio::test]
async fn who_is_asked_to_wait_does_not_ask_for_less() {
    let world = World::new().await;
    world.fill(120);
    let busy = What::status_with(503, &[("retry-after", "30")], "{}");
    let faults = world.sim.github.faults();
    faults.once(When::on("POST", "/graphql"), busy.clone());
    let mut pages = world.github.search(query("label:bounty"));
    let trouble = pages.next().await.expect_err("busy");
    assert!(matches!(trouble, Trouble::WaitUntil { .. }), "{trouble}");
    assert_eq!(pages.report().requests, 1);

    let page = pages.next().await.expect("page").expect("some");
    faults.once(When::on("POST", "/graphql"), busy);
    let repos: Vec<RepoRef> = (0..50)
        .map(|n| RepoRef {
            node_id: format!("R_{n}"),
            owner: "acme".to_owned(),
            name: format!("app{n}"),
        })
        .collect();
    assert_eq!(page.len(), 100, "and no smaller pages later");
    let trouble = world.github.policies(&repos).await.expect_err("busy");
    assert!(matches!(trouble, Trouble::WaitUntil { .. }), "{trouble}");
    world.was_careful();
}
