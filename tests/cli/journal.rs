//! The record, its proof, and what shows when somebody changed it.

use bountyd::ledger::{Actor, Entry};
use serde_json::{Value, json};
use sqlx::{ConnectOptions as _, sqlite::SqliteConnectOptions};

use super::support::Desk;

async fn entries(desk: &Desk, n: i64) {
    let ledger = desk.ledger().await;
    for i in 0..n {
        let body = json!({ "i": i, "said": "\u{1b}[2J\u{9b}" });
        let entry = Entry::new(Actor::Daemon, "test", body);
        ledger.record(entry).await.expect("written");
    }
    ledger.close().await;
}

async fn tamper(desk: &Desk, sql: &'static str) {
    let mut conn = SqliteConnectOptions::new()
        .filename(desk.config().ledger_path())
        .connect()
        .await
        .expect("the file opens");
    sqlx::query(sql).execute(&mut conn).await.expect("changed");
}

#[tokio::test]
async fn the_newest_entries_are_shown_oldest_first() {
    let (desk, _) = Desk::filled().await;
    entries(&desk, 40).await;
    let said = desk.bountyd(&["journal"]).left_with(0);
    let said = said.fits_a_terminal_and_obeys_nobody();
    assert_eq!(said.out.matches(" test ").count(), 30, "{}", said.out);
    let said = desk.bountyd(&["journal", "--limit", "2", "--json"]);
    let two = said.left_with(0).obeys_nobody().json();
    assert_eq!(two[1]["seq"], json!(41));
    assert_eq!(two.as_array().map(Vec::len), Some(2));
    let said = desk.bountyd(&["journal", "--bounty", "acme/widgets#7"]);
    let said = said.left_with(0).fits_a_terminal_and_obeys_nobody();
    assert!(said.out.contains("approval.asked"), "{}", said.out);
    assert!(!said.out.contains(" test "), "{}", said.out);
    desk.bountyd(&["journal", "--bounty", "no/such#1"])
        .left_with(1);
}

#[tokio::test]
async fn an_untouched_journal_verifies_to_its_head() {
    let desk = Desk::new();
    entries(&desk, 5).await;
    let said = desk.bountyd(&["journal", "verify"]).left_with(0);
    let said = said.fits_a_terminal_and_obeys_nobody();
    assert!(
        said.out.contains("5 entries from 1 to 5: the chain holds"),
        "{}",
        said.out
    );
    let head = said
        .out
        .lines()
        .last()
        .and_then(|l| l.strip_prefix("Head "));
    let head = head.expect("a head").to_owned();
    desk.bountyd(&["journal", "verify", "--head", &head])
        .left_with(0);
    let other = "0123456789abcdef".repeat(4);
    let said = desk
        .bountyd(&["journal", "verify", "--head", &other])
        .left_with(65);
    assert!(said.err.contains("no entry has the hash"), "{}", said.err);
    let verdict = desk
        .bountyd(&["journal", "verify", "--json"])
        .left_with(0)
        .json();
    assert_eq!(verdict["ok"], json!(true));
    assert_eq!(verdict["verdict"]["head"]["hash"], json!(head));
}

#[tokio::test]
async fn a_changed_and_a_removed_entry_are_named() {
    for (sql, row) in [
        ("UPDATE journal SET actor = 'uid:0' WHERE seq = 3", 3),
        ("DELETE FROM journal WHERE seq = 2", 3),
    ] {
        let desk = Desk::new();
        entries(&desk, 5).await;
        tamper(&desk, sql).await;
        let said = desk.bountyd(&["journal", "verify"]).left_with(65);
        assert!(
            said.err.contains(&format!("broken at entry {row}")),
            "{}",
            said.err
        );
        assert_eq!(said.out, "");
        let verdict = desk
            .bountyd(&["journal", "verify", "--json"])
            .left_with(65)
            .json();
        assert_eq!(verdict["verdict"]["broken"][0], json!(row));
    }
}

#[tokio::test]
async fn entries_cut_off_the_end_show_against_a_head_taken_down_before() {
    let desk = Desk::new();
    entries(&desk, 5).await;
    let verdict = desk.bountyd(&["journal", "verify", "--json"]).json();
    let head = verdict["verdict"]["head"]["hash"]
        .as_str()
        .expect("a hash")
        .to_owned();
    tamper(&desk, "DELETE FROM journal WHERE seq > 3").await;
    desk.bountyd(&["journal", "verify"]).left_with(0);
    desk.bountyd(&["journal", "verify", "--head", &head])
        .left_with(65);
}

#[tokio::test]
async fn retention_leaves_a_checkpoint_that_verify_and_export_begin_with() {
    let desk = Desk::new();
    entries(&desk, 5).await;
    tamper(&desk, "UPDATE journal SET at = at + 60000 WHERE seq > 3").await;
    // The dates are part of the hashes, so the tampering is undone once retention has seen them.
    let ledger = desk.ledger().await;
    let before = ledger
        .clock()
        .now()
        .plus(std::time::Duration::from_secs(30));
    let mut tx = ledger.begin().await.expect("a transaction");
    assert_eq!(tx.trim_journal(before).await.expect("trimmed"), 3);
    tx.commit().await.expect("committed");
    ledger.close().await;
    tamper(&desk, "UPDATE journal SET at = at - 60000").await;
    let said = desk.bountyd(&["journal", "verify"]).left_with(0);
    assert!(said.out.contains("2 entries from 4 to 5"), "{}", said.out);
    assert!(
        said.out.contains("up to 3 were removed by retention"),
        "{}",
        said.out
    );
    let said = desk.bountyd(&["journal", "export"]).left_with(0);
    let lines: Vec<Value> = said
        .out
        .lines()
        .map(|line| serde_json::from_str(line).expect("json"))
        .collect();
    assert_eq!(lines[0]["checkpoint"]["seq"], json!(3));
    assert_eq!(lines[1]["seq"], json!(4));
    assert_eq!(lines.len(), 3);
}

#[tokio::test]
async fn an_export_holds_what_was_hashed() {
    let desk = Desk::new();
    entries(&desk, 1_205).await;
    let said = desk.bountyd(&["journal", "export"]).left_with(0);
    assert!(!said.out.chars().any(|c| c.is_control() && c != '\n'));
    let mut previous = bountyd::ledger::journal::GENESIS.to_owned();
    for (i, text) in said.out.lines().enumerate() {
        let line: Value = serde_json::from_str(text).expect("json");
        assert_eq!(line["seq"], json!(i + 1));
        let hashed = json!([
            previous,
            line["seq"],
            line["at"],
            line["actor"],
            line["kind"],
            line["bounty_id"],
            line["effect_id"],
            line["body"]
        ]);
        use sha2::Digest as _;
        previous = hex::encode(sha2::Sha256::digest(hashed.to_string().as_bytes()));
        assert_eq!(line["hash"], json!(previous));
    }
    assert_eq!(said.out.lines().count(), 1_205);
}

#[tokio::test(flavor = "multi_thread")]
async fn following_shows_what_is_written_meanwhile() {
    let desk = Desk::new();
    entries(&desk, 3).await;
    let arguments = ["journal", "--follow", "--limit", "1", "--json"];
    let lines = desk.first_lines(&arguments, 2, || {
        let writing = entries(&desk, 1);
        tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(writing));
    });
    for (line, seq) in lines.iter().zip([3, 4]) {
        let line: Value = serde_json::from_str(line).expect("one object a line");
        assert_eq!(line["seq"], json!(seq));
    }
}
