//! Agents that mean well.

use fix::job::{Ending, NoFix, Outcome, Progress, What, Word};

use crate::place::unprivileged;
use crate::scene::{FILES, FIX, Scene, TEST};

#[test]
fn a_fix_with_a_test_is_gated_and_its_tree_is_gits() {
    unprivileged(
        "fixing::a_fix_with_a_test_is_gated_and_its_tree_is_gits",
        |place| async {
            let scene = Scene::new(place, &format!("{FIX}{TEST}echo mended it")).await;
            let Outcome::Gated { pass, patch } = scene.outcome().await else {
                panic!("{}", scene.place.report("job.json"));
            };
            // The same files, committed by git itself.
            let base = scene.repo.git(&["rev-parse", "main"], b"");
            let mut files = FILES.to_vec();
            files[1].1 = b"#!/bin/sh\necho $(($1 + $2))\n";
            files.push(("tests/test_more", b"test \"$(sh src/add.sh 20 22)\" = 42\n"));
            scene.repo.commit_files(&files);
            let tree = scene.repo.git(&["rev-parse", "main^{tree}"], b"");
            assert_eq!(patch.tree_id.to_string(), tree);
            assert_eq!(patch.base.to_string(), base);
            assert_eq!(pass.patch(), patch.verdict.patch_sha256());

            let record = scene.place.record();
            assert_eq!(record.outcome, Some(Word::Gated));
            assert_eq!(record.why, None);
            assert_eq!(record.tree, Some(tree));
            assert_eq!(record.base_commit, Some(base));
            assert_eq!(record.issue, Some(7));
            assert_eq!(record.tests_before.expect("run").end, Ending::Code(1));
            assert!(record.tests_after.expect("run").passed);
            let evidence = record.evidence.expect("gathered");
            assert!(evidence.proven, "{}", evidence.why);
            assert!(evidence.old_tests.expect("run").passed);
            assert_eq!(evidence.new_tests.expect("run").end, Ending::Code(1));
            assert_eq!(record.rounds.len(), 1);
            assert_eq!(record.rounds[0].summary, "mended it");
            let diff = scene.place.report("patch.diff");
            assert!(diff.contains("+echo $(($1 + $2))\n"), "{diff}");
            assert!(diff.contains("+++ b/tests/test_more\n"), "{diff}");
            assert!(scene.place.report("gate.txt").contains("passes the gate"));
            assert!(scene.place.report("gate.sarif").contains("\"2.1.0\""));
        },
    );
}

#[test]
fn the_steps_are_seen_in_their_order() {
    unprivileged("fixing::the_steps_are_seen_in_their_order", |place| async {
        let scene = Scene::new(place, &format!("{FIX}{TEST}echo done")).await;
        scene.outcome().await;
        let told: Vec<String> = scene
            .seen()
            .iter()
            .map(|progress| match progress {
                Progress::Testing { what } => format!("{what:?}"),
                Progress::Agent { did } => did.clone(),
                other => {
                    let value = serde_json::to_value(other).expect("JSON");
                    value["event"].as_str().expect("a name").to_owned()
                }
            })
            .filter(|word| word != "tested")
            .collect();
        assert_eq!(
            told,
            [
                "fetching",
                "fetched",
                "looked",
                "pinned",
                "Base",
                "working",
                "done",
                "worked",
                "Candidate",
                "BaseTests",
                "NewTests",
                "judged",
                "ended"
            ]
        );
    });
}

#[test]
fn what_fails_is_told_to_the_agent_until_the_tests_pass() {
    unprivileged(
        "fixing::what_fails_is_told_to_the_agent_until_the_tests_pass",
        |place| async {
            // It multiplies first, and adds when it is told what failed.
            let script = format!(
                "if grep -q '[*]' src/add.sh; then\n{FIX}{TEST}\nelse\n\
                 printf '#!/bin/sh\\necho $(($1 * $2))\\n' > src/add.sh\nfi\necho done"
            );
            let scene = Scene::new(place, &script).await;
            let outcome = scene.outcome().await;
            let record = scene.place.record();
            assert!(matches!(outcome, Outcome::Gated { .. }), "{record:#?}");
            let passed: Vec<bool> = record
                .rounds
                .iter()
                .map(|round| round.tests.as_ref().expect("run").passed)
                .collect();
            assert_eq!(passed, [false, true]);
            assert_ne!(record.rounds[0].tree, record.rounds[1].tree);
        },
    );
}

#[test]
fn the_same_failure_twice_ends_the_job() {
    unprivileged(
        "fixing::the_same_failure_twice_ends_the_job",
        |place| async {
            let scene = Scene::new(place, "echo '# hm' >> src/add.sh").await;
            let outcome = scene.outcome().await;
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

#[test]
fn tests_that_never_pass_end_with_the_last_round() {
    unprivileged(
        "fixing::tests_that_never_pass_end_with_the_last_round",
        |place| async {
            // Each round fails in its own way.
            let script = "echo 'echo more' >> tests/test_zero";
            let mut scene = Scene::new(place, script).await;
            scene.parts.limits.rounds = 2;
            let outcome = scene.outcome().await;
            let rounds = scene.place.record().rounds.len();
            let ended = match &outcome {
                Outcome::NoFix {
                    why: NoFix::Rounds(2),
                } => rounds == 2,
                _ => false,
            };
            assert!(ended, "{outcome:?} after {rounds}");
        },
    );
}

#[test]
fn a_change_that_no_test_shows_is_held_and_unattended_is_none() {
    unprivileged(
        "fixing::a_change_that_no_test_shows_is_held_and_unattended_is_none",
        |place| async {
            let mut files = FILES.to_vec();
            files.remove(3);
            let mut scene = Scene::with_files(place, FIX, &files).await;
            let outcome = scene.outcome().await;
            assert!(matches!(outcome, Outcome::Held { .. }), "{outcome:?}");
            let evidence = scene.place.record().evidence.expect("gathered");
            assert!(!evidence.proven);
            assert_eq!((evidence.old_tests, evidence.new_tests), (None, None));

            std::fs::remove_dir_all(scene.place.state().join("job-1")).expect("removed");
            scene.parts.policy.unattended = true;
            let outcome = scene.outcome().await;
            assert!(
                matches!(
                    outcome,
                    Outcome::NoFix {
                        why: NoFix::NotProven(_)
                    }
                ),
                "{outcome:?}"
            );
        },
    );
}

#[test]
fn tests_run_on_what_the_agent_left_and_on_nothing_of_its_box() {
    unprivileged(
        "fixing::tests_run_on_what_the_agent_left_and_on_nothing_of_its_box",
        |place| async {
            // The home directory and the canary of the agent's box are in no other.
            let script = format!("{FIX}{TEST}touch \"$HOME/here\" /tmp/here");
            let mut files = FILES.to_vec();
            files[4].1 = b"test ! -e /tmp/here -a ! -e \"$HOME/here\" -a -z \"$DEPLOY_TOKEN\"\n";
            let scene = Scene::with_files(place, &script, &files).await;
            let outcome = scene.outcome().await;
            assert!(matches!(outcome, Outcome::Gated { .. }), "{outcome:?}");
            let tested = scene.seen().iter().any(|progress| {
                matches!(
                    progress,
                    Progress::Tested {
                        what: What::Candidate,
                        end: Ending::Code(0),
                        ..
                    }
                )
            });
            assert!(tested);
        },
    );
}
