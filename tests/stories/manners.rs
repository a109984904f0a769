//! A no is heard wherever it is said, and for good.

use sim::github::{NewIssue, NewRepo};

use super::people::{YES, well};
use super::world::{DAY, HOUR, MINUTE, World};

const SLUG: &str = "acme/widgets";
const NO_AI: &str = "# Contributing\n\nNo AI contributions please. Run the tests.\n";

/// Claims `acme/widgets#700`.
async fn claimed() -> World {
    let mut w = World::with("mode = \"ask\"", "[policy]\nper_organisation = 5\n").await;
    w.bounty(SLUG, "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    w.tap(&card, YES).await;
    w.phone("Claimed");
    assert_eq!(w.ours(), 1);
    w
}

/// Another bounty of the same organisation is not even asked about.
pub(crate) async fn remembered(w: &mut World) {
    let slug = "acme/gadgets";
    let number = w.bounty(slug, "Wrong sum", 600);
    w.advance(30 * MINUTE).await;
    assert_eq!(w.stands(slug, number).await, "skipped denied");
    // Also after a restart, a month later.
    w.stop().await;
    w.hand.advance(30 * DAY);
    w.start().await;
    w.read_all();
    w.sim
        .github
        .edit_issue(slug, number, Some("Wrong sum, still"), None);
    w.advance(30 * MINUTE).await;
    assert_eq!(w.stands(slug, number).await, "skipped denied");
    w.quiet();
}

#[tokio::test]
async fn no_ai_in_the_rules_of_the_repository_or_the_organisation() {
    let mut w = World::new().await;
    w.repo_like(SLUG, well(SLUG).file("CONTRIBUTING.md", NO_AI));
    let own = w.bounty(SLUG, "Crash on empty input", 750);
    w.repo("polite/things");
    w.repo_like(
        "polite/.github",
        NewRepo::new("polite/.github").file("CONTRIBUTING.md", NO_AI),
    );
    let whole = w.bounty("polite/things", "Wrong sum", 750);
    w.bounty("polite/more", "Wrong sum", 750);
    let kind = "other/things";
    w.repo_like(
        kind,
        well(kind).file(
            "CONTRIBUTING.md",
            "If you use AI tools, you must disclose it.",
        ),
    );
    w.bounty(kind, "Wrong sum", 750);
    w.start().await;
    assert_eq!(w.stands(SLUG, own).await, "skipped etiquette");
    assert_eq!(w.stands("polite/things", whole).await, "skipped etiquette");
    assert!(w.stands("polite/more", 700).await.starts_with("skipped"));
    w.phone(kind);
    w.quiet();
    assert_eq!(w.writes(), 0);
    // The rules were changed: the no stays.
    w.sim.github.set_file(SLUG, "CONTRIBUTING.md", None);
    let later = w.bounty(SLUG, "Wrong product", 700);
    w.advance(30 * MINUTE).await;
    assert_eq!(w.stands(SLUG, later).await, "skipped denied");
    w.quiet();
}

#[tokio::test]
async fn a_maintainer_says_stop_and_we_are_gone_for_good() {
    let mut w = claimed().await;
    w.advance(10 * MINUTE).await;
    // A passer-by does not speak for the repository.
    w.sim.github.comment_as(SLUG, 700, "passer-by", "stop");
    w.advance(30 * MINUTE).await;
    assert_eq!(w.stands(SLUG, 700).await, "claimed claimed");
    w.sim
        .github
        .comment_as(SLUG, 700, "acme", "@night-owner stop, please.");
    w.advance(30 * MINUTE).await;
    insta::assert_snapshot!(w.phone("acme/widgets#700").text, @r"
    acme/widgets#700: the claim was taken back: we are not wanted there. Its organisation is left alone from now on
    open the issue
    ");
    insta::assert_snapshot!(w.our_comment(SLUG, 700), @r"
    Withdrawn, with apologies for the disturbance. It will not come back. This comment was written by bountyd, an automated agent acting for @night-owner, who answers for it.

    <!-- bountyd:ID -->
    ");
    assert_eq!(
        (w.ours(), w.writes()),
        (1, 2),
        "our own comment was edited, nothing added"
    );
    remembered(&mut w).await;
    assert_eq!(w.writes(), 2);
}

#[tokio::test]
async fn a_label_no_ai_is_a_no() {
    let mut w = claimed().await;
    w.advance(10 * MINUTE).await;
    w.sim.github.label_as(SLUG, 700, "acme", "no-ai");
    w.advance(30 * MINUTE).await;
    w.phone("taken back");
    assert!(
        w.our_comment(SLUG, 700)
            .starts_with("Withdrawn, with apologies")
    );
    remembered(&mut w).await;
}

#[tokio::test]
async fn a_lock_ends_the_claim_and_nothing_more_is_said() {
    let mut w = claimed().await;
    w.advance(10 * MINUTE).await;
    w.sim.github.lock_issue(SLUG, 700, Some("too heated"));
    w.advance(30 * MINUTE).await;
    insta::assert_snapshot!(w.phone("acme/widgets#700").text, @r"
    acme/widgets#700: lost: locked; its organisation is left alone from now on
    open the issue
    ");
    w.advance(2 * DAY).await;
    w.read_all();
    assert_eq!(w.writes(), 1);
    assert_eq!(w.stands(SLUG, 700).await, "lost locked");
    remembered(&mut w).await;
}

#[tokio::test]
async fn who_blocks_us_is_left_alone() {
    let mut w = World::new().await;
    w.bounty(SLUG, "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    w.sim.github.block("acme", &w.cast.login);
    w.tap(&card, YES).await;
    insta::assert_snapshot!(w.phone("Not claimed").text, @r"
    ✋ Not claimed: acme/widgets#700
    this account is blocked there: HTTP 403 Forbidden, User is blocked
    open the issue
    ");
    assert_eq!((w.ours(), w.writes()), (0, 1));
    remembered(&mut w).await;
    w.advance(HOUR).await;
    assert_eq!(w.writes(), 1);
}

#[tokio::test]
async fn rules_that_change_between_yes_and_claim_are_obeyed() {
    let mut w = World::new().await;
    w.bounty(SLUG, "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    w.sim.github.set_file(SLUG, "CONTRIBUTING.md", Some(NO_AI));
    w.tap(&card, YES).await;
    w.phone("Not claimed");
    assert_eq!(w.writes(), 0);
    let issue = NewIssue::new(SLUG, "Wrong sum");
    let later = w.bounty_like(SLUG, issue, 750);
    w.advance(30 * MINUTE).await;
    assert_eq!(w.stands(SLUG, later).await, "skipped denied");
}
