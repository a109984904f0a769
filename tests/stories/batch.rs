//! Bounties are judged many at a time, and one that is in trouble holds up no other.

use std::time::Duration;

use sim::faults::{What, When};
use sim::github::NewAccount;
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use super::world::{MINUTE, SECOND, World, pause};

/// More hands than there are bounties in these stories, and more claims in a day.
const HANDS: &str = "[policy]\nin_hand = 9\nclaims_per_day = 9\n";

/// Real time, in which a program that does not wait for anything would have done something.
const A_MOMENT: Duration = Duration::from_millis(50);

/// GitHub is asked for the whole of one issue.
fn look(name: &str) -> When {
    let issue = format!("\"name\":\"{name}\"");
    When::on("POST", "/graphql").body_contains(&issue)
}

/// Bounties with threads that a search cuts short, and one whose thread is short.
async fn long_threads(long: &[(&str, u64)]) -> World {
    let mut w = World::with("mode = \"ask\"", HANDS).await;
    w.start().await;
    w.sim.github.add_user(NewAccount::user("passer-by"));
    for (slug, dollars) in long.iter().copied() {
        let number = w.bounty(slug, "Crash on empty input", dollars);
        for n in 0..130 {
            let text = format!("I see this too, time {n}.");
            w.sim.github.comment_as(slug, number, "passer-by", &text);
        }
    }
    w.bounty("third/parts", "Wrong sum", 600);
    w
}

#[tokio::test]
async fn a_thread_that_never_comes_holds_up_nobody() {
    let w = long_threads(&[("acme/widgets", 750), ("other/things", 700)]).await;
    w.sim.github.faults().once(look("widgets"), What::Hold);
    w.hand.advance(30 * MINUTE);
    w.held().await;
    w.hand.advance(MINUTE - SECOND);
    pause(A_MOMENT).await;
    w.quiet();
    // A round is over after a minute, whether GitHub has answered or not.
    w.hand.advance(SECOND);
    w.settle().await;
    w.phone("$700");
    w.phone("$600");
    w.quiet();
    w.advance(MINUTE).await;
    w.phone("$750");
    w.quiet();
}

#[tokio::test]
async fn after_a_thread_that_failed_the_others_are_judged_before_the_next_is_read() {
    let w = long_threads(&[("acme/widgets", 750), ("other/things", 700)]).await;
    w.sim.github.faults().once(look("widgets"), What::Reset);
    w.sim.github.faults().once(look("things"), What::Hold);
    w.hand.advance(30 * MINUTE);
    w.held().await;
    // The next one hangs, and nobody waits for it: the card is there.
    w.phone("$600");
    w.quiet();
    w.sim.github.faults().release();
    w.settle().await;
    w.phone("$700");
    w.quiet();
    w.advance(MINUTE).await;
    w.phone("$750");
}

#[tokio::test]
async fn after_a_minute_of_slow_threads_what_was_read_is_judged_before_the_next() {
    let long = [("acme/a", 750), ("other/b", 700), ("more/c", 650)];
    let w = long_threads(&long).await;
    for name in ["a", "b", "c"] {
        w.sim.github.faults().once(look(name), What::Hold);
    }
    w.hand.advance(30 * MINUTE);
    for _ in ["a", "b"] {
        w.held().await;
        w.quiet();
        w.hand.advance(40 * SECOND);
        w.sim.github.faults().release();
        pause(A_MOMENT).await;
    }
    w.held().await;
    for amount in ["$750", "$700", "$600"] {
        w.phone(amount);
    }
    w.quiet();
    w.sim.github.faults().release();
    w.settle().await;
    w.phone("$650");
}

/// Spoils what the ledger keeps of the issues of a repository.
async fn spoil(w: &World, slug: &str) {
    let options = SqliteConnectOptions::new().filename(w.ledger_path());
    let mut other = SqliteConnection::connect_with(&options)
        .await
        .expect("another program opens the ledger");
    let done = sqlx::query(
        "UPDATE found SET facts = '{' WHERE bounty_id IN (SELECT id FROM bounty WHERE repo = $1)",
    )
    .bind(slug)
    .execute(&mut other)
    .await
    .expect("it changes a row");
    assert_eq!(done.rows_affected(), 1, "its facts wait to be judged");
    other.close().await.expect("it closes");
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_read_at_github_and_holds_up_nobody() {
    let mut w = World::with("mode = \"ask\"", HANDS).await;
    w.bounty("acme/widgets", "Crash on empty input", 750);
    w.bounty("other/things", "Wrong product", 700);
    w.bounty("third/parts", "Wrong sum", 600);
    let rules = When::on("POST", "/graphql").body_contains("CONTRIBUTING");
    let no = What::status(403, r#"{"message":"Forbidden"}"#);
    w.sim.github.faults().once(rules, no);
    w.start().await;
    // Nothing can be judged without the contribution rules, and so it waits in the ledger.
    w.quiet();
    spoil(&w, "acme/widgets").await;
    // It is read at GitHub instead; should that fail, the others do not wait for it.
    w.sim.github.faults().once(look("widgets"), What::Reset);
    w.advance(MINUTE).await;
    w.phone("$700");
    w.phone("$600");
    w.quiet();
    assert!(!w.status().await.contains("nothing goes out"));
    w.advance(2 * MINUTE).await;
    w.phone("$750");
    w.quiet();
}
