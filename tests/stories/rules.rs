//! Contribution rules that could not be read: nothing is claimed without them, and nothing is forgotten.

use sim::faults::{What, When};

use super::world::{HOUR, MINUTE, SECOND, World};

fn rules() -> When {
    When::on("POST", "/graphql").body_contains("nodes(ids")
}

/// Two bounties whose rules come in one request each; the second meets `what`.
async fn second_meets(what: What) -> World {
    let mut w = World::new().await;
    w.bounty("acme/widgets", "Crash on empty input", 750);
    w.bounty("other/things", "Wrong sum", 750);
    let faults = w.sim.github.faults();
    // Too much at once, so they are asked for one by one.
    faults.once(rules(), What::Html502);
    faults.once(rules().after(1), what);
    w.start().await;
    w
}

#[tokio::test]
async fn a_limit_between_two_batches_delays_and_buries_nothing() {
    let limit = r#"{"message":"You have exceeded a secondary rate limit."}"#;
    let w = second_meets(What::status_with(429, &[("retry-after", "600")], limit)).await;
    w.phone("$750");
    w.quiet();
    w.pass(9 * MINUTE, MINUTE).await;
    w.quiet();
    w.pass(2 * MINUTE, MINUTE).await;
    w.phone("$750");
}

#[tokio::test]
async fn a_bad_gateway_between_two_batches_delays_and_buries_nothing() {
    let w = second_meets(What::Html502).await;
    w.phone("$750");
    w.quiet();
    w.pass(2 * MINUTE, MINUTE).await;
    w.phone("$750");
}

/// What GitHub does not show for a moment looks like what it does not show at all.
#[tokio::test]
async fn rules_that_github_does_not_show_are_asked_for_four_times() {
    for (times, stands) in [
        (3, "asking above_threshold"),
        (4, "skipped policies_not_read"),
    ] {
        let mut w = World::new().await;
        w.bounty("acme/widgets", "Crash on empty input", 750);
        let nothing = What::status(200, r#"{"data":{"nodes":[null]}}"#);
        w.sim.github.faults().times(rules(), nothing, times);
        w.start().await;
        w.quiet();
        w.pass(30 * MINUTE, MINUTE).await;
        assert_eq!(w.stands("acme/widgets", 700).await, stands);
        w.read_all();
    }
}

/// How often GitHub has said that it is busy.
fn busy(w: &World) -> usize {
    let requests = w.sim.github.requests();
    requests.iter().filter(|r| r.status == Some(503)).count()
}

#[tokio::test]
async fn a_wait_that_is_over_at_once_is_waited_for_and_is_no_failure() {
    let mut w = World::new().await;
    w.bounty("acme/widgets", "Crash on empty input", 750);
    let faults = w.sim.github.faults();
    let at_once = What::status_with(503, &[("retry-after", "0")], "{}");
    faults.times(rules(), at_once, 10);
    let nothing = What::status(200, r#"{"data":{"nodes":[null]}}"#);
    faults.times(rules(), nothing, 3);
    w.start().await;
    assert_eq!(busy(&w), 1);
    w.pass(20 * SECOND, SECOND).await;
    assert_eq!(busy(&w), 5, "every five seconds");
    w.pass(30 * MINUTE, MINUTE).await;
    assert_eq!(busy(&w), 10);
    w.phone("$750");
    w.quiet();
}

/// A decision is seen, what is put off is not.
#[tokio::test]
async fn rules_that_never_come_are_not_asked_for_without_end() {
    let mut w = World::new().await;
    w.bounty("acme/widgets", "Crash on empty input", 750);
    w.sim.github.faults().always(rules(), What::Html502);
    w.start().await;
    w.pass(2 * HOUR, 10 * MINUTE).await;
    assert_eq!(w.stands("acme/widgets", 700).await, "found ");
    w.pass(3 * HOUR, 10 * MINUTE).await;
    let skipped = "skipped policies_not_read";
    assert_eq!(w.stands("acme/widgets", 700).await, skipped);
    w.read_all();
}

/// What the judge has read a moment ago is still at hand; a claim reads it anew.
#[tokio::test]
async fn a_claim_whose_own_reading_fails_waits_with_its_permit() {
    let top = "mode = \"auto\"\nclaim_without_fixer = true";
    let anywhere = "[policy]\nalways_ask_first_time_repository = false\n";
    let mut w = World::with(top, anywhere).await;
    w.bounty("acme/widgets", "Crash on empty input", 400);
    let nothing = What::status(200, r#"{"data":{"nodes":[null]}}"#);
    w.sim.github.faults().always(rules().after(1), nothing);
    w.start().await;
    w.pass(HOUR, MINUTE).await;
    w.quiet();
    let requests = w.sim.github.requests().len();
    assert!(requests < 40, "{requests} requests in an hour");
    assert_eq!(
        w.stands("acme/widgets", 700).await,
        "permitted below_thresholds"
    );
    w.sim.github.faults().clear();
    w.pass(2 * HOUR, 10 * MINUTE).await;
    w.phone("Claimed acme/widgets");
    assert_eq!(w.ours(), 1);
}
