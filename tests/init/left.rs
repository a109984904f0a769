//! What an earlier run left: shown and gone on with where it is the user's own, refused where another could have
//! written it.

use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::world::{World, files};

/// Answers that give the machine to somebody else.
const THEIRS: &str = r#"{"version":1,"answers":{"settings":{"telegram.owner_id":666,"approvals.approvers":[4321]}}}"#;

/// Runs it after `plant` has left something at this path; it is refused for `why`, and nothing came of it.
async fn refused(why: &str, plant: impl FnOnce(&World, &Path)) {
    let w = World::new().await;
    let left = w.path("state/bountyd/init.json");
    std::fs::create_dir_all(w.path("state/bountyd")).expect("a directory");
    plant(&w, &left);
    let asked = w.sim.auth0.rim().requests().len();
    w.init(&["--yes"])
        .refused(66, &["init.json", why, "--fresh"]);
    assert_eq!(w.sim.auth0.rim().requests().len(), asked, "{why}");
    assert!(!w.path("bountyd.toml").exists(), "{why}");
    // The owner takes the advice: what was there is gone, and has said nothing.
    w.set_up(&["--fresh"]);
    let text = std::fs::read_to_string(w.path("bountyd.toml")).expect("a configuration");
    assert!(!text.contains("666") && !text.contains("4321"), "{text}");
    assert!(left.symlink_metadata().is_err(), "{why}");
}

fn with_mode(path: &Path, mode: u32) {
    std::fs::write(path, THEIRS).expect("written");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_can_have_written_is_not_gone_on_with() {
    refused("others may write it", |_, left| with_mode(left, 0o666)).await;
    refused("others may write it", |_, left| with_mode(left, 0o660)).await;
    refused("it is a link", |w, left| {
        let elsewhere = w.path("elsewhere");
        with_mode(&elsewhere, 0o600);
        symlink(&elsewhere, left).expect("a link");
    })
    .await;
    refused("it is no regular file", |_, left| {
        mknodat(CWD, left, FileType::Fifo, Mode::from_raw_mode(0o600), 0).expect("a pipe");
    })
    .await;
}

/// As `sudo bountyd init` meets it where the service's user may write the directory.
#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_left_is_not_gone_on_with() {
    if !rustix::process::geteuid().is_root() {
        assert!(std::env::var_os("CI").is_none(), "CI must run this as root");
        eprintln!("NOT RUN: only root can leave a file as another user");
        return;
    }
    refused("it belongs to user 4321", |w, left| {
        with_mode(left, 0o600);
        chown(left, Some(4321), Some(4321)).expect("given away");
        chown(w.path("state/bountyd"), Some(4321), Some(4321)).expect("given away");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_on_with_is_shown_whole() {
    let w = World::new().await;
    // It dies with everything answered.
    let set = ["--set", "policy.minimum_usd=73", "--name", "hunter"];
    let died = w.init(&[&["--yes", "--crash-at", "init.begun"], &set[..]].concat());
    assert_eq!(died.code, None, "{}", died.err);
    let before = files(&w.path("state"));
    assert!(!before.is_empty());
    let said = w.set_up(&[]);
    for words in [
        "--fresh forgets them",
        "\"policy.minimum_usd\" = 73",
        "name = \"hunter\"",
    ] {
        assert!(said.err.contains(words), "{words}\n{}", said.err);
    }
}
