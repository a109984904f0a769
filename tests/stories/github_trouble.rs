//! GitHub says no, says wait, says nothing, or says nonsense.

use sim::auth0::TokenPlan;
use sim::faults::{What, When};
use sim::github::{NewAccount, NewIssue, Resource, SecondaryLimit};

use super::people::{YES, is_write, offer};
use super::world::{HOUR, MINUTE, NOON, SECOND, World};

const SLUG: &str = "acme/widgets";

fn posts() -> When {
    When::on("POST", "/repos/").path_contains("/comments")
}

fn says(message: &str) -> String {
    format!(r#"{{"message":"{message}","documentation_url":"https://docs.github.com/rest"}}"#)
}

/// A bounty is found and asked about; `prepare` is called before the owner says yes.
async fn tapped(prepare: impl FnOnce(&World)) -> World {
    let mut w = World::new().await;
    w.bounty(SLUG, "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    prepare(&w);
    // The issue is older than the second in which it is claimed.
    w.advance(MINUTE).await;
    w.tap(&card, YES).await;
    w
}

#[tokio::test]
async fn every_kind_of_no_ends_the_claim_and_is_told_once() {
    let mut told = Vec::new();
    for (code, message) in [
        (403, "Unable to create comment because issue is locked."),
        (403, "User is blocked"),
        (403, "Resource not accessible by integration"),
        (403, "Repository was archived so is read-only."),
        (404, "Not Found"),
        (410, "This issue was deleted"),
        (422, "Validation Failed"),
    ] {
        let w = tapped(|w| {
            w.sim
                .github
                .faults()
                .once(posts(), What::status(code, &says(message)));
        })
        .await;
        let text = w.phone("Not claimed").text;
        told.push(text.lines().nth(1).unwrap_or_default().to_owned());
        w.advance(2 * HOUR).await;
        w.quiet();
        assert_eq!((w.ours(), w.writes()), (0, 1), "{code} {message}");
        assert_eq!(
            w.stands(SLUG, 700).await,
            "lost refused",
            "{code} {message}"
        );
    }
    insta::assert_snapshot!(told.join("\n"), @r"
    the issue is locked: HTTP 403 Forbidden, Unable to create comment because issue is locked.
    this account is blocked there: HTTP 403 Forbidden, User is blocked
    the connection is a GitHub App that is not installed there: HTTP 403 Forbidden, Resource not accessible by integration
    forbidden: HTTP 403 Forbidden, Repository was archived so is read-only.
    it no longer exists: HTTP 404 Not Found, Not Found
    it no longer exists: HTTP 410 Gone, This issue was deleted
    not valid: Validation Failed: HTTP 422 Unprocessable Entity, Validation Failed
    ");
}

#[tokio::test]
async fn limits_are_waited_out_and_then_claimed_once() {
    for (status, retry_after, wait) in [
        (403, Some(120), 120),
        (429, Some(90), 90),
        (403, None, 60),
        (429, None, 60),
    ] {
        let limit = SecondaryLimit {
            times: 1,
            status,
            retry_after,
            writes_only: true,
        };
        let w = tapped(|w| w.sim.github.secondary_limit_with(limit)).await;
        assert_eq!((w.ours(), w.writes()), (0, 1));
        w.advance((wait - 1) * SECOND).await;
        assert_eq!(w.writes(), 1, "{status} {retry_after:?}: too early");
        w.advance(3 * SECOND).await;
        w.advance(30 * SECOND).await;
        w.phone("Claimed");
        assert_eq!((w.ours(), w.writes()), (1, 2), "{status} {retry_after:?}");
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_does_not_make_a_second_comment() {
    for (what, landed) in [
        (What::AcceptThenDropAnswer, true),
        (What::Truncate, true),
        (What::Reset, false),
        (What::Html502, false),
    ] {
        let w = tapped(|w| w.sim.github.faults().once(posts(), what.clone())).await;
        assert_eq!(w.ours(), usize::from(landed), "{what:?}");
        w.pass(2 * MINUTE, 10 * SECOND).await;
        w.phone("Claimed");
        w.advance(HOUR).await;
        assert_eq!(w.ours(), 1, "{what:?}");
        let requests = w.sim.github.requests();
        let at: Vec<_> = requests
            .iter()
            .filter(|r| is_write(r))
            .map(|r| r.at)
            .collect();
        if !landed {
            assert!(at.len() == 2 && at[1] - at[0] >= 60_000, "{what:?}: {at:?}");
        }
    }
}

#[tokio::test]
async fn a_lost_write_is_not_repeated_when_it_is_no_longer_allowed() {
    let w = tapped(|w| w.sim.github.faults().once(posts(), What::Reset)).await;
    w.advance(SECOND).await;
    // Paused for longer than a yes stands.
    w.says("/pause").await;
    w.pass(25 * HOUR, HOUR).await;
    w.says("/resume").await;
    w.pass(5 * MINUTE, 10 * SECOND).await;
    assert_eq!((w.ours(), w.writes()), (0, 1));
    assert!(w.phone("Not claimed").text.contains("expired"));
    assert!(!w.phone("$750").labels().is_empty(), "it is asked again");
    w.read_all();
}

#[tokio::test]
async fn a_lost_write_is_not_repeated_when_the_issue_is_another() {
    let w = tapped(|w| w.sim.github.faults().once(posts(), What::Reset)).await;
    w.advance(SECOND).await;
    w.says("/pause").await;
    w.sim
        .github
        .edit_issue(SLUG, 700, Some("Rewrite everything"), None);
    w.pass(3 * HOUR, HOUR).await;
    w.says("/resume").await;
    w.pass(5 * MINUTE, 10 * SECOND).await;
    assert_eq!((w.ours(), w.writes()), (0, 1));
    // It may have stood there under the old title, so it is not even asked about again.
    w.phone("Not claimed");
    w.quiet();
    assert_eq!(w.stands(SLUG, 700).await, "lost unproven");
}

#[tokio::test]
async fn a_broken_issue_is_not_lost_and_hides_no_other() {
    let mut w = World::new().await;
    let broken = w.bounty(SLUG, "Crash on empty input", 750);
    w.bounty("other/things", "Wrong sum", 600);
    w.sim.github.break_node(SLUG, broken, true);
    w.start().await;
    w.phone("$600");
    w.quiet();
    let status = w.status().await;
    assert!(status.contains("not read to its end"), "{status}");
    w.sim.github.break_node(SLUG, broken, false);
    w.advance(30 * MINUTE).await;
    w.phone("$750");
    assert!(!w.status().await.contains("not read to its end"));
}

#[tokio::test]
async fn resource_limits_and_bad_gateways_delay_and_lose_nothing() {
    let mut w = World::new().await;
    for n in 0..5 {
        w.bounty(&format!("org{n}/things"), "Wrong sum", 600 + n);
    }
    w.sim.github.resource_limits(1);
    let graphql = || When::on("POST", "/graphql");
    w.sim
        .github
        .faults()
        .once(graphql().after(2), What::Html502);
    w.sim
        .github
        .faults()
        .once(graphql().after(4), What::Truncate);
    w.start().await;
    w.pass(2 * HOUR, 10 * MINUTE).await;
    for n in 0..5 {
        w.phone(&format!("org{n}/things"));
    }
    w.quiet();
}

#[tokio::test]
async fn an_empty_budget_is_waited_for() {
    let mut w = World::new().await;
    w.bounty(SLUG, "Crash on empty input", 750);
    let me = Some(w.cast.github_id);
    w.sim.github.set_remaining(me, Resource::Graphql, 0);
    w.start().await;
    w.quiet();
    let graphql = |w: &World| {
        let requests = w.sim.github.requests();
        requests.iter().filter(|r| r.path == "/graphql").count()
    };
    let first = graphql(&w);
    assert!(first <= 1, "{first}");
    w.pass(59 * MINUTE, 10 * MINUTE).await;
    assert_eq!(graphql(&w), first, "nothing is sent before the window ends");
    assert!(w.status().await.contains("not read to its end"));
    w.advance(2 * MINUTE).await;
    w.phone("$750");
}

#[tokio::test]
async fn a_secondary_limit_on_reading_is_obeyed() {
    let mut w = World::new().await;
    w.bounty(SLUG, "Crash on empty input", 750);
    w.sim.github.secondary_limit_with(SecondaryLimit {
        times: 1,
        status: 403,
        retry_after: None,
        writes_only: false,
    });
    w.start().await;
    w.quiet();
    w.advance(MINUTE + SECOND).await;
    w.advance(MINUTE).await;
    w.phone("$750");
}

#[tokio::test]
async fn a_github_app_acts_only_where_it_is_installed() {
    let plan = TokenPlan::github_app();
    let mut w = World::starting_at(NOON, plan, "mode = \"ask\"", "").await;
    w.bounty(SLUG, "Crash on empty input", 750);
    w.bounty("other/things", "Wrong sum", 600);
    w.sim.github.install_app("other");
    w.start().await;
    let (without, with) = (w.phone("$750"), w.phone("$600"));
    w.tap(&without, YES).await;
    insta::assert_snapshot!(w.phone("Not claimed").text, @r"
    ✋ Not claimed: acme/widgets#700
    the connection is a GitHub App that is not installed there: HTTP 403 Forbidden, Resource not accessible by integration
    open the issue
    ");
    w.advance(MINUTE).await;
    w.tap(&with, YES).await;
    w.phone("Claimed other/things");
    assert_eq!((w.ours(), w.writes()), (1, 2));
}

#[tokio::test]
async fn a_search_that_is_refused_everywhere_is_told_once_and_goes_on() {
    let mut w = World::new().await;
    w.bounty(SLUG, "Crash on empty input", 750);
    let graphql = || When::on("POST", "/graphql");
    w.sim
        .github
        .faults()
        .always(graphql(), What::status(404, &says("Not Found")));
    w.start().await;
    let told = w.phone("I find nothing").text;
    assert!(told.contains("graphql_url"), "{told}");
    assert!(w.status().await.starts_with("refused · "));
    w.advance(3 * HOUR).await;
    w.quiet();
    w.sim.github.faults().clear();
    w.advance(HOUR).await;
    w.phone("$750");
    assert!(w.status().await.starts_with("ok · "));
}

/// The index of GitHub's search is late: an issue touched a moment ago stands in its old place, with
/// its new time. What comes behind it must not count as read.
#[tokio::test]
async fn an_issue_touched_during_a_scan_hides_none_that_was_not_read() {
    let scan = "[scan]\nqueries = ['label:\"💎 Bounty\"']\n";
    let mut w = World::with("mode = \"ask\"", scan).await;
    let github = &w.sim.github;
    let labelled = |slug: &str, at: i64| {
        let issue = NewIssue::new(slug, "Wrong sum").label("💎 Bounty");
        github.post_issue(issue.created_at(at))
    };
    // One page of others, the first of which is touched, and the bounty on the next one.
    w.repo("acme/widgets").repo("other/things");
    let ago = |n: u32| NOON.minus(n * MINUTE).0;
    for n in 0..100 {
        labelled("acme/widgets", ago(300 - n));
    }
    let number = labelled("other/things", ago(120));
    let text = offer(number, 750);
    github.comment_at("other/things", number, "algora-pbc[bot]", &text, ago(120));
    github.freeze_index("acme/widgets", 700);
    github.comment_as("acme/widgets", 700, "passer-by", "Any news?");
    let second_page = When::on("POST", "/graphql").body_contains("search(");
    let no = What::status(403, &says("Forbidden"));
    github.faults().once(second_page.after(1), no);
    w.start().await;
    assert!(w.status().await.contains("not read to its end"));
    assert_eq!(w.stands("other/things", number).await, "unknown");
    w.advance(30 * MINUTE).await;
    w.phone("$750");
    assert!(!w.status().await.contains("not read to its end"));
    w.read_all();
}

/// The platform's offer is the first comment of many, and a search shows the last ones.
#[tokio::test]
async fn a_long_thread_is_read_to_its_beginning() {
    let mut w = World::new().await;
    let number = w.bounty(SLUG, "Crash on empty input", 750);
    w.sim.github.add_user(NewAccount::user("passer-by"));
    for n in 0..130 {
        let text = format!("I see this too, time {n}.");
        w.sim.github.comment_as(SLUG, number, "passer-by", &text);
    }
    w.start().await;
    w.phone("$750");
}

#[tokio::test]
async fn a_pause_between_a_refused_token_and_the_next_is_obeyed() {
    let mut w = World::new().await;
    w.bounty(SLUG, "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    let post = When::on("POST", "/repos/");
    let stale = What::status(401, r#"{"message":"Bad credentials"}"#);
    w.sim.github.faults().once(post, stale);
    w.tap(&card, YES).await;
    assert_eq!((w.writes(), w.ours()), (1, 0));
    w.says("/pause").await;
    w.pass(HOUR, 10 * MINUTE).await;
    assert_eq!((w.writes(), w.ours()), (1, 0));
    w.says("/resume").await;
    w.pass(2 * MINUTE, 30 * SECOND).await;
    w.phone("Claimed");
    w.quiet();
    assert_eq!((w.writes(), w.ours()), (2, 1));
}
