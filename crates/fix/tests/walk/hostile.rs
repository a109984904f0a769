//! What a sandbox can leave.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::process::Command;

use fix::objects::{HashError, tree_id};
use fix::walk::{Asked, Caps, WalkError, export, walk};
use gate::tree::{Entry, Tree};
use jail::Mask;

use crate::support::{CAPS, file, link, place, read, tree, unprivileged, with_mounts};

fn odd(tree: &Tree, path: &str) -> &'static str {
    match tree.entries.get(path.as_bytes()) {
        Some(Entry::Odd { kind }) => kind,
        other => panic!("{path}: {other:?}"),
    }
}

#[test]
fn links_are_read_and_never_followed() {
    let (_keep, dir) = place();
    fs::create_dir(&dir).expect("a directory");
    for (name, target) in [
        ("file", "/etc/passwd"),
        ("directory", "/etc"),
        ("up", ".."),
        ("proc", "/proc/self/root"),
    ] {
        symlink(target, dir.join(name)).expect("a link");
    }
    let left = read(&dir, &Tree::default()).expect("a tree");
    let expected = tree(&[
        ("file", link("/etc/passwd")),
        ("directory", link("/etc")),
        ("up", link("..")),
        ("proc", link("/proc/self/root")),
    ]);
    assert_eq!(left, expected);
}

#[test]
fn the_directory_itself_is_not_followed_either() {
    let (keep, dir) = place();
    symlink(keep.path(), &dir).expect("a link");
    assert!(matches!(
        read(&dir, &Tree::default()),
        Err(WalkError::NoTree { .. })
    ));
    fs::remove_file(&dir).expect("the link is removed");
    assert!(matches!(
        read(&dir, &Tree::default()),
        Err(WalkError::NoTree { .. })
    ));
}

#[test]
fn what_git_cannot_store_is_odd_and_cannot_be_written() {
    let (keep, dir) = place();
    fs::create_dir(&dir).expect("a directory");
    let outside = keep.path().join("outside");
    fs::write(&outside, "secret").expect("a file");
    fs::hard_link(&outside, dir.join("hard")).expect("a hard link");
    let _socket = UnixListener::bind(dir.join("socket")).expect("a socket");
    let made = Command::new("mkfifo").arg(dir.join("pipe")).status();
    assert!(made.expect("mkfifo starts").success());
    fs::write(dir.join("suid"), "x").expect("a file");
    fs::set_permissions(dir.join("suid"), fs::Permissions::from_mode(0o4755)).expect("a mode");
    let left = read(&dir, &Tree::default()).expect("a tree");
    assert_eq!(odd(&left, "hard"), "hard link");
    assert_eq!(odd(&left, "socket"), "socket");
    assert_eq!(odd(&left, "pipe"), "pipe");
    assert_eq!(odd(&left, "suid"), "file that runs as its owner");
    assert!(matches!(tree_id(&left), Err(HashError::Odd { .. })));
}

#[test]
fn git_directories_are_seen_and_not_entered() {
    let (_keep, dir) = place();
    for path in [".git/hooks", "vendor/.git/hooks", ".GIT", "sub/git~1"] {
        fs::create_dir_all(dir.join(path)).expect("a directory");
        fs::write(dir.join(path).join("x"), "x").expect("a file");
    }
    fs::write(dir.join("sub/.git"), "gitdir: /elsewhere").expect("a file");
    let left = read(&dir, &Tree::default()).expect("a tree");
    assert_eq!(left.entries.len(), 4, "{left:?}");
    for path in [".GIT", "sub/.git", "sub/git~1", "vendor/.git"] {
        assert_eq!(odd(&left, path), "git directory");
    }
}

#[test]
fn masked_paths_keep_their_base_content_whatever_stands_there() {
    let (_keep, dir) = place();
    let base = tree(&[
        (".claude/settings.json", file("base")),
        (".claude2/x", file("seen")),
        (".mcp.json", file("base")),
        ("src/main.rs", file("fn main() {}")),
    ]);
    export(&base, &dir).expect("an export");
    fs::write(dir.join(".claude/settings.json"), "evil").expect("a file");
    fs::write(dir.join(".claude/new"), "evil").expect("a file");
    fs::write(dir.join(".mcp.json"), "").expect("a file");
    fs::create_dir(dir.join(".codex")).expect("a directory");
    fs::write(dir.join(".codex/config.toml"), "evil").expect("a file");
    fs::write(dir.join("src/main.rs"), "fn main() { work() }").expect("a file");
    let masks = [
        Mask::Directory(".claude/".into()),
        Mask::Directory(".codex".into()),
        Mask::File(".mcp.json".into()),
    ];
    let asked = Asked {
        base: &base,
        masks: &masks,
        caps: &CAPS,
    };
    let left = walk(&dir, &asked).expect("a tree");
    let mut expected = base.clone();
    expected
        .entries
        .insert(b"src/main.rs".to_vec(), file("fn main() { work() }"));
    assert_eq!(left, expected);
}

