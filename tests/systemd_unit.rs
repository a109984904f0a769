//! The unit file, judged by systemd itself.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const UNIT: &str = include_str!("../systemd/bountyd.service");

/// The exposure that `systemd-analyze security` may find, in tenths.
const MOST_EXPOSURE: u32 = 15;

fn unit_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd/bountyd.service")
}

fn systemd_analyze(arguments: &[&str]) -> Output {
    Command::new("systemd-analyze")
        .args(arguments)
        .output()
        .unwrap_or_else(|error| {
            panic!("systemd-analyze cannot be run ({error}); install the packages of scripts/packages.sh")
        })
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn exposure_is_low_and_every_rest_is_argued() {
    let path = unit_file();
    let output = systemd_analyze(&[
        "security",
        "--offline=true",
        "--no-pager",
        &path.to_string_lossy(),
    ]);
    let said = text(&output);
    let exposure = said
        .lines()
        .find_map(|line| line.split_once("Overall exposure level for bountyd.service: "))
        .unwrap_or_else(|| panic!("no verdict:\n{said}"))
        .1
        .split_whitespace()
        .next()
        .and_then(|level| level.replace('.', "").parse::<u32>().ok())
        .unwrap_or_else(|| panic!("no number:\n{said}"));
    assert!(exposure <= MOST_EXPOSURE, "{said}");
    let argued = UNIT
        .split_once("# What remains, and why:")
        .expect("the unit argues what remains")
        .1;
    let exposed: Vec<&str> = said
        .lines()
        .filter_map(|line| line.strip_prefix('✗')?.split_whitespace().next())
        .collect();
    assert!(!exposed.is_empty(), "the list was not understood:\n{said}");
    for setting in exposed {
        let name = setting.split(['=', '/']).next().unwrap_or(setting);
        assert!(
            argued.contains(name),
            "{setting} is exposed without an argument"
        );
    }
}

#[test]
fn verifies_with_the_built_file() {
    let directory = tempfile::tempdir().expect("temporary directory");
    let unit = UNIT.replace("/usr/bin/bountyd", env!("CARGO_BIN_EXE_bountyd"));
    assert_ne!(unit, UNIT, "ExecStart names /usr/bin/bountyd");
    let path = directory.path().join("bountyd.service");
    std::fs::write(&path, unit).expect("write the unit");
    let output = systemd_analyze(&["verify", "--man=no", &path.to_string_lossy()]);
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(text(&output).trim(), "", "verify has complaints");
}

#[test]
fn the_drop_in_replaces_every_plain_credential() {
    let drop_in = include_str!("../systemd/bountyd.service.d/encrypted.conf");
    let names = |text: &'static str, key: &str| -> Vec<&'static str> {
        let prefix = format!("{key}=");
        text.lines()
            .filter_map(|line| line.strip_prefix(prefix.as_str())?.split(':').next())
            .filter(|name| !name.is_empty())
            .collect()
    };
    let plain = names(UNIT, "LoadCredential");
    assert!(plain.contains(&"assertion-key"), "{plain:?}");
    assert_eq!(plain, names(drop_in, "LoadCredentialEncrypted"));
    assert!(drop_in.lines().any(|line| line == "LoadCredential="));
}

#[test]
fn a_stop_outlasts_the_drain_and_the_drain_a_write() {
    let stop: u64 = UNIT
        .lines()
        .find_map(|line| line.strip_prefix("TimeoutStopSec=")?.strip_suffix('s'))
        .and_then(|seconds| seconds.parse().ok())
        .expect("TimeoutStopSec in seconds");
    let drain = bountyd::driver::DRAIN;
    assert!(drain > vault::LONGEST_REQUEST, "{drain:?}");
    // The rest is for the socket and the ledger to close.
    assert!(stop >= drain.as_secs() + 10, "{stop} s for {drain:?}");
}

#[test]
fn does_not_restart_what_cannot_get_better() {
    let codes = UNIT
        .lines()
        .find_map(|line| line.strip_prefix("RestartPreventExitStatus="))
        .expect("RestartPreventExitStatus");
    let codes: Vec<u8> = codes
        .split(' ')
        .map(|c| c.parse().expect("a number"))
        .collect();
    use bountyd::exit::Exit;
    use bountyd::ledger::LedgerError;
    let lasting = [Exit::Usage, Exit::Data, Exit::Config];
    assert_eq!(codes, lasting.map(Exit::code));
    // `run` ends so when the ledger is damaged.
    let damaged = LedgerError::Corrupt {
        what: "stage",
        detail: String::new(),
    };
    let ends = bountyd::daemon::StartError::from(damaged).exit();
    assert!(codes.contains(&ends.code()), "{ends:?}");
}
