//! The file as a whole: its default, its documentation, and what becomes of its values.

mod complaints;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use super::*;
use crate::bounty::policy::{Mode, Policy, Unsure};
use crate::clock::UnixMillis;
use crate::money::{Currency, Usd};

const DEFAULT: &str = include_str!("../../config/bountyd.toml");

/// 2026-11-22T12:00:00Z
const NOW: UnixMillis = UnixMillis(1_795_348_800_000);

fn environment() -> Environment {
    Environment {
        home: Some("/home/owner".into()),
        ..Environment::default()
    }
}

fn parse(text: &str) -> Result<Loaded, Problems> {
    Config::parse(
        text,
        Path::new("/etc/bountyd/bountyd.toml"),
        &environment(),
        NOW,
    )
}

fn good(text: &str) -> Config {
    match parse(text) {
        Ok(loaded) => loaded.config,
        Err(problems) => panic!("{problems}"),
    }
}

fn complaints(text: &str) -> String {
    match parse(text) {
        Ok(loaded) => loaded.warnings.to_string(),
        Err(problems) => problems.to_string(),
    }
}

const WHO: &str = r#"
[auth0]
domain = "acme.eu.auth0.com"
client_id = "client"
user_id = "github|1"
"#;

fn with_who(top: &str, rest: &str) -> String {
    format!("timezone = \"UTC\"\n{top}\n{WHO}\n{rest}")
}

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
    let fix = all.fix.expect("the fixer is switched on");
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
        ..fix.clone()
    };
    assert_eq!(same, least);
    assert_eq!(
        fix.tests_of("Owner/Repository"),
        Some(&["make".to_owned(), "check".to_owned()][..])
    );
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

#[test]
fn values_arrive() {
    let config = good(&with_who(
        "mode = \"auto\"\nclaim_without_fixer = true\nallow_insecure_loopback = true\nschedule = \"@daily\"",
        r#"base_url = "http://127.0.0.1:4000"
keys = ["assertion.pem", "/keys/second.pem"]
client_authentication = "client_secret"
client_secret_file = "secret"
[github]
api_url = "http://localhost:4001/api/v3"
graphql_url = "http://[::1]:4001/api/graphql"
[telegram]
api_url = "http://127.0.0.1:4002"
owner_id = 42
[policy]
ask_above_usd = "99.50"
deny = ["Some-Org/Repo"]
ask_unknown_amounts = true
[approvals]
quiet_hours = "22:00-07:00"
approvers = [1000]
[journal]
retention = "730d"
[rates.XMR]
usd = "160.25"
on = 2026-11-22
"#,
    ));
    assert_eq!(config.policy.mode, Mode::Auto);
    assert!(config.policy.claim_without_fixer);
    assert_eq!(config.auth0.base_url.as_str(), "http://127.0.0.1:4000/");
    assert_eq!(config.auth0.audience, "http://127.0.0.1:4000/");
    assert_eq!(
        config.auth0.keys,
        [
            Path::new("/etc/bountyd/assertion.pem"),
            Path::new("/keys/second.pem")
        ]
    );
    assert_eq!(
        config.auth0.client_authentication,
        ClientAuthentication::ClientSecret(Some("/etc/bountyd/secret".into()))
    );
    assert_eq!(
        config.github.api_url.as_str(),
        "http://localhost:4001/api/v3/"
    );
    assert_eq!(
        config.github.graphql_url.as_str(),
        "http://[::1]:4001/api/graphql"
    );
    assert_eq!(config.policy.ask_above, Usd(9950));
    assert_eq!(config.policy.unsure, Unsure::Ask);
    assert_eq!(config.policy.deny, ["some-org/repo"]);
    assert_eq!(config.approvals.approvers, [1000]);
    assert_eq!(
        config
            .approvals
            .quiet_hours
            .map(|w| w.to_string())
            .as_deref(),
        Some("22:00-07:00")
    );
    assert_eq!(
        config.journal_retention,
        Some(Duration::from_secs(730 * 86_400))
    );
    let xmr = Currency::known("XMR").and_then(|xmr| config.rates.0.get(&xmr).copied());
    assert_eq!(
        xmr.map(|rate| (rate.usd.to_string(), rate.at)),
        Some(("160.25".into(), UnixMillis(NOW.0 - 43_200_000)))
    );
    assert!(config.is_simulated());
    assert_eq!(
        config.ledger_path(),
        Path::new("/var/lib/bountyd/ledger.db")
    );
    assert_eq!(
        config.control_socket(),
        Path::new("/run/bountyd/control.sock")
    );
}

