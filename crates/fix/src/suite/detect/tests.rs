//! Five languages, and what a repository may lie about.

use std::sync::Arc;

use gate::tree::Entry;
use proptest::prelude::*;

use super::*;
use crate::suite::samples;

fn lines(tree: &Tree) -> Vec<String> {
    detect(tree).iter().map(|c| c.argv.join(" ")).collect()
}

#[test]
fn five_languages_are_found() {
    for (tree, line, runner, from) in [
        (
            samples::rust(),
            "cargo test --workspace --no-fail-fast",
            Runner::Cargo,
            "Cargo.toml",
        ),
        (
            samples::python(),
            "python3 -m pytest -rap",
            Runner::Pytest,
            "pyproject.toml",
        ),
        (samples::node(), "pnpm test", Runner::Node, "package.json"),
        (samples::go(), "go test -v ./...", Runner::Go, "go.mod"),
        (
            samples::java(),
            "mvn -B --fail-at-end test",
            Runner::Maven,
            "pom.xml",
        ),
    ] {
        let best = detect(&tree).into_iter().next().expect("a candidate");
        assert_eq!(best.argv.join(" "), line);
        assert_eq!(best.runner, runner);
        assert_eq!(best.from, from.as_bytes());
        assert!(!best.why.is_empty());
    }
}

#[test]
fn an_empty_tree_tests_itself_in_no_way() {
    assert_eq!(detect(&Tree::default()), Vec::new());
    assert_eq!(
        lines(&samples::tree([("README.md", "cargo test")])),
        Vec::<String>::new()
    );
}

#[test]
fn typescript_is_compiled_before_it_is_tested_where_the_repository_knows_how() {
    let make = ("Makefile", "test:\n\ttsc\n\tnode --test build\n");
    let package = ("package.json", "{}");
    for (test, best) in [("a.test.ts", "make test"), ("a.test.js", "node --test")] {
        let test = (test, "import { test } from 'node:test';\n");
        let tree = samples::tree([make, package, test]);
        assert_eq!(lines(&tree)[0], best);
    }
    let alone = samples::tree([package, ("a.test.mts", "import 'node:test';\n")]);
    assert_eq!(lines(&alone), ["node --test"]);
}

#[test]
fn the_placeholder_of_npm_is_no_test() {
    let script = r#"{"scripts":{"test":"echo \"Error: no test specified\" && exit 1"}}"#;
    assert_eq!(
        lines(&samples::tree([("package.json", script)])),
        Vec::<String>::new()
    );
}

#[test]
fn the_lock_file_decides_the_tool_before_the_package_does() {
    let package = r#"{"packageManager":"pnpm@9.1.0","scripts":{"test":"vitest run"}}"#;
    for (lock, line) in [
        ("pnpm-lock.yaml", "pnpm test"),
        ("yarn.lock", "yarn test"),
        ("bun.lock", "bun run test"),
        ("package-lock.json", "npm test"),
        ("README.md", "pnpm test"),
    ] {
        let tree = samples::tree([("package.json", package), (lock, "")]);
        assert_eq!(lines(&tree), [line], "{lock}");
    }
}

