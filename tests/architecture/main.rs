//! Keeps what ARCHITECTURE.md promises about who may know whom. Each test names the rule it keeps;
//! an exception stands in [`table`], with its reason, or not at all.

mod clients;
mod patches;
mod reached;
mod sources;
mod table;

use std::collections::BTreeMap;
use std::fs;
use std::sync::LazyLock;

use regex::Regex;

use sources::{SOURCES, Source, is_test, root};
use table::{LONG, NARROW, ONLY_NARROW, ROOMS};

/// Lines of a file, at most.
const LONGEST: usize = 400;

static NAMES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"crate::([a-z_]+)[A-Za-z_:]*").expect("a pattern"));

/// The sources of the program itself.
pub(crate) fn program() -> impl Iterator<Item = &'static Source> {
    SOURCES
        .iter()
        .filter(|s| s.path.starts_with("src/") && !is_test(&s.path))
}

#[track_caller]
pub(crate) fn none(offences: &[String], rule: &str) {
    assert!(offences.is_empty(), "{rule}:\n  {}", offences.join("\n  "));
}

#[test]
fn rooms_know_only_the_rooms_of_the_table() {
    let table: BTreeMap<&str, &[&str]> = ROOMS.iter().copied().collect();
    let mut offences = Vec::new();
    for source in program() {
        let room = source.room().expect("a room");
        let Some(may) = table.get(room) else {
            offences.push(format!(
                "{}: room `{room}` is not in the table",
                source.path
            ));
            continue;
        };
        for found in NAMES.captures_iter(&source.code) {
            let (whole, other) = (&found[0], &found[1]);
            if !may.contains(&other) {
                offences.push(format!("{}: {whole}", source.path));
            } else if ONLY_NARROW.contains(&(room, other)) {
                let allowed = NARROW.iter().any(|(file, what, _)| {
                    *file == source.path && whole.starts_with(what.trim_end_matches("::"))
                });
                if !allowed {
                    offences.push(format!("{}: {whole}", source.path));
                }
            }
        }
        if source.code.contains("use crate::{") && !["cli"].contains(&room) {
            offences.push(format!(
                "{}: `use crate::{{` hides from this test",
                source.path
            ));
        }
    }
    none(&offences, "a room names another that it must not know");
}

/// What decides, and does nothing else.
fn is_of_the_rules(source: &Source) -> bool {
    matches!(source.room(), Some("bounty" | "money"))
        || source.path.starts_with("src/broker/policy")
}

#[test]
fn the_rules_are_pure() {
    let impure = Regex::new(
        r"\b(?:tokio|sqlx|http|octocrab|reqwest|teloxide|vault|rustix)::|\basync\b|\bClock\b|\bSystemClock\b|\.now\(\)|std::(?:fs|net|env|process|thread|io)\b",
    )
    .expect("a pattern");
    let mut offences = Vec::new();
    for source in program().filter(|s| is_of_the_rules(s)) {
        for line in source.code.lines().filter(|line| impure.is_match(line)) {
            offences.push(format!("{}: {}", source.path, line.trim()));
        }
    }
    none(&offences, "the rules do I/O, wait, or read a clock");
}

#[test]
fn messages_are_pure() {
    let impure =
        Regex::new(r"\b(?:tokio|sqlx|http|octocrab|reqwest|rustix)::|\basync\b|\.now\(\)|std::(?:fs|net|env|process|thread|io)\b")
            .expect("a pattern");
    let mut offences = Vec::new();
    for source in program().filter(|s| s.room() == Some("messages")) {
        for line in source.code.lines() {
            let vault = line.contains("vault::") && !line.contains("vault::telegram::");
            if vault || impure.is_match(line) {
                offences.push(format!("{}: {}", source.path, line.trim()));
            }
        }
    }
    none(&offences, "a sentence needs more than its words");
}

#[test]
fn no_stage_calls_another() {
    // Helpers that stages share: one write, how feedback is worded, what the gate says, the patch that a client
    // handed in, and whether he may still have it done. The rest is in mod.rs.
    let stages: Vec<String> = program()
        .filter_map(|s| s.path.strip_prefix("src/stages/")?.strip_suffix(".rs"))
        .filter(|name| {
            let shared = [
                "mod",
                "write",
                "feedback",
                "judgement",
                "handed_in",
                "allowed",
            ];
            !shared.contains(name)
        })
        .map(ToOwned::to_owned)
        .collect();
    assert!(stages.len() > 5, "{stages:?}");
    let names = Regex::new(&format!(
        r"(?:super|crate::stages)::(?:\{{[^}}]*)?\b({})\b",
        stages.join("|")
    ))
    .expect("a pattern");
    let mut offences = Vec::new();
    for source in program().filter(|s| s.room() == Some("stages")) {
        for found in names.find_iter(&source.code) {
            offences.push(format!("{}: {}", source.path, found.as_str()));
        }
    }
    none(&offences, "stages meet in the ledger only");
}

