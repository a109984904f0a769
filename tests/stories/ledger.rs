//! Trouble with the ledger: no journal, no action.

use std::time::Duration;

use sim::faults::{What, When};
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use super::people::YES;
use super::world::{DAY, HOUR, MINUTE, SECOND, World, pause};

#[tokio::test]
async fn while_the_ledger_is_held_nothing_goes_out_and_then_it_goes_on() {
    let mut w = World::new().await;
    w.bounty("acme/widgets", "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    w.says("/help").await;

    let options = SqliteConnectOptions::new().filename(w.ledger_path());
    let mut other = SqliteConnection::connect_with(&options)
        .await
        .expect("another program opens the ledger");
    sqlx::query("BEGIN IMMEDIATE")
        .execute(&mut other)
        .await
        .expect("and holds it");
    w.expected.violations.push("query is too old");
    w.cast.owner.taps_on(card.id, YES).expect("a button");
    // SQLite waits for five seconds of real time before it gives up.
    let mut waited = 0;
    while w.app().live(|l| l.ledger_trouble.is_none()) {
        pause(Duration::from_millis(100)).await;
        waited += 1;
        assert!(waited < 200, "the trouble is noticed");
    }
    let trouble = w
        .app()
        .live(|l| l.ledger_trouble.clone())
        .unwrap_or_default();
    insta::assert_snapshot!(trouble, @"beginning a transaction failed: another program holds the ledger; close it (a database browser?) and nothing is lost");
    let status = w.status().await;
    assert!(status.starts_with("ledger · mode ask"), "{status}");
    assert!(status.contains("⚠ nothing goes out: "), "{status}");
    assert!(
        status.contains("remedy: see that there is room"),
        "{status}"
    );
    assert_eq!(w.writes(), 0);
    assert!(
        w.cast.owner.answers().is_empty(),
        "nothing is confirmed that is not kept"
    );

    sqlx::query("ROLLBACK")
        .execute(&mut other)
        .await
        .expect("it lets go");
    w.hand.advance(MINUTE);
    w.settle().await;
    w.advance(MINUTE).await;
    w.phone("Claimed");
    assert!(w.status().await.starts_with("ok · mode ask"));
    w.advance(HOUR).await;
    assert_eq!((w.ours(), w.writes()), (1, 1));
}

#[tokio::test]
async fn a_claim_cut_off_by_the_ledger_goes_on_within_seconds() {
    let mut w = World::new().await;
    w.bounty("acme/widgets", "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    // The claim is leased, and looks at the issue once more.
    let look = When::on("POST", "/graphql").body_contains("issue(number: $number)");
    w.sim.github.faults().once(look, What::Hold);
    w.cast.owner.taps_on(card.id, YES).expect("a button");
    w.held().await;
    let options = SqliteConnectOptions::new().filename(w.ledger_path());
    let mut other = SqliteConnection::connect_with(&options)
        .await
        .expect("another program opens the ledger");
    let hold = sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await;
    hold.expect("and holds it");
    w.sim.github.faults().release();
    let mut waited = 0;
    while w.app().live(|l| l.ledger_trouble.is_none()) {
        pause(Duration::from_millis(100)).await;
        waited += 1;
        assert!(waited < 200, "the trouble is noticed");
    }
    let free = sqlx::query("ROLLBACK").execute(&mut other).await;
    free.expect("it lets go");
    w.hand.advance(20 * SECOND);
    w.settle().await;
    w.phone("Claimed");
    assert!(w.status().await.starts_with("ok · mode ask"));
    assert_eq!((w.ours(), w.writes()), (1, 1));
}

/// Another program changes who made the second entry.
pub(crate) async fn falsify(w: &World, actor: &'static str) {
    let options = SqliteConnectOptions::new().filename(w.ledger_path());
    let mut other = SqliteConnection::connect_with(&options)
        .await
        .expect("another program opens the ledger");
    sqlx::query("UPDATE journal SET actor = $1 WHERE seq = 2")
        .bind(actor)
        .execute(&mut other)
        .await
        .expect("it changes an entry");
    other.close().await.expect("it closes");
}

#[tokio::test]
async fn a_changed_entry_stops_all_writing_until_the_owner_says_so() {
    let mut w = World::new().await;
    w.bounty("acme/widgets", "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    w.stop().await;
    falsify(&w, "telegram:1").await;
    w.start().await;
    let verdict = w.app().ledger.verify_journal().await.expect("the journal");
    assert_eq!(verdict.broken.map(|(seq, _)| seq), Some(2));
    insta::assert_snapshot!(w.phone("does not hold").text, @r"
    ⛔ My journal does not hold. I write nothing more.

    What: row 2: its content or the row before it was changed
    Remedy: something other than bountyd has changed the ledger. See who may write it, and bountyd journal verify. Restore a backup; or, if you know what it was, /resume.
    ");
    let status = w.status().await;
    assert!(status.starts_with("paused"), "{status}");
    let row = "the journal does not hold: row 2: ";
    assert!(status.contains(row), "{status}");
    w.tap(&card, YES).await;
    w.advance(10 * MINUTE).await;
    assert_eq!(w.writes(), 0);
    // He knows the reason, and is not told of it again.
    w.says("/resume").await;
    w.advance(10 * MINUTE).await;
    w.phone("Claimed");
    w.stop().await;
    w.start().await;
    w.pass(25 * HOUR, HOUR).await;
    w.phone("Digest");
    w.quiet();
    // Once it is mended, it is forgotten.
    w.stop().await;
    falsify(&w, "daemon").await;
    w.start().await;
    w.pass(25 * HOUR, HOUR).await;
    let status = w.status().await;
    assert!(!status.contains("does not hold"), "{status}");
    w.read_all();
}

#[tokio::test]
async fn an_entry_changed_by_day_is_found_before_the_digest_tells_the_end() {
    let mut w = World::new().await;
    w.start().await;
    falsify(&w, "telegram:1").await;
    w.advance(HOUR).await;
    w.quiet();
    w.pass(DAY, HOUR).await;
    w.phone("row 2: ");
    w.phone("Digest");
    assert!(w.status().await.starts_with("paused"));
    w.stop().await;
    falsify(&w, "daemon").await;
}

/// How often GitHub was read.
fn searches(w: &World) -> usize {
    let requests = w.sim.github.requests();
    requests.iter().filter(|r| r.path == "/graphql").count()
}

#[tokio::test]
async fn a_scan_that_cannot_be_stored_asks_github_less_and_less() {
    let mut w = World::new().await;
    w.start().await;
    let options = SqliteConnectOptions::new().filename(w.ledger_path());
    let mut other = SqliteConnection::connect_with(&options)
        .await
        .expect("another program opens the ledger");
    let full = "CREATE TRIGGER full BEFORE INSERT ON bounty BEGIN SELECT RAISE(ABORT, 'no'); END";
    sqlx::query(full).execute(&mut other).await.expect("made");
    w.bounty("acme/widgets", "Crash on empty input", 750);
    let before = searches(&w);
    w.pass(2 * HOUR, MINUTE).await;
    let tries = searches(&w) - before;
    assert!((12..=30).contains(&tries), "{tries} requests");
    sqlx::query("DROP TRIGGER full")
        .execute(&mut other)
        .await
        .expect("gone");
    w.pass(5 * MINUTE, MINUTE).await;
    w.phone("$750");
    let before = searches(&w);
    w.pass(20 * MINUTE, MINUTE).await;
    assert!(searches(&w) - before <= 2, "by its plan again");
}
