//! Cards reach the owner: not at night, not lost, and when they cannot, it is said.

use std::time::Duration;

use sim::faults::{What, When};
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use super::people::YES;
use super::world::{DAY, HOUR, MINUTE, SECOND, World, pause};

const SLUG: &str = "acme/widgets";
const QUIET: &str = "[approvals]\nquiet_hours = \"11:00-14:00\"";

#[tokio::test]
async fn in_quiet_hours_a_card_waits_and_is_checked_before_it_goes() {
    let mut w = World::with("mode = \"ask\"", QUIET).await;
    let number = w.bounty(SLUG, "Crash on empty input", 750);
    let gone = w.bounty("other/things", "Wrong sum", 600);
    w.start().await;
    w.quiet();
    assert!(w.status().await.contains("waiting for you: 2"));
    insta::assert_snapshot!(w.says("/pending").await, @r"
    2 questions wait for you

    ID $750 acme/widgets#700, not sent yet

    ID $600 other/things#700, not sent yet
    ");
    w.pass(95 * MINUTE, 5 * MINUTE).await;
    w.quiet();
    // Too late for the scan of 13:30 to see it; only the look before sending can.
    w.sim
        .github
        .edit_issue(SLUG, number, Some("Crash on any input"), None);
    w.sim.github.close("other/things", gone);
    w.pass(24 * MINUTE, 4 * MINUTE).await;
    w.quiet();
    w.advance(MINUTE).await;
    let card = w.phone("$750");
    assert!(card.text.contains("Crash on any input"), "{}", card.text);
    w.quiet();
    // The hour counts from here.
    w.advance(59 * MINUTE).await;
    assert!(w.now_reads(&card).starts_with("$750"));
    w.tap(&card, YES).await;
    w.phone("Claimed");
    assert_eq!(w.ours(), 1);
}

#[tokio::test]
async fn a_blocked_bot_is_said_and_the_card_comes_later() {
    let mut w = World::new().await;
    let number = w.bounty(SLUG, "Crash on empty input", 750);
    w.cast.owner.blocks_bot();
    w.start().await;
    w.advance(3 * MINUTE).await;
    let status = w.status().await;
    let line = status.lines().find(|l| l.contains("not delivered"));
    insta::assert_snapshot!(line.unwrap_or(&status), @"⚠ not delivered to you: the bot may not write to this chat: the person must open it and press Start; tried again, and `bountyd approve` works meanwhile");
    assert_eq!(w.stands(SLUG, number).await, "asking above_threshold");
    w.pass(2 * HOUR, 10 * MINUTE).await;
    let tries = w.sim.telegram.calls("sendMessage");
    assert!((4..12).contains(&tries), "{tries} tries in two hours");
    w.cast.owner.unblocks_bot();
    w.pass(HOUR + 5 * MINUTE, 10 * MINUTE).await;
    let card = w.phone("$750");
    assert!(
        !w.status().await.contains("not delivered"),
        "{}",
        w.status().await
    );
    // Nobody can answer what he has not seen: the hour counts from delivery.
    assert!(w.now_reads(&card).contains("Answer within 1h"));
    w.tap(&card, YES).await;
    w.phone("Claimed");
}

#[tokio::test]
async fn a_flood_limit_is_waited_out() {
    let mut w = World::new().await;
    w.bounty(SLUG, "Crash on empty input", 750);
    w.sim.telegram.flood(w.cast.owner.id(), 90);
    w.start().await;
    assert_eq!(w.sim.telegram.calls("sendMessage"), 1);
    w.pass(89 * SECOND, 30 * SECOND).await;
    assert_eq!(
        w.sim.telegram.calls("sendMessage"),
        1,
        "not before it is over"
    );
    w.advance(2 * SECOND).await;
    w.phone("$750");
    assert_eq!(w.sim.telegram.calls("sendMessage"), 2);
}

#[tokio::test]
async fn telegram_down_delays_and_loses_nothing() {
    let mut w = World::new().await;
    w.bounty(SLUG, "Crash on empty input", 750);
    w.sim.telegram.rim().set_down(true);
    w.start().await;
    w.quiet();
    w.advance(MINUTE).await;
    let status = w.status().await;
    assert!(status.contains("⚠ Telegram: "), "{status}");
    assert!(status.contains("bountyd approve"), "{status}");
    w.sim.telegram.rim().set_down(false);
    w.advance(5 * MINUTE).await;
    w.advance(MINUTE).await;
    let card = w.phone("$750");
    w.expected.violations.push("query is too old");
    // Down again while the owner answers: the tap waits at Telegram.
    w.sim.telegram.rim().set_down(true);
    w.cast.owner.taps_on(card.id, YES).expect("a button");
    w.advance(10 * MINUTE).await;
    assert_eq!(w.ours(), 0);
    w.sim.telegram.rim().set_down(false);
    w.advance(MINUTE).await;
    w.advance(MINUTE).await;
    w.phone("Claimed");
    assert_eq!(w.ours(), 1);
}

#[tokio::test]
async fn a_tap_in_the_last_moment_counts_though_the_chat_was_down_then() {
    let mut w = World::new().await;
    w.bounty(SLUG, "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    w.advance(59 * MINUTE).await;
    w.sim.telegram.rim().set_down(true);
    w.advance(2 * MINUTE).await;
    w.sim.telegram.rim().set_down(false);
    w.pass(15 * MINUTE, MINUTE).await;
    assert!(
        w.now_reads(&card).starts_with("⌛ Expired"),
        "{}",
        w.now_reads(&card)
    );
    assert_eq!(w.ours(), 0);
}

#[tokio::test]
async fn an_outcome_is_written_when_telegram_allows_it_and_not_sooner() {
    let mut w = World::new().await;
    w.bounty(SLUG, "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    w.sim.telegram.flood(w.cast.owner.id(), 600);
    w.tap(&card, super::people::NO).await;
    w.pass(9 * MINUTE, 30 * SECOND).await;
    assert_eq!(w.sim.telegram.calls("editMessageText"), 1);
    assert!(w.now_reads(&card).starts_with("$750"));
    w.advance(MINUTE + SECOND).await;
    assert_eq!(w.sim.telegram.calls("editMessageText"), 2);
    assert!(
        w.now_reads(&card).starts_with("❌"),
        "{}",
        w.now_reads(&card)
    );
}

/// A poll takes a page of what waits, and the owner's answer may stand on the next one.
#[tokio::test]
async fn a_tap_behind_a_full_page_counts_though_its_hour_ends_before_it_is_read() {
    let mut w = World::new().await;
    w.bounty(SLUG, "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    w.advance(59 * MINUTE).await;
    w.sim.telegram.rim().set_down(true);
    w.advance(10 * SECOND).await;
    let crowd = w.sim.telegram.stranger(4711);
    for n in 0..vault::telegram::MOST_UPDATES {
        crowd.says(&format!("Hello, is anybody there? {n}"));
    }
    w.expected.violations.push("query is too old");
    w.cast.owner.taps_on(card.id, YES).expect("a button");
    w.advance(2 * MINUTE).await;
    // The first page is read after the hour is over, and the second one not at once.
    let polls = When::on("POST", "/bot*/getUpdates");
    w.sim.telegram.faults().once(polls.after(1), What::Html502);
    w.sim.telegram.rim().set_down(false);
    w.hand.advance(10 * SECOND);
    for _ in 0..2_000 {
        if w.sim.telegram.faults().left().is_empty() {
            break;
        }
        pause(std::time::Duration::from_millis(5)).await;
    }
    w.settle().await;
    assert!(w.now_reads(&card).starts_with("$750"), "it is still open");
    w.advance(10 * SECOND).await;
    w.phone("Claimed");
    assert_eq!(w.ours(), 1);
}

/// Asks to come back in ten days.
fn in_ten_days() -> What {
    What::status(
        429,
        r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 864000","parameters":{"retry_after":864000}}"#,
    )
}

#[tokio::test]
async fn an_absurd_wait_delays_a_card_its_outcome_and_a_notice_by_an_hour() {
    let mut w = World::new().await;
    w.bounty(SLUG, "Crash on empty input", 750);
    w.sim.telegram.fault_on("sendMessage", in_ten_days(), 1);
    w.start().await;
    w.pass(59 * MINUTE, 10 * MINUTE).await;
    assert_eq!(w.sim.telegram.calls("sendMessage"), 1, "it is obeyed");
    w.advance(MINUTE + SECOND).await;
    let card = w.phone("$750");
    // The same for what becomes of it: the message that says so, and the card that shows it.
    w.sim.telegram.fault_on("sendMessage", in_ten_days(), 1);
    w.sim.telegram.fault_on("editMessageText", in_ten_days(), 1);
    w.tap(&card, YES).await;
    assert_eq!(w.ours(), 1);
    w.pass(59 * MINUTE, 10 * MINUTE).await;
    w.quiet();
    assert!(w.now_reads(&card).starts_with("$750"));
    w.advance(MINUTE + SECOND).await;
    w.phone("Claimed");
    assert!(w.now_reads(&card).starts_with("✅"));
}

#[tokio::test]
async fn an_absurd_wait_keeps_the_chat_unread_for_an_hour() {
    let mut w = World::new().await;
    w.bounty(SLUG, "Crash on empty input", 750);
    w.start().await;
    w.sim.telegram.fault_on("getUpdates", in_ten_days(), 1);
    w.advance(51 * SECOND).await;
    let card = w.phone("$750");
    let polls = w.sim.telegram.calls("getUpdates");
    w.expected.violations.push("query is too old");
    w.cast.owner.taps_on(card.id, YES).expect("a button");
    w.pass(59 * MINUTE, 10 * MINUTE).await;
    assert_eq!(w.sim.telegram.calls("getUpdates"), polls, "it is obeyed");
    assert!(w.status().await.contains("⚠ Telegram: "));
    // It was said within its hour, and the hour is not over before it was heard.
    w.advance(MINUTE + SECOND).await;
    w.phone("Claimed");
    assert_eq!(w.ours(), 1);
}

#[tokio::test]
async fn while_nothing_can_be_recorded_the_owner_is_not_asked_again_and_again() {
    let mut w = World::new().await;
    w.start().await;
    w.bounty(SLUG, "Crash on empty input", 750);
    w.sim.telegram.fault_on("sendMessage", What::Hold, 1);
    w.scan_now().await;
    w.held().await;
    let options = SqliteConnectOptions::new().filename(w.ledger_path());
    let mut other = SqliteConnection::connect_with(&options)
        .await
        .expect("another program opens the ledger");
    let hold = sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await;
    hold.expect("and holds it");
    w.sim.telegram.faults().release();
    for _ in 0..3 {
        let mut waited = 0;
        while w.app().live(|l| l.ledger_trouble.is_none()) {
            pause(Duration::from_millis(100)).await;
            waited += 1;
            assert!(waited < 200, "the trouble is noticed");
        }
        w.app().live(|l| l.ledger_trouble = None);
        w.hand.advance(20 * SECOND);
    }
    let free = sqlx::query("ROLLBACK").execute(&mut other).await;
    free.expect("it lets go");
    assert_eq!(w.sim.telegram.calls("sendMessage"), 1);
    w.hand.advance(MINUTE);
    w.settle().await;
    w.advance(2 * MINUTE).await;
    // Nobody knows that the first one arrived; both ask the same question.
    let (first, second) = (w.phone("$750"), w.phone("$750"));
    w.tap(&first, YES).await;
    w.phone("Claimed");
    assert!(w.now_reads(&second).contains("Approved"));
    assert_eq!(w.ours(), 1);
}

#[tokio::test]
async fn after_two_days_without_telegram_the_owner_hears_what_he_missed() {
    let mut w = World::new().await;
    w.bounty(SLUG, "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    let down = || What::status(502, "<html>bad gateway</html>");
    w.sim.telegram.fault_on("sendMessage", down(), u64::MAX);
    w.tap(&card, YES).await;
    w.pass(2 * DAY - HOUR, HOUR).await;
    assert_eq!(w.ours(), 1);
    w.sim.telegram.faults().clear();
    w.advance(HOUR + MINUTE).await;
    w.phone("Claimed");
    w.read_all();
}

#[tokio::test]
async fn a_question_that_never_arrives_is_not_taken_for_a_no() {
    let mut w = World::new().await;
    let number = w.bounty(SLUG, "Crash on empty input", 750);
    w.cast.owner.blocks_bot();
    w.start().await;
    w.pass(3 * DAY + HOUR, HOUR).await;
    assert_eq!(w.stands(SLUG, number).await, "asking above_threshold");
    w.cast.owner.unblocks_bot();
    let mut card = None;
    for _ in 0..12 {
        w.advance(10 * MINUTE).await;
        card = card.or_else(|| w.phone_if("Answer within"));
        if card.is_some() {
            break;
        }
    }
    let card = card.expect("it is asked anew");
    assert!(!card.text.contains("Asked again"), "{}", card.text);
    w.tap(&card, YES).await;
    w.phone("Claimed");
    w.read_all();
}
