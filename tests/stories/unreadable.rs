//! An issue in hand that cannot be read any more: kept through a bad day, not for ever.

use sim::faults::{What, When};

use super::following::{SLUG, claimed};
use super::people::YES;
use super::world::{DAY, HOUR, World};

fn nothing_can_be_read(w: &World) {
    let read = When::on("POST", "/graphql").body_contains("issue(number: $number)");
    let no = What::status(403, r#"{"message":"Forbidden"}"#);
    w.sim.github.faults().always(read, no);
}

#[tokio::test]
async fn a_permit_that_ran_out_unread_frees_the_hand() {
    let mut w = World::new().await;
    w.bounty(SLUG, "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    nothing_can_be_read(&w);
    w.tap(&card, YES).await;
    w.pass(20 * HOUR, HOUR).await;
    assert_eq!(w.stands(SLUG, 700).await, "permitted approved");
    w.read_all();
    w.pass(6 * HOUR, HOUR).await;
    w.phone("Not claimed");
    assert_eq!(w.stands(SLUG, 700).await, "skipped unreadable");
    assert_eq!(w.writes(), 0);
    w.read_all();
}

#[tokio::test]
async fn a_claim_that_cannot_be_followed_frees_the_hand_in_the_end() {
    let w = claimed().await;
    w.advance(HOUR).await;
    nothing_can_be_read(&w);
    w.pass(8 * DAY, 6 * HOUR).await;
    assert_eq!(w.stands(SLUG, 700).await, "claimed claimed");
    w.pass(2 * DAY, 6 * HOUR).await;
    w.phone("lost: ");
    assert_eq!(w.stands(SLUG, 700).await, "lost unreadable");
    assert_eq!(w.writes(), 1);
    w.read_all();
}
