//! The emergency stop without a daemon: who may make it, who may lift it, and what is refused meanwhile.

use super::old;
use super::place::{Place, the_code};

#[tokio::test]
async fn a_stop_without_a_daemon_is_kept_for_it() {
    let place = Place::new();
    old::write(&place.ledger(), old::newest()).await;
    let said = place.bountyd(&["estop"]).left_with(0);
    assert!(said.out.contains("estop --lift"), "{}", said.out);
    assert!(place.path("state/estop").exists());
    place.bountyd(&["estop"]).left_with(0);
    let status = place.bountyd(&["status", "--json"]).left_with(0).json();
    assert_eq!(status["state"], "stopped");
    let me = rustix::process::getuid().as_raw();
    assert_eq!(status["stopped"]["by"], format!("uid:{me}"));
    let said = place.bountyd(&["status"]).left_with(0);
    assert!(said.out.contains("emergency stop by"), "{}", said.out);
    // `resume` does not lift it, nor does anything go out.
    let said = place.bountyd(&["resume"]).left_with(75);
    assert!(said.err.contains("emergency stop"), "{}", said.err);
    for verb in [
        &["scan"][..],
        &["explain", "acme/widgets#7"],
        &["run", "--once"],
    ] {
        let said = place.bountyd(verb);
        assert!(!said.err.contains("127.0.0.1:9"), "{said:?}");
    }
    let journal = place.bountyd(&["journal", "export"]).left_with(0).out;
    assert_eq!(journal.matches("control.stopped").count(), 1);
    assert!(!journal.contains("exchange."), "{journal}");
}

#[tokio::test]
async fn only_a_person_at_a_terminal_lifts_it() {
    let place = Place::new();
    old::write(&place.ledger(), old::newest()).await;
    place.bountyd(&["estop"]).left_with(0);
    let mut command = std::process::Command::new("setsid");
    command
        .arg("--wait")
        .arg(env!("CARGO_BIN_EXE_bountyd"))
        .args(["estop", "--lift", "--config"])
        .arg(place.path("bountyd.toml"));
    let said = super::place::Said::of(&command.output().expect("it runs"));
    let said = said.left_with(77);
    assert!(said.err.contains("a person at a terminal"), "{}", said.err);
    if !rustix::process::getuid().is_root() {
        return;
    }
    let (code, shown) = place.on_a_terminal(&["estop", "--lift"], |_| "ZZZZ\n".to_owned());
    assert_eq!(code, Some(1), "{shown}");
    let status = place.bountyd(&["status", "--json"]).json();
    assert_eq!(status["state"], "stopped");
    let (code, shown) = place.on_a_terminal(&["estop", "--lift"], the_code);
    assert_eq!(code, Some(0), "{shown}");
    assert!(!place.path("state/estop").exists());
    let status = place.bountyd(&["status", "--json"]).json();
    assert_eq!(
        (&status["state"], &status["stopped"]),
        (&"ok".into(), &().into())
    );
    let journal = place.bountyd(&["journal", "export"]).left_with(0).out;
    assert_eq!(journal.matches("control.lifted").count(), 1);
    let (code, shown) = place.on_a_terminal(&["estop", "--lift"], the_code);
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.contains("No emergency stop is in force"), "{shown}");
}

#[tokio::test]
async fn without_a_ledger_the_file_alone_stops_it() {
    let place = Place::new();
    let said = place.bountyd(&["estop"]).left_with(0);
    assert!(said.err.contains("not in the journal yet"), "{}", said.err);
    assert!(place.path("state/estop").exists());
}

#[tokio::test]
async fn a_file_that_is_lost_does_not_lift_it() {
    let place = Place::new();
    old::write(&place.ledger(), old::newest()).await;
    place.bountyd(&["estop"]).left_with(0);
    std::fs::remove_file(place.path("state/estop")).expect("removed");
    let status = place.bountyd(&["status", "--json"]).json();
    assert_eq!(status["state"], "stopped");
    // Whoever opens the ledger to work on it makes it again.
    place.bountyd(&["run", "--once"]);
    assert!(place.path("state/estop").exists());
}

