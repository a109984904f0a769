//! Repositories that say themselves how they are tested, and tests that have names.

use fix::job::{NoFix, Outcome, Refused};

use crate::place::unprivileged;
use crate::scene::Scene;

const SETUP: &[u8] = b"[metadata]\nname = left\n";
const PAD: &[u8] = b"def pad(text, width):\n    return text + ' ' * (width - len(text))\n";
const TESTS: &[u8] = b"import unittest\n\nfrom left import pad\n\n\nclass Pad(unittest.TestCase):\n    def test_short(self):\n        self.assertEqual(pad('a', 3), '  a')\n\n    def test_long(self):\n        self.assertEqual(pad('abc', 2), 'abc')\n";
/// Fails whatever is changed in `left.py`.
const OTHER: &[u8] = b"import unittest\n\n\nclass Other(unittest.TestCase):\n    def test_place(self):\n        self.assertEqual('here', 'there')\n";

/// Mends the padding.
const FIX: &str = "sed -i \"s/return .*/return ' ' * (width - len(text)) + text/\" left.py\n";

#[test]
fn a_command_is_found_and_the_test_that_turned_is_named() {
    unprivileged(
        "finding::a_command_is_found_and_the_test_that_turned_is_named",
        |place| async {
            let files = [
                ("setup.cfg", SETUP),
                ("left.py", PAD),
                ("tests/test_pad.py", TESTS),
            ];
            let mut scene = Scene::with_files(place, FIX, &files).await;
            scene.job.test_command = None;
            scene.job.plan.paths = vec!["*.py".to_owned()];
            let outcome = scene.outcome().await;
            let record = scene.place.record();
            assert!(matches!(outcome, Outcome::Gated { .. }), "{record:#?}");
            let command = record.test_command.expect("pinned");
            assert!(command.contains("unittest discover"), "{command}");
            let why = record.evidence.expect("gathered").why;
            assert!(why.contains("test_short"), "{why}");
            assert!(!why.contains("test_long"), "{why}");
        },
    );
}

#[test]
fn what_fails_without_the_change_too_is_for_the_owner_to_weigh() {
    unprivileged(
        "finding::what_fails_without_the_change_too_is_for_the_owner_to_weigh",
        |place| async {
            let files = [
                ("setup.cfg", SETUP),
                ("left.py", PAD),
                ("tests/test_other.py", OTHER),
            ];
            let mut scene = Scene::with_files(place, FIX, &files).await;
            scene.job.test_command = None;
            scene.job.plan.paths = vec!["*.py".to_owned()];
            let outcome = scene.outcome().await;
            let record = scene.place.record();
            let Outcome::Held { why, .. } = outcome else {
                panic!("{record:#?}");
            };
            assert!(why.contains("test_place"), "{why}");
            // It was told, and left alone what it did not break.
            assert_eq!(record.rounds.len(), 2);
            assert_eq!(record.rounds[0].tree, record.rounds[1].tree);
        },
    );
}

#[test]
fn a_change_that_breaks_another_test_is_no_fix() {
    unprivileged(
        "finding::a_change_that_breaks_another_test_is_no_fix",
        |place| async {
            let files = [
                ("setup.cfg", SETUP),
                ("left.py", PAD),
                ("tests/test_pad.py", TESTS),
            ];
            let script = "sed -i 's/return .*/return \"  a\"/' left.py; echo '# hm' >> left.py";
            let mut scene = Scene::with_files(place, script, &files).await;
            scene.job.test_command = None;
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
fn a_repository_that_says_nothing_is_refused() {
    unprivileged(
        "finding::a_repository_that_says_nothing_is_refused",
        |place| async {
            let files: [(&str, &[u8]); 1] = [("README.md", b"# nothing\n")];
            let mut scene = Scene::with_files(place, FIX, &files).await;
            scene.job.test_command = None;
            let outcome = scene.outcome().await;
            assert!(
                matches!(
                    outcome,
                    Outcome::Refused {
                        why: Refused::NoTestCommand(_)
                    }
                ),
                "{outcome:?}"
            );
        },
    );
}
