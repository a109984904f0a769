//! What holds for every pair of trees.

use std::sync::Arc;

use gate::secrets::NoSecrets;
use gate::tree::{Entry, Tree};
use gate::{Carried, GatePolicy, NotCarried, Outcome, Plan, Request, Severity, Verdict, judge};
use proptest::prelude::*;

fn entry() -> impl Strategy<Value = Entry> {
    let text = prop_oneof![
        Just("x = 1\n".to_owned()),
        Just("{\"scripts\":{\"a\":\"b\"}}".to_owned()),
        Just("[package]\nname = 'a'\n[dependencies]\nb = '1'\n".to_owned()),
        Just("assert True\n<<<<<<< HEAD\neval(x)\n".to_owned()),
        any::<String>(),
        "[ -~\n]{0,200}",
    ];
    prop_oneof![
        6 => (text, any::<bool>()).prop_map(|(text, executable)| Entry::File {
            content: Arc::from(text.into_bytes()),
            executable,
        }),
        2 => proptest::collection::vec(any::<u8>(), 0..64).prop_map(|bytes| Entry::File {
            content: Arc::from(bytes),
            executable: false,
        }),
        1 => proptest::collection::vec(any::<u8>(), 0..16).prop_map(|target| Entry::Link { target }),
        1 => "[0-9a-f]{40}".prop_map(|commit| Entry::Submodule { commit }),
        1 => Just(Entry::Odd { kind: "a socket" }),
    ]
}

fn path() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => "[a-c]{1,2}(/[a-c]{1,2}){0,2}\\.(py|rs|json|md)".prop_map(String::into_bytes),
        4 => proptest::sample::select(vec![
            "package.json", "Cargo.toml", "Cargo.lock", "go.mod", "package-lock.json", "yarn.lock", "poetry.lock",
            "pnpm-lock.yaml", "go.sum", "requirements.txt", "pyproject.toml", "composer.json", "Gemfile.lock",
            ".github/workflows/a.yml", "src/lib.rs", "tests/test_a.py", ".gitattributes", "README.md", "A.py",
        ])
        .prop_map(|path| path.as_bytes().to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..20),
        1 => any::<String>().prop_map(String::into_bytes),
    ]
}

fn entries() -> impl Strategy<Value = Vec<(Vec<u8>, Entry)>> {
    proptest::collection::vec((path(), entry()), 0..12)
}

fn tree(entries: &[(Vec<u8>, Entry)]) -> Tree {
    Tree {
        entries: entries.iter().cloned().collect(),
    }
}

fn plan() -> impl Strategy<Value = Plan> {
    (
        proptest::collection::vec(
            prop_oneof![Just("src/**".to_owned()), any::<String>()],
            0..2,
        ),
        any::<bool>(),
        proptest::collection::vec("[a-c]{1,2}", 0..2),
    )
        .prop_map(|(paths, manifests_declared, dependencies)| Plan {
            paths,
            manifests_declared,
            dependencies,
        })
}