#[test]
fn the_systems_configuration_has_the_systems_places_and_the_owners_his() {
    let environment = Environment {
        xdg_runtime_dir: Some("/run/user/1000".into()),
        ..environment()
    };
    let places = |path: &str, top: &str| {
        let loaded = Config::parse(&with_who(top, ""), Path::new(path), &environment, NOW);
        let config = loaded.expect("good").config;
        let text = |path: PathBuf| path.display().to_string();
        (text(config.state_directory), text(config.runtime_directory))
    };
    let pair = |state: &str, run: &str| (state.to_owned(), run.to_owned());
    let system = pair("/var/lib/bountyd", "/run/bountyd");
    let own = pair("/home/owner/.local/state/bountyd", "/run/user/1000/bountyd");
    for path in ["/etc/bountyd/bountyd.toml", "/etc/bountyd/second.toml"] {
        assert_eq!(places(path, ""), system, "{path}");
    }
    for path in [
        "/home/owner/.config/bountyd/bountyd.toml",
        "/etcetera/bountyd.toml",
        "/etc/../srv/bountyd.toml",
    ] {
        assert_eq!(places(path, ""), own, "{path}");
    }
    let top = "state_directory = \"/srv/s\"\nruntime_directory = \"/srv/r\"";
    let said = places("/etc/bountyd/bountyd.toml", top);
    assert_eq!(said, pair("/srv/s", "/srv/r"));
}

#[test]
fn systemd_directories_come_first() {
    let environment = Environment {
        state_directory: Some("/var/lib/bountyd".into()),
        runtime_directory: Some("/run/bountyd".into()),
        xdg_state_home: Some("/xdg".into()),
        ..environment()
    };
    let loaded =
        Config::parse(&with_who("", ""), Path::new("b.toml"), &environment, NOW).expect("good");
    assert_eq!(
        loaded.config.ledger_path(),
        Path::new("/var/lib/bountyd/ledger.db")
    );
    assert_eq!(
        loaded.config.control_socket(),
        Path::new("/run/bountyd/control.sock")
    );
}

#[test]
fn the_vault_is_told_names_only() {
    let config = good(&with_who(
        "",
        "keys = [\"one.pem\"]\nclient_authentication = \"client_secret\"\n[telegram]\nowner_id = 1\n",
    ));
    let settings = config.vault_settings(&environment());
    assert_eq!(settings.auth0_base.as_str(), "https://acme.eu.auth0.com/");
    assert_eq!(settings.audience, "https://acme.eu.auth0.com/");
    assert_eq!(settings.hold_cap, Duration::from_secs(900));
    let names: Vec<&str> = settings
        .keys
        .iter()
        .map(|key| key.credential.as_str())
        .collect();
    assert_eq!(names, ["assertion-key"]);
    assert_eq!(
        settings.keys[0].file.as_deref(),
        Some(Path::new("/etc/bountyd/one.pem"))
    );
    let secret = ::vault::SecretSource {
        credential: "client-secret".into(),
        file: None,
    };
    assert_eq!(
        settings.client_authentication,
        ::vault::ClientAuthentication::ClientSecret(secret)
    );
    assert_eq!(
        settings.telegram_token.map(|t| t.credential).as_deref(),
        Some("telegram-token")
    );
}

#[test]
fn a_second_key_may_come_as_a_credential() {
    let directory = tempfile::tempdir().expect("temporary directory");
    let environment = Environment {
        credentials_directory: Some(directory.path().to_owned()),
        ..environment()
    };
    let config = good(&with_who("", ""));
    assert_eq!(config.key_sources(&environment).len(), 1);
    std::fs::write(directory.path().join("assertion-key-2"), "").expect("write");
    assert_eq!(config.key_sources(&environment).len(), 2);
}

/// Every TOML example of the documentation that is a whole configuration can be used.
#[test]
fn the_documented_files_are_good() {
    let documentation = include_str!("../../docs/config.md");
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
    assert!(documentation.contains(&format!("`trap_limit` | `{}`", shipped.policy.trap_limit)));
}

#[test]
fn a_reload_says_what_it_cannot_change() {
    let old = good(&with_who("", ""));
    assert!(
        old.needs_restart(&good(&with_who("mode = \"ask\"", "")))
            .is_empty()
    );
    let new = good(&with_who(
        "state_directory = \"/other\"",
        "[logging]\nformat = \"json\"",
    ));
    assert_eq!(old.needs_restart(&new), ["state_directory", "logging"]);
    let in_force = new.clone().until_restart(&old);
    assert_eq!(old.needs_restart(&in_force), [""; 0]);
    assert_eq!(in_force.policy.mode, new.policy.mode);
}
