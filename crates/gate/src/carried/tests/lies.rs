//! One field of a record changed by somebody who knows the form: refused, or no milder.

use proptest::prelude::*;

use super::super::record::Found;
use super::{forged, of, opened};
use crate::carried::{Judgement, NotCarried};
use crate::case::sample::{file, link, script};
use crate::tree::{Entry, Tree};
use crate::{Outcome, RuleId, Severity};

fn entry() -> impl Strategy<Value = Option<Entry>> {
    let text = prop_oneof![
        Just("x = 1\n"),
        Just("x = 2\n"),
        Just("eval(x)\n"),
        Just("<<<<<<< HEAD\n"),
        Just("a\u{202e}\n")
    ];
    prop_oneof![
        2 => Just(None),
        6 => text.clone().prop_map(|text| Some(file(text))),
        1 => text.prop_map(|text| Some(script(text))),
        1 => Just(Some(link("../../a"))),
        1 => Just(Some(Entry::Submodule { commit: "1".repeat(40) })),
    ]
}

fn trees() -> impl Strategy<Value = (Tree, Tree)> {
    const PATHS: [&str; 5] = [
        "a.py",
        "A.py",
        ".github/workflows/a.yml",
        "src/b.rs",
        "package.json",
    ];
    proptest::collection::vec((entry(), entry()), PATHS.len()).prop_map(|sides| {
        let (mut base, mut candidate) = (Tree::default(), Tree::default());
        for (path, (before, after)) in PATHS.iter().zip(sides) {
            base.entries
                .extend(before.map(|entry| (path.as_bytes().to_vec(), entry)));
            candidate
                .entries
                .extend(after.map(|entry| (path.as_bytes().to_vec(), entry)));
        }
        (base, candidate)
    })
}

/// One field of a record, changed.
#[derive(Clone, Debug)]
enum Lie {
    Outcome(Outcome),
    Severity(usize, Severity),
    Rule(usize, RuleId),
    NoFinding(usize),
    OneMore(RuleId, Severity),
    Patch(u8),
    Before(usize, Option<Entry>),
    After(usize, Option<Entry>),
    Path(usize, Vec<u8>),
    NoPath(usize),
    Twice(usize),
    Base(String),
}

fn lie() -> impl Strategy<Value = Lie> {
    let rules: Vec<RuleId> = RuleId::all().collect();
    let severity =
        || proptest::sample::select(vec![Severity::Note, Severity::Hold, Severity::Block]);
    let rule = move || proptest::sample::select(rules.clone());
    let at = 0_usize..6;
    prop_oneof![
        proptest::sample::select(vec![Outcome::Pass, Outcome::Hold, Outcome::Block])
            .prop_map(Lie::Outcome),
        (at.clone(), severity()).prop_map(|(at, to)| Lie::Severity(at, to)),
        (at.clone(), rule()).prop_map(|(at, to)| Lie::Rule(at, to)),
        at.clone().prop_map(Lie::NoFinding),
        (rule(), severity()).prop_map(|(rule, severity)| Lie::OneMore(rule, severity)),
        any::<u8>().prop_map(Lie::Patch),
        (at.clone(), entry()).prop_map(|(at, to)| Lie::Before(at, to)),
        (at.clone(), entry()).prop_map(|(at, to)| Lie::After(at, to)),
        (at.clone(), proptest::collection::vec(any::<u8>(), 0..8))
            .prop_map(|(at, to)| Lie::Path(at, to)),
        at.clone().prop_map(Lie::NoPath),
        at.prop_map(Lie::Twice),
        "[0-9a-fA-F]{38,41}".prop_map(Lie::Base),
    ]
}

impl Lie {
    fn tell(self, judgement: &mut Judgement) {
        let stand = |entry: Option<Entry>| {
            entry.map(|entry| {
                let mut one = Tree::default();
                one.entries.insert(b"x".to_vec(), entry);
                let carried = of(&Tree::default(), &one);
                carried.judgement.changed[0].after.clone().expect("a side")
            })
        };
        let changed = &mut judgement.changed;
        match self {
            Self::Outcome(to) => judgement.outcome = to,
            Self::Severity(at, to) => judgement
                .findings
                .get_mut(at)
                .into_iter()
                .for_each(|f| f.severity = to),
            Self::Rule(at, to) => judgement
                .findings
                .get_mut(at)
                .into_iter()
                .for_each(|f| f.rule = to),
            Self::NoFinding(at) if at < judgement.findings.len() => {
                drop(judgement.findings.remove(at))
            }
            Self::OneMore(rule, severity) => judgement.findings.push(Found {
                rule,
                severity,
                path: None,
                line: None,
                message: String::new(),
            }),
            Self::Patch(bit) => {
                let mut bytes = *judgement.patch.hash().as_bytes();
                bytes[usize::from(bit >> 3)] ^= 1 << (bit & 7);
                let text = format!("{:?}", hex::encode(bytes));
                judgement.patch = serde_json::from_str(&text).expect("a hash");
            }
            Self::Before(at, to) => changed
                .get_mut(at)
                .into_iter()
                .for_each(|s| s.before = stand(to.clone())),
            Self::After(at, to) => changed
                .get_mut(at)
                .into_iter()
                .for_each(|s| s.after = stand(to.clone())),
            Self::Path(at, to) => changed
                .get_mut(at)
                .into_iter()
                .for_each(|s| s.path.clone_from(&to)),
            Self::NoPath(at) if at < changed.len() => drop(changed.remove(at)),
            Self::Twice(at) if at < changed.len() => changed.insert(at, changed[at].clone()),
            Self::Base(to) => judgement.base_commit = to,
            Self::NoFinding(_) | Self::NoPath(_) | Self::Twice(_) => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn one_lie_is_refused_or_makes_it_no_milder((base, candidate) in trees(), lie in lie()) {
        let honest = of(&base, &candidate);
        let (verdict, _) = opened(honest.clone()).expect("opened");
        prop_assert_eq!(verdict.outcome(), honest.judgement.outcome);
        let mut damaged = honest.clone();
        lie.clone().tell(&mut damaged.judgement);
        if damaged != honest {
            prop_assert_eq!(opened(damaged), Err(NotCarried::Damaged));
        }
        if let Ok((believed, changes)) = opened(forged(honest, |judgement| lie.tell(judgement))) {
            prop_assert!(believed.outcome() >= verdict.outcome());
            prop_assert_eq!(believed.patch_sha256(), verdict.patch_sha256());
            prop_assert_eq!(changes.iter().count(), verdict.changes().len());
        }
    }
}
