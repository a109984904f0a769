//! The schedule, the clock's jumps, the morning digest, and what is kept.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bountyd::clock::UnixMillis;
use bountyd::ledger::settings::Setting;
use sim::auth0::TokenPlan;

use super::following::{SLUG, claimed, edits};
use super::people::{NO, YES, approval_id};
use super::withdrawing::submitted;
use super::world::{DAY, HOUR, MINUTE, NOON, World};

impl World {
    /// When scans were done.
    async fn scans(&self) -> Vec<UnixMillis> {
        let ledger = &self.app().ledger;
        let lines = ledger.journal_after(0, None, 100_000).await;
        let lines = lines.expect("the journal can be read");
        let done = lines.iter().filter(|l| l.kind == "scan.done");
        done.map(|l| l.at).collect()
    }
}

fn utc(text: &str) -> UnixMillis {
    let at = chrono::DateTime::parse_from_rfc3339(text).expect("a time");
    UnixMillis(at.timestamp_millis())
}

async fn berlin(start: &str, schedule: &str) -> World {
    let top = format!("mode = \"watch\"\ntimezone = \"Europe/Berlin\"\nschedule = \"{schedule}\"");
    World::starting_at(utc(start), TokenPlan::oauth_app(), &top, "").await
}

/// From noon to the noon after next; the small hours slowly.
async fn two_nights(w: &World) {
    for _ in 0..2 {
        w.pass(12 * HOUR, 12 * HOUR).await;
        w.pass(3 * HOUR, 15 * MINUTE).await;
        w.pass(9 * HOUR, 9 * HOUR).await;
    }
}

#[tokio::test]
async fn a_night_with_an_hour_more_and_one_with_an_hour_less() {
    // 25 October 2026: 02:30 comes twice in Berlin.
    let mut w = berlin("2026-10-24T12:00:00Z", "30 2 * * *").await;
    w.start().await;
    two_nights(&w).await;
    let at = [
        utc("2026-10-24T12:00:00Z"),
        utc("2026-10-25T00:30:00Z"),
        utc("2026-10-26T01:30:00Z"),
    ];
    assert_eq!(w.scans().await, at);
    w.read_all();
    // 28 March 2027: there is no 02:30; it runs right after the jump.
    let mut w = berlin("2027-03-27T12:00:00Z", "30 2 * * *").await;
    w.start().await;
    two_nights(&w).await;
    let at = [
        utc("2027-03-27T12:00:00Z"),
        utc("2027-03-28T01:00:00Z"),
        utc("2027-03-29T00:30:00Z"),
    ];
    assert_eq!(w.scans().await, at);
    w.read_all();
}

#[tokio::test]
async fn after_two_days_asleep_there_is_one_scan_and_one_digest() {
    let mut w = World::with("mode = \"watch\"\nschedule = \"*/5 * * * *\"", "").await;
    w.bounty("acme/widgets", "Crash on empty input", 750);
    w.start().await;
    assert_eq!(w.scans().await.len(), 1);
    let requests = w.sim.github.requests().len();
    w.advance(2 * DAY).await;
    assert_eq!(w.scans().await.len(), 2);
    assert!(w.sim.github.requests().len() - requests < 10);
    let digest = w.phone("Digest").text;
    assert!(
        digest.contains("1 new issue in 2 scans") || digest.contains("1 new issue in 1 scan"),
        "{digest}"
    );
    w.quiet();
    w.advance(5 * MINUTE).await;
    assert_eq!(w.scans().await.len(), 3);
    // The same when the program itself was away.
    w.stop().await;
    w.hand.advance(2 * DAY);
    w.start().await;
    assert_eq!(w.scans().await.len(), 4);
    w.phone("Digest");
    w.quiet();
}

