//! Judgements that travel, as they should be and as they should not.

mod lies;

use super::record::Stand;
use super::*;
use crate::case::sample::{file, judged, link, tree};
use crate::judge::Request;
use crate::plan::Plan;
use crate::policy::GatePolicy;
use crate::secrets::{NoSecrets, Secrets};
use crate::{Outcome, Override, RuleId, Severity};

/// A base and a candidate, and what a careful gate says about them.
fn of(base: &Tree, candidate: &Tree) -> Carried {
    Carried::of(&judged(base, candidate, &Plan::default()), base, candidate)
}

fn clean() -> Carried {
    of(
        &tree([("src/a.py", file("x = 1\n")), ("src/b.py", file("y = 1\n"))]),
        &tree([("src/a.py", file("x = 2\n")), ("src/b.py", file("y = 1\n"))]),
    )
}

/// A patch with one hold, on a line of code.
fn held() -> Carried {
    of(
        &tree([("src/a.py", file("x = 1\n"))]),
        &tree([("src/a.py", file("x = eval(y)\n"))]),
    )
}

/// The record as a liar leaves it who knows the form: changed, and with a sum that fits.
fn forged(mut carried: Carried, lie: impl FnOnce(&mut Judgement)) -> Carried {
    lie(&mut carried.judgement);
    Carried::sealed(carried.judgement)
}

fn opened(carried: Carried) -> Result<(Verdict, Changes), NotCarried> {
    carried.open(&NoSecrets, false)
}

#[test]
fn a_clean_patch_opens_to_a_pass_and_to_what_is_submitted() {
    let verdict = judged(
        &tree([("a", file("1\n")), ("b", file("1\n")), ("c", file("1\n"))]),
        &tree([("a", file("2\n")), ("b", file("1\n")), ("d", file("1\n"))]),
        &Plan::default(),
    );
    let carried = of(
        &tree([("a", file("1\n")), ("b", file("1\n")), ("c", file("1\n"))]),
        &tree([("a", file("2\n")), ("b", file("1\n")), ("d", file("1\n"))]),
    );
    let written = carried.write().expect("written");
    let (again, changes) =
        opened(Carried::read(&written, written.len()).expect("read")).expect("opened");
    assert_eq!(again, verdict);
    let pass = again.pass().expect("a pass");
    assert_eq!(pass.patch(), verdict.patch_sha256());
    assert_eq!(pass.base_commit(), carried.base_commit());
    let (two, one) = (file("2\n"), file("1\n"));
    assert_eq!(
        changes.iter().collect::<Vec<_>>(),
        [(&b"a"[..], Some(&two)), (b"c", None), (b"d", Some(&one))]
    );
    assert!(changes.are_plain_files());
}

#[test]
fn only_the_changed_paths_are_carried() {
    let text = String::from_utf8(clean().write().expect("written")).expect("text");
    let base64 =
        |path: &str| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, path);
    assert!(text.contains(&base64("src/a.py")));
    assert!(!text.contains(&base64("src/b.py")));
}

#[test]
fn a_hold_passes_after_the_journey_with_a_yes_to_exactly_this_patch() {
    let (verdict, _) = opened(held()).expect("opened");
    assert_eq!(verdict.outcome(), Outcome::Hold);
    assert!(verdict.pass().is_err());
    let yes = Override {
        patch: verdict.patch_sha256(),
        base_commit: verdict.base_commit().to_owned(),
        approved_by: "telegram:1".to_owned(),
    };
    assert!(verdict.pass_with(&yes).is_ok());
    let (alone, _) = held().open(&NoSecrets, true).expect("opened");
    assert_eq!(alone.outcome(), Outcome::Block);
}

struct Hunter;

impl Secrets for Hunter {
    fn found_in(&self, bytes: &[u8]) -> Option<&str> {
        bytes
            .windows(8)
            .any(|window| window == b"hunter22")
            .then_some("the bot token")
    }
}

#[test]
fn a_live_secret_that_the_writer_did_not_know_blocks_at_opening() {
    let base = tree([("a.txt", file("x\n"))]);
    for (path, entry) in [
        ("a.txt", file("hunter22\n")),
        ("hunter22.txt", file("x\n")),
        ("b", link("hunter22")),
    ] {
        let mut candidate = base.clone();
        candidate.entries.insert(path.into(), entry);
        let carried = of(&base, &candidate);
        let (blind, _) = opened(carried.clone()).expect("opened");
        assert!(blind.outcome() < Outcome::Block, "{path}");
        let (verdict, _) = carried.open(&Hunter, false).expect("opened");
        assert_eq!(verdict.outcome(), Outcome::Block, "{path}");
        let found = &verdict.findings()[0];
        assert_eq!((found.rule, found.severity), (RuleId::C1, Severity::Block));
        assert!(found.message.contains("the bot token"), "{}", found.message);
    }
}

