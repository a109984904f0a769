//! The shipped file and the documentation say what the program does.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::bounty::policy::Policy;

/// The shipped file with every example switched on.
fn all_switched_on() -> String {
    DEFAULT
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(setting) if !setting.starts_with(' ') || setting.starts_with("  '") => setting,
            _ => line,
        })
        .collect::<Vec<_>>()
        .join("\n")
        .replace("YOUR-", "my-")
}

#[test]
fn the_shipped_file_holds_the_defaults() {
    let shipped = DEFAULT.replace("#timezone = \"local\"", "timezone = \"UTC\"");
    let shipped = good(&shipped.replace("YOUR-", "my-"));
    let all = good(&all_switched_on().replace("timezone = \"local\"", "timezone = \"UTC\""));
    assert_eq!(shipped.policy, Policy::default());
    let with_fixer = Policy {
        fixer: true,
        ..shipped.policy.clone()
    };
    assert_eq!(all.policy, with_fixer);
    let least = good(&with_who("", "[fix]\nagent = \"opencode\""))
        .fix
        .expect("a fixer");
    let fix = all.fix.clone().expect("the fixer is switched on");
    assert!(shipped.fix.is_none());
    // What is no default stands there to be seen.
    let same = Fix {
        profiles: None,
        model: None,
        provider: None,
        socket: None,
        egress_socket: None,
        sign_off: None,
        tests: BTreeMap::new(),
        scanners: BTreeMap::new(),
        ..fix.clone()
    };
    assert_eq!(same, least);
    assert_eq!(
        fix.tests_of("Owner/Repository"),
        Some(&["make".to_owned(), "check".to_owned()][..])
    );
    let bandit = &fix.scanners["bandit"];
    assert!(bandit.required && bandit.command[0] == "bandit");
    assert_eq!(bandit.files.as_ref().map(Vec::len), Some(2));
    let egress = Egress {
        providers: BTreeMap::new(),
        ..all.egress.clone()
    };
    assert_eq!(egress, shipped.egress);
    let openai = &all.egress.providers["openai"];
    assert_eq!((openai.api, openai.auth), (Api::OpenAi, Some(Auth::Bearer)));
    assert_eq!(openai.prices[0].input, 1_250_000);
    assert_eq!(format!("{:?}", all.scan), format!("{:?}", shipped.scan));
    assert_eq!(
        format!("{:?}", all.approvals),
        format!("{:?}", shipped.approvals)
    );
    assert_eq!(format!("{:?}", all.github), format!("{:?}", shipped.github));
    assert_eq!(all.logging, shipped.logging);
    assert_eq!(all.schedule.line(), shipped.schedule.line());
    for of in [
        |c: &Config| c.jitter,
        |c: &Config| c.write_spacing,
        |c: &Config| c.withdraw_after,
        |c: &Config| c.auth0.hold_cap,
        |c: &Config| c.auth0.token_buffer,
    ] {
        assert_eq!(of(&all), of(&shipped));
    }
    assert_eq!(all.digest_at, shipped.digest_at);
    assert_eq!(all.journal_retention, shipped.journal_retention);
    assert_eq!(all.auth0.base_url, shipped.auth0.base_url);
    // The example has the domain in capitals.
    assert_eq!(all.auth0.issuer.to_lowercase(), shipped.auth0.issuer);
    assert_eq!(all.auth0.audience.to_lowercase(), shipped.auth0.audience);
    assert_eq!(all.auth0.connection, shipped.auth0.connection);
    assert_eq!(shipped.policy.mode, Mode::Watch);
    assert!(shipped.telegram.is_none());
    assert_eq!(all.telegram.map(|t| t.owner_id), Some(123_456_789));
}

/// What the program knows, learnt from what it says about a key it does not know.
#[test]
fn the_shipped_file_names_every_setting() {
    let mut shipped: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let all: toml::Table = all_switched_on().parse().expect("TOML");
    for (key, value) in &all {
        let top = shipped.entry(String::new()).or_default();
        top.insert(key.clone());
        if let Some(table) = value.as_table().filter(|_| key != "rates") {
            shipped.insert(key.clone(), table.keys().cloned().collect());
        }
    }
    // Below these the owner chooses the names.
    for path in [
        "fix.tests.\"owner/repository\"",
        "fix.scanners.bandit",
        "egress.providers.openai",
        "egress.providers.openai.prices.\"gpt-5*\"",
        "mcp.clients.openclaw",
        "mcp.clients.openclaw.rules.reading",
        "mcp.clients.openclaw.step_up",
        "mcp.step_up",
        "mcp.http",
    ] {
        let mut table = &all;
        for part in path.split('.').map(|part| part.trim_matches('"')) {
            table = table[part].as_table().expect("a table");
        }
        shipped.insert(path.to_owned(), table.keys().cloned().collect());
    }
    for (section, names) in &shipped {
        let table = if section.is_empty() {
            format!("zzzzzzzz = 1\n{WHO}")
        } else if section == "auth0" {
            format!("{WHO}\nzzzzzzzz = 1")
        } else {
            format!("{WHO}\n[{section}]\nzzzzzzzz = 1")
        };
        let said = complaints(&table);
        let list = said
            .lines()
            .find_map(|line| line.split_once(" knows: "))
            .unwrap_or_else(|| panic!("{said}"))
            .1;
        let known: BTreeSet<String> = list.split(", ").map(str::to_owned).collect();
        assert_eq!(&known, names, "[{section}]");
    }
}

/// The names of all settings below `value`, without the names that the owner chooses.
fn settings(value: &toml::Value, path: &str, names: &mut BTreeSet<String>) {
    let Some(table) = value.as_table() else {
        return;
    };
    let chosen = ["tests", "providers", "prices", "clients", "rules"].contains(&path);
    for (key, value) in table {
        if !chosen {
            names.insert(key.clone());
        }
        settings(value, key, names);
    }
}

/// Every TOML example of the documentation that is a whole configuration can be used.
#[test]
fn the_documented_files_are_good() {
    let documentation = include_str!("../../../docs/config.md");
    let examples: Vec<&str> = documentation
        .split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .filter(|example| example.contains("[auth0]"))
        .collect();
    assert_eq!(examples.len(), 2);
    for example in &examples {
        let text = if example.contains("timezone") {
            (*example).to_owned()
        } else {
            format!("timezone = \"UTC\"\n{example}")
        };
        good(&text);
    }
    assert!(good(examples[1]).is_simulated());
    // And it names every setting, with its default where that is one word.
    let shipped = good(&with_who("", ""));
    let all: toml::Table = all_switched_on().parse().expect("TOML");
    let sections = all.iter().filter_map(|(_, value)| value.as_table());
    for key in all.keys().chain(sections.flat_map(toml::Table::keys)) {
        assert!(
            documentation.contains(key.as_str()),
            "{key} is not documented"
        );
    }
    // The sections that are easily got wrong are held to more: each key stands in its own part.
    for section in ["fix", "egress", "mcp"] {
        let part = documentation
            .split_once(&format!("## [{section}]"))
            .and_then(|(_, rest)| rest.split("\n## ").next())
            .unwrap_or_else(|| panic!("[{section}] has no part of its own"));
        let mut names = BTreeSet::new();
        settings(&all[section], section, &mut names);
        assert!(names.len() > 6, "{names:?}");
        for name in names {
            assert!(
                part.contains(&format!("`{name}`")),
                "{name} is not under [{section}]"
            );
        }
    }
    assert!(documentation.contains(&format!("`trap_limit` | `{}`", shipped.policy.trap_limit)));
}