fn judged(base: &Tree, candidate: &Tree, plan: &Plan, unattended: bool) -> Verdict {
    let policy = GatePolicy {
        unattended,
        ..GatePolicy::default()
    };
    judge(
        base,
        candidate,
        &Request {
            base_commit: "0123456789012345678901234567890123456789",
            plan,
            policy: &policy,
            secrets: &NoSecrets,
            canary: None,
            scans: &[],
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_pair_of_trees_makes_it_panic(base in entries(), candidate in entries(), plan in plan()) {
        let verdict = judged(&tree(&base), &tree(&candidate), &plan, false);
        prop_assert!(!gate::report::plain(&verdict).is_empty());
        let log = gate::sarif::write(&verdict).to_string();
        prop_assert_eq!(gate::sarif::read(log.as_bytes()).map(|r| r.results.len()), Ok(verdict.findings().len()));
    }

    #[test]
    fn a_finding_never_weighs_more_than_its_rule(base in entries(), candidate in entries(), plan in plan()) {
        for finding in judged(&tree(&base), &tree(&candidate), &plan, true).findings() {
            prop_assert!(finding.severity <= finding.rule.rule().worst, "{:?}", finding);
        }
    }

    #[test]
    fn the_order_of_entries_does_not_matter(entries in entries(), base in entries(), plan in plan()) {
        // A tree keeps one entry a path; which one must not be what differs.
        let once = tree(&entries);
        let mut backwards: Vec<_> = once.entries.clone().into_iter().collect();
        backwards.reverse();
        prop_assert_eq!(
            judged(&tree(&base), &once, &plan, false),
            judged(&tree(&base), &tree(&backwards), &plan, false)
        );
    }

    #[test]
    fn an_unchanged_tree_has_no_findings_and_is_blocked(entries in entries(), plan in plan(), unattended: bool) {
        let tree = tree(&entries);
        let verdict = judged(&tree, &tree.clone(), &plan, unattended);
        prop_assert_eq!(verdict.outcome(), Outcome::Block);
        prop_assert!(verdict.findings().is_empty() && verdict.changes().is_empty());
        prop_assert_eq!(verdict.summary(), "block: nothing was changed");
        prop_assert!(verdict.pass().is_err());
    }

    #[test]
    fn more_findings_never_lower_the_outcome(base in entries(), candidate in entries(), plan in plan(), unattended: bool, cut in 0usize..20) {
        let verdict = judged(&tree(&base), &tree(&candidate), &plan, unattended);
        let all = verdict.findings();
        let fewer = &all[cut.min(all.len())..];
        prop_assert!(Outcome::of(fewer, unattended) <= Outcome::of(all, unattended));
        let other: Vec<_> = all.iter().take(cut).cloned().collect();
        prop_assert!(Outcome::of(&other, unattended) <= Outcome::of(all, unattended));
    }

    #[test]
    fn unattended_is_never_milder_and_never_holds(base in entries(), candidate in entries(), plan in plan()) {
        let (base, candidate) = (tree(&base), tree(&candidate));
        let asked = judged(&base, &candidate, &plan, false);
        let alone = judged(&base, &candidate, &plan, true);
        prop_assert!(alone.outcome() >= asked.outcome());
        prop_assert_ne!(alone.outcome(), Outcome::Hold);
        prop_assert_eq!(asked.findings(), alone.findings());
        let worst = asked.findings().iter().map(|f| f.severity).max();
        if alone.outcome() == Outcome::Pass {
            prop_assert!(worst.is_none_or(|w| w == Severity::Note));
        }
    }

    #[test]
    fn equal_hashes_mean_equal_changes(base in entries(), one in entries(), other in entries(), plan in plan()) {
        let base = tree(&base);
        let (one, other) = (tree(&one), tree(&other));
        let (a, b) = (judged(&base, &one, &plan, true), judged(&base, &other, &plan, true));
        prop_assert_eq!(a.patch_sha256() == b.patch_sha256(), one == other);
    }

    #[test]
    fn a_carried_judgement_opens_to_what_it_was(base in entries(), candidate in entries(), plan in plan(), unattended: bool) {
        let (base, candidate) = (tree(&base), tree(&candidate));
        let verdict = judged(&base, &candidate, &plan, unattended);
        let written = Carried::of(&verdict, &base, &candidate).write().expect("written");
        let read = Carried::read(&written, written.len()).expect("read");
        let is_odd = |change: &gate::changes::Change| [&base, &candidate]
            .iter()
            .any(|tree| matches!(tree.entries.get(&change.path), Some(Entry::Odd { .. })));
        match read.open(&NoSecrets, unattended) {
            Err(NotCarried::Odd(_)) => prop_assert!(verdict.changes().iter().any(is_odd)),
            Err(other) => prop_assert!(false, "{}", other),
            Ok((again, changes)) => {
                prop_assert!(!verdict.changes().iter().any(is_odd));
                prop_assert_eq!(again.outcome(), verdict.outcome());
                prop_assert_eq!(again.patch_sha256(), verdict.patch_sha256());
                prop_assert_eq!(again.base_commit(), verdict.base_commit());
                prop_assert_eq!(again.changes(), verdict.changes());
                prop_assert!(again.findings().len() >= verdict.findings().len());
                for (change, (path, entry)) in verdict.changes().iter().zip(changes.iter()) {
                    prop_assert_eq!(&change.path, path);
                    prop_assert_eq!(candidate.entries.get(path), entry);
                }
            }
        }
    }

    #[test]
    fn a_carried_judgement_with_any_byte_changed_is_refused_or_the_same(
        base in entries(), candidate in entries(), at: prop::sample::Index, byte: u8,
    ) {
        let (base, candidate) = (tree(&base), tree(&candidate));
        let verdict = judged(&base, &candidate, &Plan::default(), false);
        let carried = Carried::of(&verdict, &base, &candidate);
        let mut written = carried.write().expect("written");
        let at = at.index(written.len());
        written[at] = byte;
        if let Ok(read) = Carried::read(&written, written.len()) {
            let same = read == carried;
            prop_assert!(same || read.open(&NoSecrets, false).is_err());
        }
        // Cut off, it is no record.
        prop_assert!(Carried::read(&written[..at], written.len()).is_err());
    }

    #[test]
    fn reading_anything_never_panics(bytes in prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..400),
        r#"[{}\[\]":,0-9a-z_+/= ]{0,400}"#.prop_map(String::into_bytes),
        r#"\{"version":1,"judgement":\{"base_commit":"[0-9a-f]{0,64}","outcome":"(pass|hold|block)","findings":\[\],"patch":"[0-9a-f]{62,65}","changed":\[(\{"path":"[a-zA-Z+/=]{0,9}","before":null,"after":\{"link":\{"target":"[A-Z=]{0,4}"\}\}\},?){0,3}\]\},"sum":"[0-9a-f]{62,65}"\}"#.prop_map(String::into_bytes),
    ]) {
        if let Ok(read) = Carried::read(&bytes, bytes.len()) {
            prop_assert!(read.open(&NoSecrets, true).is_err());
        }
    }
}
