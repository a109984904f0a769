//! Every fixture row is judged as its `expected` field says: whether it is a bounty, its worth,
//! amount, currency, platform and status. The rows are our own; the repositories are invented.

use std::path::Path;

use bountyd::bounty::appraise::Lists;
use bountyd::bounty::traps::TrapList;
use bountyd::money::Rates;
use serde_json::Value;

#[path = "../examples/rows/mod.rs"]
mod rows;

fn same(said: &Value, expected: &Value) -> bool {
    match (said.as_f64(), expected.as_f64()) {
        (Some(a), Some(b)) => (a - b).abs() < 1e-9,
        _ => said == expected,
    }
}

#[test]
fn every_fixture_is_judged_as_expected() -> Result<(), Box<dyn std::error::Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bounties");
    let lists = Lists {
        traps: TrapList::shipped(),
        rates: Rates::default(),
    };
    let mut judged = 0;
    let mut wrong = Vec::new();
    for file in std::fs::read_dir(&folder)? {
        let path = file?.path();
        let text = std::fs::read_to_string(&path)?;
        for (at, line) in text.lines().enumerate() {
            let row =
                rows::read(at + 1, line).map_err(|fault| format!("{}: {fault}", path.display()))?;
            let expected = &serde_json::from_str::<Value>(line)?["expected"];
            let said = rows::show(&row, &rows::judge(&row, &lists));
            judged += 1;
            for field in ["is_bounty", "usd", "amount", "platform", "status"] {
                if !same(&said[field], &expected[field]) {
                    wrong.push(format!(
                        "{}: {field} should be {}, is {} ({})",
                        said["id"], expected[field], said[field], said["reasons"]
                    ));
                }
            }
            if expected["is_bounty"] == true && said["currency"] != expected["currency"] {
                wrong.push(format!("{}: currency is {}", said["id"], said["currency"]));
            }
        }
    }
    assert!(
        judged >= 60,
        "only {judged} rows were found in {}",
        folder.display()
    );
    assert!(
        wrong.is_empty(),
        "{} of {judged} rows:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    Ok(())
}

#[test]
fn a_bad_line_names_its_field() {
    for (line, field) in [
        ("{\"labels\": 3}", "labels"),
        ("{\"labels\": [1]}", "labels[0]"),
        ("{\"number\": -1}", "number"),
        ("{\"state\": \"ajar\"}", "state"),
        ("{\"comments\": [{\"body\": 1}]}", "comments[0].body"),
        ("[]", ""),
        ("{", ""),
    ] {
        let fault = rows::read(7, line)
            .map(|_| ())
            .map_err(|fault| (fault.line, fault.field));
        assert_eq!(fault, Err((7, field.to_owned())), "{line}");
    }
    assert!(rows::read(1, "{}").is_ok(), "every field may be missing");
}
