//! Commands that are spoken with.

use std::time::Duration;

use fix::End;
use fix::run::{Bounds, Deaf, Heard, Live};

use crate::place::{Place, Unconfined, now, soon};

pub(crate) const BOUNDS: Bounds = Bounds {
    line: 100,
    lines: 1_000,
    bytes: 1 << 20,
    unread: 1_000,
};

fn start(place: &Place, script: &str) -> Live {
    Live::start(&Unconfined, &place.spec(&["/bin/sh", "-c", script]), BOUNDS).expect("started")
}

async fn next(place: &Place, live: &mut Live) -> Heard {
    soon(live.next(&place.clock, Duration::from_secs(60), &place.stopped))
        .await
        .expect("heard")
}

fn line(text: &str) -> Heard {
    Heard::Line(text.as_bytes().to_vec())
}

#[tokio::test]
async fn a_conversation_goes_back_and_forth() {
    let place = Place::new();
    let mut live = start(
        &place,
        "while read -r x; do echo \"you said $x\"; done; printf bye",
    );
    for word in ["one", "two"] {
        live.say(word).expect("room");
        assert_eq!(
            next(&place, &mut live).await,
            line(&format!("you said {word}"))
        );
    }
    live.say("three").expect("room");
    live.hang_up();
    assert_eq!(next(&place, &mut live).await, line("you said three"));
    let mut rest = Vec::new();
    loop {
        match next(&place, &mut live).await {
            Heard::Closed => {}
            Heard::Ended(end) => break assert_eq!(end, End::Code(0)),
            other => rest.push(other),
        }
    }
    assert_eq!(rest, [Heard::Rest(b"bye".to_vec())]);
    assert_eq!(next(&place, &mut live).await, Heard::Ended(End::Code(0)));
}

#[tokio::test]
async fn a_line_that_is_too_long_is_told_and_the_next_is_heard() {
    let place = Place::new();
    let mut live = start(&place, "head -c 500000 /dev/zero; echo; echo short");
    assert_eq!(next(&place, &mut live).await, Heard::LongLine);
    assert_eq!(next(&place, &mut live).await, line("short"));
}

#[tokio::test]
async fn lines_and_bytes_have_an_end_and_a_new_turn_has_new_ones() {
    let place = Place::new();
    let mut live = start(&place, "yes");
    for _ in 0..2 {
        for _ in 0..1_000 {
            assert_eq!(next(&place, &mut live).await, line("y"));
        }
        assert_eq!(next(&place, &mut live).await, Heard::TooMuch);
        live.renew();
    }
    let mut live = start(&place, "yes >&2");
    assert_eq!(next(&place, &mut live).await, Heard::TooMuch);
}

#[tokio::test]
async fn who_does_not_read_is_not_told_more_than_it_may_miss() {
    let place = Place::new();
    let mut live = start(&place, "exec sleep 1000");
    let mut said = 0;
    while live.say(&"x".repeat(99)) == Ok(()) {
        said += 1;
        assert!(said < 100);
    }
    assert_eq!(said, 10);
    assert_eq!(live.say(&"x".repeat(99)), Err(Deaf));
}

#[tokio::test]
async fn time_and_wishes_interrupt_a_silence() {
    let place = Place::new();
    let mut live = start(&place, "exec sleep 1000");
    place.hand.advance(Duration::from_secs(60));
    assert_eq!(next(&place, &mut live).await, Heard::Late);
    place.stop.send_replace(true);
    assert_eq!(next(&place, &mut live).await, Heard::Stopped);
    soon(live.stop(&place.clock)).await.expect("stopped");
}

#[tokio::test]
async fn a_wait_that_is_dropped_loses_nothing() {
    let place = Place::new();
    let mut live = start(&place, "echo one; read -r x; echo two");
    // Each of these waits is dropped before it ends.
    let first = loop {
        let waiting = live.next(&place.clock, Duration::MAX, &place.stopped);
        let heard = now(std::pin::pin!(waiting)).await;
        if let Some(heard) = heard {
            break heard.expect("heard");
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(first, line("one"));
    live.say("go").expect("room");
    assert_eq!(next(&place, &mut live).await, line("two"));
}

#[tokio::test]
async fn the_last_complaint_is_kept() {
    let place = Place::new();
    let mut live = start(&place, "echo bad >&2; exit 9");
    while next(&place, &mut live).await != Heard::Ended(End::Code(9)) {}
    assert_eq!(live.complaint(100), b"bad\n");
    assert_eq!(live.complaint(2), b"d\n");
}
