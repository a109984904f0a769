//! What is settled is forgotten in the end; what is open, or must not come again, never.

use std::time::Duration;

use bountyd::bounty::stage::Stage;
use bountyd::ledger::Actor;
use bountyd::ledger::bounties::{Filter, Sighting};
use bountyd::ledger::jobs::NewJob;
use bountyd::ledger::retention::Forgotten;
use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};

use super::support::{ENGINES, START, Shelf, facts};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A bounty that was found at the start, as it stands now and with what it left behind.
struct Case {
    stage: Stage,
    approval: Option<&'static str>,
    permit: Option<&'static str>,
    effect: Option<&'static str>,
    /// Bounty, approval, permit and effect that remain.
    remain: [u8; 4],
}

const fn case(
    stage: Stage,
    approval: Option<&'static str>,
    permit: Option<&'static str>,
    effect: Option<&'static str>,
    remain: [u8; 4],
) -> Case {
    Case {
        stage,
        approval,
        permit,
        effect,
        remain,
    }
}

const CASES: [Case; 14] = [
    // Left alone: gone with all that is settled.
    case(Stage::Skipped, None, None, None, [0, 0, 0, 0]),
    case(Stage::Reported, None, None, None, [0, 0, 0, 0]),
    case(Stage::Expired, Some("expired"), None, None, [0, 0, 0, 0]),
    case(
        Stage::Skipped,
        Some("approved"),
        Some("void"),
        Some("failed"),
        [0, 0, 0, 0],
    ),
    // Not to be asked about or claimed again: the row remains.
    case(Stage::Denied, Some("denied"), None, None, [1, 0, 0, 0]),
    case(
        Stage::Lost,
        Some("approved"),
        Some("used"),
        Some("failed"),
        [1, 0, 0, 0],
    ),
    // A comment of ours that stands.
    case(Stage::Lost, None, Some("used"), Some("done"), [1, 0, 0, 1]),
    case(Stage::Skipped, None, None, Some("done"), [1, 0, 0, 1]),
    // One that may have stood there.
    case(
        Stage::Lost,
        None,
        Some("void"),
        Some("unproven"),
        [1, 0, 0, 1],
    ),
    // Open, whatever its stage says.
    case(Stage::Found, None, Some("void"), None, [1, 0, 1, 0]),
    case(Stage::Asking, Some("pending"), None, None, [1, 1, 0, 0]),
    case(
        Stage::Submitted,
        Some("approved"),
        Some("used"),
        Some("done"),
        [1, 1, 1, 1],
    ),
    case(Stage::Skipped, Some("pending"), None, None, [1, 1, 0, 0]),
    case(
        Stage::Lost,
        None,
        Some("live"),
        Some("unknown"),
        [1, 0, 1, 1],
    ),
];

async fn put(shelf: &Shelf, number: u64, case: &Case) -> i64 {
    let id = shelf.found(number).await;
    let mut conn = SqliteConnectOptions::new()
        .filename(&shelf.path)
        .connect()
        .await
        .expect("a connection");
    let at = START.0;
    let mut run = vec![format!(
        "UPDATE bounty SET stage = '{}', wake_at = NULL WHERE id = {id}",
        case.stage.as_str()
    )];
    if let Some(state) = case.approval {
        run.push(format!(
            "INSERT INTO approval (id, bounty_id, hash, proposal, card, tier, state, created_at,
             checked_at, decided_at) VALUES ('a{id}', {id}, '', '', '', '', '{state}', {at}, {at},
             CASE WHEN '{state}' = 'pending' THEN NULL ELSE {at} END)"
        ));
    }
    if let Some(state) = case.permit {
        run.push(format!(
            "INSERT INTO permit (id, bounty_id, record, asked, created_at, expires_at, state)
             VALUES ('p{id}', {id}, '', 1, {at}, {at}, '{state}')"
        ));
    }
    if let Some(state) = case.effect {
        run.push(format!(
            "INSERT INTO effect (id, bounty_id, kind, repository_id, repo, number, body, state,
             begun_at, first_at) VALUES ('e{id}', {id}, 'claim', 1, '', 1, '', '{state}', {at}, {at})"
        ));
    }
    for sql in run {
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .execute(&mut conn)
            .await
            .expect("stored");
    }
    id
}

async fn remain(shelf: &Shelf, id: i64) -> [u8; 4] {
    let mut conn = SqliteConnectOptions::new()
        .filename(&shelf.path)
        .connect()
        .await
        .expect("a connection");
    let mut counts = [0; 4];
    for (count, sql) in counts.iter_mut().zip([
        "SELECT COUNT(*) FROM bounty WHERE id = $1",
        "SELECT COUNT(*) FROM approval WHERE bounty_id = $1",
        "SELECT COUNT(*) FROM permit WHERE bounty_id = $1",
        "SELECT COUNT(*) FROM effect WHERE bounty_id = $1",
    ]) {
        let found: i64 = sqlx::query_scalar(sql)
            .bind(id)
            .fetch_one(&mut conn)
            .await
            .expect("counted");
        *count = u8::try_from(found).expect("few");
    }
    counts
}