#[test]
fn findings_that_a_liar_left_out_are_found_again() {
    let workflow = of(
        &tree([("a", file("x\n"))]),
        &tree([
            ("a", file("x\n")),
            (".github/workflows/a.yml", file("on: push\n")),
        ]),
    );
    for (carried, worst) in [(workflow, Outcome::Block), (held(), Outcome::Hold)] {
        let silent = forged(carried, |judgement| {
            judgement.findings.clear();
            judgement.outcome = Outcome::Pass;
        });
        let (verdict, _) = opened(silent).expect("opened");
        assert_eq!(verdict.outcome(), worst);
        assert!(verdict.pass().is_err());
    }
}

#[test]
fn what_only_the_whole_tree_shows_is_kept_and_not_made_up() {
    let many = |names: &[&str]| Tree {
        entries: names
            .iter()
            .map(|name| (name.as_bytes().to_vec(), file(name)))
            .collect(),
    };
    // Six of twelve files are deleted, and a path collides with one that did not change.
    let base = many(&[
        "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "README2",
    ]);
    let candidate = many(&["g", "h", "i", "j", "k", "README2", "readme2"]);
    let carried = of(&base, &candidate);
    let (verdict, _) = opened(carried).expect("opened");
    for rule in [RuleId::S6, RuleId::S7] {
        let said = |f: &&crate::Finding| f.rule == rule && f.severity == Severity::Block;
        assert_eq!(verdict.findings().iter().filter(said).count(), 1, "{rule}");
    }
    // One file of a hundred is deleted, as the plan says; of the changed paths it is all there is.
    let names: Vec<String> = (0..100).map(|n| format!("f{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (base, candidate) = (many(&names), many(&names[1..]));
    let plan = Plan {
        paths: vec!["f0".to_owned()],
        ..Plan::default()
    };
    let verdict = judged(&base, &candidate, &plan);
    assert_eq!(verdict.outcome(), Outcome::Pass);
    let (again, _) = opened(Carried::of(&verdict, &base, &candidate)).expect("opened");
    assert_eq!(again, verdict);
}

#[test]
fn what_the_rest_of_the_base_or_the_owner_allows_is_not_found_after_the_journey() {
    let built = ("dist/old.js", file("export const a = 1;\n"));
    let named = ("src/api.py", file("API = 'https://api.acme-tools.io/v1'\n"));
    let base = tree([built, named]);
    let lock = r#"{"lockfileVersion":3,"packages":{"node_modules/b":{"version":"1.0.0",
        "resolved":"https://npm.acme-tools.io/b/-/b-1.0.0.tgz","integrity":"sha512-eHh4"}}}"#;
    for (path, text, rule) in [
        (
            "dist/new.js",
            "export const b = 2;\n".to_owned(),
            RuleId::S10,
        ),
        (
            "src/b.py",
            "get('https://api.acme-tools.io/v2')\n".to_owned(),
            RuleId::C4,
        ),
        ("package-lock.json", lock.to_owned(), RuleId::D3),
    ] {
        let with = |mut tree: Tree| {
            tree.entries.insert(path.into(), file(&text));
            tree
        };
        let judge = |base: &Tree, hosts: &[&str]| {
            let policy = GatePolicy {
                registry_hosts: hosts.iter().map(ToString::to_string).collect(),
                ..GatePolicy::default()
            };
            let request = Request {
                base_commit: "0123456789012345678901234567890123456789",
                plan: &Plan::default(),
                policy: &policy,
                secrets: &NoSecrets,
                canary: None,
                scans: &[],
            };
            crate::judge(base, &with(base.clone()), &request)
        };
        let finds = |verdict: &Verdict| verdict.findings().iter().any(|f| f.rule == rule);
        assert!(finds(&judge(&Tree::default(), &[])), "{rule}");
        let verdict = judge(&base, &["npm.acme-tools.io"]);
        assert!(!finds(&verdict), "{:#?}", verdict.findings());
        let carried = Carried::of(&verdict, &base, &with(base.clone()));
        assert_eq!(opened(carried).expect("opened").0, verdict);
    }
}

