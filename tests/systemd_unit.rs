//! The unit files, judged by systemd itself.

use std::path::Path;
use std::process::{Command, Output};

const UNIT: &str = include_str!("../systemd/bountyd.service");

const FIXER: &str = include_str!("../systemd/bountyd-fixer@.service");
const EGRESS: &str = include_str!("../systemd/bountyd-egress@.service");

/// The services, and the exposure that `systemd-analyze security` may find, in tenths.
const SERVICES: [(&str, &str, u32); 3] = [
    ("bountyd.service", UNIT, 13),
    ("bountyd-fixer@.service", FIXER, 28),
    ("bountyd-egress@.service", EGRESS, 12),
];

const SOCKETS: [(&str, &str); 2] = [
    (
        "bountyd-fixer.socket",
        include_str!("../systemd/bountyd-fixer.socket"),
    ),
    (
        "bountyd-egress.socket",
        include_str!("../systemd/bountyd-egress.socket"),
    ),
];

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

/// Judges a unit: its exposure in tenths, and the settings that are exposed.
fn judged(name: &str) -> (u32, Vec<String>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("systemd")
        .join(name);
    let output = systemd_analyze(&[
        "security",
        "--offline=true",
        "--no-pager",
        &path.to_string_lossy(),
    ]);
    let said = text(&output);
    let exposure = said
        .lines()
        .find_map(|line| line.split_once("Overall exposure level for "))
        .and_then(|(_, verdict)| verdict.split_once(": "))
        .unwrap_or_else(|| panic!("no verdict:\n{said}"))
        .1
        .split_whitespace()
        .next()
        .and_then(|level| level.replace('.', "").parse::<u32>().ok())
        .unwrap_or_else(|| panic!("no number:\n{said}"));
    let exposed: Vec<String> = said
        .lines()
        .filter_map(|line| line.strip_prefix('✗')?.split_whitespace().next())
        .map(str::to_owned)
        .collect();
    assert!(!exposed.is_empty(), "the list was not understood:\n{said}");
    (exposure, exposed)
}

#[test]
fn exposure_is_low_and_every_rest_is_argued() {
    for (name, unit, most) in SERVICES {
        let (exposure, exposed) = judged(name);
        assert!(
            exposure <= most,
            "{name}: {exposure} of {most} tenths: {exposed:?}"
        );
        let argued = unit
            .split_once("# What remains, and why:")
            .unwrap_or_else(|| panic!("{name} does not argue what remains"))
            .1;
        for setting in exposed {
            let setting_name = setting.split(['=', '/']).next().unwrap_or(&setting);
            assert!(
                argued.contains(setting_name),
                "{name}: {setting} is exposed without an argument"
            );
        }
    }
}

#[test]
fn all_units_verify_with_the_built_file() {
    let directory = tempfile::tempdir().expect("temporary directory");
    let mut paths = Vec::new();
    for (name, unit, _) in SERVICES {
        let built = unit.replace("/usr/bin/bountyd", env!("CARGO_BIN_EXE_bountyd"));
        assert_ne!(built, unit, "{name}: ExecStart names /usr/bin/bountyd");
        paths.push((name, built));
    }
    for (name, unit) in SOCKETS {
        paths.push((name, unit.to_owned()));
    }
    for (name, unit) in &paths {
        std::fs::write(directory.path().join(name), unit).expect("write the unit");
    }
    for (name, _) in &paths {
        let path = directory.path().join(name);
        let output = systemd_analyze(&["verify", "--man=no", &path.to_string_lossy()]);
        assert!(output.status.success(), "{name}: {}", text(&output));
        assert_eq!(text(&output).trim(), "", "{name}: verify has complaints");
    }
}

/// The values of all lines `key=…` of a unit.
fn values<'a>(unit: &'a str, key: &str) -> Vec<&'a str> {
    let prefix = format!("{key}=");
    unit.lines()
        .filter_map(|line| line.strip_prefix(prefix.as_str()))
        .collect()
}

#[test]
fn patches_and_models_have_users_of_their_own_and_one_door_each() {
    let users = include_str!("../systemd/sysusers.d/bountyd.conf");
    let drop_in = include_str!("../systemd/bountyd.service.d/fix.conf");
    let shipped = include_str!("../config/bountyd.toml");
    let made = |kind: &str, name: &str| {
        let mut words = users.lines().map(|line| line.split_whitespace());
        words.any(|mut words| words.next() == Some(kind) && words.next() == Some(name))
    };
    for unit in [FIXER, EGRESS] {
        for key in ["User", "Group"] {
            let [user] = values(unit, key)[..] else {
                panic!("not one {key}= in {unit}");
            };
            assert!(made("u", user), "{user} is not in sysusers.d");
        }
        assert_eq!(values(unit, "StandardInput"), ["socket"]);
        assert_eq!(values(unit, "StandardOutput"), ["socket"]);
        // Its third stream is not the line.
        assert_eq!(values(unit, "StandardError"), ["journal"]);
        assert_eq!(values(unit, "LimitCORE"), ["0"]);
    }
    assert_ne!(values(FIXER, "User"), values(EGRESS, "User"));
    // The daemon orders patches, the patch process asks models, and nobody else does either.
    let groups = [
        values(drop_in, "SupplementaryGroups"),
        values(FIXER, "Group"),
    ];
    let doors = [("socket", SOCKETS[0].1), ("egress_socket", SOCKETS[1].1)];
    for ((key, socket), group) in doors.into_iter().zip(groups) {
        assert_eq!(values(socket, "SocketGroup"), group);
        assert_eq!(values(socket, "SocketMode"), ["0660"]);
        assert_eq!(values(socket, "Accept"), ["yes"]);
        let path = values(socket, "ListenStream")[0];
        let line = format!("{key} = \"{path}\"");
        assert!(shipped.contains(&format!("#{line}")), "{line}");
        assert!(drop_in.contains(&line), "{line}");
    }
    assert!(made("g", "bountyd-fix"));
    // Only one of the three is passed keys of models, and it no others.
    let passed = |unit| values(unit, "LoadCredential");
    assert!(passed(FIXER).is_empty());
    assert!(
        passed(UNIT)
            .iter()
            .all(|name| !name.starts_with("model-key-"))
    );
    assert!(
        passed(EGRESS)
            .iter()
            .all(|name| name.starts_with("model-key-"))
    );
    assert!(passed(EGRESS).len() > 2);
}

#[test]
fn the_patch_process_lives_longer_than_the_longest_job() {
    let hours = |unit: &str| -> u64 {
        let most = values(unit, "RuntimeMaxSec")[0].strip_suffix('h');
        most.and_then(|hours| hours.parse().ok()).expect("hours")
    };
    // A day is the most that `fix.time` takes.
    assert!(hours(FIXER) > 24);
    assert_eq!(hours(FIXER), hours(EGRESS));
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