/// Everything that may name `what`: these files, tests, and benches (which measure against floors).
#[track_caller]
pub(crate) fn only(what: &str, files: &[&str], rule: &str) {
    let mut seen = 0;
    let mut offences = Vec::new();
    let shipped = |s: &&Source| !is_test(&s.path) && !s.path.starts_with("benches/");
    for source in SOURCES.iter().filter(shipped) {
        if source.code.contains(what) {
            if files.iter().any(|file| source.path.starts_with(file)) {
                seen += 1;
            } else {
                offences.push(source.path.clone());
            }
        }
    }
    none(&offences, rule);
    assert!(
        seen > 0,
        "nobody names {what}: does this test still look for the right thing?"
    );
}

#[test]
fn only_the_vault_opens_secrets() {
    only(
        "expose_secret",
        &["crates/vault/src/"],
        "a secret is opened outside the vault",
    );
}

#[test]
fn only_the_vault_and_the_simulators_know_keys_and_the_bot_token() {
    for library in ["rsa::", "jsonwebtoken::"] {
        only(
            library,
            &["crates/vault/src/", "crates/sim/src/"],
            "key material outside the vault",
        );
    }
    only(
        "teloxide",
        &["crates/vault/src/"],
        "the Bot API's client outside the vault",
    );
}

#[test]
fn one_place_aims_a_write_and_one_restores_a_permit() {
    only(
        "WriteTarget::new(",
        &["src/stages/write.rs"],
        "a write to GitHub is aimed elsewhere than in stages/write.rs",
    );
    only(
        "Permit::restore(",
        &["src/stages/claim.rs", "src/stages/submit/wanted.rs"],
        "a stored permit is revived elsewhere than where something is written for it",
    );
}

#[test]
fn one_room_speaks_sql_and_one_speaks_to_github() {
    only("sqlx::", &["src/ledger/"], "SQL outside the ledger");
    only("octocrab::", &["src/github/"], "octocrab outside its room");
    only(
        ".post_comment(",
        &["src/stages/write.rs"],
        "a comment leaves elsewhere than in stages/write.rs",
    );
    for write in [".say(", ".open_issue(", ".label(", ".close("] {
        only(
            &format!("within{write}"),
            &["src/stages/request.rs"],
            "what a client wants leaves elsewhere than in stages/request.rs",
        );
    }
}

#[test]
fn time_is_handed_in() {
    let mut offences = Vec::new();
    for source in &*SOURCES {
        let shipped = source.path.starts_with("src/") || source.path.starts_with("crates/");
        // The gate is pure, and names clocks as what a patch must not look at.
        let apart = ["crates/clock/src/", "crates/gate/", "crates/sim/"];
        if !shipped || apart.iter().any(|p| source.path.starts_with(p)) || is_test(&source.path) {
            continue;
        }
        for call in ["SystemTime::now", "Instant::now", "Utc::now", "Local::now"] {
            if source.code.contains(call) {
                offences.push(format!("{}: {call}", source.path));
            }
        }
    }
    none(&offences, "a clock is read outside crates/clock");
}

#[test]
fn the_program_does_not_know_the_simulators() {
    let names = Regex::new(r"\bsim::").expect("a pattern");
    let offences: Vec<String> = SOURCES
        .iter()
        .filter(|s| s.path.starts_with("src/") || s.path.starts_with("crates/vault/src/"))
        .filter(|s| !is_test(&s.path) && names.is_match(&s.code))
        .map(|s| s.path.clone())
        .collect();
    none(&offences, "what is shipped knows what it is tested with");
}

#[test]
fn every_file_is_short_and_says_what_it_is() {
    let mut offences = Vec::new();
    for source in &*SOURCES {
        let lines = source.text.lines().count();
        let excused = LONG.iter().any(|(path, _)| *path == source.path);
        if lines > LONGEST && !excused {
            offences.push(format!("{}: {lines} lines", source.path));
        }
        if lines <= LONGEST && excused {
            offences.push(format!(
                "{}: is short again, take it off the list",
                source.path
            ));
        }
        if !source.text.starts_with("//!") {
            offences.push(format!("{}: does not begin with //!", source.path));
        }
    }
    none(&offences, "long or unexplained files");
}

#[test]
fn the_tests_that_architecture_md_names_exist() {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let kept = Regex::new(r"\[([a-z0-9_/.]+\.rs)(?:,\s`([a-z0-9_]+)`)?\]").expect("a pattern");
    let mut named = 0;
    let mut offences = Vec::new();
    for found in kept.captures_iter(&page) {
        named += 1;
        let path = &found[1];
        match (fs::read_to_string(root().join(path)), found.get(2)) {
            (Err(_), _) => offences.push(format!("{path} does not exist")),
            (Ok(text), Some(name)) if !text.contains(&format!("fn {}", name.as_str())) => {
                offences.push(format!("{path} has no test `{}`", name.as_str()));
            }
            _ => {}
        }
    }
    none(&offences, "ARCHITECTURE.md names what is not there");
    assert!(named > 10, "only {named} tests are named");
}
