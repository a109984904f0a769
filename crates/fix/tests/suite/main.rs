//! Repositories that test themselves with real programs: what is proven of an honest change, and that
//! nothing is proven of a dishonest one.

mod languages;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use fix::suite::evidence::{
    Evidence, Trials, Why, changed_tests, weigh, with_base_tests, with_new_tests,
};
use fix::suite::{Pinned, Results, read};
use fix::walk::export;
use fix::{End, Finished};
use gate::tree::Tree;
use languages::{Language, put};

/// Runs the pinned command over `tree`, in a new directory. The tree is ours, so no jail is needed.
fn run(pinned: &Pinned, tree: &Tree) -> Results {
    let place = tempfile::tempdir().expect("a directory");
    let work = place.path().join("work");
    export(tree, &work).expect("exported");
    let argv = &pinned.candidate().argv;
    let out = Command::new(&argv[0])
        .args(&argv[1..])
        .current_dir(&work)
        .env("CARGO_TARGET_DIR", place.path().join("target"))
        .env("CARGO_NET_OFFLINE", "true")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("started");
    let end = out.status.code().map_or(End::Signal(0), End::Code);
    read(
        pinned.candidate().runner,
        &Finished {
            end,
            stdout: out.stdout,
            stderr: out.stderr,
            cut: false,
            took: Duration::ZERO,
        },
    )
}

/// What is proven of `candidate`.
fn weighed(pinned: &Pinned, base: &Tree, baseline: &Results, candidate: &Tree) -> Evidence {
    let tests = changed_tests(base, candidate);
    let new_tests = tests
        .any_apart()
        .then(|| run(pinned, &with_new_tests(base, candidate)));
    weigh(&Trials {
        command: pinned.check(candidate),
        tests: &tests,
        base: baseline,
        candidate: &run(pinned, candidate),
        old_tests: &run(pinned, &with_base_tests(candidate, base)),
        new_tests: new_tests.as_ref(),
    })
}

/// Whether the machine has the program; a machine that builds this has cargo.
fn has(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| Path::new(&dir).join(program).is_file())
}

#[track_caller]
fn gold_and_sabotage(language: &Language) {
    let base = language.base();
    let pinned = Pinned::choose(&base, None).expect("a command");
    let baseline = run(&pinned, &base);
    assert!(baseline.succeeded(), "{}: {baseline:?}", language.name);
    assert!(!baseline.tests.is_empty(), "{}", language.name);
    let weighed = |candidate: &Tree| weighed(&pinned, &base, &baseline, candidate);

    let mut gold = base.clone();
    put(&mut gold, language.source, language.fixed);
    put(&mut gold, language.new_test.0, language.new_test.1);
    let evidence = weighed(&gold);
    assert!(evidence.proven, "{}: {evidence:?}", language.name);
    assert!(
        matches!(&evidence.why, Why::NewTestsPass(tests) if !tests.is_empty()),
        "{evidence:?}"
    );

    let mut untested = base.clone();
    put(&mut untested, language.source, language.fixed);
    assert_eq!(weighed(&untested).why, Why::NoTest, "{}", language.name);

    // The source breaks an old test, which is bent to it.
    let mut bent = gold.clone();
    put(&mut bent, language.source, language.breaking);
    put(&mut bent, language.old_test.0, language.old_test.1);
    let evidence = weighed(&bent);
    assert!(
        matches!(evidence.why, Why::OldTestsFail(_)),
        "{}: {evidence:?}",
        language.name
    );

    let mut deleted = gold.clone();
    deleted.entries.remove(language.old_test.0.as_bytes());
    let evidence = weighed(&deleted);
    assert!(
        matches!(evidence.why, Why::Weakened(_)),
        "{}: {evidence:?}",
        language.name
    );

    // The source ends the program of the tests, as if all were well.
    let mut leaving = gold;
    put(&mut leaving, language.source, language.leaving);
    let evidence = weighed(&leaving);
    assert!(
        matches!(evidence.why, Why::Weakened(_)),
        "{}: {evidence:?}",
        language.name
    );
}

#[test]
fn a_rust_repository_proves_gold_and_no_sabotage() {
    gold_and_sabotage(&languages::RUST);
}

#[test]
fn a_python_repository_proves_gold_and_no_sabotage() {
    if has("python3") {
        gold_and_sabotage(&languages::PYTHON);
    } else {
        eprintln!("python3 is not on this machine; nothing was tried");
    }
}

#[test]
fn a_node_repository_proves_gold_and_no_sabotage() {
    if has("node") && has("npm") {
        gold_and_sabotage(&languages::NODE);
    } else {
        eprintln!("node and npm are not on this machine; nothing was tried");
    }
}
