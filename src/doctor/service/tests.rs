//! A root directory of our own, with systemd running in it as far as that can be seen.

use super::*;
use crate::clock::{Clock as _, SystemClock};
use crate::doctor::finding::Verdict;

const SHIPPED: &str = include_str!("../../../systemd/bountyd.service");

fn config(path: &Path) -> Config {
    let text = "state_directory = \"/var/lib/bountyd\"\n[auth0]\ndomain = \"acme.eu.auth0.com\"\n\
                client_id = \"c\"\nuser_id = \"github|1\"\n";
    let now = SystemClock.now();
    let loaded = Config::parse(text, path, &Environment::default(), now);
    loaded
        .unwrap_or_else(|e| panic!("{}", e.render(false)))
        .config
}

/// What is found with this unit installed, under the service's own configuration or another.
fn found(unit: Option<&str>, config_at: &str) -> [Finding; 3] {
    let dir = tempfile::tempdir().expect("a directory");
    let root = dir.path();
    let units = root.join("etc/systemd/system");
    for made in [&units, &root.join("run/systemd/system")] {
        std::fs::create_dir_all(made).expect("a directory");
    }
    if let Some(unit) = unit {
        std::fs::write(units.join(UNIT), unit).expect("written");
    }
    findings(&config(&root.join(config_at)), root)
}

/// The shipped unit, with a program that is there and no configuration named.
fn fit() -> String {
    let start = "ExecStart=/usr/bin/bountyd run --config /etc/bountyd/bountyd.toml";
    SHIPPED.replace(start, "ExecStart=/bin/sh run")
}

const OWN: &str = "etc/bountyd/bountyd.toml";

#[test]
fn the_shipped_unit_is_well() {
    for finding in found(Some(&fit()), OWN) {
        assert_eq!(finding.verdict, Verdict::Ok, "{finding:?}");
    }
}

#[test]
fn each_thing_that_can_be_wrong_with_a_unit_is_named() {
    let fit = fit();
    for (unit, at, verdict, phrase) in [
        (
            fit.replace("WatchdogSec=2min", ""),
            2,
            Verdict::Warning,
            "set WatchdogSec=2min",
        ),
        (
            fit.replace("Type=notify", "Type=simple"),
            2,
            Verdict::Warning,
            "set Type=notify",
        ),
        (
            fit.replace("Restart=on-failure", "Restart=no"),
            0,
            Verdict::Warning,
            "Restart=on-failure",
        ),
        (
            fit.replace("/bin/sh run", "/nowhere/bountyd run"),
            0,
            Verdict::Failure,
            "install bountyd as /nowhere/bountyd",
        ),
        (
            fit.replace("/bin/sh run", "/bin/sh run --config /other.toml"),
            0,
            Verdict::Warning,
            "--config /other.toml",
        ),
        (
            "[Service]\nExecStart=/bin/sh\nRestart=always\n".to_owned(),
            1,
            Verdict::Warning,
            "shipped systemd/bountyd.service",
        ),
    ] {
        let finding = &found(Some(&unit), OWN)[at];
        assert_eq!(finding.verdict, verdict, "{finding:?}");
        let remedy = finding.remedy.as_deref().unwrap_or_default();
        assert!(remedy.contains(phrase), "{finding:?}");
    }
}

#[test]
fn a_drop_in_counts() {
    let dir = tempfile::tempdir().expect("a directory");
    let root = dir.path();
    std::fs::create_dir_all(root.join("run/systemd/system")).expect("a directory");
    std::fs::create_dir_all(root.join("etc/systemd/system/bountyd.service.d"))
        .expect("a directory");
    std::fs::create_dir_all(root.join("usr/lib/systemd/system")).expect("a directory");
    std::fs::write(root.join("usr/lib/systemd/system").join(UNIT), fit()).expect("written");
    let over = root.join("etc/systemd/system/bountyd.service.d/own.conf");
    std::fs::write(over, "[Service]\nWatchdogSec=0\n").expect("written");
    let [unit, _, watchdog] = findings(&config(&root.join(OWN)), root);
    assert_eq!(unit.verdict, Verdict::Ok, "{unit:?}");
    assert_eq!(watchdog.verdict, Verdict::Warning, "{watchdog:?}");
}

#[test]
fn where_there_is_no_unit_it_matters_to_the_service_only() {
    let [unit, exposure, _] = found(None, OWN);
    assert_eq!(unit.verdict, Verdict::Warning, "{unit:?}");
    assert_eq!(exposure.verdict, Verdict::NotApplicable);
    for finding in found(None, "home/me/bountyd.toml") {
        assert_eq!(finding.verdict, Verdict::NotApplicable, "{finding:?}");
    }
    let nowhere = tempfile::tempdir().expect("a directory");
    for finding in findings(&config(&nowhere.path().join(OWN)), nowhere.path()) {
        assert_eq!(finding.found, "systemd does not run here");
    }
}

#[test]
fn a_verdict_is_read_and_nothing_else() {
    assert_eq!(
        level("→ Overall exposure level for bountyd.service: 1.3 OK 🙂\n"),
        Some(13)
    );
    assert_eq!(
        level("→ Overall exposure level for x: 10.0 DANGEROUS\n"),
        Some(100)
    );
    assert_eq!(level("no such thing"), None);
    assert_eq!(level("Overall exposure level for x: soon"), None);
}
