//! How far the program goes by itself: modes, thresholds, wishes and caps.

use super::people::{NO, YES, is_write, well};
use super::world::{DAY, HOUR, MINUTE, SECOND, World};

const AUTO: &str = "mode = \"auto\"\nclaim_without_fixer = true";
const ANYWHERE: &str = "[policy]\nalways_ask_first_time_repository = false\n";
const MANY: &str = "in_hand = 50\nclaims_per_day = 50\nper_organisation = 50\n";

async fn auto(policy: &str) -> World {
    World::with(AUTO, &format!("{ANYWHERE}{policy}")).await
}

/// One bounty in each of `count` organisations, all worth the same.
fn many(w: &World, count: u64, dollars: u64) {
    for n in 0..count {
        w.bounty(&format!("org{n}/things"), "Wrong sum", dollars);
    }
}

#[tokio::test]
async fn watch_writes_nothing_but_the_digest() {
    let mut w = World::with("mode = \"watch\"", "").await;
    w.bounty("acme/widgets", "Crash on empty input", 750);
    w.bounty("other/things", "Wrong sum", 100);
    w.bounty("cheap/things", "Typo", 5);
    w.start().await;
    w.pass(19 * HOUR, HOUR).await;
    w.quiet();
    w.pass(2 * HOUR, HOUR).await;
    insta::assert_snapshot!(w.read_all().join("\n———\n"), @r"
    ☀️ Digest
    3 new issues in 20 scans
    Skipped: 1 (1 below your minimum)
    Worth a look, not asked about: 2
     · acme/widgets#700 $750 – above your threshold
     · other/things#700 $100 – nobody to do the work
    Waiting for you: 0
    Claimed: 0
    Ended: 0
    Problems: 0

    Journal: N entries, head HASH
    ");
    assert_eq!((w.ours(), w.writes()), (0, 0));
}

#[tokio::test]
async fn auto_claims_below_the_threshold_and_asks_strictly_above() {
    let mut w = auto(&format!("{MANY}daily_without_asking_usd = 9000")).await;
    w.bounty("acme/widgets", "Crash on empty input", 500);
    w.bounty("other/things", "Wrong sum", 501);
    w.bounty("third/things", "Wrong product", 20);
    w.start().await;
    w.phone("Claimed acme/widgets");
    let card = w.phone("$501");
    assert!(
        card.text
            .contains("Why I ask: $501 is above your threshold of $500\n"),
        "{}",
        card.text
    );
    w.advance(30 * SECOND).await;
    w.phone("Claimed third/things");
    assert_eq!(w.ours(), 2);
    w.tap(&card, NO).await;
    w.quiet();
}

#[tokio::test]
async fn ten_of_490_do_not_slip_through() {
    let mut w = auto(MANY).await;
    many(&w, 10, 490);
    w.start().await;
    w.pass(10 * MINUTE, 30 * SECOND).await;
    let texts = w.read_all();
    let claimed = texts.iter().filter(|t| t.contains("Claimed")).count();
    let asked: Vec<_> = texts.iter().filter(|t| t.contains("Why I ask")).collect();
    assert_eq!((claimed, asked.len()), (2, 8), "{texts:#?}");
    assert!(asked[0].contains("$1,470"), "{}", asked[0]);
    assert_eq!(w.ours(), 2);
    // The day is a rolling one.
    w.pass(DAY, HOUR).await;
    w.read_all();
    w.bounty("late/things", "Wrong sum", 490);
    w.advance(30 * MINUTE).await;
    w.phone("Claimed late/things");
    w.expected.unread = true;
}

#[tokio::test]
async fn without_a_fixer_or_for_a_first_time_it_asks() {
    let mut w = World::with("mode = \"auto\"", ANYWHERE).await;
    w.bounty("acme/widgets", "Crash on empty input", 100);
    w.start().await;
    let card = w.phone("$100");
    assert!(
        card.text
            .contains("Why I ask: no fixer is set up: the work would be yours\n"),
        "{}",
        card.text
    );

    let mut w = World::with(AUTO, &format!("[policy]\n{MANY}")).await;
    w.bounty("acme/widgets", "Crash on empty input", 100);
    w.start().await;
    let card = w.phone("$100");
    assert!(
        card.text
            .contains("Why I ask: the first claim in this repository\n"),
        "{}",
        card.text
    );
    w.tap(&card, YES).await;
    w.phone("Claimed");
    w.bounty("acme/widgets", "Crash on long input", 90);
    w.advance(30 * MINUTE).await;
    w.phone("Claimed acme/widgets#701");
    assert_eq!(w.ours(), 2);
}

#[tokio::test]
async fn wishes_are_kept() {
    let mut w = auto("languages = [\"Rust\"]\ndeny = [\"rude\", \"Half/Bad\"]\nunwanted_organisations = [\"dull\"]\n").await;
    w.bounty("small/things", "Typo", 19);
    for (slug, language) in [("gopher/things", "Go"), ("nameless/things", "")] {
        w.repo_like(slug, well(slug).language(language));
        w.bounty(slug, "Wrong sum", 100);
    }
    for slug in ["rude/things", "half/bad", "half/good", "dull/things"] {
        w.bounty(slug, "Wrong sum", 100);
    }
    w.start().await;
    let stands = [
        w.stands("small/things", 700).await,
        w.stands("gopher/things", 700).await,
        w.stands("nameless/things", 700).await,
        w.stands("rude/things", 700).await,
        w.stands("half/bad", 700).await,
        w.stands("dull/things", 700).await,
        w.stands("half/good", 700).await,
    ];
    assert_eq!(
        stands,
        [
            "skipped below_minimum",
            "skipped unwanted",
            "asking unchecked",
            "skipped denied",
            "skipped denied",
            "skipped unwanted",
            "claimed claimed",
        ]
    );
    w.phone("nameless/things");
    w.phone("Claimed half/good");
}

#[tokio::test]
async fn two_in_hand_and_one_in_an_organisation() {
    let mut w = auto("claims_per_day = 50\nper_organisation = 1").await;
    for (name, dollars) in [("a", 400), ("b", 90)] {
        let slug = format!("acme/{name}");
        w.bounty(&slug, "Wrong sum", dollars);
    }
    w.bounty("other/things", "Wrong sum", 80);
    w.bounty("third/things", "Wrong sum", 70);
    w.start().await;
    w.pass(5 * MINUTE, 30 * SECOND).await;
    w.phone("Claimed acme/a");
    w.phone("Claimed other/things");
    w.pass(5 * HOUR, 30 * MINUTE).await;
    w.quiet();
    assert_eq!(w.ours(), 2);
    assert_eq!(w.stands("acme/b", 700).await, "found cap");
    assert_eq!(w.stands("third/things", 700).await, "found cap");
    // A hand becomes free, and the best that fits takes it.
    w.sim.github.close("acme/a", 700);
    w.pass(8 * HOUR, 30 * MINUTE).await;
    w.phone("acme/a#700");
    w.phone("Claimed acme/b");
    w.quiet();
    assert_eq!(w.ours(), 3);
}

#[tokio::test]
async fn three_claims_a_day_half_a_minute_apart() {
    let mut w = auto("in_hand = 50").await;
    many(&w, 5, 30);
    w.start().await;
    assert_eq!(w.ours(), 1);
    w.advance(29 * SECOND).await;
    assert_eq!(w.ours(), 1);
    w.advance(SECOND).await;
    assert_eq!(w.ours(), 2);
    w.pass(22 * HOUR, 30 * MINUTE).await;
    assert_eq!(w.ours(), 3);
    w.pass(4 * HOUR, 30 * MINUTE).await;
    assert_eq!(w.ours(), 5);
    let requests = w.sim.github.requests();
    let at: Vec<_> = requests
        .iter()
        .filter(|r| is_write(r))
        .map(|r| r.at)
        .collect();
    assert!(at.windows(2).all(|w| w[1] - w[0] >= 30_000), "{at:?}");
    w.read_all();
}

#[tokio::test]
async fn unknown_amounts_are_named_in_the_digest_only() {
    let mut w = auto("").await;
    w.repo("acme/widgets");
    w.sim
        .github
        .post_issue(sim::github::NewIssue::new("acme/widgets", "Wrong sum").label("💎 Bounty"));
    w.repo("other/things");
    w.sim.github.post_issue(
        sim::github::NewIssue::new("other/things", "[$400 bounty] Wrong sum")
            .author("passer-by")
            .label("bounty"),
    );
    w.start().await;
    w.quiet();
    w.advance(20 * HOUR).await;
    let digest = w.phone("Digest").text;
    let line = digest.split("Waiting").next().expect("text");
    insta::assert_snapshot!(line, @r"
    ☀️ Digest
    2 new issues in 1 scan
    Skipped: 0
    Worth a look, not asked about: 2
     · other/things#700 $400 – nobody vouches for the amount
     · acme/widgets#700 amount unknown
    ");
    assert_eq!(w.writes(), 0);
}
