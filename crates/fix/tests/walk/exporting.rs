//! A tree written as plain files.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use fix::walk::{ExportError, LinkFault, Why, export};
use gate::tree::Entry;

use crate::support::{file, link, place, tree};

#[test]
fn files_have_their_bytes_and_modes_whatever_the_umask_is() {
    let name = "exporting::files_have_their_bytes_and_modes_whatever_the_umask_is";
    crate::support::with_strict_umask(name, || {
        let (_keep, dir) = place();
        let run = Entry::File {
            content: b"#!/bin/sh\n"[..].into(),
            executable: true,
        };
        let tree = tree(&[
            ("a/b/c.txt", file("text")),
            ("run", run),
            ("empty", file("")),
        ]);
        let done = export(&tree, &dir).expect("an export");
        assert_eq!((done.files, done.bytes), (3, 14));
        assert!(done.left_out.is_empty());
        let mode = |path: &str| {
            let metadata = fs::symlink_metadata(dir.join(path)).expect("it is there");
            metadata.permissions().mode() & 0o7777
        };
        assert_eq!(fs::read(dir.join("a/b/c.txt")).expect("a file"), b"text");
        let files = (mode("a/b/c.txt"), mode("run"), mode("empty"));
        assert_eq!(files, (0o644, 0o755, 0o644));
        assert_eq!((mode("a"), mode("a/b"), mode("")), (0o755, 0o755, 0o700));
    });
}

#[test]
fn links_that_stay_inside_are_links_and_others_are_listed() {
    let (_keep, dir) = place();
    let vendor = Entry::Submodule {
        commit: "0".repeat(40),
    };
    let tree = tree(&[
        ("a/good", link("../b")),
        ("absolute", link("/etc/passwd")),
        ("b", file("b")),
        ("climbs", link("a/../../x")),
        ("deep/up", link("..")),
        ("loop", link("loop")),
        ("tricky", link("deep/up/..")),
        ("vendor/lib", vendor),
    ]);
    let done = export(&tree, &dir).expect("an export");
    let left: Vec<_> = done
        .left_out
        .iter()
        .map(|l| (l.path.as_slice(), l.why))
        .collect();
    assert_eq!(
        left,
        [
            (&b"absolute"[..], Why::Link(LinkFault::Leaves)),
            (b"climbs", Why::Link(LinkFault::Leaves)),
            (b"tricky", Why::Link(LinkFault::Leaves)),
            (b"vendor/lib", Why::Submodule),
        ]
    );
    assert_eq!(
        fs::read(dir.join("a/good")).expect("through the link"),
        b"b"
    );
    assert_eq!(
        fs::read_link(dir.join("loop")).expect("a link").to_str(),
        Some("loop")
    );
    for path in ["absolute", "climbs", "tricky"] {
        assert!(fs::symlink_metadata(dir.join(path)).is_err(), "{path}");
    }
    assert_eq!(
        fs::read_dir(dir.join("vendor/lib"))
            .expect("a directory")
            .count(),
        0
    );
}

#[test]
fn a_tree_that_would_write_elsewhere_writes_nothing() {
    let bad = [
        "../x",
        "/tmp/x",
        "a/../../x",
        ".git/config",
        "a/.GIT/hooks/x",
        "git~1/x",
        "a//b",
        "a\0b",
        ".",
    ];
    for path in bad {
        let (keep, dir) = place();
        let tree = tree(&[("aaa", file("x")), (path, file("x"))]);
        let refused = export(&tree, &dir).expect_err(path);
        assert!(matches!(refused, ExportError::Path(_)), "{path}: {refused}");
        assert_eq!(
            fs::read_dir(keep.path()).expect("the place").count(),
            0,
            "{path}"
        );
    }
}

#[test]
fn a_file_that_is_a_directory_too_and_what_is_no_file_are_refused() {
    let (_keep, dir) = place();
    let refused =
        export(&tree(&[("a", link("/tmp")), ("a/b", file("x"))]), &dir).expect_err("both");
    assert!(matches!(refused, ExportError::Path(_)), "{refused}");
    let refused = export(&tree(&[("a", Entry::Odd { kind: "pipe" })]), &dir).expect_err("a pipe");
    assert!(refused.to_string().contains("is a pipe"), "{refused}");
    assert!(!dir.exists());
}

#[test]
fn a_directory_that_exists_is_not_written_to() {
    let (_keep, dir) = place();
    fs::create_dir(&dir).expect("a directory");
    let refused = export(&tree(&[("a", file("x"))]), &dir).expect_err("it exists");
    assert!(
        matches!(refused, ExportError::Directory { .. }),
        "{refused}"
    );
    assert_eq!(fs::read_dir(&dir).expect("still there").count(), 0);
    let (_keep, dir) = place();
    std::os::unix::fs::symlink("/tmp", &dir).expect("a link");
    assert!(export(&tree(&[("a", file("x"))]), &dir).is_err());
}

#[test]
fn a_full_disk_leaves_nothing() {
    crate::support::with_mounts("exporting::a_full_disk_leaves_nothing", || {
        let (keep, _) = place();
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"])
            .arg(keep.path())
            .status();
        assert!(mounted.expect("mount starts").success());
        let dir = keep.path().join("tree");
        let tree = tree(&[("a/small", file("x")), ("b", file(&"x".repeat(1 << 20)))]);
        let refused = export(&tree, &dir).expect_err("the disk is full");
        assert!(matches!(refused, ExportError::Write { .. }), "{refused}");
        assert!(!dir.exists());
        let unmounted = std::process::Command::new("umount")
            .arg(keep.path())
            .status();
        assert!(unmounted.expect("umount starts").success());
    });
}
