//! Agents that are spoken with, whose process lives between two rounds.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clock::{Clock, SystemClock};
use fix::job::{NoFix, Outcome, Progress, What};

use crate::place::unprivileged;
use crate::scene::Scene;

#[test]
fn failures_are_told_in_the_same_session() {
    unprivileged(
        "talking::failures_are_told_in_the_same_session",
        |place| async {
            // The second prompt is short: what is known is not told again.
            let code = "mend('*' if turn == 1 else '+')\n\
                        if turn == 2:\n    assert 'failed: tests/test_sum' in text\n    \
                        assert 'The sum is wrong' not in text";
            let scene = Scene::talking(place, code).await;
            let outcome = scene.outcome().await;
            let record = scene.place.record();
            assert!(matches!(outcome, Outcome::Gated { .. }), "{record:#?}");
            assert_eq!(record.rounds.len(), 2);
        },
    );
}

/// The agent's tree, until it has left.
fn tree_of_the_agent(state: &Path) -> Option<PathBuf> {
    let places = std::fs::read_dir(state.join("job-1.work")).ok()?;
    let mut places = places.map(|place| place.expect("an entry").path());
    let place = places.find(|place| place.join("papers").exists())?;
    Some(place.join("tree"))
}

#[test]
fn a_tree_that_changes_while_it_is_tried_is_not_the_one_that_passes() {
    unprivileged(
        "talking::a_tree_that_changes_while_it_is_tried_is_not_the_one_that_passes",
        |place| async {
            // It mends the bug, says that it is done, and puts it back when nobody looks.
            let code = "mend('+')\n\
                        def later():\n    \
                            while not os.path.exists('now'): time.sleep(0.005)\n    \
                            mend('-')\n    \
                            open('src/add.sh', 'a').write('# again\\n')\n    \
                            os.remove('now')\n\
                        threading.Thread(target=later).start()";
            let mut scene = Scene::talking(place, code).await;
            let state = scene.place.state();
            scene.react(move |progress| {
                let tried = matches!(
                    progress,
                    Progress::Testing {
                        what: What::Candidate
                    }
                );
                // What is tried was read before. In the second trial the agent is gone.
                let Some(tree) = tree_of_the_agent(&state).filter(|_| tried) else {
                    return;
                };
                let now = tree.join("now");
                std::fs::write(&now, "").expect("written");
                let deadline = SystemClock.monotonic() + Duration::from_secs(60);
                while now.exists() {
                    assert!(
                        SystemClock.monotonic() < deadline,
                        "the agent does not move"
                    );
                    std::thread::yield_now();
                }
            });
            let outcome = scene.outcome().await;
            assert!(
                matches!(
                    outcome,
                    Outcome::NoFix {
                        why: NoFix::Changed
                    }
                ),
                "{outcome:?}"
            );
            let record = scene.place.record();
            assert!(record.rounds[0].tests.as_ref().expect("run").passed);
            assert!(!record.tests_after.expect("run").passed);
        },
    );
}

#[test]
fn one_that_lives_on_is_ended_when_it_makes_no_progress() {
    unprivileged(
        "talking::one_that_lives_on_is_ended_when_it_makes_no_progress",
        |place| async {
            let code = "os.spawnlp(os.P_NOWAIT, 'sleep', 'sleep', '100000')\n\
                        open('src/add.sh', 'a').write('# hm\\n')";
            let scene = Scene::talking(place, code).await;
            let outcome = scene.run().await.expect("an outcome");
            // At once, not only soon.
            let left = scene.place.processes();
            assert!(left.is_empty(), "{left:?}");
            assert_eq!(scene.place.left(), ["job-1"]);
            assert!(
                matches!(
                    outcome,
                    Outcome::NoFix {
                        why: NoFix::SameFailures(2)
                    }
                ),
                "{outcome:?}"
            );
        },
    );
}
