//! Trees made of the base and the candidate.

use gate::tree::{Entry, Path, Tree};

use super::names::{is_module, is_test, rides_with_source};
use crate::objects::ancestors;

/// What a candidate does to the tests of the base.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestChanges {
    /// Test files that are new and can be run without the change.
    pub added: Vec<Path>,
    /// Test files that were there and are not the same.
    pub changed: Vec<Path>,
    /// Test files that are gone.
    pub deleted: Vec<Path>,
    /// New or changed files in which tests and code are one, or of which the code must know.
    pub mixed: Vec<Path>,
}

impl TestChanges {
    /// Whether there is a test that can be run without the change.
    #[must_use]
    pub fn any_apart(&self) -> bool {
        !self.added.is_empty() || !self.changed.is_empty()
    }
}

/// What `candidate` does to the tests of `base`.
#[must_use]
pub fn changed_tests(base: &Tree, candidate: &Tree) -> TestChanges {
    let mut out = TestChanges::default();
    for (path, new) in &candidate.entries {
        let old = base.entries.get(path);
        if old == Some(new) {
            continue;
        }
        let list = match (is_test(path), old) {
            (true, Some(_)) => &mut out.changed,
            (true, None) if !is_module(path) => &mut out.added,
            _ if rides_with_source(path, content(new)) => &mut out.mixed,
            _ => continue,
        };
        list.push(path.clone());
    }
    let gone = |path: &&Path| is_test(path) && !candidate.entries.contains_key(*path);
    out.deleted = base.entries.keys().filter(gone).cloned().collect();
    out
}

fn content(entry: &Entry) -> &[u8] {
    match entry {
        Entry::File { content, .. } => content,
        _ => &[],
    }
}

/// The base version of every test file over the sources of the candidate.
///
/// Test files that are new are left out, for one of them can switch the old ones off; only a module of
/// Rust stays, without which the source that names it would not build.
#[must_use]
pub fn with_base_tests(candidate: &Tree, base: &Tree) -> Tree {
    let mut out = candidate.clone();
    out.entries
        .retain(|path, _| !is_test(path) || (is_module(path) && !base.entries.contains_key(path)));
    for (path, entry) in base.entries.iter().filter(|(path, _)| is_test(path)) {
        put(&mut out, path, entry);
    }
    out
}

/// The candidate's new and changed test files over the base: what must fail before the change.
#[must_use]
pub fn with_new_tests(base: &Tree, candidate: &Tree) -> Tree {
    let mut out = base.clone();
    let changes = changed_tests(base, candidate);
    for path in changes.added.iter().chain(&changes.changed) {
        if let Some(entry) = candidate.entries.get(path) {
            put(&mut out, path, entry);
        }
    }
    out
}