#[tokio::test]
async fn a_clock_set_forward_or_back_neither_stops_nor_floods() {
    let mut w = World::with("mode = \"ask\"", "[policy]\nin_hand = 9").await;
    w.bounty("acme/widgets", "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    w.tap(&card, YES).await;
    w.phone("Claimed");
    // This machine's clock is set back by two hours; nobody else's is. Scans go on by the new
    // clock, and so do writes; the tenant's `Date` shows what is wrong.
    let ahead = 2 * 3600 * 1000;
    w.sim.auth0.rim().set_clock_offset(ahead);
    w.sim.github.rim().set_clock_offset(ahead);
    w.sim.telegram.rim().set_clock_offset(ahead);
    w.hand.set_wall(NOON.minus(2 * HOUR));
    w.bounty("other/things", "Wrong sum", 600);
    w.advance(5 * MINUTE).await;
    w.advance(25 * MINUTE).await;
    assert_eq!(w.scans().await.last(), Some(&NOON.minus(90 * MINUTE)));
    w.advance(MINUTE).await;
    let card = w.phone("$600");
    w.tap(&card, YES).await;
    w.phone("Claimed other/things");
    assert_eq!(w.ours(), 2);
    let status = w.status().await;
    assert!(status.contains("this machine's clock is"), "{status}");
    // Forward by three days: one scan, and no question outlives its hour.
    w.bounty("third/things", "Wrong product", 550);
    w.advance(30 * MINUTE).await;
    let card = w.phone("$550");
    let before = w.scans().await.len();
    w.settle().await;
    w.hand.set_wall(w.now().plus(3 * DAY));
    w.settle().await;
    w.advance(MINUTE).await;
    assert_eq!(w.scans().await.len(), before + 1);
    w.advance(11 * MINUTE).await;
    assert!(
        w.now_reads(&card).starts_with("⌛ Expired"),
        "{}",
        w.now_reads(&card)
    );
    let said = w.says(&format!("/approve {}", approval_id(&card))).await;
    assert!(said.starts_with("Too late"), "{said}");
    w.read_all();
}

/// This machine's clock is set, and is then so much ahead of everybody else's.
fn set_ahead(w: &World, by: Duration) {
    let right = w.now().0 - w.ahead.load(Ordering::Relaxed);
    let by = i64::try_from(by.as_millis()).expect("a jump");
    w.ahead.store(by, Ordering::Relaxed);
    w.hand.set_wall(UnixMillis(right + by));
}

#[tokio::test]
async fn a_clock_that_jumps_ahead_gives_no_claim_back() {
    let w = claimed().await;
    w.advance(HOUR).await;
    set_ahead(&w, 3 * DAY);
    w.pass(12 * HOUR, HOUR).await;
    assert_eq!(w.stands(SLUG, 700).await, "claimed claimed");
    assert_eq!((w.writes(), edits(&w)), (1, 0));
    // The deadline of a clock that is right still holds.
    set_ahead(&w, Duration::ZERO);
    w.pass(34 * HOUR, HOUR).await;
    assert_eq!(edits(&w), 0);
    w.pass(3 * HOUR, HOUR).await;
    w.phone("taken back");
    assert_eq!((w.writes(), edits(&w)), (2, 1));
    w.read_all();
}

#[tokio::test]
async fn a_clock_that_jumps_ahead_gives_up_no_payment() {
    let (w, pull) = submitted().await;
    w.sim.github.merge_pr(SLUG, pull);
    w.pass(DAY, 6 * HOUR).await;
    assert_eq!(w.stands(SLUG, 700).await, "submitted merged");
    set_ahead(&w, 60 * DAY);
    w.pass(12 * HOUR, 3 * HOUR).await;
    assert_eq!(w.stands(SLUG, 700).await, "submitted merged");
    w.read_all();
}

#[tokio::test]
async fn what_was_put_off_by_a_clock_that_was_ahead_does_not_wait_for_that_future() {
    for asleep in [false, true] {
        let caps = "[policy]\nin_hand = 9\nclaims_per_day = 1";
        let mut w = World::with("mode = \"ask\"", caps).await;
        let number = w.bounty("acme/widgets", "Crash on empty input", 750);
        set_ahead(&w, 30 * DAY);
        w.start().await;
        let card = w.phone("$750");
        w.tap(&card, YES).await;
        w.phone("Claimed");
        if asleep {
            w.stop().await;
            set_ahead(&w, Duration::ZERO);
            w.start().await;
        } else {
            set_ahead(&w, Duration::ZERO);
            w.settle().await;
        }
        // It has heard what time it is, or will when the next scan asks for a token.
        w.advance(if asleep { 31 * MINUTE } else { 6 * MINUTE })
            .await;
        let row = w.row("acme/widgets", number).await;
        assert!(
            row.wake_at.is_some_and(|at| at <= NOON.plus(DAY)),
            "{row:?}"
        );
        // The day's one claim is of this day, and of this day only.
        w.bounty("other/things", "Wrong sum", 600);
        w.pass(DAY - HOUR, HOUR).await;
        assert_eq!(w.ours(), 1);
        w.pass(3 * HOUR, 10 * MINUTE).await;
        w.phone("$600");
        w.read_all();
    }
}

#[tokio::test]
async fn a_clock_that_is_not_set_yet_moves_no_deadline() {
    // A board without a battery wakes up in 1970, or when it was last seen to be right, until it has
    // asked for the time.
    for wakes_up in [UnixMillis(0), NOON.minus(2 * HOUR)] {
        let mut w = World::with("mode = \"ask\"", "").await;
        w.bounty("acme/widgets", "Crash on empty input", 750);
        w.start().await;
        let card = w.phone("$750");
        w.stop().await;
        w.ahead.store(wakes_up.0 - NOON.0, Ordering::Relaxed);
        w.hand.set_wall(wakes_up);
        w.start().await;
        // Time enough for a scan, which hears what time it is.
        w.advance(31 * MINUTE).await;
        assert_eq!(w.scans().await.len(), 2);
        let by = NOON.since(wakes_up);
        w.ahead.store(0, Ordering::Relaxed);
        w.hand.set_wall(w.now().plus(by));
        w.settle().await;
        w.advance(6 * MINUTE).await;
        assert!(w.now_reads(&card).starts_with("$750"));
        w.tap(&card, YES).await;
        w.phone("Claimed");
        w.read_all();
    }
}

#[tokio::test]
async fn what_a_clock_that_was_ahead_put_off_is_not_forgotten_by_one_that_was_behind() {
    let mut w = World::new().await;
    let number = w.bounty("acme/widgets", "Crash on empty input", 750);
    set_ahead(&w, 30 * DAY);
    w.start().await;
    let card = w.phone("$750");
    w.tap(&card, YES).await;
    w.phone("Claimed");
    w.stop().await;
    // It starts in 1970, is set right, and starts again before anybody has told it the time.
    w.sim.auth0.rim().set_down(true);
    w.ahead.store(-NOON.0, Ordering::Relaxed);
    w.hand.set_wall(UnixMillis(0));
    w.start().await;
    set_ahead(&w, Duration::ZERO);
    w.settle().await;
    w.stop().await;
    w.start().await;
    let row = w.row("acme/widgets", number).await;
    assert!(row.wake_at.is_some_and(|at| at > NOON.plus(DAY)), "{row:?}");
    w.sim.auth0.rim().set_down(false);
    w.advance(31 * MINUTE).await;
    let row = w.row("acme/widgets", number).await;
    assert!(row.wake_at.is_some_and(|at| at < NOON.plus(DAY)), "{row:?}");
    w.read_all();
}

#[tokio::test]
async fn a_bounty_that_gets_its_amount_later_is_in_the_next_digest() {
    let mut w = World::with("mode = \"watch\"", "").await;
    w.repo("acme/widgets");
    let issue = sim::github::NewIssue::new("acme/widgets", "Wrong sum");
    let number = w.sim.github.post_issue(issue.label("💎 Bounty"));
    w.start().await;
    w.pass(20 * HOUR, HOUR).await;
    let first = w.phone("Digest").text;
    assert!(!first.contains("$2,000"), "{first}");
    w.advance(4 * HOUR).await;
    w.algora("acme/widgets", number, 2_000);
    w.pass(20 * HOUR, HOUR).await;
    let second = w.phone("Digest").text;
    assert!(second.contains("acme/widgets#700 $2,000"), "{second}");
    // What stays as it is is told once.
    w.pass(DAY, HOUR).await;
    let third = w.phone("Digest").text;
    assert!(!third.contains("$2,000"), "{third}");
}

#[tokio::test]
async fn jitter_is_bounded_and_moves() {
    let mut w = World::with("mode = \"watch\"\njitter = \"2m\"", "").await;
    w.start().await;
    let mut late = Vec::new();
    for slot in 1..=8_u32 {
        let next: Option<UnixMillis> = w
            .app()
            .ledger
            .setting(&Setting::NextScan)
            .await
            .expect("the ledger can be read");
        let next = next.expect("it is planned");
        late.push(next.0 - NOON.plus(slot * 30 * MINUTE).0);
        w.advance(next.since(w.now())).await;
        assert_eq!(w.scans().await.last(), Some(&next));
    }
    assert!(late.iter().all(|ms| (0..=120_000).contains(ms)), "{late:?}");
    assert!(late.iter().any(|ms| *ms != late[0]), "{late:?}");
}

#[tokio::test]
async fn the_digest_comes_once_a_day_at_eight_with_the_chain_head() {
    let mut w = berlin("2026-10-24T12:00:00Z", "0 * * * *").await;
    w.start().await;
    let mut heads = Vec::new();
    let mut at = Vec::new();
    for _ in 0..(3 * 24) {
        w.advance(HOUR).await;
        for message in w.cast.owner.drain_unread() {
            assert!(message.text.contains("Digest"), "{}", message.text);
            let head = message.text.lines().last().unwrap_or_default();
            heads.push(head.rsplit(' ').next().unwrap_or_default().to_owned());
            at.push(UnixMillis(message.at));
        }
    }
    let eight = [
        utc("2026-10-25T07:00:00Z"),
        utc("2026-10-26T07:00:00Z"),
        utc("2026-10-27T07:00:00Z"),
    ];
    assert_eq!(at, eight, "08:00 in Berlin, winter time by then");
    let ledger = &w.app().ledger;
    let lines = ledger.journal_after(0, None, 100_000).await.expect("lines");
    for head in heads {
        assert!(
            lines.iter().any(|l| l.hash == head),
            "{head} is in the chain"
        );
    }
}

#[tokio::test]
async fn what_is_older_than_the_retention_goes_and_the_chain_holds() {
    let mut w = World::with("mode = \"watch\"", "[journal]\nretention = \"7d\"").await;
    w.start().await;
    w.pass(12 * DAY, 12 * HOUR).await;
    let verdict = w.app().ledger.verify_journal().await.expect("the journal");
    assert_eq!(verdict.broken, None);
    assert!(verdict.checkpoint.is_some(), "{verdict:?}");
    let first = w
        .app()
        .ledger
        .journal_after(0, None, 1)
        .await
        .expect("lines");
    assert!(w.now().since(first[0].at) <= 8 * DAY, "{:?}", first[0].at);
    assert_eq!(w.read_all().len(), 12);
}

#[tokio::test]
async fn after_half_a_year_what_was_left_alone_is_forgotten_and_a_no_is_not() {
    let mut w = World::new().await;
    w.bounty("acme/widgets", "Crash on empty input", 5);
    w.bounty("other/things", "Wrong sum", 750);
    w.start().await;
    let card = w.phone("$750");
    w.tap(&card, NO).await;
    assert_eq!(w.stands("acme/widgets", 700).await, "skipped below_minimum");
    w.advance(100 * DAY).await;
    // Searches go on from here: the first two are not seen any more.
    w.bounty("third/parts", "Missing page", 5);
    w.advance(79 * DAY).await;
    assert_eq!(w.stands("acme/widgets", 700).await, "skipped below_minimum");
    w.pass(2 * DAY, DAY).await;
    assert_eq!(w.stands("acme/widgets", 700).await, "unknown");
    assert_eq!(w.stands("other/things", 700).await, "denied denied");
    w.read_all();
}
