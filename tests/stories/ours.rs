//! What our own account has said already is not said again, whatever the ledger knows of it: it may
//! be younger than the comment, or the owner may have written it with his own hand.

use super::following::{SLUG, claimed};
use super::people::{YES, well};
use super::world::{DAY, HOUR, MINUTE, World};

/// The machine was set up anew: the ledger is gone, what stands at GitHub is not.
async fn reinstall(w: &mut World) {
    w.stop().await;
    w.read_all();
    let ledger = w.ledger_path();
    let state = ledger.parent().expect("a directory");
    for file in std::fs::read_dir(state).expect("the state directory") {
        let path = file.expect("an entry").path();
        if path.is_file() {
            std::fs::remove_file(path).expect("it goes");
        }
    }
    w.expected.unknown_comments = true;
    w.start().await;
}

/// Why the row was left alone, as `explain` says it.
async fn explained(w: &World) -> Vec<String> {
    let row = w.row(SLUG, 700).await;
    let text = w.app().ledger.appraisal(row.id).await;
    let text = text.expect("the ledger can be read").expect("judged");
    let judgement: bountyd::bounty::judgement::Judgement =
        serde_json::from_str(&text).expect("a judgement");
    let lines = judgement.lines.into_iter();
    lines
        .filter(|l| ["status", "claimed_by_us"].contains(&l.code.as_str()))
        .map(|l| format!("{} ({})", l.sentence, l.evidence.unwrap_or_default()))
        .collect()
}

#[tokio::test]
async fn a_claim_that_the_ledger_has_forgotten_is_not_made_again() {
    let mut w = claimed().await;
    reinstall(&mut w).await;
    w.quiet();
    assert_eq!(w.stands(SLUG, 700).await, "skipped claimed_by_us");
    insta::assert_snapshot!(explained(&w).await.join("\n"), @r"
    the bounty is open (a bounty of $750, a claim of yours stands there already, and nobody else is at it)
    a claim of yours stands there already: nothing is said a second time ()
    ");
    w.pass(2 * DAY, 6 * HOUR).await;
    w.read_all();
    assert_eq!((w.writes(), w.ours()), (1, 1));
}

#[tokio::test]
async fn a_claim_that_was_given_back_is_not_made_again_by_a_new_ledger() {
    let mut w = claimed().await;
    w.pass(3 * DAY, 6 * HOUR).await;
    w.phone("taken back");
    reinstall(&mut w).await;
    w.quiet();
    assert_eq!(w.stands(SLUG, 700).await, "skipped claimed_by_us");
    insta::assert_snapshot!(explained(&w).await.join("\n"), @r"
    the bounty is open (a bounty of $750, a claim of yours was taken back there, and nobody else is at it)
    a claim of yours was taken back there: nothing is said a second time ()
    ");
    assert_eq!(w.ours(), 1);
}

#[tokio::test]
async fn what_the_owner_has_claimed_by_hand_is_not_asked_about() {
    for words in ["/attempt #700", "/try", "I would like to work on this."] {
        let mut w = World::new().await;
        w.expected.unknown_comments = true;
        w.bounty(SLUG, "Crash on empty input", 750);
        let login = w.cast.login.clone();
        w.sim.github.comment_as(SLUG, 700, &login, words);
        // A search shows the newest comments only.
        for n in 0..60 {
            w.sim
                .github
                .comment_as(SLUG, 700, "passer-by", &format!("I see it too, {n}."));
        }
        w.start().await;
        w.quiet();
        assert_eq!(
            w.stands(SLUG, 700).await,
            "skipped claimed_by_us",
            "{words}"
        );
        assert_eq!(w.writes(), 0);
    }
}

#[tokio::test]
async fn what_the_owner_claims_by_hand_while_he_is_asked_is_not_claimed_again() {
    let mut w = World::new().await;
    w.expected.unknown_comments = true;
    w.bounty(SLUG, "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    let login = w.cast.login.clone();
    w.sim.github.comment_as(SLUG, 700, &login, "/attempt #700");
    w.tap(&card, YES).await;
    insta::assert_snapshot!(w.phone("Not claimed").text, @r"
    ✋ Not claimed: acme/widgets#700
    you have said there already that you try
    open the issue
    ");
    assert_eq!(w.stands(SLUG, 700).await, "skipped claimed_by_us");
    assert_eq!(w.writes(), 0);
}

#[tokio::test]
async fn a_question_ends_when_the_owner_claims_by_hand() {
    let mut w = World::new().await;
    w.expected.unknown_comments = true;
    w.bounty(SLUG, "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    w.advance(MINUTE).await;
    let login = w.cast.login.clone();
    w.sim.github.comment_as(SLUG, 700, &login, "/attempt #700");
    w.pass(40 * MINUTE, 10 * MINUTE).await;
    let says = w.now_reads(&card);
    assert!(
        says.contains("you have said there already that you try"),
        "{says}"
    );
    assert_eq!(w.stands(SLUG, 700).await, "skipped claimed_by_us");
}

#[tokio::test]
async fn our_claim_where_we_are_a_collaborator_is_no_maintainers_stop() {
    let mut w = World::with("mode = \"ask\"", "").await;
    let login = w.cast.login.clone();
    w.repo_like(SLUG, well(SLUG).collaborator(&login));
    w.bounty(SLUG, "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    w.tap(&card, YES).await;
    w.phone("Claimed");
    // Somebody else speaks, so it is looked at again: our own words are no “stop” to ourselves.
    w.advance(10 * MINUTE).await;
    w.sim
        .github
        .comment_as(SLUG, 700, "passer-by", "I see it too.");
    w.pass(12 * HOUR, HOUR).await;
    assert_eq!(w.stands(SLUG, 700).await, "claimed claimed");
    assert_eq!((w.ours(), w.writes()), (1, 1), "nothing was taken back");
    w.quiet();
    // A maintainer's is.
    w.sim.github.comment_as(SLUG, 700, "acme", "stop");
    w.advance(30 * MINUTE).await;
    w.phone("taken back");
}
