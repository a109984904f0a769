//! The labelled patches of `tests/corpus`: no bad one may pass, hardly a good one may be refused.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gate::secrets::NoSecrets;
use gate::tree::{Entry, Tree};
use gate::{Carried, GatePolicy, Outcome, Plan, Request, Verdict, judge};
use serde::Deserialize;

/// Good patches that may be refused outright.
const REFUSED: usize = 3;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseFile {
    name: String,
    language: String,
    kind: Kind,
    why: String,
    #[serde(default)]
    rules: Vec<String>,
    #[serde(default)]
    plan: Plan,
    #[serde(default)]
    base: Vec<Item>,
    #[serde(default)]
    candidate: Vec<Item>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Malicious,
    Careless,
    Good,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    path: String,
    text: Option<String>,
    base64: Option<String>,
    mode: Option<String>,
    #[serde(default)]
    delete: bool,
}

impl Item {
    fn entry(&self) -> Option<Entry> {
        if self.delete {
            return None;
        }
        let bytes = match (&self.text, &self.base64) {
            (Some(text), None) => text.as_bytes().to_vec(),
            (None, Some(encoded)) => {
                let packed: String = encoded.split_whitespace().collect();
                STANDARD.decode(packed).expect("base64")
            }
            _ => panic!("{}: either text or base64", self.path),
        };
        let text = || String::from_utf8(bytes.clone()).expect("text");
        Some(match self.mode.as_deref().unwrap_or("100644") {
            mode @ ("100644" | "100755") => Entry::File {
                content: bytes.into(),
                executable: mode == "100755",
            },
            "120000" => Entry::Link { target: bytes },
            "160000" => Entry::Submodule {
                commit: text().trim().to_owned(),
            },
            other => panic!("{}: mode {other}", self.path),
        })
    }
}

struct Case {
    file: CaseFile,
    base: Tree,
    candidate: Tree,
}

impl Case {
    fn load(path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("a case");
        let file: CaseFile =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let stem = path.file_stem().and_then(|s| s.to_str()).expect("a name");
        assert_eq!(file.name, stem, "a case is named like its file");
        assert!(!file.why.trim().is_empty() && !file.language.is_empty());
        let mut entries: BTreeMap<_, _> = BTreeMap::new();
        for item in &file.base {
            let entry = item.entry().expect("nothing is deleted in a base");
            entries.insert(item.path.clone().into_bytes(), entry);
        }
        let base = Tree {
            entries: entries.clone(),
        };
        for item in &file.candidate {
            let key = item.path.clone().into_bytes();
            match item.entry() {
                Some(entry) => {
                    entries.insert(key, entry);
                }
                None => {
                    let gone = entries.remove(&key);
                    assert!(gone.is_some(), "{stem}: {} is not there", item.path);
                }
            }
        }
        Self {
            file,
            base,
            candidate: Tree { entries },
        }
    }

    fn judged(&self, unattended: bool) -> Verdict {
        let policy = GatePolicy {
            unattended,
            ..GatePolicy::default()
        };
        judge(
            &self.base,
            &self.candidate,
            &Request {
                base_commit: "0123456789012345678901234567890123456789",
                plan: &self.file.plan,
                policy: &policy,
                secrets: &NoSecrets,
                canary: None,
                scans: &[],
            },
        )
    }
}

fn cases(folder: &str) -> Vec<Case> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/corpus")
        .join(folder);
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("the corpus")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} is empty", folder.display());
    paths.iter().map(|path| Case::load(path)).collect()
}

fn said(verdict: &Verdict) -> String {
    verdict
        .findings()
        .iter()
        .filter(|finding| finding.severity > gate::Severity::Note)
        .map(|f| {
            format!(
                "\n    {} {} {}:{} {}",
                f.severity.word(),
                f.rule,
                f.path.as_deref().unwrap_or(""),
                f.line.unwrap_or(0),
                f.message
            )
        })
        .collect()
}

#[test]
fn the_corpus_is_told_apart() {
    let (bad, good) = (cases("bad"), cases("good"));
    let mut through = Vec::new();
    let mut unexpected = 0;
    for case in &bad {
        assert!(case.file.kind != Kind::Good, "{}", case.file.name);
        let verdict = case.judged(true);
        let found = |id: &String| {
            verdict
                .findings()
                .iter()
                .any(|f| f.rule.as_str() == id && f.severity > gate::Severity::Note)
        };
        if verdict.outcome() == Outcome::Pass {
            println!("let through: {}: {}", case.file.name, case.file.why);
            through.push(&case.file.name);
        } else if !case.file.rules.iter().any(found) && !case.file.rules.is_empty() {
            unexpected += 1;
            println!(
                "caught by other rules than {:?}: {}{}",
                case.file.rules,
                case.file.name,
                said(&verdict)
            );
        }
    }
    let (mut refused, mut held) = (Vec::new(), Vec::new());
    for case in &good {
        assert!(case.file.kind == Kind::Good, "{}", case.file.name);
        let verdict = case.judged(false);
        match verdict.outcome() {
            Outcome::Pass => {}
            Outcome::Hold => {
                println!("held: {}{}", case.file.name, said(&verdict));
                held.push(&case.file.name);
            }
            Outcome::Block => {
                println!("refused outright: {}{}", case.file.name, said(&verdict));
                refused.push(&case.file.name);
            }
        }
    }
    println!(
        "gate corpus: bad {}, let through {}; good {}, refused outright {}, held {}",
        bad.len(),
        through.len(),
        good.len(),
        refused.len(),
        held.len()
    );
    println!("gate corpus: bad ones caught by other rules than named: {unexpected}");
    assert!(through.is_empty(), "let through: {through:?}");
    assert!(refused.len() <= REFUSED, "refused outright: {refused:?}");
}

#[test]
fn no_judgement_of_the_corpus_changes_on_its_way() {
    for case in ["bad", "good"].into_iter().flat_map(cases) {
        for unattended in [false, true] {
            let verdict = case.judged(unattended);
            let carried = Carried::of(&verdict, &case.base, &case.candidate);
            let (again, _) = carried
                .open(&NoSecrets, unattended)
                .unwrap_or_else(|refused| panic!("{}: {refused}", case.file.name));
            assert_eq!(again.outcome(), verdict.outcome(), "{}", case.file.name);
            let new: Vec<_> = again
                .findings()
                .iter()
                .filter(|finding| !verdict.findings().contains(finding))
                .collect();
            assert!(new.is_empty(), "{}: {new:#?}", case.file.name);
        }
    }
}
