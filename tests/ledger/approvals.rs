//! An answer counts once, whole, and in time.

use std::time::Duration;

use bountyd::bounty::stage::Stage;
use bountyd::control::{self, Command, Outcome};
use bountyd::ledger::Actor;
use bountyd::ledger::approvals::Claim;
use bountyd::ledger::asked::{Answer, ApprovalState, Decided};
use bountyd::ledger::settings::Setting;

use super::support::{ENGINES, START, Shelf};

const OWNER: Actor = Actor::Telegram(42);
const DAY: Duration = Duration::from_secs(24 * 3600);

async fn answer(shelf: &Shelf, id: &str, answer: &Answer) -> Decided {
    let mut tx = shelf.ledger.begin().await.expect("a transaction");
    let decided = tx
        .decide(id, answer, &OWNER, "telegram")
        .await
        .expect("decided");
    tx.commit().await.expect("committed");
    decided
}

fn yes() -> Answer {
    Answer::Approve {
        permit_until: START.plus(DAY),
    }
}

fn no() -> Answer {
    Answer::Deny {
        why: Some("not now".to_owned()),
    }
}

#[tokio::test]
async fn the_first_answer_counts_and_no_other() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let (bounty, id) = shelf.asked(1).await;
        assert_eq!(answer(&shelf, &id, &yes()).await, Decided::Applied);
        assert_eq!(
            answer(&shelf, &id, &yes()).await,
            Decided::Already(ApprovalState::Approved)
        );
        assert_eq!(
            answer(&shelf, &id, &no()).await,
            Decided::Already(ApprovalState::Approved)
        );
        let row = shelf
            .ledger
            .bounty(bounty)
            .await
            .expect("read")
            .expect("there");
        assert_eq!(row.stage, Stage::Permitted);
        let about = shelf.ledger.approvals_about(bounty).await.expect("read");
        assert_eq!(about.len(), 1);
        assert_eq!(about[0].decided_by.as_deref(), Some("telegram:42"));
    }
}

#[tokio::test]
async fn a_no_ends_it_and_keeps_its_reason() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let (bounty, id) = shelf.asked(1).await;
        assert_eq!(answer(&shelf, &id, &no()).await, Decided::Applied);
        assert_eq!(
            answer(&shelf, &id, &yes()).await,
            Decided::Already(ApprovalState::Denied)
        );
        let row = shelf
            .ledger
            .bounty(bounty)
            .await
            .expect("read")
            .expect("there");
        assert_eq!((row.stage, row.wake_at), (Stage::Denied, None));
        let about = shelf.ledger.approvals_about(bounty).await.expect("read");
        assert_eq!(about[0].why.as_deref(), Some("not now"));
    }
}

#[tokio::test]
async fn an_answer_at_the_deadline_is_too_late() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let (bounty, id) = shelf.asked(1).await;
        shelf.hand.advance(Duration::from_secs(3600));
        shelf.chat_was_read().await;
        assert_eq!(
            answer(&shelf, &id, &yes()).await,
            Decided::Already(ApprovalState::Expired)
        );
        let row = shelf
            .ledger
            .bounty(bounty)
            .await
            .expect("read")
            .expect("there");
        assert_eq!(
            row.stage,
            Stage::Expired,
            "denied and expired are different"
        );
    }
}

#[tokio::test]
async fn a_tap_that_nobody_was_there_to_hear_counts_for_a_while() {
    for engine in ENGINES {
        // Tapped in time, fetched after a restart: the chat was not read since the deadline.
        let shelf = Shelf::new(engine).await;
        let (_, id) = shelf.asked(1).await;
        shelf.chat_was_read().await;
        shelf.hand.advance(Duration::from_secs(3600 + 300));
        assert_eq!(answer(&shelf, &id, &yes()).await, Decided::Applied);

        // Too long ago to be believed.
        let shelf = Shelf::new(engine).await;
        let (_, id) = shelf.asked(1).await;
        shelf.hand.advance(Duration::from_secs(3600 + 601));
        let late = answer(&shelf, &id, &yes()).await;
        assert_eq!(late, Decided::Already(ApprovalState::Expired));

        // A terminal knows when it is used.
        let shelf = Shelf::new(engine).await;
        let (_, id) = shelf.asked(1).await;
        shelf.hand.advance(Duration::from_secs(3600));
        let mut tx = shelf.ledger.begin().await.expect("a transaction");
        let late = tx
            .decide(&id, &yes(), &Actor::Operator(0), "terminal")
            .await;
        assert_eq!(
            late.expect("decided"),
            Decided::Already(ApprovalState::Expired)
        );
    }
}

#[tokio::test]
async fn an_unknown_id_changes_nothing() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        shelf.asked(1).await;
        let before = shelf.ledger.journal_head().await.expect("read");
        assert_eq!(
            answer(&shelf, &"0".repeat(32), &yes()).await,
            Decided::Unknown
        );
        assert_eq!(shelf.ledger.journal_head().await.expect("read"), before);
    }
}