#[test]
fn a_record_that_contradicts_itself_is_refused() {
    let other = |carried: Carried| -> Carried {
        forged(carried, |judgement| {
            judgement.changed[0].after = Some(Stand::File {
                content: b"x = 3\n"[..].into(),
                executable: false,
            })
        })
    };
    assert!(matches!(
        opened(other(clean())),
        Err(NotCarried::OtherPatch { .. })
    ));
    let cases: [(Carried, NotCarried); 9] = [
        (
            forged(held(), |j| j.outcome = Outcome::Pass),
            NotCarried::Milder {
                stored: Outcome::Pass,
                least: Outcome::Hold,
            },
        ),
        (
            forged(held(), |j| j.findings[0].severity = Severity::Block),
            NotCarried::Heavier {
                rule: RuleId::C4,
                severity: Severity::Block,
            },
        ),
        (
            forged(clean(), |j| j.changed.clear()),
            NotCarried::Milder {
                stored: Outcome::Pass,
                least: Outcome::Block,
            },
        ),
        (
            forged(clean(), |j| {
                j.changed[0].before = j.changed[0].after.clone()
            }),
            NotCarried::Unchanged("src/a.py".to_owned()),
        ),
        (
            forged(clean(), |j| j.changed.push(j.changed[0].clone())),
            NotCarried::Order("src/a.py".to_owned()),
        ),
        (
            forged(clean(), |j| {
                j.changed[0].after = Some(Stand::Odd {
                    kind: "a socket".to_owned(),
                })
            }),
            NotCarried::Odd("src/a.py".to_owned()),
        ),
        (
            forged(clean(), |j| j.base_commit = "HEAD".to_owned()),
            NotCarried::NoCommit,
        ),
        (
            forged(clean(), |j| j.base_commit = "A".repeat(40)),
            NotCarried::NoCommit,
        ),
        (
            {
                let mut damaged = clean();
                damaged.judgement.base_commit = "f".repeat(40);
                damaged
            },
            NotCarried::Damaged,
        ),
    ];
    for (carried, expected) in cases {
        assert_eq!(opened(carried).expect_err("refused"), expected);
    }
}

#[test]
fn nothing_but_the_form_is_read() {
    let good = clean().write().expect("written");
    let text = String::from_utf8(good.clone()).expect("text");
    assert_eq!(
        Carried::read(&good, good.len() - 1),
        Err(NotCarried::TooLong {
            bytes: good.len(),
            most: good.len() - 1
        })
    );
    for (from, to) in [
        (r#"{"version":1"#, r#"{"version":2"#),
        (r#"{"version":1"#, r#"{"version":1,"version":1"#),
        (r#"{"version":1"#, r#"{"more":1,"version":1"#),
        (r#"{"version":1,"#, "{"),
        (r#""before":"#, r#""extra":0,"before":"#),
        (r#""after":"#, r#""later":"#),
        (r#""outcome":"pass""#, r#""outcome":"Pass""#),
        (r#""executable":false"#, r#""executable":0"#),
        (r#""content":"eCA9IDIK""#, r#""content":"eCA9IDIK=""#),
        (r#""content":"eCA9IDIK""#, r#""content":"eCA9 IDIK""#),
        (
            r#""findings":[]"#,
            r#""findings":[{"rule":"Q1","severity":"hold","path":null,"line":null,"message":""}]"#,
        ),
        (
            r#""findings":[]"#,
            r#""findings":[{"rule":"C4","severity":"hold","path":null,"message":""}]"#,
        ),
        (r#""sum":""#, r#""sum":"ff"#),
    ] {
        assert!(text.contains(from), "{from} in {text}");
        let bent = text.replacen(from, to, 1);
        let refused = Carried::read(bent.as_bytes(), bent.len()).expect_err(&bent);
        assert!(matches!(refused, NotCarried::Unreadable(_)), "{refused}");
    }
    let version = text.replacen(r#""version":1"#, r#""version":2,"new":[]"#, 1);
    let said = Carried::read(version.as_bytes(), version.len()).expect_err("refused");
    assert!(said.to_string().contains("version 2"), "{said}");
}

#[test]
fn the_words_of_a_finding_are_made_harmless_again() {
    let loud = forged(held(), |judgement| {
        judgement.findings[0].message = "\u{1b}[2J\u{202e}".to_owned();
        judgement.findings[0].path = Some("a\nb".to_owned());
    });
    let (verdict, _) = opened(loud).expect("opened");
    assert!(
        !format!("{:?}", verdict.findings()).contains("\\u{"),
        "{:?}",
        verdict.findings()
    );
    assert!(
        verdict
            .findings()
            .iter()
            .any(|f| f.path.as_deref() == Some("a⟨U+000A⟩b"))
    );
    assert!(
        verdict
            .findings()
            .iter()
            .all(|f| f.remedy == f.rule.rule().remedy)
    );
}

#[test]
fn its_debug_shows_no_content() {
    let shown = format!("{:?}", clean());
    assert!(
        shown.contains("outcome: Pass") && !shown.contains("x = 2"),
        "{shown}"
    );
}
