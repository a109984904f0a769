//! A world in which all is well, and the form of what is said.

use serde_json::{Value, json};

use super::world::{World, finding};

#[tokio::test(flavor = "multi_thread")]
async fn where_all_is_well_it_says_so_and_leaves_with_0() {
    let world = World::new().await;
    let said = world.bountyd(&["doctor"]).left_with(0);
    assert_eq!(said.err, "");
    assert!(
        said.out.ends_with("Everything that can be seen is well.\n"),
        "{}",
        said.out
    );
    for line in said.out.lines() {
        assert!(unicode_width::UnicodeWidthStr::width(line) <= 80, "{line}");
    }
    world.says_no_secret(&said);
    assert_eq!(world.writes(), Vec::<String>::new());
    // One token, and the journal has it.
    assert_eq!(world.sim.auth0.exchanges().len(), 1);
    let audit = world.sim.auth0.exchanges()[0].audit_context.clone();
    assert!(audit.is_some_and(|a| a.starts_with("bountyd doctor j:")));
    let journal = world.bountyd(&["journal", "--json"]).left_with(0).json();
    let kinds: Vec<&str> = journal
        .as_array()
        .expect("entries")
        .iter()
        .filter_map(|entry| entry["kind"].as_str())
        .collect();
    assert_eq!(kinds, ["exchange.begun", "exchange.done"]);
    assert_eq!(world.sim.telegram.unconfirmed(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_for_a_program_has_a_form_that_holds() {
    let world = World::new().await;
    let answer = world.doctor();
    assert_eq!(answer["ok"], json!(true), "{answer:#}");
    assert_eq!(answer["worst"], json!("ok"));
    assert_eq!(answer["first"], Value::Null);
    assert_eq!(answer["mended"], json!([]));
    let mut ids = Vec::new();
    for check in answer["checks"].as_array().expect("checks") {
        let known = [
            "because",
            "check",
            "depends_on",
            "found",
            "link",
            "mend",
            "remedy",
            "title",
            "verdict",
        ];
        let fields: Vec<&String> = check.as_object().expect("an object").keys().collect();
        assert_eq!(fields, known, "{check}");
        for text in ["check", "found", "title", "verdict"] {
            assert!(
                check[text].as_str().is_some_and(|t| !t.is_empty()),
                "{check}"
            );
        }
        let verdict = check["verdict"].as_str().expect("a text");
        assert!(["ok", "not_applicable"].contains(&verdict), "{check}");
        for needed in check["depends_on"].as_array().expect("a list") {
            assert!(ids.contains(needed), "{needed} comes after {check}");
        }
        ids.push(check["check"].clone());
    }
    assert_eq!(ids.len(), 43);
    assert_eq!(ids[0], json!("config"));
    let unit = finding(&answer, "service.unit");
    assert_eq!(unit["verdict"], json!("not_applicable"), "{unit}");
    let rates = finding(&answer, "rates")["found"].as_str().expect("a text");
    assert!(rates.contains("at most 3 claims a day"), "{rates}");
    let schedule = finding(&answer, "schedule")["found"]
        .as_str()
        .expect("a text");
    assert!(schedule.starts_with("next three runs: "), "{schedule}");
    let account = finding(&answer, "github.account")["found"].as_str();
    assert!(account.is_some_and(|a| a.contains("@night-owner")));
}