#[tokio::test]
async fn verdict_journal_and_offset_are_one() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let (bounty, id) = shelf.asked(1).await;
        let before = shelf.ledger.journal_head().await.expect("read");
        // As if the power went before the commit.
        let mut tx = shelf.ledger.begin().await.expect("a transaction");
        let command = Command::Approve { id: id.clone() };
        let done = control::apply(&mut tx, &command, &OWNER, "telegram", DAY)
            .await
            .expect("applied");
        assert_eq!(done, Outcome::Approved);
        tx.put_setting(&Setting::TelegramOffset, &7_i64)
            .await
            .expect("stored");
        drop(tx);
        let offset: Option<i64> = shelf
            .ledger
            .setting(&Setting::TelegramOffset)
            .await
            .expect("read");
        assert_eq!(offset, None);
        let row = shelf
            .ledger
            .bounty(bounty)
            .await
            .expect("read")
            .expect("there");
        assert_eq!(row.stage, Stage::Asking);
        assert_eq!(shelf.ledger.journal_head().await.expect("read"), before);
    }
}

#[tokio::test]
async fn an_id_is_found_by_its_beginning_only_when_that_says_which() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let (_, id) = shelf.asked(1).await;
        let find = async |prefix: &str| {
            let found = shelf.ledger.asked_by_prefix(prefix).await.expect("read");
            found.map(|a| a.id().to_owned())
        };
        assert_eq!(find(&id[..8]).await, Some(id.clone()));
        assert_eq!(find(&id.to_uppercase()).await, Some(id.clone()));
        for nonsense in [&id[..5], "", "%", "______", "zzzzzzzz", &format!("{id}0")] {
            assert_eq!(find(nonsense).await, None, "{nonsense}");
        }
    }
}

#[tokio::test]
async fn pausing_twice_is_pausing_once() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let mut tx = shelf.ledger.begin().await.expect("a transaction");
        for (command, outcome) in [
            (Command::Pause, Outcome::Paused),
            (Command::Pause, Outcome::AlreadySo),
            (Command::Resume, Outcome::Resumed),
            (Command::Resume, Outcome::AlreadySo),
        ] {
            let done = control::apply(&mut tx, &command, &OWNER, "telegram", DAY).await;
            assert_eq!(done.expect("applied"), outcome, "{command:?}");
        }
    }
}

#[tokio::test]
async fn a_question_that_was_answered_since_it_was_read_does_not_expire() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let (bounty, id) = shelf.asked(1).await;
        let read = shelf.ledger.approvals_about(bounty).await.expect("read");
        assert_eq!(answer(&shelf, &id, &yes()).await, Decided::Applied);
        let mut tx = shelf.ledger.begin().await.expect("a transaction");
        tx.expire(&read[0]).await.expect("looked at");
        tx.never_asked(&read[0]).await.expect("looked at");
        tx.commit().await.expect("committed");
        let lines = shelf.ledger.journal_newest(Some(bounty), 100).await;
        let lines = lines.expect("read");
        let ended = |kind: &str| matches!(kind, "approval.expired" | "approval.superseded");
        assert!(!lines.iter().any(|line| ended(&line.kind)), "{lines:#?}");
        let about = shelf.ledger.approvals_about(bounty).await.expect("read");
        assert_eq!(about[0].state, ApprovalState::Approved);
    }
}

#[tokio::test]
async fn a_bounty_was_asked_about_when_its_card_arrived_and_once_a_question() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let (bounty, id) = shelf.asked(1).await;
        let asks = async || {
            let row = shelf.ledger.bounty(bounty).await.expect("read");
            row.expect("there").asks
        };
        assert_eq!(asks().await, 1);
        // A card whose delivery was not noted is sent once more.
        let mut tx = shelf.ledger.begin().await.expect("a transaction");
        let until = START.plus(DAY);
        tx.delivered::<Claim>(&id, 8, until).await.expect("noted");
        tx.commit().await.expect("committed");
        assert_eq!(asks().await, 1);
    }
}

#[tokio::test]
async fn one_question_that_cannot_be_read_holds_up_no_other() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let (_, spoilt) = shelf.asked(1).await;
        let (_, sound) = shelf.asked(2).await;
        shelf
            .spoil("UPDATE approval SET proposal = '{' WHERE id = $1", &spoilt)
            .await;
        let late = START.plus(10 * DAY);
        let due = shelf
            .ledger
            .questions_to_expire::<Claim>(late, Duration::ZERO)
            .await;
        let due: Vec<String> = due.expect("read").into_iter().map(|a| a.id).collect();
        assert_eq!(due, [sound.as_str()]);
        assert_eq!(answer(&shelf, &spoilt, &yes()).await, Decided::Unknown);
        assert_eq!(answer(&shelf, &sound, &yes()).await, Decided::Applied);
    }
}
