//! Where a part is missing, nothing runs, and the part is named.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use jail::{Jail, LimitsMode, Mask, Part, Refusal, Settings, SpecError};

use crate::place::{Place, unprivileged};

#[track_caller]
fn refused(place: &Place, change: impl FnOnce(&mut Settings)) -> Refusal {
    let mut settings = place.settings();
    change(&mut settings);
    Jail::probe(&settings).expect_err("refused")
}

/// A program that says it is bubblewrap of this version, and does what it is told.
fn pretend(place: &Place, version: &str) -> std::path::PathBuf {
    let path = place.path("bwrap");
    fs::write(&path, format!("#!/bin/sh\necho {version}\n")).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("made a program");
    path
}

#[test]
fn root_is_refused() {
    if !rustix::process::geteuid().is_root() {
        println!("NOT TRIED: the tests do not run as root");
        return;
    }
    let place = tempfile::tempdir().expect("a directory");
    let settings = Settings::new(
        env!("CARGO_BIN_EXE_jail-init").into(),
        place.path().join("state"),
        LimitsMode::RlimitOnly,
    );
    let refusal = Jail::probe(&settings).expect_err("refused");
    assert_eq!(refusal.missing, Part::Unprivileged);
    assert_eq!(
        refusal.to_string(),
        "no sandbox: an unprivileged user: this is root, and a box of root's has root's reach. Run \
         it as a user of its own, as the systemd units do (`User=`)."
    );
    assert!(!place.path().join("state").exists(), "nothing was begun");
}

#[test]
fn bubblewrap_must_be_there_new_and_not_setuid() {
    unprivileged(
        "refusals::bubblewrap_must_be_there_new_and_not_setuid",
        |place| {
            let missing = refused(place, |s| s.bwrap = "/usr/bin/none-such".into());
            assert_eq!(missing.missing, Part::Bubblewrap);
            assert!(missing.remedy.contains("Install the package"), "{missing}");
            let relative = refused(place, |s| s.bwrap = "bwrap".into());
            assert!(relative.reason.contains("absolute"), "{relative}");
            for (version, why) in [
                ("bubblewrap 0.7.0", "is 0.7.0"),
                ("whatever", "not a version"),
            ] {
                let bwrap = pretend(place, version);
                let old = refused(place, |s| s.bwrap = bwrap);
                assert_eq!(old.missing, Part::Bubblewrap);
                assert!(old.reason.contains(why), "{old}");
            }
            let setuid = pretend(place, "bubblewrap 0.8.0");
            fs::set_permissions(&setuid, fs::Permissions::from_mode(0o4755)).expect("set");
            let refusal = refused(place, |s| s.bwrap = setuid);
            assert!(refusal.reason.contains("is setuid"), "{refusal}");
            assert!(refusal.remedy.contains("chmod u-s"), "{refusal}");
        },
    );
}

#[test]
fn user_namespaces_that_fail_are_explained() {
    unprivileged(
        "refusals::user_namespaces_that_fail_are_explained",
        |place| {
            let bwrap = place.path("bwrap");
            let script = "#!/bin/sh\n[ \"$1\" = --version ] && exec echo bubblewrap 0.8.0\n\
                      echo 'bwrap: No permissions to create new namespace' >&2; exit 1\n";
            fs::write(&bwrap, script).expect("written");
            fs::set_permissions(&bwrap, fs::Permissions::from_mode(0o755)).expect("made a program");
            let refusal = refused(place, |s| s.bwrap = bwrap);
            assert_eq!(refusal.missing, Part::UserNamespaces);
            assert!(
                refusal.reason.contains("No permissions to create"),
                "{refusal}"
            );
        },
    );
}

#[test]
fn a_landlock_that_is_too_old_is_refused() {
    unprivileged("refusals::a_landlock_that_is_too_old_is_refused", |place| {
        let refusal = refused(place, |s| s.landlock_minimum = 99);
        assert_eq!(refusal.missing, Part::Landlock);
        assert!(refusal.reason.contains("99 is the least"), "{refusal}");
    });
}

#[test]
fn a_bubblewrap_that_does_nothing_does_not_pass_the_trial() {
    unprivileged(
        "refusals::a_bubblewrap_that_does_nothing_does_not_pass_the_trial",
        |place| {
            // It succeeds at everything, and isolates nothing: the trial box never answers.
            let bwrap = pretend(place, "bubblewrap 0.8.0");
            let refusal = refused(place, |s| s.bwrap = bwrap);
            assert_eq!(refusal.missing, Part::Trial, "{refusal}");
        },
    );
}

#[test]
fn an_init_that_is_none_is_refused() {
    unprivileged("refusals::an_init_that_is_none_is_refused", |place| {
        let refusal = refused(place, |s| s.init = "/etc/passwd".into());
        assert_eq!(refusal.missing, Part::Init, "{refusal}");
        let refusal = refused(place, |s| s.init = "/usr/bin/true".into());
        assert_eq!(refusal.missing, Part::Trial, "{refusal}");
    });
}

#[test]
fn a_state_directory_of_anybodys_is_refused() {
    unprivileged(
        "refusals::a_state_directory_of_anybodys_is_refused",
        |place| {
            let refusal = refused(place, |s| s.state = "/tmp".into());
            assert_eq!(refusal.missing, Part::State, "{refusal}");
        },
    );
}

#[test]
fn a_mask_through_a_link_stops_the_run() {
    unprivileged("refusals::a_mask_through_a_link_stops_the_run", |place| {
        let jail = place.jail();
        let mut spec = place.spec(["true"]);
        std::os::unix::fs::symlink("/etc", spec.work.join("sub")).expect("linked");
        spec.masks = vec![Mask::Directory("sub/.claude".into())];
        let refused = jail.command(&spec).expect_err("refused");
        assert!(
            matches!(refused, SpecError::MaskThroughLink { .. }),
            "{refused}"
        );
    });
}

#[test]
fn the_init_started_by_hand_says_what_it_is() {
    let out = std::process::Command::new(env!("CARGO_BIN_EXE_jail-init"))
        .output()
        .expect("started");
    assert_eq!(out.status.code(), Some(i32::from(jail::init::NOT_STARTED)));
    let said = String::from_utf8_lossy(&out.stderr);
    assert_eq!(
        said,
        "jail: this is the inside of the sandbox: it is started by bountyd, not by hand\n"
    );
}
