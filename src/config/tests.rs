//! The file as a whole, and what becomes of its values.

mod complaints;
mod shipped;

use std::path::Path;
use std::time::Duration;

use super::*;
use crate::bounty::policy::{Mode, Unsure};
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
    // Keys are exchanged while it runs.
    let new = good(&with_who("", "").replace("one.pem", "two.pem"));
    assert_eq!(old.needs_restart(&new), [""; 0]);
    assert_eq!(new.clone().until_restart(&old).auth0.keys, new.auth0.keys);
}
