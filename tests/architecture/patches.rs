//! Who may touch what on the way from hostile code to a pull request.

use std::fs;

use regex::Regex;

use crate::sources::{SOURCES, is_test, root};
use crate::{none, only, program};

#[test]
fn what_touches_hostile_code_knows_no_secret() {
    let mut offences = Vec::new();
    for room in ["clock", "fix", "gate", "jail"] {
        let path = format!("crates/{room}/Cargo.toml");
        let manifest = fs::read_to_string(root().join(&path)).expect("a manifest");
        let shipped = manifest.split("[dev-dependencies]").next();
        for line in shipped.unwrap_or_default().lines() {
            let name = line.split(['.', ' ', '=']).next().unwrap_or_default();
            if ["vault", "bountyd", "sim", "secrecy", "reqwest", "octocrab"].contains(&name) {
                offences.push(format!("{path}: {line}"));
            }
        }
    }
    none(
        &offences,
        "hostile code is handled where secrets can be named",
    );
}

#[test]
fn the_gate_is_pure() {
    // It names such things in its rules, as what a patch must not do.
    let impure = Regex::new(
        r"^\s*(?:pub(?:\(\w+\))? )?(?:use (?:tokio|rustix|clock|std::(?:fs|net::(?:Tcp|Udp|ToSocket)\w*|env|process|thread|io|time))\b|async fn\b)|^[^\x22]*std::(?:fs|env|process|thread|time)::",
    )
    .expect("a pattern");
    let mut offences = Vec::new();
    for source in SOURCES.iter() {
        let shipped = source.path.starts_with("crates/gate/src/") && !is_test(&source.path);
        for line in source.code.lines().filter(|_| shipped) {
            if impure.is_match(line) {
                offences.push(format!("{}: {}", source.path, line.trim()));
            }
        }
    }
    none(&offences, "the gate does I/O, waits, or reads a clock");
}

#[test]
fn one_stage_aims_what_becomes_a_pull_request() {
    let aims = ["src/stages/submit/", "src/stages/pull/"];
    let aimed = |path: &str| aims.iter().any(|aim| path.starts_with(aim));
    for target in [
        "UpstreamTarget::new(",
        "BranchTarget::new(",
        "PullTarget::new(",
    ] {
        only(
            target,
            &[&["src/github/work/"], &aims[..]].concat(),
            "a fork, a branch or a pull request is aimed elsewhere than by submit and pull",
        );
        assert!(
            program().any(|s| aimed(&s.path) && s.code.contains(target)),
            "no stage names {target}"
        );
    }
    // Every write of the rim, by what it may end with.
    let verbs = Regex::new(r"pub async fn (\w+)\([^{]*\bWriteTrouble>").expect("a pattern");
    let mut writes = Vec::new();
    for source in program().filter(|s| s.path.starts_with("src/github/work/")) {
        writes.extend(
            verbs
                .captures_iter(&source.code)
                .map(|verb| format!(".{}(", &verb[1])),
        );
    }
    assert!(writes.len() > 8, "only {writes:?}");
    let mut offences = Vec::new();
    for source in program() {
        if source.path.starts_with("src/github/") || aimed(&source.path) {
            continue;
        }
        for call in writes.iter().filter(|call| source.code.contains(*call)) {
            offences.push(format!("{}: {call}", source.path));
        }
    }
    none(
        &offences,
        "work reaches GitHub elsewhere than by submit and pull",
    );
}

#[test]
fn one_file_opens_a_judgement_and_overrides_it() {
    let rule = "what the gate said is opened elsewhere than in stages/judgement.rs";
    let here = "src/stages/judgement.rs";
    only("papers::patch(", &[here], rule);
    let opens = Regex::new(r"\bcarried\s*\.open\(").expect("a pattern");
    let opening: Vec<&str> = program()
        .filter(|source| opens.is_match(&source.code))
        .map(|source| source.path.as_str())
        .collect();
    assert_eq!(opening, [here], "{rule}");
    // `fix::suite` has another thing of that name: the owner's own test command.
    let passes = "src/stages/submit/patch.rs";
    let rule = "the owner's yes becomes a pass elsewhere than in stages/submit/patch.rs";
    let gate = ["crates/gate/src/", "crates/fix/src/suite/", passes];
    only("Override {", &gate, rule);
    only(".pass_with(", &["crates/gate/src/", passes], rule);
    // Whoever else holds one carries it, and a file of theirs opens nothing that is called so.
    let mut seen = Vec::new();
    for source in program().filter(|s| s.code.contains("Carried")) {
        seen.push(source.path.as_str());
    }
    let carriers = [
        "src/fixer/papers.rs",
        "src/fixer/serve.rs",
        "src/fixer/word.rs",
    ];
    seen.retain(|path| !carriers.contains(path) && *path != here);
    assert_eq!(seen, Vec::<&str>::new(), "{rule}");
}

#[test]
fn one_file_asks_the_vault_for_its_secrets_in_a_patch() {
    only(
        "secret_in(",
        &["crates/vault/src/vault.rs", "src/stages/judgement.rs"],
        "somebody else may try what the live secrets are",
    );
}

#[test]
fn the_patch_process_reaches_no_secret_and_the_egress_process_only_its_own() {
    let names = Regex::new(r"\bvault::(?:\{[^}]*\}|[A-Za-z_:]+(?:\{[^}]*\})?)").expect("a pattern");
    let mut offences = Vec::new();
    let mut seen = 0;
    for source in program().filter(|s| s.room() == Some("fixer")) {
        let words: &[&str] = &["Usage", "EgressEvent"];
        let egress: &[&str] = &[
            "Egress",
            "EgressJournal",
            "JobGrant",
            "Phase",
            "JournalRefused",
        ];
        let is_egress = source.path == "src/fixer/egress.rs";
        for found in names.find_iter(&source.code) {
            seen += 1;
            let named = found.as_str().trim_start_matches("vault::");
            let named = named.trim_start_matches("egress::");
            for name in named.trim_matches(['{', '}']).split(',').map(str::trim) {
                if !(words.contains(&name) || is_egress && egress.contains(&name)) {
                    offences.push(format!("{}: vault's {name}", source.path));
                }
            }
        }
        for secret in ["SecretSource", "Ledger::", "LedgerError", "secrecy"] {
            if source.code.contains(secret) {
                offences.push(format!("{}: {secret}", source.path));
            }
        }
    }
    none(&offences, "a secret, or the ledger, beside hostile code");
    assert!(seen > 2, "only {seen} names of the vault were found");
    only(
        "Egress::open(",
        &["src/fixer/egress.rs"],
        "a model's key is read elsewhere than in the egress process",
    );
}
