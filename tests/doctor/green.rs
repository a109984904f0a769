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
    assert_eq!(ids.len(), 45);
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

#[tokio::test(flavor = "multi_thread")]
async fn with_a_management_token_every_setting_is_seen_and_nothing_is_written() {
    let world = World::new().await;
    world.doctor();
    let said = world.with_the_tenant().left_with(0);
    let answer = said.json();
    assert_eq!(answer["ok"], json!(true), "{answer:#}");
    for (check, words) in [
        ("tenant.client", "proves itself with the key"),
        ("tenant.ip_allowlist", "127.0.0.1 is on the list"),
        ("tenant.privileged_key", "the slot holds the key"),
        ("tenant.grants", "github: repo"),
        ("tenant.connection", "on for the worker"),
        ("tenant.mfa", "not Always"),
        ("tenant.login", "you log in with"),
        ("tenant.my_account", "active, and granted"),
        ("tenant.account", "is connected since"),
    ] {
        let finding = finding(&answer, check);
        assert_eq!(finding["verdict"], json!("ok"), "{finding}");
        let found = finding["found"].as_str().unwrap_or_default();
        assert!(found.contains(words), "{finding}");
    }
    world.says_no_secret(&said);
    assert_eq!(world.writes(), Vec::<String>::new());
    // It is the file's alone: not in the ledger, and nothing beside.
    let ledger = std::fs::read(world.path("state/ledger.db")).expect("read");
    let token = std::fs::read_to_string(world.path("secret/management-token")).expect("read");
    assert!(
        !ledger
            .windows(token.len())
            .any(|part| part == token.as_bytes())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_token_may_not_read_is_said_and_takes_nothing_away() {
    let world = World::new().await;
    let said = world.with_scopes(&["read:clients", "read:client_credentials"]);
    let answer = said.left_with(66).json();
    let unread = finding(&answer, "tenant.my_account");
    assert_eq!(unread["verdict"], json!("not_tried"), "{unread}");
    assert!(
        unread["found"]
            .as_str()
            .is_some_and(|f| f.contains("read:resource_servers")),
        "{unread}"
    );
    assert!(
        unread["remedy"]
            .as_str()
            .is_some_and(|r| r.contains("token"))
    );
    // The exchange is proof of what could not be read.
    let account = finding(&answer, "tenant.account");
    assert_eq!(account["verdict"], json!("ok"), "{account}");
    let slot = finding(&answer, "tenant.privileged_key");
    assert!(
        slot["found"]
            .as_str()
            .is_some_and(|f| f.contains("the slot holds"))
    );
    // A token that is none ends it.
    world.write_private("secret/management-token", "none");
    let file = world.path("secret/management-token").display().to_string();
    let said = world.bountyd(&["doctor", "--json", "--tenant", "--token-file", &file]);
    let answer = said.left_with(66).json();
    let login = finding(&answer, "tenant.login");
    assert!(
        login["found"]
            .as_str()
            .is_some_and(|f| f.contains("is not taken")),
        "{login}"
    );
    let nobody = world.bountyd(&["doctor", "--tenant"]).left_with(77);
    assert!(nobody.err.contains("--token-file"), "{}", nobody.err);
}