#[test]
fn a_stranger_stops_and_lifts_nothing() {
    if !rustix::process::getuid().is_root() {
        println!("not told: only root can be somebody else");
        return;
    }
    let place = Place::new();
    let open = |name: &str, mode| {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(place.path(name), mode).expect("a mode");
    };
    open("", 0o755);
    open("state", 0o700);
    let binary = place.path("bountyd");
    super::program::copy(&binary);
    for arguments in [&["estop"][..], &["estop", "--lift"]] {
        let mut command = std::process::Command::new("setpriv");
        command
            .args(["--reuid=4321", "--regid=4321", "--clear-groups"])
            .arg(&binary)
            .args(arguments)
            .arg("--config")
            .arg(place.path("bountyd.toml"))
            .current_dir("/");
        let said = super::place::Said::of(&command.output().expect("it runs"));
        let said = said.left_with(77);
        assert!(!place.path("state/estop").exists(), "{said:?}");
    }
}

#[tokio::test]
async fn without_a_configuration_it_says_that_nothing_is_stopped_and_what_to_touch() {
    let place = Place::new();
    std::fs::write(place.path("bountyd.toml"), "mode = ").expect("written");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_bountyd"));
    command
        .args(["estop", "--config"])
        .arg(place.path("bountyd.toml"))
        .env_remove("STATE_DIRECTORY")
        .env("XDG_STATE_HOME", "/home/owner/state");
    let said = super::place::Said::of(&command.output().expect("it runs")).left_with(78);
    let touch = "touch /home/owner/state/bountyd/estop ";
    for part in ["NOT STOPPED", touch, "systemctl stop", "bountyd.toml"] {
        assert!(said.err.contains(part), "{part}: {}", said.err);
    }
    assert!(!said.out.contains("stop"), "{}", said.out);
}

/// A backup of a ledger without a stop.
async fn backed_up(place: &Place) -> String {
    old::write(&place.ledger(), old::newest()).await;
    let file = place.path("bountyd.backup").display().to_string();
    place.bountyd(&["backup", &file]).left_with(0);
    file
}

/// It is in force, by this actor, in the ledger and by its file, and outlives the loss of the file.
#[track_caller]
fn holds(place: &Place, by: &str) {
    assert!(place.path("state/estop").exists());
    std::fs::remove_file(place.path("state/estop")).expect("removed");
    let status = place.bountyd(&["status", "--json"]).json();
    assert_eq!(status["state"], "stopped", "{status}");
    let who = status["stopped"]["by"].as_str().expect("somebody");
    assert!(who.starts_with(by), "{who}");
    place.bountyd(&["run", "--once"]);
    assert!(place.path("state/estop").exists());
}

#[tokio::test]
async fn a_restore_lifts_no_stop_whichever_part_of_it_is_lost() {
    let me = format!("uid:{}", rustix::process::getuid().as_raw());
    // Of the ledger that is replaced, whose file is gone.
    let place = Place::new();
    let file = backed_up(&place).await;
    place.bountyd(&["estop"]).left_with(0);
    std::fs::remove_file(place.path("state/estop")).expect("removed");
    let said = place.bountyd(&["restore", "--replace", &file]).left_with(0);
    assert!(said.out.contains("estop --lift"), "{}", said.out);
    holds(&place, &me);
    // By its file alone.
    let place = Place::new();
    let file = backed_up(&place).await;
    std::fs::write(place.path("state/estop"), "").expect("touched");
    place.bountyd(&["restore", "--replace", &file]).left_with(0);
    holds(&place, &me);
    // Of the backup, whose own was lifted since or never known here.
    let place = Place::new();
    old::write(&place.ledger(), old::newest()).await;
    place.bountyd(&["estop"]).left_with(0);
    let file = place.path("bountyd.backup").display().to_string();
    place.bountyd(&["backup", &file]).left_with(0);
    let elsewhere = Place::new();
    elsewhere.bountyd(&["restore", &file]).left_with(0);
    holds(&elsewhere, &me);
    // Nobody can know whether there was one.
    for damage in [
        &b"no ledger at all, and long enough to be looked at"[..],
        b"",
    ] {
        let place = Place::new();
        let file = backed_up(&place).await;
        std::fs::write(place.ledger(), damage).expect("written");
        let said = place.bountyd(&["restore", "--replace", &file, "--json"]);
        let said = said.left_with(0).json();
        assert!(said["stopped"]["by"].is_string(), "{said}");
        holds(&place, "the restore");
    }
    // And none is made up where all is well.
    let place = Place::new();
    let file = backed_up(&place).await;
    let said = place.bountyd(&["restore", "--replace", &file]).left_with(0);
    assert!(!said.out.contains("emergency"), "{}", said.out);
    assert!(!place.path("state/estop").exists());
}
