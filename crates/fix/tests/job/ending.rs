//! Jobs that end before there is anything to judge, and that leave nothing then either.

use std::sync::Arc;
use std::time::Duration;

use clock::{FedClock, UnixMillis};
use fix::job::{NoFix, Outcome, Progress};

use crate::place::unprivileged;
use crate::scene::{FIX, Scene};

/// Says that it works, and never ends.
const HANG: &str = "echo working; while :; do sleep 1; done";

#[test]
fn an_agent_that_does_nothing_is_no_fix() {
    unprivileged(
        "ending::an_agent_that_does_nothing_is_no_fix",
        |place| async {
            let scene = Scene::new(place, "echo I would rather not").await;
            let outcome = scene.outcome().await;
            assert!(
                matches!(
                    outcome,
                    Outcome::NoFix {
                        why: NoFix::NothingChanged
                    }
                ),
                "{outcome:?}"
            );
            let record = scene.place.record();
            assert_eq!(record.rounds[0].summary, "I would rather not");
            assert_eq!(record.tree, None);
        },
    );
}

#[test]
fn an_agent_that_leaves_with_a_failure_is_no_fix() {
    unprivileged(
        "ending::an_agent_that_leaves_with_a_failure_is_no_fix",
        |place| async {
            let scene = Scene::new(place, &format!("{FIX}exit 3")).await;
            let outcome = scene.outcome().await;
            let Outcome::NoFix {
                why: NoFix::Agent(why),
            } = outcome
            else {
                panic!("{outcome:?}");
            };
            assert!(why.contains("left with code 3"), "{why}");
        },
    );
}

/// A scene in which the hand of the clock passes `span` as soon as the agent says that it works.
fn late(scene: &mut Scene, span: Duration) {
    let (clock, hand) = FedClock::new(UnixMillis(0));
    scene.parts.clock = Arc::new(clock);
    scene.react(move |progress| {
        if matches!(progress, Progress::Agent { .. }) {
            hand.advance(span);
        }
    });
}

#[test]
fn an_agent_that_hangs_is_ended_with_its_turn() {
    unprivileged(
        "ending::an_agent_that_hangs_is_ended_with_its_turn",
        |place| async {
            let mut scene = Scene::new(place, HANG).await;
            late(&mut scene, Duration::from_secs(31 * 60));
            let outcome = scene.outcome().await;
            let Outcome::NoFix {
                why: NoFix::Agent(why),
            } = outcome
            else {
                panic!("{outcome:?}");
            };
            assert!(why.contains("too long"), "{why}");
            assert_eq!(scene.place.record().rounds[0].millis, 31 * 60 * 1000);
        },
    );
}

#[test]
fn the_time_of_the_whole_job_ends_every_turn() {
    unprivileged(
        "ending::the_time_of_the_whole_job_ends_every_turn",
        |place| async {
            let mut scene = Scene::new(place, HANG).await;
            scene.parts.limits.wall = Duration::from_secs(20 * 60);
            late(&mut scene, Duration::from_secs(21 * 60));
            let outcome = scene.outcome().await;
            assert!(
                matches!(
                    outcome,
                    Outcome::NoFix {
                        why: NoFix::OutOfTime
                    }
                ),
                "{outcome:?}"
            );
        },
    );
}

#[test]
fn a_cancelled_job_ends_at_once() {
    unprivileged("ending::a_cancelled_job_ends_at_once", |place| async {
        let mut scene = Scene::new(place, HANG).await;
        let stop = scene.stop.clone();
        scene.react(move |progress| {
            if matches!(progress, Progress::Agent { .. }) {
                stop.send_replace(true);
            }
        });
        let outcome = scene.outcome().await;
        assert!(
            matches!(
                outcome,
                Outcome::NoFix {
                    why: NoFix::Cancelled
                }
            ),
            "{outcome:?}"
        );
    });
}

#[test]
fn a_job_that_is_dropped_leaves_nothing_at_all() {
    unprivileged(
        "ending::a_job_that_is_dropped_leaves_nothing_at_all",
        |place| async {
            let scene = Scene::new(place, HANG).await;
            let works = scene.soon("the agent at work", || {
                let seen = scene.seen();
                let works = seen.iter().any(|p| matches!(p, Progress::Agent { .. }));
                works && !scene.place.processes().is_empty()
            });
            tokio::select! {
                ended = scene.run() => panic!("it ended: {ended:?}"),
                () = works => {}
            }
            scene.nothing_runs().await;
            scene
                .soon("an empty directory", || scene.place.left().is_empty())
                .await;
        },
    );
}

#[test]
fn tests_that_hang_are_ended_and_told_to_the_agent() {
    unprivileged(
        "ending::tests_that_hang_are_ended_and_told_to_the_agent",
        |place| async {
            let script = "echo 'while :; do sleep 1; done' > src/add.sh; echo done";
            let mut scene = Scene::new(place, script).await;
            scene.parts.limits.rounds = 1;
            scene.parts.tests.limits.wall = Duration::from_secs(600);
            let (clock, hand) = FedClock::new(UnixMillis(0));
            scene.parts.clock = Arc::new(clock);
            let hand = Arc::new(hand);
            let flies = {
                let scene = &scene;
                let hand = Arc::clone(&hand);
                async move {
                    // Only while the candidate is tried: its box is there then.
                    let tries = |p: &Progress| {
                        matches!(
                            p,
                            Progress::Testing {
                                what: fix::job::What::Candidate
                            }
                        )
                    };
                    scene
                        .soon("the trial", || {
                            scene.seen().iter().any(tries) && !scene.place.processes().is_empty()
                        })
                        .await;
                    loop {
                        hand.advance(Duration::from_secs(60));
                        tokio::task::yield_now().await;
                        if hand.reading().monotonic > 700_000 {
                            std::future::pending::<()>().await;
                        }
                    }
                }
            };
            let outcome = tokio::select! {
                outcome = scene.outcome() => outcome,
                () = flies => unreachable!("time stands still in the end"),
            };
            assert!(
                matches!(
                    outcome,
                    Outcome::NoFix {
                        why: NoFix::Rounds(1)
                    }
                ),
                "{outcome:?}"
            );
        },
    );
}