/// Puts `entry`, and takes away what stands in its way: a file where a directory must be, or a directory
/// where it must be.
fn put(tree: &mut Tree, path: &Path, entry: &Entry) {
    for above in ancestors(path) {
        tree.entries.remove(above);
    }
    let mut below = path.clone();
    below.push(b'/');
    let in_the_way: Vec<Path> = tree
        .entries
        .range(below.clone()..)
        .take_while(|(path, _)| path.starts_with(&below))
        .map(|(path, _)| path.clone())
        .collect();
    for path in in_the_way {
        tree.entries.remove(&path);
    }
    tree.entries.insert(path.clone(), entry.clone());
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::objects::check_path;
    use crate::suite::samples;

    fn paths(list: &[Path]) -> Vec<String> {
        list.iter()
            .map(|p| String::from_utf8_lossy(p).into_owned())
            .collect()
    }

    fn text(tree: &Tree, path: &str) -> Option<String> {
        let content = content(tree.entries.get(path.as_bytes())?);
        Some(String::from_utf8_lossy(content).into_owned())
    }

    #[test]
    fn what_is_new_changed_gone_and_mixed_is_told_apart() {
        let base = samples::rust();
        let mut candidate = base.clone();
        samples::put(
            &mut candidate,
            "left/src/lib.rs",
            "#[cfg(test)] mod tests;\n",
        );
        samples::put(&mut candidate, "left/src/tests.rs", "#[test] fn a() {}\n");
        samples::put(&mut candidate, "left/tests/new.rs", "#[test] fn a() {}\n");
        candidate.entries.remove(&b"left/tests/pad.rs"[..]);
        let changes = changed_tests(&base, &candidate);
        assert_eq!(paths(&changes.added), ["left/tests/new.rs"]);
        assert_eq!(paths(&changes.changed), Vec::<String>::new());
        assert_eq!(paths(&changes.deleted), ["left/tests/pad.rs"]);
        assert_eq!(
            paths(&changes.mixed),
            ["left/src/lib.rs", "left/src/tests.rs"]
        );
        assert_eq!(changed_tests(&base, &base), TestChanges::default());
    }

    #[test]
    fn the_old_tests_stand_over_the_new_sources_in_five_languages() {
        for (base, source, test, steer) in [
            (
                samples::rust(),
                "left/src/lib.rs",
                "left/tests/pad.rs",
                "left/tests/common/mod.rs",
            ),
            (
                samples::python(),
                "src/left/__init__.py",
                "tests/test_pad.py",
                "conftest.py",
            ),
            (
                samples::node(),
                "src/pad.ts",
                "src/pad.test.ts",
                "vitest.config.ts",
            ),
            (samples::go(), "pad.go", "pad_test.go", "main_test.go"),
            (
                samples::java(),
                "src/main/java/org/left/Pad.java",
                "src/test/java/org/left/PadTest.java",
                "src/test/resources/junit-platform.properties",
            ),
        ] {
            let mut candidate = base.clone();
            samples::put(&mut candidate, source, "fixed");
            samples::put(&mut candidate, test, "bent");
            samples::put(&mut candidate, steer, "skip all");
            let old = with_base_tests(&candidate, &base);
            assert_eq!(text(&old, source).as_deref(), Some("fixed"));
            assert_eq!(text(&old, test), text(&base, test));
            assert_eq!(text(&old, steer), None);
            let new = with_new_tests(&base, &candidate);
            assert_eq!(text(&new, source), text(&base, source));
            assert_eq!(text(&new, test).as_deref(), Some("bent"));
            assert_eq!(text(&new, steer).as_deref(), Some("skip all"));
        }
    }

    #[test]
    fn a_test_that_was_deleted_comes_back_and_a_link_in_its_place_goes() {
        let base = samples::python();
        let mut candidate = base.clone();
        candidate.entries.remove(&b"tests/test_pad.py"[..]);
        let target = b"elsewhere".to_vec();
        candidate
            .entries
            .insert(b"tests".to_vec(), Entry::Link { target });
        assert_eq!(with_base_tests(&candidate, &base), base);
    }

    #[test]
    fn a_new_module_of_rust_tests_stays_with_the_source_that_names_it() {
        let base = samples::rust();
        let mut candidate = base.clone();
        samples::put(&mut candidate, "left/src/pad/tests.rs", "new");
        assert!(text(&with_base_tests(&candidate, &base), "left/src/pad/tests.rs").is_some());
        assert_eq!(with_new_tests(&base, &candidate), base);
    }

    fn any_tree() -> impl Strategy<Value = Tree> {
        let path = prop::sample::select(vec![
            "src/a.rs",
            "src/tests.rs",
            "src/test/b.java",
            "src/test",
            "tests",
            "tests/a.py",
            "tests/a.py/b",
            "a_test.go",
            "a.go",
            "conftest.py",
            "conftest.py/x",
            "b/tests/c",
            "b",
        ]);
        prop::collection::vec((path, "[ab]"), 0..8).prop_map(|files| {
            let mut tree = Tree::default();
            for (path, text) in files {
                let entry = Entry::File {
                    content: Arc::from(text.as_bytes()),
                    executable: false,
                };
                put(&mut tree, &path.as_bytes().to_vec(), &entry);
            }
            tree
        })
    }

    proptest! {
        #[test]
        fn every_made_tree_is_a_tree_with_all_old_tests(base in any_tree(), candidate in any_tree()) {
            let made = with_base_tests(&candidate, &base);
            for (path, entry) in &made.entries {
                prop_assert_eq!(check_path(&made, path), Ok(()));
                let from = if is_test(path) && base.entries.contains_key(path) { &base } else { &candidate };
                prop_assert_eq!(from.entries.get(path), Some(entry));
            }
            prop_assert!(base.entries.keys().filter(|p| is_test(p)).all(|p| made.entries.contains_key(p)));
            prop_assert_eq!(with_base_tests(&base, &base), base.clone());

            let made = with_new_tests(&base, &candidate);
            for (path, entry) in &made.entries {
                prop_assert_eq!(check_path(&made, path), Ok(()));
                let new = is_test(path) && candidate.entries.get(path) == Some(entry);
                prop_assert!(new || base.entries.get(path) == Some(entry));
            }
            prop_assert_eq!(with_new_tests(&base, &base), base);
        }
    }
}
