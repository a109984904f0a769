//! Every way out that we know, tried from inside; the result is `docs/sandbox-matrix.md`.
//!
//! `matrix.txt` says of each route how it must fail. A route that fails in another way fails the
//! test: it may be that it was not tried at all. After a change that is meant, run the test with
//! `BOUNTYD_WRITE_SANDBOX_MATRIX=1`, and look at what changed in the document.

mod document;
mod host;
mod table;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jail::{Jail, Mask, Spec, Tool};

use crate::kill::{lingering, survivors};
use crate::place::{CANARY, Place, attack, said, unprivileged_then};
use host::Host;
use table::{Row, rows};

/// Set to write the document instead of comparing it.
const WRITE: &str = "BOUNTYD_WRITE_SANDBOX_MATRIX";

#[test]
fn every_way_out_fails_as_the_document_says() {
    unprivileged_then(
        "matrix::every_way_out_fails_as_the_document_says",
        |place| {
            let jail = place.jail();
            let results = attempts(place, &jail);
            let faults = judge(&results, jail.report().inside.landlock_abi);
            assert!(faults.is_empty(), "{}", faults.join("\n"));
            let hostile = rows().iter().filter(|row| !row.is_control()).count();
            assert!(hostile >= 60, "only {hostile} routes");
            fs::write(place.path("matrix.md"), document::write(&rows())).expect("written");
        },
        |place| {
            let made = fs::read_to_string(place.path("matrix.md")).expect("read");
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/sandbox-matrix.md");
            if std::env::var_os(WRITE).is_some() {
                fs::write(&path, &made).expect("written");
            }
            let there = fs::read_to_string(&path).unwrap_or_default();
            assert!(
                there == made,
                "docs/sandbox-matrix.md is not what the test found; run it with {WRITE}=1"
            );
        },
    );
}

/// What happened, by the name of the route.
fn attempts(place: &Place, jail: &Jail) -> BTreeMap<String, String> {
    let host = Host::open(place);
    let built = place.directory("attack");
    attack(&built);
    let mut spec = place.spec(["/opt/attack/attack"]);
    spec.tools.push(Tool {
        outside: built,
        inside: "/opt/attack".into(),
    });
    fs::create_dir(spec.work.join(".claude")).expect("made");
    fs::write(spec.work.join(".claude/settings.json"), "hostile").expect("written");
    fs::write(spec.work.join(".mcp.json"), "hostile").expect("written");
    spec.masks = vec![
        Mask::Directory(".claude".into()),
        Mask::File(".mcp.json".into()),
    ];
    spec.egress = Some(host.egress());
    spec.env.extend(host.variables());

    let mut results = BTreeMap::new();
    for line in said(jail, &spec).lines() {
        let (id, what) = line.split_once('\t').expect("a line of the attack");
        let twice = results.insert(id.to_owned(), what.to_owned());
        assert!(twice.is_none(), "{id} was tried twice");
    }
    results.extend(sweep(jail, spec));
    // The program ends, and its daemon does not.
    said(jail, &lingering(place, &["and-leave"]));
    let left = match survivors(place) {
        none if none.is_empty() => "nothing is left".to_owned(),
        some => format!("SUCCEEDED: {some:?}"),
    };
    results.insert("survivor".to_owned(), left);
    results.insert("other-hosts".to_owned(), host.what_arrived());
    results
}

/// Looks for the canary, and for a text that is there to be found.
fn sweep(jail: &Jail, mut spec: Spec) -> Vec<(String, String)> {
    let there = "to-be-found-3c1e";
    spec.env.insert("PLANTED".into(), there.into());
    fs::write(spec.work.join("planted"), there).expect("written");
    let hidden = |text: &str| -> String { text.bytes().map(|b| char::from(b - 1)).collect() };
    spec.argv.push("sweep".into());
    spec.argv.push(hidden(CANARY).into());
    spec.argv.push(hidden(there).into());
    let text = said(jail, &spec);
    let finds = |place: &str, which: usize| {
        let word = format!("{place} {which}\t");
        text.lines().filter(|line| line.starts_with(&word)).count()
    };
    let mut results = Vec::new();
    for place in ["environment", "files", "proc", "memory"] {
        let canary = match finds(place, 0) {
            0 => "not found".to_owned(),
            _ => format!("SUCCEEDED: {text}"),
        };
        let control = match finds(place, 1) {
            0 => "nothing is found at all".to_owned(),
            _ => "SUCCEEDED".to_owned(),
        };
        results.push((format!("sweep-{place}"), canary));
        results.push((format!("control-sweep-{place}"), control));
    }
    results
}

/// What is not as the table says. A fence that this kernel's Landlock does not have is in the
/// report as not enforced; it is said here, too, and is no fault of the box.
fn judge(results: &BTreeMap<String, String>, abi: u32) -> Vec<String> {
    let rows = rows();
    let mut faults = Vec::new();
    for row in &rows {
        let Row { id, expected, .. } = row;
        match results.get(id) {
            None => faults.push(format!("{id}: not tried")),
            Some(what) if what == "SUCCEEDED" && row.needs_abi() > abi => {
                println!("NOT ENFORCED HERE: {id} (Landlock ABI {abi})");
            }
            Some(what) if !expected.contains(what) => {
                faults.push(format!("{id}: {what}, not {}", expected.join(" or ")));
            }
            Some(_) => {}
        }
    }
    for id in results.keys() {
        if !rows.iter().any(|row| &row.id == id) {
            faults.push(format!("{id}: {} (not in matrix.txt)", results[id]));
        }
    }
    faults
}