#[test]
fn what_was_not_exported_is_not_taken_for_deleted() {
    let (_keep, dir) = place();
    let vendor = Entry::Submodule {
        commit: "0".repeat(40),
    };
    let base = tree(&[
        ("a/out", link("/etc")),
        ("b/out", link("/etc")),
        ("c/out", link("/etc")),
        ("gone", vendor.clone()),
        ("kept", vendor),
        ("x", file("x")),
    ]);
    export(&base, &dir).expect("an export");
    assert_eq!(
        read(&dir, &base).expect("a tree"),
        base,
        "nothing was changed"
    );
    // A place that is taken now is not given back; a submodule's directory that is gone is a deletion.
    fs::write(dir.join("a/out"), "mine")
        .or_else(|_| {
            fs::create_dir(dir.join("a")).and_then(|()| fs::write(dir.join("a/out"), "mine"))
        })
        .expect("a file");
    fs::write(dir.join("b"), "a file").expect("a file");
    fs::remove_dir(dir.join("gone")).expect("it was empty");
    let left = read(&dir, &base).expect("a tree");
    assert_eq!(left.entries.get(&b"a/out"[..]), Some(&file("mine")));
    assert_eq!(left.entries.get(&b"b"[..]), Some(&file("a file")));
    assert!(!left.entries.contains_key(&b"b/out"[..]) && !left.entries.contains_key(&b"gone"[..]));
    assert!(left.entries.contains_key(&b"c/out"[..]) && left.entries.contains_key(&b"kept"[..]));
    assert!(tree_id(&left).is_ok());
}

#[test]
fn each_cap_is_a_refusal_that_names_it() {
    let (_keep, dir) = place();
    fs::create_dir_all(dir.join("a/b/c")).expect("directories");
    fs::write(dir.join("a/b/c/x"), [b'x'; 2000]).expect("a file");
    fs::write(dir.join("y"), [b'x'; 2000]).expect("a file");
    let base = Tree::default();
    let with = |caps: Caps| {
        let asked = Asked {
            base: &base,
            masks: &[],
            caps: &caps,
        };
        walk(&dir, &asked).map(|tree| tree.entries.len())
    };
    assert_eq!(with(CAPS).expect("a tree"), 2);
    let caps = Caps { entries: 4, ..CAPS };
    assert!(matches!(with(caps), Err(WalkError::TooMany(4))));
    let caps = Caps { depth: 2, ..CAPS };
    assert!(matches!(with(caps), Err(WalkError::TooDeep { cap: 2, .. })));
    let caps = Caps {
        file_bytes: 1999,
        ..CAPS
    };
    assert!(matches!(
        with(caps),
        Err(WalkError::FileTooLarge {
            bytes: 2000,
            cap: 1999,
            ..
        })
    ));
    let caps = Caps {
        total_bytes: 3999,
        ..CAPS
    };
    assert!(matches!(with(caps), Err(WalkError::TooLarge(3999))));
    let caps = Caps {
        entries: 5,
        depth: 3,
        file_bytes: 2000,
        total_bytes: 4017,
    };
    assert_eq!(with(caps).expect("exactly as much as may be"), 2);
}

#[test]
fn a_file_of_a_terabyte_of_nothing_is_refused_unread() {
    let (_keep, dir) = place();
    fs::create_dir(&dir).expect("a directory");
    let sparse = fs::File::create(dir.join("hole")).expect("a file");
    sparse.set_len(1 << 40).expect("a hole");
    let refused = read(&dir, &Tree::default()).expect_err("too large");
    assert!(
        matches!(
            refused,
            WalkError::FileTooLarge {
                bytes: 0x100_0000_0000,
                ..
            }
        ),
        "{refused}"
    );
}

#[test]
fn a_mount_is_odd_and_not_entered() {
    with_mounts("hostile::a_mount_is_odd_and_not_entered", || {
        let (_keep, dir) = place();
        fs::create_dir_all(dir.join("mounted")).expect("a directory");
        fs::write(dir.join("over"), "").expect("a file");
        fs::write(dir.join("null"), "").expect("a file");
        let mount = |args: &[&str], to: &str| {
            let done = Command::new("mount").args(args).arg(dir.join(to)).status();
            assert!(done.expect("mount starts").success());
        };
        mount(&["-t", "tmpfs", "tmpfs"], "mounted");
        mount(&["--bind", "/etc/passwd"], "over");
        mount(&["--bind", "/dev/null"], "null");
        fs::write(dir.join("mounted/x"), "x").expect("a file");
        let left = read(&dir, &Tree::default()).expect("a tree");
        assert_eq!(left.entries.len(), 3, "{left:?}");
        assert_eq!(odd(&left, "null"), "device");
        assert_eq!(odd(&left, "mounted"), "mount point");
        assert_eq!(odd(&left, "over"), "mount point");
        let refused = fix::walk::remove_tree(&dir).expect_err("a mount");
        assert!(refused.to_string().contains("a mount"), "{refused}");
        for to in ["mounted", "over", "null"] {
            let done = Command::new("umount").arg(dir.join(to)).status();
            assert!(done.expect("umount starts").success());
        }
    });
}

#[test]
fn what_cannot_be_read_is_odd() {
    unprivileged("hostile::what_cannot_be_read_is_odd", || {
        let (_keep, dir) = place();
        fs::create_dir_all(dir.join("locked/inside")).expect("a directory");
        fs::write(dir.join("dark"), "x").expect("a file");
        let lock = |path: &str, mode| {
            fs::set_permissions(dir.join(path), fs::Permissions::from_mode(mode)).expect("a mode");
        };
        lock("dark", 0);
        lock("locked", 0);
        let left = read(&dir, &Tree::default()).expect("a tree");
        assert_eq!(odd(&left, "dark"), "file that cannot be read");
        assert_eq!(odd(&left, "locked"), "directory that cannot be read");
        lock("locked", 0o700);
    });
}
