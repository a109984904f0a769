//! Somebody still works in the tree while it is read and removed.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use fix::walk::{Asked, Caps, WalkError, remove_tree, walk};
use gate::tree::{Entry, Tree};

use crate::support::{CAPS, place, read};

/// Runs `work` while `meddle` is done again and again.
fn while_meddling<T>(meddle: impl Fn(usize) + Sync, work: impl FnOnce() -> T) -> T {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for turn in 0.. {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                meddle(turn);
            }
        });
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        stop.store(true, Ordering::SeqCst);
        done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn contains(tree: &Tree, secret: &[u8]) -> bool {
    tree.entries.values().any(|entry| match entry {
        Entry::File { content, .. } => content.windows(secret.len()).any(|w| w == secret),
        _ => false,
    })
}

#[test]
fn a_file_or_directory_that_turns_into_a_link_shows_nothing_from_outside() {
    let (keep, dir) = place();
    fs::create_dir(&dir).expect("a directory");
    let outside = keep.path().join("outside");
    fs::create_dir(&outside).expect("a directory");
    fs::write(outside.join("x"), "SECRET").expect("a file");
    let swap = |turn: usize| {
        let (spare, target) = (dir.join("spare"), dir.join("target"));
        let (spare_dir, target_dir) = (dir.join("spare-dir"), dir.join("target-dir"));
        if turn.is_multiple_of(2) {
            fs::write(&spare, "ours").expect("a file");
            fs::remove_file(&target_dir).ok();
            fs::create_dir(&target_dir).expect("a directory");
            fs::write(target_dir.join("x"), "ours").expect("a file");
        } else {
            symlink(outside.join("x"), &spare).expect("a link");
            fs::rename(&target_dir, &spare_dir).expect("moved away");
            symlink(&outside, &target_dir).expect("a link");
            fs::remove_dir_all(&spare_dir).expect("removed");
        }
        fs::rename(&spare, &target).expect("swapped");
    };
    while_meddling(swap, || {
        for _ in 0..3000 {
            let left = read(&dir, &Tree::default()).expect("a tree, odd or not");
            assert!(!contains(&left, b"SECRET"));
        }
    });
}

#[test]
fn a_file_that_is_written_meanwhile_gives_bytes_that_were_written_or_is_odd() {
    let (_keep, dir) = place();
    fs::create_dir(&dir).expect("a directory");
    let path = dir.join("log");
    let most = 50 * 997;
    let write = |turn: usize| fs::write(&path, "x".repeat((turn % 50) * 997)).expect("a file");
    write(0);
    while_meddling(write, || {
        for _ in 0..3000 {
            let left = read(&dir, &Tree::default()).expect("a tree");
            match left.entries.get(&b"log"[..]).expect("it is there") {
                Entry::File { content, .. } => {
                    assert!(content.len() < most && content.iter().all(|b| *b == b'x'));
                }
                other => assert!(matches!(other, Entry::Odd { .. }), "{other:?}"),
            }
        }
    });
}

#[test]
fn an_endless_supply_of_files_is_counted_no_further_than_the_cap() {
    let (_keep, dir) = place();
    fs::create_dir(&dir).expect("a directory");
    let make = |turn: usize| drop(fs::write(dir.join(format!("f{turn}")), ""));
    while_meddling(make, || {
        let (base, caps) = (
            Tree::default(),
            Caps {
                entries: 300,
                ..CAPS
            },
        );
        let asked = Asked {
            base: &base,
            masks: &[],
            caps: &caps,
        };
        let refused = loop {
            match walk(&dir, &asked) {
                Ok(left) => assert!(left.entries.len() <= 300),
                Err(error) => break error,
            }
        };
        assert!(matches!(refused, WalkError::TooMany(300)), "{refused}");
    });
}

#[test]
fn removing_follows_no_link_that_appears_meanwhile() {
    let (keep, dir) = place();
    let outside = keep.path().join("outside");
    fs::create_dir_all(outside.join("deep")).expect("a directory");
    fs::write(outside.join("deep/x"), "still here").expect("a file");
    let swap = |turn: usize| meddle_with_directories(&dir, &outside, turn);
    while_meddling(swap, || {
        for _ in 0..300 {
            fs::create_dir_all(dir.join("a/b/c")).ok();
            // Somebody fills it: that it could not be finished is allowed, to leave it is not.
            drop(remove_tree(&dir));
        }
    });
    remove_tree(&dir).expect("nobody is in it any more");
    assert_eq!(
        fs::read(outside.join("deep/x")).expect("untouched"),
        b"still here"
    );
}

fn meddle_with_directories(dir: &Path, outside: &Path, turn: usize) {
    let name = dir.join(["a", "a/b", "lifted-1"][turn % 3]);
    if turn.is_multiple_of(2) {
        fs::remove_dir_all(&name).ok();
        symlink(outside, &name).ok();
    } else {
        fs::remove_file(&name).ok();
        fs::create_dir_all(name.join("x/y")).ok();
    }
}
