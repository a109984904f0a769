//! Everything goes, and nothing else does.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use fix::walk::{PrivateDir, RemoveError, WalkError, remove_tree};
use gate::tree::Tree;
use rustix::fs::{CWD, Mode, OFlags};

use crate::support::{place, read, unprivileged};

/// A chain of directories that no path is long enough for.
fn dig(dir: &Path, levels: usize) {
    fs::create_dir(dir).expect("a directory");
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let mut at = rustix::fs::openat(CWD, dir, flags, Mode::empty()).expect("it opens");
    for _ in 0..levels {
        rustix::fs::mkdirat(&at, "deep", Mode::RWXU).expect("a directory");
        at = rustix::fs::openat(&at, "deep", flags, Mode::empty()).expect("it opens");
    }
    let file = OFlags::WRONLY | OFlags::CREATE;
    rustix::fs::openat(&at, "bottom", file, Mode::RUSR).expect("a file");
}

#[test]
fn ten_thousand_levels_are_too_deep_to_read_and_not_to_remove() {
    let (keep, dir) = place();
    dig(&dir, 10_000);
    let refused = read(&dir, &Tree::default()).expect_err("too deep");
    assert!(matches!(refused, WalkError::TooDeep { .. }), "{refused}");
    remove_tree(&dir).expect("removed");
    assert_eq!(fs::read_dir(keep.path()).expect("the place").count(), 0);
}

#[test]
fn links_go_and_what_they_point_to_stays() {
    let (keep, dir) = place();
    fs::create_dir_all(dir.join("a/b")).expect("directories");
    let outside = keep.path().join("outside");
    fs::create_dir(&outside).expect("a directory");
    fs::write(outside.join("x"), "still here").expect("a file");
    for at in ["", "a", "a/b"] {
        symlink(&outside, dir.join(at).join("directory")).expect("a link");
        symlink(outside.join("x"), dir.join(at).join("file")).expect("a link");
        fs::hard_link(outside.join("x"), dir.join(at).join("hard")).expect("a hard link");
    }
    remove_tree(&dir).expect("removed");
    assert!(!dir.exists());
    assert_eq!(
        fs::read(outside.join("x")).expect("untouched"),
        b"still here"
    );
}

#[test]
fn locked_directories_are_no_lock() {
    unprivileged("removing::locked_directories_are_no_lock", || {
        for mode in [0o000, 0o100, 0o200, 0o400, 0o500] {
            let (keep, dir) = place();
            fs::create_dir_all(dir.join("a/b/c")).expect("directories");
            fs::create_dir_all(dir.join("a/d")).expect("directories");
            fs::write(dir.join("a/b/c/x"), "x").expect("a file");
            fs::write(dir.join("a/d/x"), "x").expect("a file");
            for path in ["a/b/c/x", "a/b/c", "a/b", "a/d", "a", ""] {
                let locked = fs::Permissions::from_mode(mode);
                fs::set_permissions(dir.join(path), locked).expect("a mode");
            }
            remove_tree(&dir).expect("removed");
            assert_eq!(
                fs::read_dir(keep.path()).expect("the place").count(),
                0,
                "{mode:o}"
            );
        }
    });
}

#[test]
fn what_is_gone_is_removed_and_what_is_no_directory_is_left() {
    let (_keep, dir) = place();
    remove_tree(&dir).expect("nothing is there");
    fs::write(&dir, "a file").expect("a file");
    assert!(matches!(
        remove_tree(&dir),
        Err(RemoveError::NotADirectory { .. })
    ));
    fs::remove_file(&dir).expect("the file is removed");
    symlink("/tmp", &dir).expect("a link");
    assert!(matches!(
        remove_tree(&dir),
        Err(RemoveError::NotADirectory { .. })
    ));
    assert!(Path::new("/tmp").exists() && fs::symlink_metadata(&dir).is_ok());
}

#[test]
fn names_like_ours_are_no_hindrance() {
    let (_keep, dir) = place();
    for n in 1..50 {
        fs::create_dir_all(dir.join(format!("lifted-{n}/a/b"))).expect("directories");
        fs::create_dir_all(dir.join(format!("x/lifted-{n}/y/z"))).expect("directories");
    }
    remove_tree(&dir).expect("removed");
    assert!(!dir.exists());
}

#[test]
fn a_private_directory_goes_with_its_owner_and_takes_nobody_else_s_place() {
    let (_keep, dir) = place();
    let private = PrivateDir::make(&dir).expect("a directory");
    let mode = fs::metadata(&dir)
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o7777, 0o700);
    assert!(PrivateDir::make(&dir).is_err(), "it exists");
    assert!(dir.exists(), "the second did not remove the first one's");
    fs::create_dir_all(private.path().join("a/b")).expect("directories");
    drop(private);
    assert!(!dir.exists());
    PrivateDir::make(&dir)
        .expect("a directory")
        .remove()
        .expect("removed");
    assert!(!dir.exists());
}
