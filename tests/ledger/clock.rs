//! A wall clock that was ahead: what it wrote still counts, and holds nothing up.

use std::time::Duration;

use bountyd::clock::UnixMillis;
use bountyd::ledger::approvals::Claim;
use bountyd::ledger::asked::{Answer, Decided};
use bountyd::ledger::questions::About;
use bountyd::ledger::requests::{NewRequest, Request, RequestState};
use bountyd::ledger::{Actor, Tx};
use bountyd::messages::request_card::RequestCard;
use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};

use super::support::{ENGINES, START, Shelf};

const MINUTE: Duration = Duration::from_secs(60);

/// A claim that was begun and ended then.
async fn written(shelf: &Shelf, begun: UnixMillis, ended: Option<UnixMillis>) {
    let id = shelf.found(1).await;
    let mut conn = SqliteConnectOptions::new()
        .filename(&shelf.path)
        .connect()
        .await
        .expect("a connection");
    sqlx::query(
        "INSERT INTO effect (id, bounty_id, kind, repository_id, repo, number, body, state,
         begun_at, first_at, ended_at) VALUES ('e', $1, 'claim', 1, '', 1, '', 'done', $2, $2, $3)",
    )
    .bind(id)
    .bind(begun.0)
    .bind(ended.map(|at| at.0))
    .execute(&mut conn)
    .await
    .expect("stored");
}

#[tokio::test]
async fn the_newest_write_is_dated_by_its_end_and_never_later_than_now() {
    let later = |by: u32| START.plus(MINUTE * by);
    let cases = [
        // Begun, ended, and when it counts as made, three minutes after the start.
        (later(1), None, Some(later(1))),
        (later(1), Some(later(2)), Some(later(2))),
        // The clock was set back a little: it was made just now, for all that is known.
        (later(1), Some(later(9)), Some(later(3))),
        (later(5), Some(later(6)), Some(later(3))),
        (later(13), None, Some(later(3))),
        // And by much: it must not hold up everything until that future comes.
        (later(14), None, None),
        (later(600), Some(later(601)), None),
    ];
    for engine in ENGINES {
        for (begun, ended, newest) in cases {
            let shelf = Shelf::new(engine).await;
            written(&shelf, begun, ended).await;
            shelf.hand.advance(3 * MINUTE);
            let mut tx = shelf.ledger.begin().await.expect("a transaction");
            let found = tx.newest_write().await.expect("read");
            assert_eq!(found, newest, "{begun:?} {ended:?}");
        }
    }
}

#[tokio::test]
async fn what_was_seen_in_a_future_that_did_not_come_is_looked_at_again() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        shelf.hand.set_wall(START.plus(600 * MINUTE));
        let (_, id) = shelf.asked(1).await;
        shelf.hand.set_wall(START);
        let mut tx = shelf.ledger.begin().await.expect("a transaction");
        tx.clock_set_back(60 * MINUTE).await.expect("stored");
        tx.commit().await.expect("committed");
        let mut tx = shelf.ledger.begin().await.expect("a transaction");
        let asked = tx.question::<Claim>(&id).await.expect("read");
        assert_eq!(asked.expect("there").about.checked_at, START);
    }
}

/// What a client wants; a yes to it is good for five minutes.
async fn stored(tx: &mut Tx, key: &str, state: RequestState) -> Request {
    let wanted = NewRequest {
        client: "helper",
        uid: 1000,
        pid: 7,
        key,
        tool: "comment",
        repo: "acme/widgets",
        number: Some(7),
        arguments: "{}",
        hash: "h",
        answer_valid_ms: 300_000,
    };
    let request = tx.store_request(&wanted, state).await;
    request.expect("stored")
}

#[tokio::test]
async fn a_yes_and_a_no_to_a_client_last_no_longer_for_a_clock_that_was_ahead() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        shelf.hand.set_wall(START.plus(600 * MINUTE));
        let mut tx = shelf.ledger.begin().await.expect("a transaction");
        let allowed = stored(&mut tx, "yes", RequestState::Approved).await.id;
        let denied = stored(&mut tx, "no", RequestState::Pending).await;
        let card = RequestCard {
            request: denied.id.clone(),
            hash: denied.hash.clone(),
            client: denied.client.clone(),
            process: String::new(),
            act: "comment".to_owned(),
            repo: denied.repo.clone(),
            number: denied.number,
            parts: Vec::new(),
            why: String::new(),
            takes: None,
            lease: None,
        };
        let now = tx.now();
        let question = tx.ask_about_request(&denied, &card, now).await;
        let question = question.expect("asked");
        tx.take_push(&question, &denied, false, "comment")
            .await
            .expect("wanted");
        let no = Answer::Deny { why: None };
        let owner = Actor::Telegram(42);
        let decided = tx.decide(&question, &no, &owner, "telegram").await;
        assert_eq!(decided.expect("decided"), Decided::AppliedToRequest);
        tx.commit().await.expect("committed");

        shelf.hand.set_wall(START);
        let mut tx = shelf.ledger.begin().await.expect("a transaction");
        tx.clock_set_back(60 * MINUTE).await.expect("stored");
        tx.commit().await.expect("committed");
        let mut tx = shelf.ledger.begin().await.expect("a transaction");
        let until = tx.request(&allowed).await.expect("read").expect("there");
        assert_eq!(until.approved_until, Some(START.plus(5 * MINUTE)));
        let answered = tx.question::<About>(&question).await.expect("read");
        assert_eq!(answered.expect("there").decided_at, Some(START));
        // What the phone is to be asked is due, too.
        let due = shelf.ledger.next_push_at().await.expect("read");
        assert_eq!(due, Some(START));
        // A day later the no is a day old.
        assert!(
            tx.was_denied("helper", "h", START.minus(MINUTE))
                .await
                .expect("read")
        );
        let since = START.plus(MINUTE);
        assert!(!tx.was_denied("helper", "h", since).await.expect("read"));

        // What was right is left as it is.
        let short = stored(&mut tx, "short", RequestState::Approved).await;
        tx.clock_set_back(60 * MINUTE).await.expect("stored");
        let after = tx.request(&short.id).await.expect("read").expect("there");
        assert_eq!(after.approved_until, short.approved_until);
    }
}
