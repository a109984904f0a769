//! Root at work in the directory of the service's user: what it makes there is that user's, and what he could not
//! do to a file of root's is not done for him.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::process::Command;

use super::old;
use super::place::{Place, Said};
use super::program;

/// Stands for the service's user.
const SERVICE: u32 = 4321;

/// A place with a state directory of the service's, behind a directory that only root passes, as systemd makes it;
/// `None` where this is not root.
fn place() -> Option<Place> {
    if !rustix::process::geteuid().is_root() {
        assert!(std::env::var_os("CI").is_none(), "CI must run this as root");
        eprintln!("NOT RUN: only root can work in another user's directory");
        return None;
    }
    let place = Place::new();
    give(&place, "state");
    let closed = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(place.dir.path(), closed).expect("a mode");
    Some(place)
}

fn give(place: &Place, name: &str) {
    chown(place.path(name), Some(SERVICE), Some(SERVICE)).expect("given away");
}

/// What in the state directory is not the service's.
fn strays(place: &Place) -> Vec<std::path::PathBuf> {
    let mut all = place.files("");
    assert!(!all.is_empty(), "nothing was made");
    all.retain(|path| path.symlink_metadata().expect("it is there").uid() != SERVICE);
    all
}

/// The service's user, in his directory.
fn as_the_service(place: &Place, arguments: &[&str]) -> Said {
    let open = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(place.dir.path(), open).expect("a mode");
    let binary = place.path("bountyd");
    program::copy(&binary);
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=4321", "--regid=4321", "--clear-groups"])
        .arg(binary)
        .args(arguments)
        .arg("--config")
        .arg(place.path("bountyd.toml"))
        .current_dir("/");
    Said::of(&command.output().expect("it runs"))
}

#[tokio::test]
async fn what_root_makes_in_the_services_directory_is_the_services() {
    let Some(place) = place() else { return };
    // Nobody can be reached; the ledger is made before that shows.
    let said = place.bountyd(&["scan"]);
    assert_ne!(said.code, Some(0), "{said:?}");
    assert!(place.ledger().exists(), "{said:?}");
    assert_eq!(strays(&place), Vec::<std::path::PathBuf>::new());
    as_the_service(&place, &["pause"]).left_with(0);
    // What came of root's work after that is his as well.
    place.bountyd(&["resume"]).left_with(0);
    assert_eq!(strays(&place), Vec::<std::path::PathBuf>::new());
    as_the_service(&place, &["pause"]).left_with(0);
}

#[tokio::test]
async fn what_root_restores_and_what_an_upgrade_leaves_is_the_services() {
    let Some(place) = place() else { return };
    let earlier = old::earlier().last().expect("an earlier schema");
    old::write(&place.ledger(), earlier).await;
    for file in place.files("ledger.db") {
        chown(file, Some(SERVICE), Some(SERVICE)).expect("given away");
    }
    place.bountyd(&["pause"]).left_with(0);
    assert!(!place.files("ledger.db.schema-").is_empty(), "no copy");
    assert_eq!(strays(&place), Vec::<std::path::PathBuf>::new());
    let backup = place.path("bountyd.backup").display().to_string();
    place.bountyd(&["backup", &backup]).left_with(0);
    place
        .bountyd(&["restore", "--replace", &backup])
        .left_with(0);
    assert_eq!(strays(&place), Vec::<std::path::PathBuf>::new());
    as_the_service(&place, &["resume"]).left_with(0);
}

#[tokio::test]
async fn through_a_link_root_makes_and_changes_nothing() {
    let Some(place) = place() else { return };
    let elsewhere = place.path("elsewhere");
    std::fs::create_dir(&elsewhere).expect("a directory");
    // One of root's own, of an earlier schema: opened, it would be brought up to date.
    let theirs = elsewhere.join("other.db");
    old::write(&theirs, old::earlier().last().expect("an earlier schema")).await;
    let before = std::fs::read(&theirs).expect("read");
    let names = || std::fs::read_dir(&elsewhere).expect("read").count();
    let (many, ledger) = (names(), place.ledger());
    for (target, command) in [
        (elsewhere.join("made"), &["scan"][..]),
        (theirs.clone(), &["scan"]),
        (theirs.clone(), &["pause"]),
    ] {
        symlink(&target, &ledger).expect("a link");
        rustix::fs::chownat(
            rustix::fs::CWD,
            &ledger,
            Some(rustix::fs::Uid::from_raw(SERVICE)),
            None,
            rustix::fs::AtFlags::SYMLINK_NOFOLLOW,
        )
        .expect("the service's own link");
        let said = place.bountyd(command);
        assert_ne!(said.code, Some(0), "{said:?}");
        assert_eq!(names(), many, "{command:?} {target:?} {said:?}");
        assert_eq!(std::fs::read(&theirs).expect("read"), before, "{command:?}");
        std::fs::remove_file(&ledger).expect("removed");
    }
}

#[tokio::test]
async fn a_lock_that_root_left_there_is_named_with_its_remedy() {
    let Some(place) = place() else { return };
    let lock = place.path("state/ledger.lock");
    std::fs::write(&lock, "1").expect("written");
    let said = place.bountyd(&["scan"]);
    let remedy = format!("chown -h 4321 {}", lock.display());
    assert_ne!(said.code, Some(0));
    for words in ["belongs to user 0 and its directory to user 4321", &remedy] {
        assert!(said.err.contains(words), "{words}: {said:?}");
    }
    chown(&lock, Some(SERVICE), None).expect("given back");
    place.bountyd(&["scan"]);
    assert!(place.ledger().exists());
}