#[test]
fn what_the_workflows_run_comes_before_what_they_do_not() {
    let mut tree = samples::rust();
    samples::put(&mut tree, "package.json", r#"{"scripts":{"test":"jest"}}"#);
    assert_eq!(
        lines(&tree),
        [
            "cargo test --workspace --no-fail-fast",
            "cargo test --all-features",
            "npm test"
        ]
    );
    samples::put(
        &mut tree,
        ".github/workflows/ci.yml",
        "steps:\n  - run: npm test\n",
    );
    let found = detect(&tree);
    assert_eq!(found[0].argv, ["npm", "test"]);
    assert!(
        found[0]
            .why
            .ends_with("`.github/workflows/ci.yml` runs the like")
    );
    assert_eq!(found[1].runner, Runner::Cargo);
}

#[test]
fn python_is_told_by_its_settings_its_lock_and_its_imports() {
    let test = ("tests/test_a.py", "import unittest\n");
    for (files, expected) in [
        (
            [("setup.py", ""), test],
            &["python3 -m unittest discover -v -s tests"][..],
        ),
        (
            [("uv.lock", ""), ("test_a.py", "def test_a(): pass\n")],
            &["uv run pytest -rap", "python3 -m pytest -rap"],
        ),
        ([("setup.py", ""), ("left.py", "")], &[]),
        ([("tox.ini", "[tox]\n"), ("requirements.txt", "")], &["tox"]),
        (
            [("manage.py", ""), ("requirements.txt", "")],
            &["python3 manage.py test -v 2"],
        ),
    ] {
        assert_eq!(lines(&samples::tree(files)), expected, "{files:?}");
    }
}

#[test]
fn a_project_in_a_directory_is_started_there() {
    let tree = samples::tree([
        ("web/package.json", r#"{"scripts":{"test":"jest"}}"#),
        ("web/yarn.lock", ""),
        ("srv/go.mod", "module x\n"),
        ("core/Cargo.toml", "[package]\n"),
        ("-x/Cargo.toml", "[package]\n"),
        ("jvm/build.gradle.kts", ""),
        ("jvm/gradlew", ""),
    ]);
    assert_eq!(
        lines(&tree),
        [
            "cargo test --workspace --no-fail-fast --manifest-path core/Cargo.toml",
            "go -C srv test -v ./...",
            "gradle -p jvm --no-daemon --console=plain --continue test",
            "./jvm/gradlew -p jvm --no-daemon --console=plain --continue test",
            "yarn --cwd web test",
        ]
    );
}

#[test]
fn c_is_tested_by_make_or_cmake() {
    let make = samples::tree([
        ("Makefile", "CC := cc\ncheck: a\n\t./a --all\n"),
        ("a.c", ""),
    ]);
    assert_eq!(lines(&make), ["make check"]);
    assert_eq!(detect(&make)[0].runner, Runner::Other);
    let cmake = samples::tree([
        ("CMakeLists.txt", "project(a C)\nadd_subdirectory(t)\n"),
        ("t/CMakeLists.txt", "add_test(NAME a COMMAND a)\n"),
    ]);
    let found = detect(&cmake);
    assert_eq!((found.len(), found[0].runner), (1, Runner::Ctest));
    assert_eq!(found[0].argv[..2], ["sh", "-c"]);
}

#[test]
fn a_link_in_place_of_a_manifest_is_not_followed() {
    let mut tree = Tree::default();
    let target = b"/etc/passwd".to_vec();
    tree.entries
        .insert(b"Cargo.toml".to_vec(), Entry::Link { target });
    assert_eq!(detect(&tree), Vec::new());
}

proptest! {
    #[test]
    fn hostile_trees_are_read_without_a_panic(
        files in prop::collection::vec((
            prop::sample::select(vec!["Cargo.toml", "package.json", "pyproject.toml", "go.mod", "go.work", "Makefile", "pom.xml", "CMakeLists.txt", "setup.cfg", ".github/workflows/a.yml", "tests/test_a.py"]),
            prop::sample::select(vec!["", "web/", "-x/", "a b/", "../"]),
            prop::collection::vec(any::<u8>(), 0..80),
        ), 0..8)
    ) {
        let mut tree = Tree::default();
        for (name, dir, content) in files {
            let entry = Entry::File { content: Arc::from(content), executable: false };
            tree.entries.insert(format!("{dir}{name}").into_bytes(), entry);
        }
        let found = detect(&tree);
        prop_assert!(found.len() <= MOST);
        for candidate in found {
            prop_assert!(candidate.argv.iter().all(|w| !w.contains("..") || w.ends_with("/...")), "{candidate:?}");
            prop_assert!(candidate.argv.iter().all(|w| !w.contains("-x") && !w.starts_with('/')), "{candidate:?}");
            prop_assert!(tree.entries.contains_key(&candidate.from));
        }
    }
}