async fn trim(shelf: &Shelf, kept: Duration) -> Forgotten {
    let mut tx = shelf.ledger.begin().await.expect("a transaction");
    let before = tx.now().minus(kept);
    let gone = tx.trim_settled(before).await.expect("trimmed");
    tx.commit().await.expect("committed");
    gone
}

#[tokio::test]
async fn what_is_settled_is_forgotten_and_what_is_open_never() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let mut ids = Vec::new();
        for (number, case) in (1..).zip(&CASES) {
            ids.push(put(&shelf, number, case).await);
        }
        // Rows that keep the others from being the newest, or that were heard of lately.
        shelf.hand.advance(DAY * 100);
        let late = shelf.found(100).await;
        assert_eq!(trim(&shelf, DAY * 180).await, Forgotten::default());
        shelf.hand.advance(DAY * 81);
        let gone = trim(&shelf, DAY * 180).await;
        for ((number, case), id) in (1..).zip(&CASES).zip(&ids) {
            let left = remain(&shelf, *id).await;
            assert_eq!(left, case.remain, "case {number}: {:?}", case.stage);
        }
        assert_eq!(gone.bounties, 4);
        assert_eq!(remain(&shelf, late).await, [1, 0, 0, 0]);
        let verdict = shelf.ledger.verify_journal().await.expect("read");
        assert_eq!(verdict.broken, None);
        assert_eq!(trim(&shelf, DAY * 180).await, Forgotten::default(), "once");

        // What was left alone is found anew; what was denied stays denied.
        let mut tx = shelf.ledger.begin().await.expect("a transaction");
        let mut again = facts(1);
        again.updated_at = Some(tx.now());
        assert_eq!(tx.sight(&again).await.expect("seen"), Sighting::New);
        again.number = 5;
        assert_eq!(tx.sight(&again).await.expect("seen"), Sighting::Same);
        tx.commit().await.expect("committed");
        let all = shelf.ledger.bounties(&Filter::default()).await;
        let all = all.expect("read");
        let newest = all.iter().map(|b| b.id).max().expect("some");
        assert!(newest > late, "no number is given twice");
    }
}

#[tokio::test]
async fn a_bounty_that_was_heard_of_lately_is_kept() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let id = put(&shelf, 1, &CASES[0]).await;
        put(&shelf, 2, &CASES[8]).await;
        shelf.hand.advance(DAY * 150);
        let mut tx = shelf.ledger.begin().await.expect("a transaction");
        let mut changed = facts(1);
        changed.updated_at = Some(tx.now());
        assert_eq!(tx.sight(&changed).await.expect("seen"), Sighting::Changed);
        tx.commit().await.expect("committed");
        put(&shelf, 1, &CASES[0]).await;
        shelf.hand.advance(DAY * 100);
        trim(&shelf, DAY * 180).await;
        assert_eq!(remain(&shelf, id).await[0], 1);
        shelf.hand.advance(DAY * 100);
        trim(&shelf, DAY * 180).await;
        assert_eq!(remain(&shelf, id).await[0], 0);
    }
}

#[tokio::test]
async fn the_newest_row_stays_because_its_number_would_be_given_again() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let older = put(&shelf, 1, &CASES[0]).await;
        let newest = put(&shelf, 2, &CASES[0]).await;
        shelf.hand.advance(DAY * 200);
        assert_eq!(trim(&shelf, DAY * 180).await.bounties, 1);
        assert_eq!(remain(&shelf, older).await[0], 0);
        assert_eq!(remain(&shelf, newest).await[0], 1);
        assert!(shelf.found(3).await > newest);
    }
}

#[tokio::test]
async fn a_bounty_for_which_a_patch_was_tried_is_kept() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let tried = put(&shelf, 1, &CASES[0]).await;
        let other = put(&shelf, 2, &CASES[0]).await;
        put(&shelf, 3, &CASES[0]).await;
        let mut tx = shelf.ledger.begin().await.expect("a transaction");
        let new = NewJob {
            bounty: Some(tried),
            repository_id: 77,
            repo: "acme/widgets",
            number: Some(1),
            title: "Crash on empty input",
            actor: Actor::Daemon,
            wake_at: None,
        };
        tx.begin_job(&new).await.expect("begun");
        tx.commit().await.expect("committed");
        shelf.hand.advance(DAY * 200);
        assert_eq!(trim(&shelf, DAY * 180).await.bounties, 1);
        assert_eq!(remain(&shelf, tried).await[0], 1);
        assert_eq!(remain(&shelf, other).await[0], 0);
    }
}
